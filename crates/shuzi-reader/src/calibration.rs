//! From the error that a user can bear to the least confidence of a number that is accepted.

use serde::{Deserialize, Serialize};

use crate::{reading::Reading, reject::RejectReason};

/// Probability with which a bound holds.
const CONFIDENCE: f64 = 0.95;

/// How often readings of labelled pictures were wrong, by their confidence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// On what it was measured.
    pub on: String,
    /// By falling confidence: each has those before it among its own.
    pub points: Vec<CalibrationPoint>,
}

/// What accepting from some confidence on comes to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationPoint {
    /// The least confidence that is accepted.
    pub confidence: f32,
    /// Readings with at least that.
    pub accepted: u32,
    /// Wrong ones among them.
    pub wrong: u32,
}

/// Why there is no threshold for an error.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrationError {
    /// So rare an error can't be shown by the sample.
    #[error(
        "the calibration on {on} can't show an error of at most {error}: of its {accepted} readings even the surest are not enough (expected {needed} without an error)"
    )]
    TooFew {
        /// On what it was measured.
        on: String,
        /// The error that was asked for.
        error: f64,
        /// Readings that could be accepted.
        accepted: u32,
        /// How many there must be at least, all of them right.
        needed: u32,
    },
    /// That is no share.
    #[error("expected an error above 0 and below 1, got {got}")]
    Share {
        /// What came.
        got: f64,
    },
}

/// Collects readings with what the pictures show.
#[derive(Clone, Debug, Default)]
pub struct CalibrationSample {
    /// Confidence, and whether it was right.
    readings: Vec<(f32, bool)>,
}

impl CalibrationSample {
    /// Takes note of a reading. One that is refused for more than its confidence is never
    /// accepted, and says nothing.
    pub fn add(&mut self, reading: &Reading, right: bool) {
        let refused = reading
            .reasons
            .iter()
            .any(|reason| !matches!(reason, RejectReason::BelowConfidence { .. }));
        if !refused {
            self.readings.push((reading.confidence, right));
        }
    }

    /// The calibration, a point before each error and at the end.
    pub fn finish(mut self, on: &str) -> Calibration {
        self.readings.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (mut accepted, mut wrong) = (0, 0);
        let mut points = Vec::new();
        let equal = self.readings.chunk_by(|a, b| a.0 == b.0);
        let groups: Vec<&[(f32, bool)]> = equal.collect();
        for (index, group) in groups.iter().enumerate() {
            accepted += group.len() as u32;
            wrong += group.iter().filter(|(_, right)| !right).count() as u32;
            // What is right as far as the next error changes nothing but the count.
            let next = groups.get(index + 1);
            let errs = |group: &&[(f32, bool)]| group.iter().any(|(_, right)| !right);
            if next.is_none_or(errs) {
                points.push(CalibrationPoint {
                    confidence: group[0].0,
                    accepted,
                    wrong,
                });
            }
        }
        Calibration {
            on: on.to_owned(),
            points,
        }
    }
}

impl Calibration {
    /// The least confidence from which at most a share of `error` of what is accepted is wrong,
    /// with 95 %: the upper end of the interval of Clopper and Pearson (1934).
    ///
    /// # Errors
    /// If the sample is too small to show it, or `error` is no share.
    ///
    /// ```
    /// use shuzi_reader::calibration::{Calibration, CalibrationPoint};
    ///
    /// let calibration = Calibration {
    ///     on: "a thousand slips".to_owned(),
    ///     points: vec![CalibrationPoint { confidence: 0.9, accepted: 1000, wrong: 0 }],
    /// };
    /// assert_eq!(calibration.threshold(0.003), Ok(0.9));
    /// let error = calibration.threshold(0.001).unwrap_err();
    /// assert!(error.to_string().contains("expected 2995"));
    /// ```
    pub fn threshold(&self, error: f64) -> Result<f32, CalibrationError> {
        if !(error > 0.0 && error < 1.0) {
            return Err(CalibrationError::Share { got: error });
        }
        let holds = |point: &&CalibrationPoint| upper_bound(point.wrong, point.accepted) <= error;
        match self.points.iter().rfind(holds) {
            Some(point) => Ok(point.confidence),
            None => Err(CalibrationError::TooFew {
                on: self.on.clone(),
                error,
                accepted: self.points.last().map_or(0, |point| point.accepted),
                needed: ((1.0 - CONFIDENCE).ln() / (-error).ln_1p()).ceil() as u32,
            }),
        }
    }
}

/// The share of errors that, with 95 %, is not passed if `wrong` of `n` were.
pub fn upper_bound(wrong: u32, n: u32) -> f64 {
    if wrong >= n {
        return 1.0;
    }
    // As the share grows so few errors become less likely.
    let (mut low, mut high) = (f64::from(wrong) / f64::from(n), 1.0);
    while high - low > 1e-9 {
        let middle = 0.5 * (low + high);
        if at_most(wrong, n, middle) > 1.0 - CONFIDENCE {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Probability of at most `k` errors of `n`, each with probability `p`.
fn at_most(k: u32, n: u32, p: f64) -> f64 {
    let (right, odds) = ((-p).ln_1p(), p.ln() - (-p).ln_1p());
    let mut log = f64::from(n) * right;
    let mut sum = log.exp();
    for i in 0..k {
        log += (f64::from(n - i) / f64::from(i + 1)).ln() + odds;
        sum += log.exp();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(confidence: f32, reasons: Vec<RejectReason>) -> Reading {
        Reading {
            confidence,
            reasons,
            ..Reading::nothing()
        }
    }

    #[test]
    fn bounds_equal_published_ones() {
        // The one-sided 95 % bounds of 0 of 1000, 1 of 10 and 3 of 20 (exact tables).
        for (wrong, n, expected) in [(0, 1000, 0.002_991), (1, 10, 0.394_2), (3, 20, 0.343_7)] {
            let bound = upper_bound(wrong, n);
            assert!((bound - expected).abs() < 1e-3, "{wrong} of {n}: {bound}");
        }
        assert_eq!(upper_bound(0, 0), 1.0);
    }

    #[test]
    fn points_count_what_is_accepted_from_their_confidence_on() {
        let mut sample = CalibrationSample::default();
        for (confidence, right) in [(0.9, true), (0.99, true), (0.8, false), (0.7, true)] {
            sample.add(&reading(confidence, Vec::new()), right);
        }
        let below = RejectReason::BelowConfidence {
            confidence: 0.5,
            least: 0.95,
        };
        sample.add(&reading(0.5, vec![below]), true);
        sample.add(&reading(0.999, vec![RejectReason::Nothing]), false);
        let points = sample.finish("five slips").points;
        let point = |confidence, accepted, wrong| CalibrationPoint {
            confidence,
            accepted,
            wrong,
        };
        assert_eq!(points, [point(0.9, 2, 0), point(0.5, 5, 1)]);
    }

    #[test]
    fn the_threshold_is_the_lowest_whose_bound_holds() {
        let point = |confidence, accepted, wrong| CalibrationPoint {
            confidence,
            accepted,
            wrong,
        };
        let calibration = Calibration {
            on: "slips".to_owned(),
            points: vec![
                point(0.99, 300, 0),
                point(0.9, 2000, 2),
                point(0.5, 3000, 90),
            ],
        };
        assert_eq!(calibration.threshold(0.05), Ok(0.5));
        assert_eq!(calibration.threshold(0.005), Ok(0.9));
        assert!(calibration.threshold(0.003).is_err());
        for error in [0.0, 1.0, f64::NAN] {
            let got = calibration.threshold(error).unwrap_err();
            assert!(matches!(got, CalibrationError::Share { .. }), "{got}");
        }
    }
}
