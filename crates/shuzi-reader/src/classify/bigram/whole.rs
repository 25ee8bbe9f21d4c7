//! What is as wide as two digits: a network for two is asked about all of it before it is
//! cut. Two digits of which that is sure need not be looked for between all cuts, which make
//! many crops to ask about.

use super::{NARROWEST_PIECE, PairScores};
use crate::{
    Candidate, Crop, Cuts, Prepared,
    classify::segment_model::Scores,
    normalize_pair,
    segment::over_segmentation::{WIDEST_WHOLE, usual_height},
};

/// Least probability of two digits that are not looked for between cuts.
const SURE: f32 = 0.99;

/// A candidate that a network for two digits is asked about.
#[derive(Clone, Debug)]
pub(crate) struct WholePair {
    /// Its index.
    pub(crate) candidate: usize,
    /// What the network saw.
    pub(crate) crop: Crop,
    pub(crate) scores: PairScores,
}

/// The candidates of `image` that are as wide as two digits and, by `scores`, perhaps not
/// one; nothing is said of them yet.
pub(crate) fn wide(image: &Prepared, scores: &[Scores]) -> Vec<WholePair> {
    let Some((ink, segments)) = &image.ink else {
        return Vec::new();
    };
    let lines = segments.candidates.chunk_by(|a, b| a.line == b.line);
    let widths = lines.flat_map(|members| {
        let height = usual_height(members);
        let width = move |member: &Candidate| member.bounds.width as f64 / height;
        members.iter().map(width)
    });
    let all = segments.candidates.iter().zip(widths).zip(scores);
    let asked = all.enumerate().filter(|(_, ((_, width), scores))| {
        *width > NARROWEST_PIECE && *width <= WIDEST_WHOLE && !scores.are_sure()
    });
    let wholes = asked.map(|(index, ((candidate, _), _))| WholePair {
        candidate: index,
        crop: normalize_pair(ink, segments, candidate),
        scores: PairScores::of(&[]),
    });
    wholes.collect()
}

/// What the candidates of an image seem to be before they are cut.
#[derive(Clone, Debug)]
pub(crate) struct AskedWholes {
    /// Where each is cut.
    pub(crate) cuts: Vec<Cuts>,
    /// Those that a network for two digits was asked about.
    pub(crate) pairs: Vec<WholePair>,
}

impl AskedWholes {
    /// By what the network for one digit says alone.
    pub(crate) fn none(scores: &[Scores]) -> Self {
        Self {
            cuts: scores.iter().map(Scores::cuts).collect(),
            pairs: Vec::new(),
        }
    }

    /// By what that for two says of some, too: of those that are left it will be asked.
    pub(crate) fn of(scores: &[Scores], pairs: Vec<WholePair>) -> Self {
        let alone = scores.iter().map(|scores| match scores.cuts() {
            Cuts::OfWide => Cuts::OnceOfWide,
            cuts => cuts,
        });
        let mut cuts: Vec<Cuts> = alone.collect();
        for pair in &pairs {
            if pair.scores.pairs.iter().any(|p| *p >= SURE) {
                cuts[pair.candidate] = Cuts::Once;
            }
        }
        Self { cuts, pairs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, classify::bigram::PAIRS, prepare};

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

    fn digit(p: f32) -> Scores {
        let mut scores = Scores::of(&[0.0; 11]);
        scores.digits[0] = p;
        scores
    }

    #[test]
    fn what_is_wide_and_not_sure_is_asked_about() {
        let asked = |scores: [Scores; 2]| -> Vec<usize> {
            let wholes = wide(&sheet(), &scores);
            wholes.iter().map(|whole| whole.candidate).collect()
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
            let mut row = [0.0; PAIRS + 1];
            (row[0], row[PAIRS]) = (p, 1.0 - p);
            let mut wholes = wide(&sheet(), &scores);
            wholes[0].scores = PairScores::of(&row);
            AskedWholes::of(&scores, wholes).cuts
        };
        assert_eq!(cuts_for(0.999), [Cuts::OnceOfWide, Cuts::Once]);
        assert_eq!(cuts_for(0.9), [Cuts::OnceOfWide, Cuts::All]);
    }
}
