//! Cross entropy to what teachers say (Hinton, Vinyals and Dean 2015).

use shuzi_nn::{StepReport, argmax, cross_entropy_to};

use crate::objective::traits::Objective;

/// Mean cross entropy to labels and, so far as they know the label, to what teachers say:
/// of an image's target the share `share` times the probability that they give its label
/// is theirs, the rest is its label's. An image is a row.
#[derive(Clone, Copy, Debug)]
pub struct Distillation<'a> {
    /// The class of each row.
    pub labels: &'a [u8],
    /// The share of a label's probability that is spread evenly: 0 or more, below 1.
    pub label_smoothing: f32,
    /// What the teachers say: probabilities, `[rows, classes]`.
    pub soft_targets: &'a [f32],
    /// The share of a target that is theirs if they are sure of the label, 0 to 1.
    pub share: f32,
}

impl Objective for Distillation<'_> {
    type Report = StepReport;

    fn loss(&self, logits: &mut [f32], classes: usize) -> Result<StepReport, shuzi_nn::Error> {
        let mut targets = self.soft_targets.to_vec();
        let mut correct = 0;
        for ((target, row), &label) in targets
            .chunks_exact_mut(classes)
            .zip(logits.chunks_exact(classes))
            .zip(self.labels)
        {
            let label = usize::from(label);
            correct += usize::from(argmax(row) == label);
            let share = self.share * target.get(label).copied().unwrap_or_default();
            for (class, target) in target.iter_mut().enumerate() {
                let sure = f32::from(u8::from(class == label));
                let of_label =
                    (1.0 - self.label_smoothing) * sure + self.label_smoothing / classes as f32;
                *target = share * *target + (1.0 - share) * of_label;
            }
        }
        let loss = cross_entropy_to(logits, &targets, classes)?;
        Ok(StepReport { loss, correct })
    }
}

/// Mean cross entropy to what teachers say alone. A piece of a line, which has no label, is
/// a row.
#[derive(Clone, Copy, Debug)]
pub struct SoftCrossEntropy<'a> {
    /// Probabilities, `[rows, classes]`.
    pub soft_targets: &'a [f32],
}

impl Objective for SoftCrossEntropy<'_> {
    /// The loss in nats.
    type Report = f32;

    fn loss(&self, logits: &mut [f32], classes: usize) -> Result<f32, shuzi_nn::Error> {
        cross_entropy_to(logits, self.soft_targets, classes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::differences::assert_gradient;

    const SOFT: [f32; 6] = [0.7, 0.2, 0.1, 0.1, 0.3, 0.6];
    const LOGITS: [f32; 6] = [0.3, -1.2, 0.8, 2.0, 0.1, -0.4];

    #[test]
    fn the_gradient_is_that_of_differences_and_teachers_count_so_far_as_they_know() {
        let objective = Distillation {
            labels: &[2, 0],
            label_smoothing: 0.1,
            soft_targets: &SOFT,
            share: 0.8,
        };
        assert_gradient(&objective, &LOGITS, 3, |report| report.loss);
        let report = objective.loss(&mut LOGITS.clone(), 3).unwrap();
        assert_eq!(report.correct, 2);
        // Of both labels a tenth is the teachers': 0.8 * 0.1.
        let of = |soft: f32, label: f32| 0.08 * soft + 0.92 * label;
        let mut targets = [[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]];
        for (row, label) in targets.iter_mut().zip([2, 0]) {
            for (class, target) in row.iter_mut().enumerate() {
                let sure = if class == label { 0.9 } else { 0.0 };
                *target = of(*target, sure + 0.1 / 3.0);
            }
        }
        let expected = cross_entropy_to(&mut LOGITS.clone(), targets.as_flattened(), 3).unwrap();
        assert!(
            (report.loss - expected).abs() < 1e-6,
            "{report:?} {expected}"
        );
    }

    #[test]
    fn the_gradient_to_what_is_said_alone_is_that_of_differences() {
        let objective = SoftCrossEntropy {
            soft_targets: &SOFT,
        };
        assert_gradient(&objective, &LOGITS, 3, |loss| loss);
        assert!(objective.loss(&mut [0.0; 3], 3).is_err());
    }
}
