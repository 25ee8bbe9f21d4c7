//! What is as wide as two digits: a network for two is asked about all of it before it is
//! cut. Two digits of which that is sure need not be looked for between all cuts, which make
//! many crops to ask about.

use serde::{Deserialize, Serialize};

use crate::{
    binarize::Ink,
    classify::{ClassifyParams, crop::normalize_bigram},
    segment::{
        components::{Components, Region},
        over_segmentation::{OverSegmentationParams, median_height},
    },
    text_line::{Hypothesis, Span, TextLine},
};

/// What is as wide as two digits, in heights of the line, and perhaps not one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WideBigramParams {
    /// Narrowest component that may be two digits.
    pub narrowest: f64,
    /// Widest component that may be two digits.
    pub widest: f64,
    /// Least probability of a digit that need not be asked about as two.
    pub sure: f32,
}

impl Default for WideBigramParams {
    /// As for runs of one segment, and for components that are cut.
    fn default() -> Self {
        let cut = OverSegmentationParams::default();
        Self {
            narrowest: 0.9,
            widest: cut.widest_whole,
            sure: cut.sure,
        }
    }
}

impl TextLine {
    /// Adds the components that are as wide as two digits and, by their posteriors, perhaps not
    /// one, as bigrams; before the line is over-segmented.
    pub(crate) fn propose_wide_bigrams(
        &mut self,
        ink: &Ink,
        components: &Components,
        params: &ClassifyParams,
    ) {
        let Some(own) = &params.bigram.wide else {
            return;
        };
        if self.digits().is_empty() {
            return;
        }
        let height = median_height(self.digits().iter().map(|digit| &digit.region));
        let in_doubt = |digit: &&Hypothesis| {
            let width = digit.region.bounds.width as f64 / height;
            let posterior = digit.posterior.as_ref();
            let sure = posterior.is_some_and(|digit| digit.best() >= own.sure);
            width > own.narrowest && width <= own.widest && !sure
        };
        let wide = self.digits().iter().filter(in_doubt);
        let wide: Vec<(Span, Region)> = wide
            .map(|digit| (digit.span, digit.region.clone()))
            .collect();
        for (span, region) in wide {
            let crop = normalize_bigram(ink, components, &region, &params.crop);
            self.add_bigram(span, region, crop);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        classify::posterior::{BIGRAMS, Posterior, PosteriorParams},
        image::decode::Limits,
        page::Page,
        params::StageParams,
        segment::over_segmentation::Networks,
        text_line::Kind,
    };

    /// A sheet with a ring 30 pixels high and, far from it, two that touch; a network takes
    /// either for a 0 with these probabilities.
    fn sheet(digits: [f32; 2]) -> Page {
        let (width, height) = (300, 90);
        let mut bytes = format!("P5 {width} {height} 255\n").into_bytes();
        let ring = |x: usize, y: usize, left: usize| {
            let [across, down] = [x.abs_diff(left + 11), y.abs_diff(45)];
            across <= 11 && down <= 15 && (across >= 8 || down >= 12)
        };
        for y in 0..height {
            for x in 0..width {
                let ink = [60, 200, 222].iter().any(|left| ring(x, y, *left));
                bytes.push(if ink { 20 } else { 230 });
            }
        }
        let mut page = Page::decode(&bytes, Limits::default(), &StageParams::default()).unwrap();
        let line = &mut page.lines[0];
        assert_eq!(line.digits().len(), 2);
        for (digit, p) in line.hypotheses.iter_mut().zip(digits) {
            let mut row = [0.0; 11];
            row[0] = p;
            digit.posterior = Some(Posterior::of_digit(&row, &PosteriorParams::default()));
        }
        let params = StageParams::default().classify;
        page.propose(|line, ink, components| line.propose_wide_bigrams(ink, components, &params));
        page
    }

    #[test]
    fn what_is_wide_and_not_sure_is_asked_about() {
        let asked = |digits: [f32; 2]| -> Vec<usize> {
            let page = sheet(digits);
            let bigrams = page.lines[0].bigrams().iter();
            bigrams.map(|bigram| bigram.span.from).collect()
        };
        assert_eq!(asked([0.1, 0.1]), [1], "the ring is too narrow");
        assert_eq!(asked([0.1, 0.9]), [0usize; 0], "it is sure");
    }

    #[test]
    fn two_digits_that_are_sure_are_cut_once() {
        let segments = |p: f32| {
            let mut page = sheet([0.9, 0.1]);
            let bigram = page.lines[0].hypotheses.last_mut().unwrap();
            assert_eq!(bigram.kind, Kind::Bigram);
            let mut row = [0.0; BIGRAMS + 1];
            (row[0], row[BIGRAMS]) = (p, 1.0 - p);
            bigram.posterior = Some(Posterior::of_bigram(&row));
            page.over_segment(Networks::DigitsAndBigrams, &StageParams::default());
            let line = &page.lines[0];
            let component = |wanted: usize| {
                let segments = line.segments.iter();
                segments
                    .filter(|segment| segment.component == wanted)
                    .count()
            };
            // What was said of all of it is of both segments now.
            let [bigram] = line.bigrams() else {
                panic!("{:?}", line.bigrams());
            };
            assert_eq!((bigram.span.from, bigram.span.to), (1, line.segments.len()));
            assert!(bigram.posterior.is_some());
            [component(0), component(1)]
        };
        assert_eq!(segments(0.999), [1, 2]);
        let [ring, two] = segments(0.9);
        assert!(ring == 1 && two > 2, "{two}");
    }
}
