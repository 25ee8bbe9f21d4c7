//! Two objectives, the second of the rows after those of the first.

use crate::objective::traits::Objective;

/// The loss of the first rows, with a weight, and that of the others.
#[derive(Clone, Copy, Debug)]
pub struct Concatenation<A, B> {
    /// Rows of the first.
    pub rows: usize,
    /// What is made of them.
    pub first: A,
    /// Weight of the first.
    pub weight: f32,
    /// What is made of the others.
    pub second: B,
}

impl<A: Objective, B: Objective> Objective for Concatenation<A, B> {
    /// That of both; the weight is not in it.
    type Report = (A::Report, B::Report);

    fn loss(&self, logits: &mut [f32], classes: usize) -> Result<Self::Report, shuzi_nn::Error> {
        let end = (self.rows * classes).min(logits.len());
        let (first, second) = logits.split_at_mut(end);
        let of_first = self.first.loss(first, classes)?;
        for value in first {
            *value *= self.weight;
        }
        Ok((of_first, self.second.loss(second, classes)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::{
        cross_entropy::CrossEntropy, differences::assert_gradient, distillation::SoftCrossEntropy,
    };

    #[test]
    fn each_has_its_rows() {
        let objective = Concatenation {
            rows: 2,
            first: CrossEntropy {
                labels: &[2, 0],
                label_smoothing: 0.0,
            },
            weight: 0.5,
            second: SoftCrossEntropy {
                soft_targets: &[0.5, 0.25, 0.25],
            },
        };
        let logits = [0.3, -1.2, 0.8, 2.0, 0.1, -0.4, 0.0, 0.6, -0.6];
        let loss = |(first, second): (shuzi_nn::StepReport, f32)| 0.5 * first.loss + second;
        assert_gradient(&objective, &logits, 3, loss);
        assert!(objective.loss(&mut [0.0; 3], 3).is_err());
    }
}
