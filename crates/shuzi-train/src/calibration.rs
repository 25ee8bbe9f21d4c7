//! How far a model's probabilities can be believed, and what refusing its
//! least sure answers leaves.

use serde::{Deserialize, Serialize};
use shuzi_nn::argmax;

/// Shares of images that are refused, for [`RiskPoint`]s.
const REFUSED: [f64; 12] = [
    0.0, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1,
];

/// Temperatures that are looked at.
const TEMPERATURES: [f64; 2] = [0.1, 10.0];

/// What is left when the least sure images are refused (El-Yaniv and Wiener
/// 2010): a point of the risk-coverage curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RiskPoint {
    /// Share of the images that is refused.
    pub refused: f64,
    /// Images that are answered.
    pub answered: usize,
    /// Errors among them.
    pub errors: usize,
    /// `errors / answered`.
    pub error: f64,
}

/// All scores that a model gave.
#[derive(Clone, Debug)]
pub(crate) struct Answers {
    classes: usize,
    /// `[n, classes]`.
    logits: Vec<f32>,
    labels: Vec<u8>,
}

impl Answers {
    pub(crate) fn new(classes: usize) -> Self {
        Self {
            classes,
            logits: Vec::new(),
            labels: Vec::new(),
        }
    }

    /// Takes note of a batch of `logits` (`[n, classes]`); labels are below
    /// `classes`.
    pub(crate) fn add(&mut self, logits: &[f32], labels: &[u8]) {
        self.logits.extend_from_slice(logits);
        self.labels.extend_from_slice(labels);
    }

    fn rows(&self) -> impl Iterator<Item = (&[f32], usize)> {
        let labels = self.labels.iter().map(|&label| usize::from(label));
        self.logits.chunks_exact(self.classes).zip(labels)
    }

    /// The temperature that makes the labels likeliest when every logit is
    /// divided by it (Guo et al. 2017), within 0.1 and 10; `None` without
    /// images.
    pub(crate) fn best_temperature(&self) -> Option<f64> {
        if self.labels.is_empty() {
            return None;
        }
        // The likelihood's logarithm is concave in 1/T, so it has one summit
        // on ln T too, and a golden section finds it.
        let golden = (5f64.sqrt() - 1.0) / 2.0;
        let [mut low, mut high] = TEMPERATURES.map(f64::ln);
        let loss = |ln: f64| self.nll(ln.exp());
        let mut inner = [high - golden * (high - low), low + golden * (high - low)];
        let mut losses = inner.map(loss);
        while high - low > 1e-4 {
            if losses[0] <= losses[1] {
                high = inner[1];
                inner = [high - golden * (high - low), inner[0]];
                losses = [loss(inner[0]), losses[0]];
            } else {
                low = inner[0];
                inner = [inner[1], low + golden * (high - low)];
                losses = [losses[1], loss(inner[1])];
            }
        }
        Some(f64::midpoint(low, high).exp())
    }

    /// Sum of the negative log-likelihoods at a temperature.
    fn nll(&self, temperature: f64) -> f64 {
        let of_row = |(row, label): (&[f32], usize)| {
            let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let above = |value: f32| f64::from(value - largest) / temperature;
            let sum: f64 = row.iter().map(|&value| above(value).exp()).sum();
            sum.ln() - above(row[label])
        };
        self.rows().map(of_row).sum()
    }

    /// The risk-coverage curve; of images that are equally sure the later are
    /// refused first.
    pub(crate) fn risk_coverage(&self) -> Vec<RiskPoint> {
        let mut answers: Vec<(f64, bool)> = self
            .rows()
            .map(|(row, label)| {
                let best = argmax(row);
                let above = |value: &f32| f64::from(value - row[best]);
                // What the other classes have, beside which the 1 of the best
                // would hide it.
                let rest = row.iter().map(|value| above(value).exp()).sum::<f64>() - 1.0;
                (rest, best == label)
            })
            .collect();
        answers.sort_by(|a, b| a.0.total_cmp(&b.0));
        let n = answers.len();
        let point = |refused: f64| {
            let answered = n - (refused * n as f64).round() as usize;
            let errors = answers[..answered]
                .iter()
                .filter(|answer| !answer.1)
                .count();
            RiskPoint {
                refused,
                answered,
                errors,
                error: errors as f64 / answered.max(1) as f64,
            }
        };
        REFUSED.into_iter().map(point).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_temperature_undoes_a_factor() {
        // At logit ±ln 4 an answer is right in 4 of 5 cases, and it is.
        let mut answers = Answers::new(2);
        let logit = 4f32.ln();
        for factor in [1.0, 3.0, 0.5] {
            answers.logits.clear();
            answers.labels.clear();
            for label in [0, 0, 0, 0, 1] {
                answers.add(&[factor * logit, 0.0], &[label]);
            }
            let temperature = answers.best_temperature().unwrap();
            let expected = f64::from(factor);
            assert!(
                (temperature - expected).abs() < 2e-4 * expected,
                "{temperature}, expected {expected}"
            );
        }
        assert_eq!(Answers::new(2).best_temperature(), None);
    }

    #[test]
    fn refusing_the_least_sure_leaves_the_errors_among_the_others() {
        let mut answers = Answers::new(2);
        // 1,000 images, ever less sure; wrong are the least sure three, the
        // one in the middle and the surest.
        for i in 0..1000 {
            let wrong = i >= 997 || i == 500 || i == 0;
            answers.add(&[0.0, -30.0 + 0.02 * i as f32], &[u8::from(wrong)]);
        }
        let curve = answers.risk_coverage();
        let at = |refused: f64| curve.iter().find(|point| point.refused == refused).unwrap();
        for (refused, answered, errors) in [(0.0, 1000, 5), (0.002, 998, 3), (0.01, 990, 2)] {
            let point = at(refused);
            assert_eq!((point.answered, point.errors), (answered, errors));
            assert_eq!(point.error, errors as f64 / answered as f64);
        }
        assert!(
            Answers::new(2)
                .risk_coverage()
                .iter()
                .all(|point| point.error == 0.0)
        );
    }
}
