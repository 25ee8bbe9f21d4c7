//! Softmax and cross-entropy.

use crate::Error;

/// Turns each row of `classes` logits into probabilities, in place.
///
/// A row's largest logit is subtracted first, so that no exponential
/// overflows.
pub fn softmax(logits: &mut [f32], classes: usize) {
    if classes == 0 {
        return;
    }
    for row in logits.chunks_exact_mut(classes) {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut sum = 0.0;
        for value in row.iter_mut() {
            *value = (*value - largest).exp();
            sum += *value;
        }
        for value in row {
            *value /= sum;
        }
    }
}

/// Index of the largest value, the first of equals.
pub fn argmax(row: &[f32]) -> usize {
    let mut best = 0;
    for (i, value) in row.iter().enumerate() {
        if *value > row[best] {
            best = i;
        }
    }
    best
}

/// What one training step saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// Mean cross-entropy over the batch, in nats.
    pub loss: f32,
    /// Images whose most likely class was the label.
    pub correct: usize,
}

/// Gradients below this count as nothing: a sure network's are so small that
/// a layer or two further back they would be denormal numbers, with which
/// processors calculate a hundred times slower.
const NEGLIGIBLE: f32 = 1e-16;

/// Mean softmax cross-entropy of `logits` (`[n, classes]`) and its gradient,
/// which replaces them. Of a label's probability the share `smoothing` (0 or
/// more, below 1) is spread evenly over all classes (Szegedy et al. 2016).
///
/// # Errors
/// If there is not one label for each row of logits, or one that is no class.
pub fn cross_entropy(
    logits: &mut [f32],
    labels: &[u8],
    classes: usize,
    smoothing: f32,
) -> Result<StepReport, Error> {
    check_labels(labels, logits.len() / classes.max(1), classes)?;
    Ok(mean_cross_entropy(logits, labels, classes, smoothing))
}

/// Checks that there is a class for each of `n` images.
pub(crate) fn check_labels(labels: &[u8], n: usize, classes: usize) -> Result<(), Error> {
    if labels.len() != n {
        return Err(Error::Labels {
            expected: n,
            got: labels.len(),
        });
    }
    let outside = labels
        .iter()
        .position(|&label| usize::from(label) >= classes);
    match outside {
        None => Ok(()),
        Some(image) => Err(Error::Label {
            image,
            label: labels[image],
            classes,
        }),
    }
}

/// [`cross_entropy`] of labels that were checked.
pub(crate) fn mean_cross_entropy(
    logits: &mut [f32],
    labels: &[u8],
    classes: usize,
    smoothing: f32,
) -> StepReport {
    let n = labels.len() as f32;
    let everywhere = smoothing / classes as f32;
    let mut loss = 0.0f64;
    let mut correct = 0;
    for (row, &label) in logits.chunks_exact_mut(classes).zip(labels) {
        let label = usize::from(label);
        correct += usize::from(argmax(row) == label);
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = row.iter().map(|value| (value - largest).exp()).sum();
        let mut target = row[label];
        if smoothing > 0.0 {
            let all: f32 = row.iter().sum();
            target = (1.0 - smoothing) * target + everywhere * all;
        }
        loss += f64::from(sum.ln() + largest - target);
        for value in row.iter_mut() {
            let gradient = (*value - largest).exp() / (sum * n);
            let gradient = if gradient < NEGLIGIBLE { 0.0 } else { gradient };
            *value = gradient - everywhere / n;
        }
        row[label] -= (1.0 - smoothing) / n;
    }
    StepReport {
        loss: (loss / f64::from(n)) as f32,
        correct,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sure_networks_gradient_has_no_denormal_numbers() {
        let mut logits = [0.0, -36.0, -60.0, -95.0, 0.0, -1.0, -2.0, -3.0];
        mean_cross_entropy(&mut logits, &[0, 0], 4, 0.0);
        assert_eq!(&logits[..4], [0.0, (-36.0f32).exp() / 2.0, 0.0, 0.0]);
        assert!(logits[4..].iter().all(|gradient| gradient.abs() > 1e-3));
    }

    #[test]
    fn softmax_survives_large_logits() {
        let mut row = [1000.0, 1000.0, -1000.0];
        softmax(&mut row, 3);
        assert_eq!(row, [0.5, 0.5, 0.0]);
    }

    #[test]
    fn cross_entropy_has_known_value_and_gradient() {
        // torch.nn.functional.cross_entropy(torch.tensor([[1., 2., 3.]]), torch.tensor([0]))
        let mut logits = [1.0, 2.0, 3.0];
        let report = mean_cross_entropy(&mut logits, &[0], 3, 0.0);
        assert!((report.loss - 2.407_606).abs() < 1e-6, "{}", report.loss);
        assert_eq!(report.correct, 0);
        for (got, expected) in logits
            .into_iter()
            .zip([-0.909_969_4, 0.244_728_5, 0.665_240_96])
        {
            assert!(
                (got - expected).abs() < 1e-6,
                "got {got}, expected {expected}"
            );
        }
    }

    #[test]
    fn a_smoothed_loss_has_known_value_and_the_gradient_of_its_differences() {
        // cross_entropy(torch.tensor([[1., 2., 3.]]), torch.tensor([0]), label_smoothing=0.3):
        // 0.8 of the label's and 0.1 of each other's.
        let mut logits = [1.0, 2.0, 3.0];
        let report = mean_cross_entropy(&mut logits, &[0], 3, 0.3);
        let expected = 0.8 * 2.407_606 + 0.1 * 1.407_606 + 0.1 * 0.407_606;
        assert!((report.loss - expected).abs() < 1e-6, "{}", report.loss);

        let labels = [2, 0];
        let start = [0.3f32, -1.2, 0.8, 2.0, 0.1, -0.4];
        let loss = |logits: [f32; 6]| {
            let mut logits = logits;
            mean_cross_entropy(&mut logits, &labels, 3, 0.2).loss
        };
        let mut gradient = start;
        mean_cross_entropy(&mut gradient, &labels, 3, 0.2);
        for (i, got) in gradient.into_iter().enumerate() {
            let step = 1e-2;
            let (mut up, mut down) = (start, start);
            up[i] += step;
            down[i] -= step;
            let expected = (loss(up) - loss(down)) / (2.0 * step);
            assert!(
                (got - expected).abs() < 1e-4,
                "logit {i}: got {got}, expected {expected}"
            );
        }
    }
}
