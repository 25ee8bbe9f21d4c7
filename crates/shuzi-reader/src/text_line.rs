//! A line of text and everything on it that may be a digit or two.

use crate::{
    binarize::Ink,
    classify::{
        crop::{Crop, CropParams, normalize_digit},
        posterior::Posterior,
    },
    image::rectangle::Rectangle,
    recognize::Recognition,
    segment::{
        components::{Components, Region},
        geometry::Geometry,
    },
};

/// Two nodes of a line and what lies between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Node before it, from 0.
    pub from: usize,
    /// Node after it, greater than `from`.
    pub to: usize,
}

/// How many digits a hypothesis is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One.
    Digit,
    /// Two neighbours, whether a seam parts them or not.
    Bigram,
}

/// What may be there: one digit or two.
#[derive(Clone, Debug, PartialEq)]
pub struct Hypothesis {
    /// Where on its line.
    pub span: Span,
    /// One digit or two.
    pub kind: Kind,
    /// Its strokes.
    pub region: Region,
    /// Size, place and cuts of a digit, once its line is over-segmented.
    pub geometry: Geometry,
    /// What a network sees of it.
    pub crop: Crop,
    /// What a network says of it, once it was asked.
    pub posterior: Option<Posterior>,
}

/// A part of a line that is not cut further: a component, or what lies between two seams
/// of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// Its labels in [`Components::labels`].
    pub labels: Vec<u32>,
    /// Index of the component of the line that it is of.
    pub component: usize,
    /// Where it is.
    pub bounds: Rectangle,
    /// Deslanted columns of its ink: the first and past the last.
    pub extent: [f64; 2],
    /// Ink on the cut before it, in strokes; `None` if it does not touch what is before.
    pub cut_before: Option<f64>,
}

/// A line of text. Its nodes lie before, between and behind its segments; a path of
/// hypotheses from the first node to the last is a number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextLine {
    /// From left to right: at first the components, then what these are cut into.
    pub segments: Vec<Segment>,
    /// What may be there, digits first, each kind by its first node.
    pub hypotheses: Vec<Hypothesis>,
    /// The nodes where a point seems to stand, of those that are too small for a digit.
    pub points: Vec<usize>,
    /// The line as a whole, once a network for whole lines is to read it, cut out in one way
    /// or several; the way of which it is surest comes first.
    pub recognitions: Vec<Recognition>,
}

impl TextLine {
    /// The lines of `components`, each of which may be one digit.
    pub(crate) fn of_components(
        ink: &Ink,
        components: &Components,
        params: &CropParams,
    ) -> Vec<Self> {
        let lines = components.regions.chunk_by(|a, b| a.line == b.line);
        let line = |members: &[Region]| {
            let segment = |(component, region): (usize, &Region)| Segment {
                labels: region.labels.clone(),
                component,
                bounds: region.bounds,
                extent: [region.bounds.x as f64, region.bounds.right() as f64],
                cut_before: None,
            };
            let digit = |(from, region): (usize, &Region)| Hypothesis {
                span: Span { from, to: from + 1 },
                kind: Kind::Digit,
                region: region.clone(),
                geometry: Geometry::default(),
                crop: normalize_digit(ink, components, region, params),
                posterior: None,
            };
            Self {
                segments: members.iter().enumerate().map(segment).collect(),
                hypotheses: members.iter().enumerate().map(digit).collect(),
                points: Vec::new(),
                recognitions: Vec::new(),
            }
        };
        lines.map(line).collect()
    }

    /// The line as a whole.
    pub fn recognition(&self) -> Option<&Recognition> {
        self.recognitions.first()
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.segments.len() + 1
    }

    /// What may be one digit.
    pub fn digits(&self) -> &[Hypothesis] {
        &self.hypotheses[..self.first_bigram()]
    }

    /// What may be two.
    pub fn bigrams(&self) -> &[Hypothesis] {
        &self.hypotheses[self.first_bigram()..]
    }

    fn first_bigram(&self) -> usize {
        self.hypotheses
            .partition_point(|hypothesis| hypothesis.kind == Kind::Digit)
    }

    /// The digits of one segment, each with its index.
    pub(crate) fn single(&self) -> impl Iterator<Item = (usize, &Hypothesis)> {
        let all = self.digits().iter().enumerate();
        all.filter(|(_, digit)| digit.span.to == digit.span.from + 1)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::classify::crop::SIDE;

    /// A line 20 pixels high of segments at columns and so wide, `[x, width]` each.
    pub(crate) fn line_of(segments: &[[usize; 2]]) -> TextLine {
        let bounds = |[x, width]: [usize; 2]| Rectangle {
            x,
            y: 5,
            width,
            height: 20,
        };
        let segment = |(from, at): (usize, &[usize; 2])| Segment {
            labels: vec![from as u32 + 1],
            component: from,
            bounds: bounds(*at),
            extent: [at[0] as f64, (at[0] + at[1]) as f64],
            cut_before: None,
        };
        let digit = |(from, at): (usize, &[usize; 2])| {
            let region = Region {
                bounds: bounds(*at),
                line: 0,
                labels: vec![from as u32 + 1],
            };
            let geometry = Geometry {
                height: 1.0,
                ..Geometry::default()
            };
            Hypothesis {
                span: Span { from, to: from + 1 },
                kind: Kind::Digit,
                region,
                geometry,
                crop: Crop {
                    pixels: [0; SIDE * SIDE],
                },
                posterior: None,
            }
        };
        TextLine {
            segments: segments.iter().enumerate().map(segment).collect(),
            hypotheses: segments.iter().enumerate().map(digit).collect(),
            points: Vec::new(),
            recognitions: Vec::new(),
        }
    }
}
