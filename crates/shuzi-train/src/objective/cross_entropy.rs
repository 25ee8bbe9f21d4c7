//! Cross entropy to labels.

use shuzi_nn::{StepReport, cross_entropy};

use crate::objective::traits::Objective;

/// Mean cross entropy to labels, of whose probability a share is spread evenly over all
/// classes (Szegedy et al. 2016). An image is a row.
#[derive(Clone, Copy, Debug)]
pub struct CrossEntropy<'a> {
    /// The class of each row.
    pub labels: &'a [u8],
    /// The share: 0 or more, below 1.
    pub label_smoothing: f32,
}

impl Objective for CrossEntropy<'_> {
    type Report = StepReport;

    fn loss(&self, logits: &mut [f32], classes: usize) -> Result<StepReport, shuzi_nn::Error> {
        cross_entropy(logits, self.labels, classes, self.label_smoothing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::differences::assert_gradient;

    #[test]
    fn the_gradient_is_that_of_differences() {
        for label_smoothing in [0.0, 0.1] {
            let objective = CrossEntropy {
                labels: &[2, 0],
                label_smoothing,
            };
            let logits = [0.3, -1.2, 0.8, 2.0, 0.1, -0.4];
            assert_gradient(&objective, &logits, 3, |report| report.loss);
        }
    }

    #[test]
    fn rows_without_labels_are_refused() {
        let objective = CrossEntropy {
            labels: &[2],
            label_smoothing: 0.0,
        };
        assert!(objective.loss(&mut [0.0; 6], 3).is_err());
        assert!(objective.loss(&mut [0.0; 2], 2).is_err());
    }
}
