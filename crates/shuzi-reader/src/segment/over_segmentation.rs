//! Over-segmentation: components that may be several digits are cut wherever these may meet,
//! and every run of segments that may be a digit becomes a hypothesis.

use serde::{Deserialize, Serialize};

use super::{
    SegmentParams,
    components::{Components, Region},
    geometry::Geometry,
    midline::{Midline, MidlineParams},
    seam::{Deslanted, Seam, SeamParams},
    slant::{SlantParams, StrokePixels, slant_of},
};
use crate::{
    binarize::Ink,
    classify::{
        crop::{CropParams, normalize_digit},
        posterior::Posterior,
    },
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

/// How components are cut. Lengths are in heights of the line. A rule that is `None` is not
/// applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OverSegmentationParams {
    /// Least probability of a digit that need not be cut.
    pub sure: f32,
    /// Least probability of two digits that are not looked for between cuts.
    pub sure_bigram: f32,
    /// Narrowest component that is cut, in its own heights or the line's, whichever
    /// are less.
    pub narrowest: f64,
    /// The narrowest that is cut though the network takes it for a digit; as `narrowest`.
    pub wide: f64,
    /// Most segments that one digit is made of, unless they are all of a component.
    pub most_segments: usize,
    /// Widest digit made of segments.
    pub widest: f64,
    /// The widest that is all of a component, as a flat 0 may be: of wider ones the network
    /// knows nothing.
    pub widest_whole: f64,
    /// Slanted strokes are cut and measured upright. Off: as they stand.
    pub slant: Option<SlantParams>,
    /// Along which seams a component is cut. Off: each component is one segment.
    pub seams: Option<SeamParams>,
    /// Segments that do not touch may be one digit. Off: they are none.
    pub joined: Option<JoinedParams>,
}

impl Default for OverSegmentationParams {
    /// The narrowest was chosen by hand on made digits that touch and on cheque amounts
    /// (development); the others are guesses.
    fn default() -> Self {
        Self {
            sure: 0.65,
            sure_bigram: 0.99,
            narrowest: 0.6,
            wide: 1.2,
            most_segments: 5,
            widest: 1.4,
            widest_whole: 2.0,
            slant: Some(SlantParams::default()),
            seams: Some(SeamParams::default()),
            joined: Some(JoinedParams::default()),
        }
    }
}

/// Which segments that do not touch may be one digit. Lengths are in heights of the line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JoinedParams {
    /// Widest digit made of them.
    pub widest: f64,
    /// Widest gap between them.
    pub gap: f64,
}

impl Default for JoinedParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            widest: 0.9,
            gap: 0.12,
        }
    }
}

impl TextLine {
    /// Cuts the components by what networks say of each, gives the labels of what is cut
    /// anew, and finds every run of segments that may be a digit. What was said of a component
    /// stays with the hypothesis that is all of it.
    pub(crate) fn over_segment(
        &mut self,
        ink: &Ink,
        components: &mut Components,
        networks: Networks,
        params: &SegmentParams,
        crop: &CropParams,
    ) {
        let policy = |whole: &Hypothesis| {
            let mut bigrams = self.bigrams().iter();
            let own = bigrams.find(|bigram| bigram.span == whole.span);
            let bigram = own.and_then(|bigram| bigram.posterior.as_ref());
            let own = &params.over_segmentation;
            SplitPolicy::of(whole.posterior.as_ref(), bigram, networks, own)
        };
        let policies: Vec<SplitPolicy> = self.digits().iter().map(policy).collect();
        self.split(ink, components, &policies, params, crop);
    }

    /// The same, each component by its policy.
    fn split(
        &mut self,
        ink: &Ink,
        components: &mut Components,
        policies: &[SplitPolicy],
        params: &SegmentParams,
        crop: &CropParams,
    ) {
        let bigrams = self.bigrams().to_vec();
        self.hypotheses.truncate(self.digits().len());
        let wholes = std::mem::take(&mut self.hypotheses);
        let members: Vec<&Region> = wholes.iter().map(|whole| &whole.region).collect();
        let Some(first) = members.first() else {
            return;
        };
        let height = median_height(members.iter().copied());
        let own = &params.over_segmentation;
        self.segments = cut(ink, components, &members, policies, height, own);
        let midline = Midline::of(&members, height, &params.midline);
        self.points = nodes_of(
            &components.points,
            &self.segments,
            &midline,
            &params.midline,
        );
        let runs = runs(&self.segments, &midline, own);
        for run in &runs {
            let region = run.region(&self.segments, first.line);
            let whole = run.whole.and_then(|component| wholes.get(component));
            self.hypotheses.push(Hypothesis {
                span: run.span,
                kind: Kind::Digit,
                geometry: run.geometry,
                crop: match whole {
                    Some(whole) => whole.crop,
                    None => normalize_digit(ink, components, &region, crop),
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
    fn of(
        digit: Option<&Posterior>,
        bigram: Option<&Posterior>,
        networks: Networks,
        params: &OverSegmentationParams,
    ) -> Self {
        if bigram.is_some_and(|bigram| bigram.best() >= params.sure_bigram) {
            return Self::Once;
        }
        match (
            digit.is_some_and(|digit| digit.best() >= params.sure),
            networks,
        ) {
            (false, _) => Self::Everywhere,
            (true, Networks::Digits) => Self::EverywhereIfWide,
            (true, Networks::DigitsAndBigrams) => Self::OnceIfWide,
        }
    }

    /// The seams of strokes that are `height` high, or the line's height if that is less.
    fn seams(self, strokes: &Deslanted, height: f64, params: &OverSegmentationParams) -> Vec<Seam> {
        let Some(seams) = &params.seams else {
            return Vec::new();
        };
        let width = strokes.columns() as f64 / height;
        let narrowest = match self {
            Self::Everywhere => params.narrowest,
            Self::EverywhereIfWide | Self::OnceIfWide => params.wide,
            Self::Once => 0.0,
        };
        if width < narrowest {
            return Vec::new();
        }
        match self {
            Self::Everywhere | Self::EverywhereIfWide => strokes.seams(height, seams),
            Self::OnceIfWide | Self::Once => {
                let middle = strokes.middle_seam(height, seams);
                middle.into_iter().collect()
            }
        }
    }
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
    params: &OverSegmentationParams,
) -> Vec<Segment> {
    let strokes = members.iter().copied();
    let strokes: Vec<StrokePixels> = strokes
        .map(|region| StrokePixels::of(ink, components, region))
        .collect();
    let slant = params.slant.as_ref();
    let slant = slant.map_or(0.0, |slant| slant_of(&strokes, slant));
    let mut segments = Vec::new();
    let all = members.iter().zip(&strokes).zip(policies).enumerate();
    for (component, ((region, strokes), policy)) in all {
        let own = height.min(region.bounds.height as f64);
        let deslanted = strokes.sheared(slant);
        let seams = policy.seams(&deslanted, own, params);
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
fn nodes_of(
    points: &[Rectangle],
    segments: &[Segment],
    midline: &Midline,
    params: &MidlineParams,
) -> Vec<usize> {
    let on_line = points
        .iter()
        .filter(|point| midline.has_point(point, params));
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
fn runs(segments: &[Segment], midline: &Midline, params: &OverSegmentationParams) -> Vec<Run> {
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
                    let Some(joined) = &params.joined else {
                        break;
                    };
                    let gap = last.extent[0] - extent[1];
                    if gap > joined.gap * height {
                        break;
                    }
                    apart += 1;
                    gaps += gap.max(0.0) / height;
                }
                bounds = bounds.union(&last.bounds);
                extent = [extent[0].min(last.extent[0]), extent[1].max(last.extent[1])];
                let width = extent[1] - extent[0];
                let widest = match &params.joined {
                    Some(joined) if apart > 0 => joined.widest,
                    _ => params.widest,
                };
                let fits = width <= widest * height && to - from <= params.most_segments;
                if width > params.widest_whole * height {
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
