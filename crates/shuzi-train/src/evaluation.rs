//! What a model comes to on labelled images.

use serde::{Deserialize, Serialize};
use shuzi_nn::argmax;

use crate::calibration::{Answers, RiskPoint};

/// Bins of the expected calibration error.
const BINS: usize = 15;

/// What a model does on a data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Number of images.
    pub n: usize,
    /// Images whose most likely class is not the label.
    pub errors: usize,
    /// `1 − errors / n`.
    pub accuracy: f64,
    /// Mean negative log-likelihood of the labels, in nats.
    pub nll: f64,
    /// Expected calibration error of the most likely class, 15 bins of equal
    /// width (Guo et al. 2017).
    pub ece: f64,
    /// The temperature at which these images would have the least `nll`, when
    /// every score is divided by it; no part of the other figures.
    #[serde(default)]
    pub best_temperature: Option<f64>,
    /// What errors remain when the least sure images are refused.
    #[serde(default)]
    pub risk_coverage: Vec<RiskPoint>,
    /// `confusion[label][prediction]`: images.
    pub confusion: Vec<Vec<u64>>,
    /// Wall-clock seconds in the model.
    pub seconds: f64,
    /// Images a second in the model.
    pub images_per_second: f64,
}

/// Sums over the images seen so far.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    classes: usize,
    pub(crate) n: usize,
    nll: f64,
    confusion: Vec<Vec<u64>>,
    bins: [Bin; BINS],
    answers: Answers,
}

/// Images whose confidence falls in one range.
#[derive(Clone, Copy, Debug, Default)]
struct Bin {
    images: usize,
    right: usize,
    confidence: f64,
}

impl Tally {
    pub(crate) fn new(classes: usize) -> Self {
        Self {
            classes,
            n: 0,
            nll: 0.0,
            confusion: vec![vec![0; classes]; classes],
            bins: [Bin::default(); BINS],
            answers: Answers::new(classes),
        }
    }

    /// Counts a batch of `logits` (`[n, classes]`); labels are below
    /// `classes`.
    pub(crate) fn add(&mut self, logits: &[f32], labels: &[u8]) {
        self.answers.add(logits, labels);
        for (row, &label) in logits.chunks_exact(self.classes).zip(labels) {
            let label = usize::from(label);
            let prediction = argmax(row);
            let largest = f64::from(row[prediction]);
            let sum: f64 = row
                .iter()
                .map(|&value| (f64::from(value) - largest).exp())
                .sum();
            let confidence = 1.0 / sum;
            self.n += 1;
            self.nll += sum.ln() + largest - f64::from(row[label]);
            self.confusion[label][prediction] += 1;
            // (0, 1/15], …, (14/15, 1]
            let bin = ((confidence * BINS as f64).ceil() as usize).clamp(1, BINS) - 1;
            self.bins[bin].images += 1;
            self.bins[bin].right += usize::from(prediction == label);
            self.bins[bin].confidence += confidence;
        }
    }

    fn right(&self) -> u64 {
        (0..self.classes)
            .map(|class| self.confusion[class][class])
            .sum()
    }

    pub(crate) fn accuracy(&self) -> f64 {
        self.right() as f64 / self.n.max(1) as f64
    }

    pub(crate) fn nll(&self) -> f64 {
        self.nll / self.n.max(1) as f64
    }

    pub(crate) fn best_temperature(&self) -> Option<f64> {
        self.answers.best_temperature()
    }

    fn ece(&self) -> f64 {
        let gap = |bin: &Bin| (bin.right as f64 - bin.confidence).abs();
        self.bins.iter().map(gap).sum::<f64>() / self.n.max(1) as f64
    }

    pub(crate) fn finish(self, seconds: f64) -> Evaluation {
        Evaluation {
            n: self.n,
            errors: self.n - self.right() as usize,
            accuracy: self.accuracy(),
            nll: self.nll(),
            ece: self.ece(),
            best_temperature: self.best_temperature(),
            risk_coverage: self.answers.risk_coverage(),
            confusion: self.confusion,
            seconds,
            images_per_second: self.n as f64 / seconds.max(f64::MIN_POSITIVE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logits whose softmax is `p`, `1 − p`.
    fn pair(p: f32) -> [f32; 2] {
        [p.ln(), (1.0 - p).ln()]
    }

    #[test]
    fn figures_by_hand() {
        // Four images at confidence 0.8, three right; two at 0.6, one right.
        let logits: Vec<f32> = [0.8, 0.8, 0.8, 0.8, 0.6, 0.6]
            .into_iter()
            .flat_map(pair)
            .collect();
        let mut tally = Tally::new(2);
        tally.add(&logits, &[0, 0, 0, 1, 0, 1]);
        let evaluation = tally.finish(2.0);
        assert_eq!((evaluation.n, evaluation.errors), (6, 2));
        assert_eq!(evaluation.confusion, [[4, 0], [2, 0]]);
        assert!((evaluation.accuracy - 4.0 / 6.0).abs() < 1e-12);
        let nll = -(3.0 * 0.8f64.ln() + 0.2f64.ln() + 0.6f64.ln() + 0.4f64.ln()) / 6.0;
        assert!((evaluation.nll - nll).abs() < 1e-6, "{}", evaluation.nll);
        // |3 − 4 · 0.8| + |1 − 2 · 0.6| over 6
        let ece = (0.2 + 0.2) / 6.0;
        assert!((evaluation.ece - ece).abs() < 1e-6, "{}", evaluation.ece);
        assert!((evaluation.images_per_second - 3.0).abs() < 1e-12);
    }

    #[test]
    fn certainty_stays_finite() {
        let mut tally = Tally::new(2);
        tally.add(&[1e4, -1e4, 1e4, -1e4], &[0, 1]);
        assert!((tally.nll() - 1e4).abs() < 1e-6, "{}", tally.nll());
        assert!((tally.ece() - 0.5).abs() < 1e-12);
    }
}
