//! A gradient against finite differences.

#![allow(clippy::unwrap_used)] // called from tests alone

use super::traits::Objective;

/// Checks that what replaces `logits` is the derivative of what `loss` takes from the
/// report, by each of them.
pub(crate) fn assert_gradient<O: Objective>(
    objective: &O,
    logits: &[f32],
    classes: usize,
    loss: impl Fn(O::Report) -> f32,
) {
    let step = 1e-2;
    let at = |i: usize, by: f32| {
        let mut moved = logits.to_vec();
        moved[i] += by;
        loss(objective.loss(&mut moved, classes).unwrap())
    };
    let mut gradient = logits.to_vec();
    objective.loss(&mut gradient, classes).unwrap();
    for (i, got) in gradient.into_iter().enumerate() {
        let expected = (at(i, step) - at(i, -step)) / (2.0 * step);
        assert!(
            (got - expected).abs() < 1e-3,
            "logit {i}: {got}, expected {expected}"
        );
    }
}
