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
        let mut target = row[label];
        if smoothing > 0.0 {
            let all: f32 = row.iter().sum();
            target = (1.0 - smoothing) * target + everywhere * all;
        }
        loss += f64::from(probabilities(row, n) - target);
        for value in row.iter_mut() {
            *value -= everywhere / n;
        }
        row[label] -= (1.0 - smoothing) / n;
    }
    StepReport {
        loss: (loss / f64::from(n)) as f32,
        correct,
    }
}

/// Mean softmax cross-entropy of `logits` (`[n, classes]`) to `targets`, probabilities of
/// the same shape, in nats, and its gradient, which replaces the logits.
///
/// # Errors
/// If there are not as many targets as logits.
pub fn cross_entropy_to(logits: &mut [f32], targets: &[f32], classes: usize) -> Result<f32, Error> {
    let classes = classes.max(1);
    if logits.len() != targets.len() {
        return Err(Error::Labels {
            expected: logits.len() / classes,
            got: targets.len() / classes,
        });
    }
    let n = (logits.len() / classes) as f32;
    let mut loss = 0.0f64;
    for (row, targets) in logits
        .chunks_exact_mut(classes)
        .zip(targets.chunks_exact(classes))
    {
        let of_targets: f32 = row.iter().zip(targets).map(|(a, b)| a * b).sum();
        let whole: f32 = targets.iter().sum();
        loss += f64::from(whole * probabilities(row, n) - of_targets);
        for (value, target) in row.iter_mut().zip(targets) {
            *value -= target / n;
        }
    }
    Ok((loss / f64::from(n)) as f32)
}

/// Puts its probabilities over `n` in the place of a row of logits; the logarithm of the
/// sum of their exponentials.
fn probabilities(row: &mut [f32], n: f32) -> f32 {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = row.iter().map(|value| (value - largest).exp()).sum();
    for value in row {
        let share = (*value - largest).exp() / (sum * n);
        *value = if share < NEGLIGIBLE { 0.0 } else { share };
    }
    sum.ln() + largest
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
    fn a_loss_to_probabilities_is_that_to_labels_where_these_are_sure() {
        let logits = [0.3f32, -1.2, 0.8, 2.0, 0.1, -0.4];
        let mut to_labels = logits;
        let smoothed = mean_cross_entropy(&mut to_labels, &[2, 0], 3, 0.3);
        let targets = [0.1, 0.1, 0.8, 0.8, 0.1, 0.1];
        let mut to_targets = logits;
        let loss = cross_entropy_to(&mut to_targets, &targets, 3).unwrap();
        assert!((loss - smoothed.loss).abs() < 1e-6, "{loss} {smoothed:?}");
        for (a, b) in to_targets.into_iter().zip(to_labels) {
            assert!((a - b).abs() < 1e-6, "{to_targets:?} {to_labels:?}");
        }
        let error = cross_entropy_to(&mut to_targets, &targets[..3], 3).unwrap_err();
        assert!(matches!(
            error,
            Error::Labels {
                expected: 2,
                got: 1
            }
        ));
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
