//! What the network, the size of a piece, its place and its cuts say together of
//! its being a digit: a log-linear model whose weights were fitted to made lines
//! of handwriting by [`crate::fit`].

mod weights;

use super::posterior::{DIGITS, Posterior};
use crate::{lattice::log_add, segment::geometry::Geometry};
pub use weights::WEIGHTS;

/// Number of features.
pub const FEATURE_COUNT: usize = FEATURE_NAMES.len();

/// What each feature is. The first ones speak for a digit, the later ones for
/// its being none; sizes are in heights of the line.
pub const FEATURE_NAMES: [&str; 28] = [
    "digit: ln p of the network",
    "digit: ln p of no digit",
    "digit",
    "digit 0: lower than 0.85",
    "digit 1: lower than 0.85",
    "other digit: lower than 0.85",
    "digit: lower than 0.5",
    "digit: higher than 1.15",
    "other digit than 1: wider than 0.85",
    "digit: wider than 1.15",
    "digit 1: wider than 0.55",
    "other digit than 1: narrower than 0.35",
    "digit: off the line",
    "digit: sides that are cut",
    "digit: strokes on the cuts",
    "digit: cut, and lower than 0.85",
    "digit: parts that do not touch",
    "digit: gaps between them",
    "none: ln p of the network",
    "none: ln p of the likeliest digit",
    "none",
    "none: height up to 1.2",
    "none: higher than 0.6",
    "none: sides that are cut",
    "none: strokes on the cuts",
    "none: width up to 1.5",
    "none: off the line",
    "none: parts that do not touch",
];

/// Index of the first feature that speaks for no digit.
const NONE: usize = 18;

/// Weights of what the network says, of logarithms of its probabilities.
pub(crate) struct OfNetwork {
    /// That it is the digit, for that.
    pub(crate) digit: f64,
    /// That it is none, for a digit.
    pub(crate) digit_of_none: f64,
    /// That it is none, for that.
    pub(crate) none: f64,
    /// That it is the likeliest digit, for none.
    pub(crate) none_of_best: f64,
}

/// Those of [`WEIGHTS`].
pub(crate) const OF_NETWORK: OfNetwork = OfNetwork {
    digit: WEIGHTS[0],
    digit_of_none: WEIGHTS[1],
    none: WEIGHTS[NONE],
    none_of_best: WEIGHTS[NONE + 1],
};

/// Least probability that is told from none: a network that is sure of the
/// wrong answer can be overruled.
pub(crate) const LEAST: f64 = 1e-5;

impl Geometry {
    /// What speaks for this being `digit`.
    pub fn digit(&self, scores: &Posterior, digit: usize) -> [f64; FEATURE_COUNT] {
        let mut features = [0.0; FEATURE_COUNT];
        let low = (0.85 - self.height).max(0.0);
        let one = f64::from(digit == 1);
        let p = scores.classes.get(digit).copied().unwrap_or(0.0);
        features[..NONE].copy_from_slice(&[
            log(p),
            log(scores.garbage),
            1.0,
            if digit == 0 { low } else { 0.0 },
            one * low,
            if digit > 1 { low } else { 0.0 },
            (0.5 - self.height).max(0.0),
            (self.height - 1.15).max(0.0),
            (1.0 - one) * (self.width - 0.85).max(0.0),
            (self.width - 1.15).max(0.0),
            one * (self.width - 0.55).max(0.0),
            (1.0 - one) * (0.35 - self.width).max(0.0),
            self.off.min(1.0),
            self.cuts,
            self.strokes,
            if self.cuts > 0.0 { low } else { 0.0 },
            self.apart,
            self.gaps,
        ]);
        features
    }

    /// What speaks for this being no digit: a point, a dash, a blot.
    pub fn none(&self, scores: &Posterior) -> [f64; FEATURE_COUNT] {
        let mut features = [0.0; FEATURE_COUNT];
        let best = scores.classes.iter().copied().fold(0.0, f32::max);
        features[NONE..].copy_from_slice(&[
            log(scores.garbage),
            log(best),
            1.0,
            self.height.min(1.2),
            (self.height - 0.6).max(0.0),
            self.cuts,
            self.strokes,
            self.width.min(1.5),
            self.off.min(1.0),
            self.apart,
        ]);
        features
    }

    /// Weight of each digit, and of none, as logarithms.
    pub fn weigh(&self, scores: &Posterior) -> ([f64; DIGITS], f64) {
        let mut digits = [0.0; DIGITS];
        for (digit, to) in digits.iter_mut().enumerate() {
            *to = dot(&WEIGHTS, &self.digit(scores, digit));
        }
        (digits, dot(&WEIGHTS, &self.none(scores)))
    }

    /// What size, place and cuts say for each digit and, last, for none, as logarithms.
    pub(crate) fn evidence(&self) -> [f32; DIGITS + 1] {
        // Of what all are sure, the logarithms are 0.
        let (digits, none) = self.weigh(&Posterior {
            classes: vec![1.0; DIGITS],
            garbage: 1.0,
        });
        let mut evidence = [none as f32; DIGITS + 1];
        for (to, log) in evidence.iter_mut().zip(digits) {
            *to = log as f32;
        }
        evidence
    }

    /// How likely each digit is, by all that speaks for it, against the others and none.
    pub(crate) fn probabilities(&self, scores: &Posterior) -> [f32; DIGITS] {
        let (digits, none) = self.weigh(scores);
        let all = digits.iter().copied().fold(none, log_add);
        digits.map(|log| (log - all).exp() as f32)
    }
}

fn log(p: f32) -> f64 {
    f64::from(p).max(LEAST).ln()
}

pub(crate) fn dot(a: &[f64; FEATURE_COUNT], b: &[f64; FEATURE_COUNT]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A network that is nearly sure of `class`, 10 for no digit.
    fn sure_of(class: usize) -> Posterior {
        let mut row = [0.005; DIGITS + 1];
        row[class] = 0.95;
        Posterior::of_digit(&row)
    }

    /// A digit as high as its line that stands alone.
    fn plain() -> Geometry {
        Geometry {
            height: 1.0,
            width: 0.6,
            ..Geometry::default()
        }
    }

    #[test]
    fn a_plain_digit_is_what_the_network_says() {
        for value in 0..DIGITS {
            let (digits, none) = plain().weigh(&sure_of(value));
            let best = (0..DIGITS).max_by(|&a, &b| digits[a].total_cmp(&digits[b]));
            assert_eq!(best, Some(value));
            assert!(digits[value] > none + 2.0, "{value}: {digits:?}, {none}");
        }
        let (digits, none) = plain().weigh(&sure_of(DIGITS));
        assert!(digits.iter().all(|digit| *digit < none));
    }

    #[test]
    fn what_is_low_or_cut_is_less_of_a_digit() {
        let lead = |geometry: Geometry| {
            let (digits, none) = geometry.weigh(&sure_of(7));
            digits[7] - none
        };
        let low = Geometry {
            height: 0.3,
            off: 0.35,
            ..plain()
        };
        assert!(lead(low) < lead(plain()));
        // The upper half of a digit, cut off, may look like another.
        let half = |cuts: f64| Geometry {
            height: 0.5,
            cuts,
            ..plain()
        };
        let weight = |geometry: Geometry| geometry.weigh(&sure_of(7)).0[7];
        assert!(weight(half(1.0)) < weight(half(0.0)));
    }

    #[test]
    fn every_weight_and_score_is_a_number() {
        assert!(WEIGHTS.iter().all(|weight| weight.is_finite()));
        let nothing = Posterior::of_digit(&[]);
        let (digits, none) = Geometry::default().weigh(&nothing);
        assert!(none.is_finite() && digits.iter().all(|log| log.is_finite()));
    }
}
