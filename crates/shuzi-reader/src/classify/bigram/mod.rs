//! Runs of a line that may be two digits: where digits run into each other no cut shows
//! either as it is, so a network for two is asked (Cireșan, "Avoiding Segmentation in
//! Multi-Digit Numeral String Recognition by Combining Single and Two-Digit Classifiers
//! Trained without Negative Examples", 2008).

pub mod doubt;
pub mod wide;

use serde::{Deserialize, Serialize};

use self::{doubt::DoubtfulBigramParams, wide::WideBigramParams};
use crate::{
    binarize::Ink,
    classify::{
        ClassifyParams,
        crop::{Crop, normalize_bigram},
    },
    segment::{
        components::{Components, Region},
        geometry::Geometry,
    },
    text_line::{Hypothesis, Kind, Span, TextLine},
};

/// Which runs a network for two digits is asked about. Lengths are in heights of the line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BigramProposalParams {
    /// Narrowest run that may be two digits.
    pub narrowest: f64,
    /// Widest run that may be two digits.
    pub widest: f64,
    /// The narrowest of one segment.
    pub narrowest_segment: f64,
    /// Widest gap in a run.
    pub gap: f64,
    /// It is asked about what is as wide as two digits before that is cut. Off: later alone.
    pub wide: Option<WideBigramParams>,
    /// It is asked about runs that are in doubt once the line is cut. Off: before alone.
    pub doubtful: Option<DoubtfulBigramParams>,
}

impl Default for BigramProposalParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            narrowest: 0.65,
            widest: 3.0,
            narrowest_segment: 0.9,
            gap: 0.15,
            wide: Some(WideBigramParams::default()),
            doubtful: Some(DoubtfulBigramParams::default()),
        }
    }
}

impl TextLine {
    /// Adds the runs of segments that may be two digits that touch or nearly do and are
    /// `wanted`, but for those that it has.
    pub(crate) fn propose_bigrams(
        &mut self,
        ink: &Ink,
        components: &Components,
        wanted: impl Fn(Span) -> bool,
        params: &ClassifyParams,
    ) {
        let known = |span: Span| self.bigrams().iter().any(|bigram| bigram.span == span);
        let runs = self.bigram_runs(|span| wanted(span) && !known(span), &params.bigram);
        for (span, region) in runs {
            let crop = normalize_bigram(ink, components, &region, &params.crop);
            self.add_bigram(span, region, crop);
        }
    }

    /// Adds a bigram of which no network was asked.
    fn add_bigram(&mut self, span: Span, region: Region, crop: Crop) {
        self.hypotheses.push(Hypothesis {
            span,
            kind: Kind::Bigram,
            geometry: Geometry::default(),
            crop,
            posterior: None,
            region,
        });
    }

    /// The runs that may be two digits and are `wanted`.
    fn bigram_runs(
        &self,
        wanted: impl Fn(Span) -> bool,
        params: &BigramProposalParams,
    ) -> Vec<(Span, Region)> {
        let single: Vec<&Hypothesis> = self.single().map(|(_, digit)| digit).collect();
        let mut runs = Vec::new();
        for from in 0..single.len() {
            add_runs_from(&single[from..], &wanted, params, &mut runs);
        }
        runs
    }
}

/// Adds those that begin with the first of `single` digits and are `wanted`.
fn add_runs_from(
    single: &[&Hypothesis],
    wanted: &impl Fn(Span) -> bool,
    params: &BigramProposalParams,
    runs: &mut Vec<(Span, Region)>,
) {
    let Some((first, others)) = single.split_first() else {
        return;
    };
    let height = first.region.bounds.height as f64 / first.geometry.height;
    let mut region = first.region.clone();
    let mut add = |region: &Region, to: usize, narrowest: f64| {
        let width = region.bounds.width as f64;
        let fits = width <= params.widest * height;
        let from = first.span.from;
        if fits && width > narrowest * height && wanted(Span { from, to }) {
            runs.push((Span { from, to }, region.clone()));
        }
        fits
    };
    add(&region, first.span.to, params.narrowest_segment);
    for next in others {
        let bounds = next.region.bounds;
        let gap = bounds.x as f64 - region.bounds.right() as f64;
        region.bounds = region.bounds.union(&bounds);
        region.labels.extend(&next.region.labels);
        if gap > params.gap * height || !add(&region, next.span.to, params.narrowest) {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_line::tests::line_of;

    fn runs(segments: &[[usize; 2]]) -> Vec<(usize, usize)> {
        let runs = line_of(segments).bigram_runs(|_| true, &BigramProposalParams::default());
        runs.iter().map(|(span, _)| (span.from, span.to)).collect()
    }

    #[test]
    fn neighbours_that_touch_and_wide_segments_may_be_two_digits() {
        assert_eq!(runs(&[[0, 12], [12, 12]]), [(0, 2)]);
        assert_eq!(runs(&[[0, 12], [20, 12]]), [], "a gap");
        assert_eq!(runs(&[[0, 30]]), [(0, 1)]);
        assert_eq!(runs(&[[0, 12]]), [], "as wide as one");
        assert_eq!(runs(&[[0, 3], [3, 3]]), [], "as wide as half of one");
        assert_eq!(runs(&[[0, 70]]), [], "as wide as four");
        let runs = line_of(&[[0, 24], [24, 24], [48, 24]])
            .bigram_runs(|_| true, &BigramProposalParams::default());
        let (span, region) = &runs[1];
        assert_eq!((span.from, span.to), (0, 2));
        assert_eq!(region.labels, [1, 2]);
        assert_eq!(region.bounds.width, 48);
        assert_eq!(runs.len(), 5, "three are too wide");
    }
}
