//! What networks say of crops.

use serde::{Deserialize, Serialize};

/// Digits that a network tells apart; it may know one class more, of what is no
/// digit.
pub(crate) const DIGITS: usize = 10;

/// Number of pairs of digits; a network for them knows one class more, of what is none.
pub(crate) const BIGRAMS: usize = DIGITS * DIGITS;

/// How many times likelier a piece of a line is to be none than the network takes it for:
/// its prior is that of whole digits (`shuzi export --prior none=0.03`, the model card). To a
/// network without that change, fresh from training, pieces seem none too easily. Real
/// amounts and made strokes chose three quarters of what undoes that change.
pub const GARBAGE_ODDS: f32 = 25.0;

/// How what a network says becomes probabilities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PosteriorParams {
    /// How many times likelier a piece of a line is to be none than the network takes it for.
    pub garbage_odds: f32,
    /// Probability that a crop is no digit, for a network that does not say.
    pub untold: f32,
}

impl Default for PosteriorParams {
    /// [`GARBAGE_ODDS`], which says where it comes from; what is untold is a guess.
    fn default() -> Self {
        Self {
            garbage_odds: GARBAGE_ODDS,
            untold: 0.003,
        }
    }
}

/// What a network says of a hypothesis, as probabilities.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// Of each digit, `[10]`, or of 10 times the first digit and the second, `[100]`.
    pub classes: Vec<f32>,
    /// That it is none of these: the garbage model.
    pub garbage: f32,
}

impl Posterior {
    /// Of a digit, from a network's outputs, ten or eleven: probabilities, of a crop that may be
    /// none [`PosteriorParams::garbage_odds`] times as often as the network expects. What it
    /// does not say is 0.
    pub fn of_digit(row: &[f32], params: &PosteriorParams) -> Self {
        let classes = padded(row, DIGITS);
        let Some(none) = row.get(DIGITS) else {
            let garbage = params.untold;
            return Self { classes, garbage };
        };
        let all = 1.0 + (params.garbage_odds - 1.0) * none;
        Self {
            classes: classes.into_iter().map(|p| p / all).collect(),
            garbage: params.garbage_odds * none / all,
        }
    }

    /// Of a bigram, from a network's outputs; what it does not say is 0.
    pub fn of_bigram(row: &[f32]) -> Self {
        Self {
            classes: padded(row, BIGRAMS),
            garbage: row.get(BIGRAMS).copied().unwrap_or(0.0),
        }
    }

    /// Probability of the likeliest class.
    pub(crate) fn best(&self) -> f32 {
        self.classes.iter().copied().fold(0.0, f32::max)
    }

    /// How likely each first digit of a bigram is, whatever the second.
    pub(crate) fn first(&self) -> [f32; DIGITS] {
        std::array::from_fn(|first| {
            let seconds = self.classes.iter().skip(DIGITS * first).take(DIGITS);
            seconds.sum()
        })
    }

    /// How likely each second digit of a bigram is, whatever the first.
    pub(crate) fn second(&self) -> [f32; DIGITS] {
        std::array::from_fn(|second| self.classes.iter().skip(second).step_by(DIGITS).sum())
    }
}

/// The first `classes` of a row.
fn padded(row: &[f32], classes: usize) -> Vec<f32> {
    let known = row.iter().copied().take(classes);
    known.chain(std::iter::repeat(0.0)).take(classes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_garbage_more_often_than_a_whole_crop() {
        let params = PosteriorParams::default();
        let mut row = [0.01; DIGITS + 1];
        (row[4], row[DIGITS]) = (0.6, 0.31);
        let posterior = Posterior::of_digit(&row, &params);
        let odds = |none: f32, digit: f32| none / digit;
        let factor = odds(posterior.garbage, posterior.classes[4]) / odds(0.31, 0.6);
        assert!((factor - GARBAGE_ODDS).abs() < 1e-4);
        let sum: f32 = posterior.classes.iter().sum::<f32>() + posterior.garbage;
        assert!((sum - 1.0).abs() < 1e-6);
        let untold = Posterior::of_digit(&row[..DIGITS], &params);
        assert_eq!(untold.classes, row[..DIGITS]);
    }

    #[test]
    fn either_digit_is_as_likely_as_all_pairs_with_it() {
        let mut row = [0.0; BIGRAMS + 1];
        (row[14], row[19], row[94], row[BIGRAMS]) = (0.5, 0.2, 0.2, 0.1);
        let posterior = Posterior::of_bigram(&row);
        let [first, second] = [posterior.first(), posterior.second()];
        for (p, expected) in [
            (first[1], 0.7),
            (first[9], 0.2),
            (second[4], 0.7),
            (second[9], 0.2),
            (second[0], 0.0),
            (posterior.garbage, 0.1),
        ] {
            assert!((p - expected).abs() < 1e-6, "{p}, not {expected}");
        }
        assert_eq!(Posterior::of_bigram(&[]).garbage, 0.0);
    }
}
