//! Over-segmentation: components that may be several digits are cut wherever these may meet,
//! and every run of segments that may be a digit becomes a hypothesis.

use super::{
    components::{Components, Region},
    geometry::Geometry,
    midline::Midline,
    seam::{Deslanted, Seam},
    slant::{StrokePixels, slant_of},
};
use crate::{
    binarize::Ink,
    classify::{crop::normalize_digit, posterior::Posterior},
    image::rectangle::Rectangle,
    text_line::{Hypothesis, Kind, Segment, Span, TextLine},
};

/// The networks that a line is over-segmented for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Networks {
    /// One for digits: what it does not know is cut wherever digits may meet.
    Digits,
    /// One for bigrams, too, which says of two digits in one component whether it is two.
    DigitsAndBigrams,
}

/// Where a component is cut, by what networks say of all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum SplitPolicy {
    /// Wherever digits may meet: nobody knows what it is.
    #[default]
    Everywhere,
    /// Nowhere, as one digit, but wherever digits may meet if it is far too wide for one.
    EverywhereIfWide,
    /// As one digit, too, but once near its middle if it is far too wide: a network for two
    /// digits will say whether it is two.
    OnceIfWide,
    /// Once near its middle: two digits.
    Once,
}

/// Least probability of a digit that need not be cut.
const SURE: f32 = 0.65;

/// Least probability of two digits that are not looked for between cuts.
const SURE_BIGRAM: f32 = 0.99;

/// Narrowest component that is cut, in its own heights or the line's, whichever
/// are less; and the narrowest that is cut though the network takes it for a digit.
const NARROWEST: f64 = 0.6;
const WIDE: f64 = 1.2;

/// Most segments that one digit is made of, unless they are all of a component.
const MOST_SEGMENTS: usize = 5;

/// Widest digit made of segments, in heights of the line, and the widest that is all of a
/// component, as a flat 0 may be: of wider ones the network knows nothing.
const WIDEST: f64 = 1.4;
pub(crate) const WIDEST_WHOLE: f64 = 2.0;

/// Widest digit made of segments that do not touch, in heights of the line, and
/// the widest gap between them.
const WIDEST_JOINED: f64 = 0.9;
const WIDEST_GAP: f64 = 0.12;

impl TextLine {
    /// Cuts the components by what networks say of each, gives the labels of what is cut
    /// anew, and finds every run of segments that may be a digit. What was said of a component
    /// stays with the hypothesis that is all of it.
    pub(crate) fn over_segment(
        &mut self,
        ink: &Ink,
        components: &mut Components,
        networks: Networks,
    ) {
        let policy = |whole: &Hypothesis| {
            let mut bigrams = self.bigrams().iter();
            let own = bigrams.find(|bigram| bigram.span == whole.span);
            let bigram = own.and_then(|bigram| bigram.posterior.as_ref());
            SplitPolicy::of(whole.posterior.as_ref(), bigram, networks)
        };
        let policies: Vec<SplitPolicy> = self.digits().iter().map(policy).collect();
        self.split(ink, components, &policies);
    }

    /// The same, each component by its policy.
    fn split(&mut self, ink: &Ink, components: &mut Components, policies: &[SplitPolicy]) {
        let bigrams = self.bigrams().to_vec();
        self.hypotheses.truncate(self.digits().len());
        let wholes = std::mem::take(&mut self.hypotheses);
        let members: Vec<&Region> = wholes.iter().map(|whole| &whole.region).collect();
        let Some(first) = members.first() else {
            return;
        };
        let height = median_height(members.iter().copied());
        self.segments = cut(ink, components, &members, policies, height);
        let midline = Midline::of(&members, height);
        self.points = nodes_of(&components.points, &self.segments, &midline);
        let runs = runs(&self.segments, &midline);
        for run in &runs {
            let region = run.region(&self.segments, first.line);
            let whole = run.whole.and_then(|component| wholes.get(component));
            self.hypotheses.push(Hypothesis {
                span: run.span,
                kind: Kind::Digit,
                geometry: run.geometry,
                crop: match whole {
                    Some(whole) => whole.crop,
                    None => normalize_digit(ink, components, &region),
                },
                posterior: whole.and_then(|whole| whole.posterior.clone()),
                region,
            });
        }
        for bigram in bigrams {
            let same = |run: &&Run| run.whole == Some(bigram.span.from);
            if let Some(run) = runs.iter().find(same) {
                self.hypotheses.push(Hypothesis {
                    span: run.span,
                    region: run.region(&self.segments, first.line),
                    ..bigram
                });
            }
        }
    }
}

impl SplitPolicy {
    /// By what networks say of a component as one digit and as two.
    fn of(digit: Option<&Posterior>, bigram: Option<&Posterior>, networks: Networks) -> Self {
        if bigram.is_some_and(|bigram| bigram.best() >= SURE_BIGRAM) {
            return Self::Once;
        }
        match (digit.is_some_and(is_sure), networks) {
            (false, _) => Self::Everywhere,
            (true, Networks::Digits) => Self::EverywhereIfWide,
            (true, Networks::DigitsAndBigrams) => Self::OnceIfWide,
        }
    }

    /// The seams of strokes that are `height` high, or the line's height if that is less.
    fn seams(self, strokes: &Deslanted, height: f64) -> Vec<Seam> {
        let width = strokes.columns() as f64 / height;
        let narrowest = match self {
            Self::Everywhere => NARROWEST,
            Self::EverywhereIfWide | Self::OnceIfWide => WIDE,
            Self::Once => 0.0,
        };
        if width < narrowest {
            return Vec::new();
        }
        match self {
            Self::Everywhere | Self::EverywhereIfWide => strokes.seams(height),
            Self::OnceIfWide | Self::Once => strokes.middle_seam(height).into_iter().collect(),
        }
    }
}

/// Whether something is so likely one digit that it need not be cut.
pub(crate) fn is_sure(digit: &Posterior) -> bool {
    digit.classes.iter().any(|p| *p >= SURE)
}

/// The median height of a line's components, of which there is at least one.
pub(crate) fn median_height<'a>(members: impl Iterator<Item = &'a Region>) -> f64 {
    let mut heights: Vec<usize> = members.map(|region| region.bounds.height).collect();
    heights.sort_unstable();
    heights[heights.len() / 2] as f64
}

/// The segments of a line's components, each cut by its policy.
fn cut(
    ink: &Ink,
    components: &mut Components,
    members: &[&Region],
    policies: &[SplitPolicy],
    height: f64,
) -> Vec<Segment> {
    let strokes = members.iter().copied();
    let strokes: Vec<StrokePixels> = strokes
        .map(|region| StrokePixels::of(ink, components, region))
        .collect();
    let slant = slant_of(&strokes);
    let mut segments = Vec::new();
    let all = members.iter().zip(&strokes).zip(policies).enumerate();
    for (component, ((region, strokes), policy)) in all {
        let own = height.min(region.bounds.height as f64);
        let deslanted = strokes.sheared(slant);
        let seams = policy.seams(&deslanted, own);
        if seams.is_empty() {
            segments.push(Segment {
                labels: region.labels.clone(),
                component,
                bounds: region.bounds,
                extent: deslanted.extent(),
                cut_before: None,
            });
        } else {
            let first = components.new_labels(seams.len() as u32 + 1);
            let labels = &mut components.labels;
            segments.extend(strokes.relabel(component, slant, &seams, first, labels));
        }
    }
    segments
}

/// Between which segments of a line the points stand that are on it.
fn nodes_of(points: &[Rectangle], segments: &[Segment], midline: &Midline) -> Vec<usize> {
    let on_line = points.iter().filter(|point| midline.has_point(point));
    let middles = on_line.map(|point| point.middle()[0]);
    middles
        .map(|x| {
            let before = segments
                .iter()
                .filter(|segment| segment.bounds.middle()[0] < x);
            before.count()
        })
        .collect()
}

/// A run of segments that may be a digit.
struct Run {
    span: Span,
    bounds: Rectangle,
    geometry: Geometry,
    /// The component that it is, if it is all of one.
    whole: Option<usize>,
}

impl Run {
    /// Its strokes, on a line of that index.
    fn region(&self, segments: &[Segment], line: usize) -> Region {
        let own = &segments[self.span.from..self.span.to];
        let labels = own.iter().flat_map(|segment| &segment.labels);
        Region {
            bounds: self.bounds,
            line,
            labels: labels.copied().collect(),
        }
    }
}

/// Every run of segments that may be a digit.
fn runs(segments: &[Segment], midline: &Midline) -> Vec<Run> {
    let height = midline.height;
    let mut found = Vec::new();
    for from in 0..segments.len() {
        let mut bounds = segments[from].bounds;
        let mut extent = segments[from].extent;
        let before = segments[from].cut_before;
        let (mut apart, mut gaps) = (0usize, 0.0);
        let component = segments[from].component;
        let starts = from == 0 || segments[from - 1].component != component;
        for to in from + 1..=segments.len() {
            let last = &segments[to - 1];
            let ends = segments
                .get(to)
                .is_none_or(|next| next.component != component);
            let whole = (starts && ends && last.component == component).then_some(component);
            if to - from > 1 {
                if last.cut_before.is_none() {
                    let gap = last.extent[0] - extent[1];
                    if gap > WIDEST_GAP * height {
                        break;
                    }
                    apart += 1;
                    gaps += gap.max(0.0) / height;
                }
                bounds = bounds.union(&last.bounds);
                extent = [extent[0].min(last.extent[0]), extent[1].max(last.extent[1])];
                let width = extent[1] - extent[0];
                let widest = if apart > 0 { WIDEST_JOINED } else { WIDEST };
                let fits = width <= widest * height && to - from <= MOST_SEGMENTS;
                if width > WIDEST_WHOLE * height {
                    break;
                }
                if whole.is_none() && !fits {
                    // What is longer may be all of the component.
                    if starts && !ends {
                        continue;
                    }
                    break;
                }
            }
            let after = segments.get(to).and_then(|segment| segment.cut_before);
            let cuts = || [before, after].into_iter().flatten();
            found.push(Run {
                span: Span { from, to },
                bounds,
                whole,
                geometry: Geometry {
                    height: bounds.height as f64 / height,
                    width: (extent[1] - extent[0]) / height,
                    off: midline.below(&bounds).abs() / height,
                    cuts: cuts().count() as f64,
                    strokes: cuts().sum(),
                    apart: apart as f64,
                    gaps,
                },
            });
        }
    }
    found
}

#[cfg(test)]
mod tests;
