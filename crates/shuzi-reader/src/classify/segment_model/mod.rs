//! What the network, the size of a piece, its place and its cuts say together of
//! its being a digit: a log-linear model whose weights were fitted to made lines
//! of handwriting by [`crate::fit`].

mod weights;

use serde::{Deserialize, Serialize};

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

/// What speaks for a digit and for none, and how much it counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SegmentModelParams {
    /// Weights of what the network says.
    pub network: NetworkWeights,
    /// Weights of size, place and cuts. Off: these say nothing.
    pub geometry: Option<GeometryWeights>,
}

impl Default for SegmentModelParams {
    /// [`WEIGHTS`].
    fn default() -> Self {
        Self {
            network: NetworkWeights::default(),
            geometry: Some(GeometryWeights::default()),
        }
    }
}

/// Weights of what the network says, of logarithms of its probabilities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkWeights {
    /// That it is the digit, for that.
    pub digit: f64,
    /// That it is none, for a digit.
    pub digit_of_none: f64,
    /// What is added for each digit.
    pub any_digit: f64,
    /// That it is none, for that.
    pub none: f64,
    /// That it is the likeliest digit, for none.
    pub none_of_best: f64,
    /// What is added for none.
    pub any_none: f64,
    /// Least probability that is told from none: a network that is sure of the
    /// wrong answer can be overruled.
    pub least: f64,
}

impl Default for NetworkWeights {
    /// Those of [`WEIGHTS`]; the least probability is a guess.
    fn default() -> Self {
        OF_NETWORK
    }
}

/// Those of [`WEIGHTS`].
pub(crate) const OF_NETWORK: NetworkWeights = NetworkWeights {
    digit: WEIGHTS[0],
    digit_of_none: WEIGHTS[1],
    any_digit: WEIGHTS[2],
    none: WEIGHTS[NONE],
    none_of_best: WEIGHTS[NONE + 1],
    any_none: WEIGHTS[NONE + 2],
    least: LEAST,
};

/// [`NetworkWeights::least`] of [`OF_NETWORK`].
pub(crate) const LEAST: f64 = 1e-5;

/// How many features of a digit, and of none, are of what the network says; they come first.
const SAID: usize = 3;

/// Weights of size, place and cuts, in the order of [`FEATURE_NAMES`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GeometryWeights {
    /// What speaks for a digit: from "digit 0: lower than 0.85" on.
    pub digit: [f64; NONE - SAID],
    /// What speaks for none: from "none: height up to 1.2" on.
    pub none: [f64; FEATURE_COUNT - NONE - SAID],
}

impl Default for GeometryWeights {
    /// Those of [`WEIGHTS`].
    fn default() -> Self {
        Self {
            digit: std::array::from_fn(|at| WEIGHTS[SAID + at]),
            none: std::array::from_fn(|at| WEIGHTS[NONE + SAID + at]),
        }
    }
}

impl SegmentModelParams {
    /// A weight for each feature.
    fn weights(&self) -> [f64; FEATURE_COUNT] {
        let network = &self.network;
        let mut weights = [0.0; FEATURE_COUNT];
        weights[..SAID].copy_from_slice(&[network.digit, network.digit_of_none, network.any_digit]);
        let none = [network.none, network.none_of_best, network.any_none];
        weights[NONE..NONE + SAID].copy_from_slice(&none);
        if let Some(geometry) = &self.geometry {
            weights[SAID..NONE].copy_from_slice(&geometry.digit);
            weights[NONE + SAID..].copy_from_slice(&geometry.none);
        }
        weights
    }
}

impl Geometry {
    /// What speaks for this being `digit`; a probability counts as the `least` at least.
    pub fn digit(&self, scores: &Posterior, digit: usize, least: f64) -> [f64; FEATURE_COUNT] {
        let mut features = [0.0; FEATURE_COUNT];
        let low = (0.85 - self.height).max(0.0);
        let one = f64::from(digit == 1);
        let p = scores.classes.get(digit).copied().unwrap_or(0.0);
        features[..NONE].copy_from_slice(&[
            log(p, least),
            log(scores.garbage, least),
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

    /// What speaks for this being no digit: a point, a dash, a blot; a probability counts as the
    /// `least` at least.
    pub fn none(&self, scores: &Posterior, least: f64) -> [f64; FEATURE_COUNT] {
        let mut features = [0.0; FEATURE_COUNT];
        let best = scores.classes.iter().copied().fold(0.0, f32::max);
        features[NONE..].copy_from_slice(&[
            log(scores.garbage, least),
            log(best, least),
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
    pub fn weigh(&self, scores: &Posterior, params: &SegmentModelParams) -> ([f64; DIGITS], f64) {
        let (weights, least) = (params.weights(), params.network.least);
        let mut digits = [0.0; DIGITS];
        for (digit, to) in digits.iter_mut().enumerate() {
            *to = dot(&weights, &self.digit(scores, digit, least));
        }
        (digits, dot(&weights, &self.none(scores, least)))
    }

    /// What size, place and cuts say for each digit and, last, for none, as logarithms.
    pub(crate) fn evidence(&self, params: &SegmentModelParams) -> [f32; DIGITS + 1] {
        // Of what all are sure, the logarithms are 0.
        let sure = Posterior {
            classes: vec![1.0; DIGITS],
            garbage: 1.0,
        };
        let (digits, none) = self.weigh(&sure, params);
        let mut evidence = [none as f32; DIGITS + 1];
        for (to, log) in evidence.iter_mut().zip(digits) {
            *to = log as f32;
        }
        evidence
    }

    /// How likely each digit is, by all that speaks for it, against the others and none.
    pub(crate) fn probabilities(
        &self,
        scores: &Posterior,
        params: &SegmentModelParams,
    ) -> [f32; DIGITS] {
        let (digits, none) = self.weigh(scores, params);
        let all = digits.iter().copied().fold(none, log_add);
        digits.map(|log| (log - all).exp() as f32)
    }
}

fn log(p: f32, least: f64) -> f64 {
    f64::from(p).max(least).ln()
}

pub(crate) fn dot(a: &[f64; FEATURE_COUNT], b: &[f64; FEATURE_COUNT]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests;
