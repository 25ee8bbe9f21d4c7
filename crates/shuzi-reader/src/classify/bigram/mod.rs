//! Runs of a line that may be two digits, and what a network for two says of them: where
//! digits run into each other no cut shows either as it is (Cireșan, "Avoiding
//! Segmentation in Multi-Digit Numeral String Recognition by Combining Single and Two-Digit
//! Classifiers Trained without Negative Examples", 2008).

mod doubt;
mod whole;

use crate::{Crop, Hypothesis, Region, TextLine, classify::segment_model::DIGITS};
pub(crate) use doubt::doubtful;
pub(crate) use whole::{AskedWholes, WholePair, wide};

/// Number of pairs of digits; a network for them knows one class more, of what is none.
pub(crate) const BIGRAMS: usize = DIGITS * DIGITS;

/// Narrowest and widest run that may be two digits, in heights of the line, and the
/// narrowest of one piece.
const NARROWEST: f64 = 0.65;
const WIDEST: f64 = 3.0;
const NARROWEST_PIECE: f64 = 0.9;

/// Widest gap in it, in heights of the line.
const WIDEST_GAP: f64 = 0.15;

/// A run of a line that may be two digits, whether they are cut from each other or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Node before it, along the line.
    pub from: usize,
    /// Node after it.
    pub to: usize,
    /// Its strokes.
    pub region: Region,
}

impl Pair {
    /// The nodes before and after it.
    pub(crate) fn ends(&self) -> (usize, usize) {
        (self.from, self.to)
    }
}

impl TextLine {
    /// Every run that may be two digits that touch or nearly do.
    pub fn pairs(&self) -> Vec<Pair> {
        self.pairs_of(|_, _| true)
    }

    /// Those between two nodes that are `wanted`.
    fn pairs_of(&self, wanted: impl Fn(usize, usize) -> bool) -> Vec<Pair> {
        let pieces: Vec<&Hypothesis> = self.segments().map(|(_, piece)| piece).collect();
        let mut pairs = Vec::new();
        for from in 0..pieces.len() {
            add_from(&pieces[from..], &wanted, &mut pairs);
        }
        pairs
    }
}

/// Adds those that begin with the first of `pieces` and are `wanted`.
fn add_from(pieces: &[&Hypothesis], wanted: &impl Fn(usize, usize) -> bool, pairs: &mut Vec<Pair>) {
    let Some((first, others)) = pieces.split_first() else {
        return;
    };
    let height = first.region.bounds.height as f64 / first.geometry.height;
    let mut region = first.region.clone();
    let mut add = |region: &Region, to: usize, narrowest: f64| {
        let width = region.bounds.width as f64;
        let fits = width <= WIDEST * height;
        if fits && width > narrowest * height && wanted(first.from, to) {
            pairs.push(Pair {
                from: first.from,
                to,
                region: region.clone(),
            });
        }
        fits
    };
    add(&region, first.to, NARROWEST_PIECE);
    for next in others {
        let bounds = next.region.bounds;
        let gap = bounds.x as f64 - region.bounds.right() as f64;
        region.bounds = region.bounds.union(&bounds);
        region.labels.extend(&next.region.labels);
        if gap > WIDEST_GAP * height || !add(&region, next.to, NARROWEST) {
            break;
        }
    }
}

/// What a network says of a run that may be two digits, as probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BigramPosterior {
    /// Of 10 times the first digit and the second.
    pub(crate) bigrams: [f32; BIGRAMS],
    /// That it is not two digits.
    pub(crate) garbage: f32,
}

impl BigramPosterior {
    /// From a network's outputs; what it does not say is 0.
    pub(crate) fn of(row: &[f32]) -> Self {
        let mut bigrams = [0.0; BIGRAMS];
        for (to, p) in bigrams.iter_mut().zip(row) {
            *to = *p;
        }
        let garbage = row.get(BIGRAMS).copied().unwrap_or(0.0);
        Self { bigrams, garbage }
    }

    /// How likely each first digit is, whatever the second.
    pub(crate) fn first(&self) -> [f32; DIGITS] {
        std::array::from_fn(|first| self.bigrams[DIGITS * first..][..DIGITS].iter().sum())
    }

    /// How likely each second digit is, whatever the first.
    pub(crate) fn second(&self) -> [f32; DIGITS] {
        std::array::from_fn(|second| self.bigrams.iter().skip(second).step_by(DIGITS).sum())
    }
}

/// A run that a network was asked about.
#[derive(Clone, Debug)]
pub(crate) struct ScoredPair {
    pub(crate) pair: Pair,
    /// What the network saw.
    pub(crate) crop: Crop,
    pub(crate) scores: BigramPosterior,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::over_segmentation::tests::line_of as line;

    fn runs(pieces: &[[usize; 2]]) -> Vec<(usize, usize)> {
        let pairs = line(pieces).pairs();
        pairs.iter().map(|pair| (pair.from, pair.to)).collect()
    }

    #[test]
    fn neighbours_that_touch_and_wide_pieces_may_be_two_digits() {
        assert_eq!(runs(&[[0, 12], [12, 12]]), [(0, 2)]);
        assert_eq!(runs(&[[0, 12], [20, 12]]), [], "a gap");
        assert_eq!(runs(&[[0, 30]]), [(0, 1)]);
        assert_eq!(runs(&[[0, 12]]), [], "as wide as one");
        assert_eq!(runs(&[[0, 3], [3, 3]]), [], "as wide as half of one");
        assert_eq!(runs(&[[0, 70]]), [], "as wide as four");
        let pairs = line(&[[0, 24], [24, 24], [48, 24]]).pairs();
        let whole = &pairs[1];
        assert_eq!((whole.from, whole.to), (0, 2));
        assert_eq!(whole.region.labels, [1, 2]);
        assert_eq!(whole.region.bounds.width, 48);
        assert_eq!(pairs.len(), 5, "three are too wide");
    }

    #[test]
    fn either_digit_is_as_likely_as_all_pairs_with_it() {
        let mut row = [0.0; BIGRAMS + 1];
        (row[14], row[19], row[94], row[BIGRAMS]) = (0.5, 0.2, 0.2, 0.1);
        let scores = BigramPosterior::of(&row);
        let [first, second] = [scores.first(), scores.second()];
        for (p, expected) in [
            (first[1], 0.7),
            (first[9], 0.2),
            (second[4], 0.7),
            (second[9], 0.2),
            (second[0], 0.0),
            (scores.garbage, 0.1),
        ] {
            assert!((p - expected).abs() < 1e-6, "{p}, not {expected}");
        }
        assert_eq!(BigramPosterior::of(&[]).garbage, 0.0);
    }
}
