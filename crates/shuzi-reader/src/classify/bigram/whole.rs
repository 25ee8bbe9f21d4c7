//! What is as wide as two digits: a network for two is asked about all of it before it is
//! cut. Two digits of which that is sure need not be looked for between all cuts, which make
//! many crops to ask about.

use super::{BigramPosterior, NARROWEST_PIECE};
use crate::{
    Crop, Prepared, Region, SplitPolicy,
    classify::segment_model::Posterior,
    normalize_bigram,
    segment::over_segmentation::{WIDEST_WHOLE, usual_height},
};

/// Least probability of two digits that are not looked for between cuts.
const SURE: f32 = 0.99;

/// A region that a network for two digits is asked about.
#[derive(Clone, Debug)]
pub(crate) struct WholePair {
    /// Its index.
    pub(crate) region: usize,
    /// What the network saw.
    pub(crate) crop: Crop,
    pub(crate) scores: BigramPosterior,
}

/// The regions of `image` that are as wide as two digits and, by `scores`, perhaps not
/// one; nothing is said of them yet.
pub(crate) fn wide(image: &Prepared, scores: &[Posterior]) -> Vec<WholePair> {
    let Some((ink, components)) = &image.ink else {
        return Vec::new();
    };
    let lines = components.regions.chunk_by(|a, b| a.line == b.line);
    let widths = lines.flat_map(|members| {
        let height = usual_height(members);
        let width = move |member: &Region| member.bounds.width as f64 / height;
        members.iter().map(width)
    });
    let all = components.regions.iter().zip(widths).zip(scores);
    let asked = all.enumerate().filter(|(_, ((_, width), scores))| {
        *width > NARROWEST_PIECE && *width <= WIDEST_WHOLE && !scores.are_sure()
    });
    let wholes = asked.map(|(index, ((region, _), _))| WholePair {
        region: index,
        crop: normalize_bigram(ink, components, region),
        scores: BigramPosterior::of(&[]),
    });
    wholes.collect()
}

/// What the regions of an image seem to be before they are cut.
#[derive(Clone, Debug)]
pub(crate) struct AskedWholes {
    /// Where each is cut.
    pub(crate) cuts: Vec<SplitPolicy>,
    /// Those that a network for two digits was asked about.
    pub(crate) pairs: Vec<WholePair>,
}

impl AskedWholes {
    /// By what the network for one digit says alone.
    pub(crate) fn none(scores: &[Posterior]) -> Self {
        Self {
            cuts: scores.iter().map(Posterior::cuts).collect(),
            pairs: Vec::new(),
        }
    }

    /// By what that for two says of some, too: of those that are left it will be asked.
    pub(crate) fn of(scores: &[Posterior], pairs: Vec<WholePair>) -> Self {
        let alone = scores.iter().map(|scores| match scores.cuts() {
            SplitPolicy::EverywhereIfWide => SplitPolicy::OnceIfWide,
            cuts => cuts,
        });
        let mut cuts: Vec<SplitPolicy> = alone.collect();
        for pair in &pairs {
            if pair.scores.bigrams.iter().any(|p| *p >= SURE) {
                cuts[pair.region] = SplitPolicy::Once;
            }
        }
        Self { cuts, pairs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, classify::bigram::BIGRAMS, prepare};

    /// A sheet with a ring 30 pixels high and, far from it, two that touch.
    fn sheet() -> Prepared {
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
        prepare(&bytes, Limits::default()).unwrap()
    }

    fn digit(p: f32) -> Posterior {
        let mut scores = Posterior::of(&[0.0; 11]);
        scores.digits[0] = p;
        scores
    }

    #[test]
    fn what_is_wide_and_not_sure_is_asked_about() {
        let asked = |scores: [Posterior; 2]| -> Vec<usize> {
            let wholes = wide(&sheet(), &scores);
            wholes.iter().map(|whole| whole.region).collect()
        };
        assert_eq!(sheet().crops().len(), 2);
        assert_eq!(
            asked([digit(0.1), digit(0.1)]),
            [1],
            "the ring is too narrow"
        );
        assert_eq!(asked([digit(0.1), digit(0.9)]), [0usize; 0], "it is sure");
    }

    #[test]
    fn two_digits_that_are_sure_are_cut_once() {
        let scores = [digit(0.9), digit(0.1)];
        let cuts_for = |p: f32| {
            let mut row = [0.0; BIGRAMS + 1];
            (row[0], row[BIGRAMS]) = (p, 1.0 - p);
            let mut wholes = wide(&sheet(), &scores);
            wholes[0].scores = BigramPosterior::of(&row);
            AskedWholes::of(&scores, wholes).cuts
        };
        assert_eq!(
            cuts_for(0.999),
            [SplitPolicy::OnceIfWide, SplitPolicy::Once]
        );
        assert_eq!(
            cuts_for(0.9),
            [SplitPolicy::OnceIfWide, SplitPolicy::Everywhere]
        );
    }
}
