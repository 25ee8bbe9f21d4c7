//! Two objectives of the same rows.

use crate::objective::traits::Objective;

/// The loss of one and, with a weight, that of another.
#[derive(Clone, Copy, Debug)]
pub struct Sum<A, B> {
    /// Whose report is given.
    pub first: A,
    /// What is added.
    pub second: B,
    /// Weight of the second.
    pub weight: f32,
}

impl<A: Objective, B: Objective> Objective for Sum<A, B> {
    /// That of the first.
    type Report = A::Report;

    fn loss(&self, logits: &mut [f32], classes: usize) -> Result<A::Report, shuzi_nn::Error> {
        let mut second = logits.to_vec();
        let report = self.first.loss(logits, classes)?;
        self.second.loss(&mut second, classes)?;
        for (value, second) in logits.iter_mut().zip(second) {
            *value += self.weight * second;
        }
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::{cross_entropy::CrossEntropy, distillation::SoftCrossEntropy};

    #[test]
    fn gradients_add_up() {
        let logits = [0.3f32, -1.2, 0.8];
        let first = CrossEntropy {
            labels: &[2],
            label_smoothing: 0.0,
        };
        let second = SoftCrossEntropy {
            soft_targets: &[0.5, 0.25, 0.25],
        };
        let gradient = |objective: &dyn Fn(&mut [f32])| {
            let mut logits = logits;
            objective(&mut logits);
            logits
        };
        let a = gradient(&|logits| {
            first.loss(logits, 3).unwrap();
        });
        let b = gradient(&|logits| {
            second.loss(logits, 3).unwrap();
        });
        let weight = 0.6;
        let sum = Sum {
            first,
            second,
            weight,
        };
        let both = gradient(&|logits| {
            sum.loss(logits, 3).unwrap();
        });
        for i in 0..3 {
            assert_eq!(both[i], a[i] + weight * b[i]);
        }
    }
}
