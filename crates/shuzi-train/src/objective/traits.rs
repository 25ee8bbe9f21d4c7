//! What an objective is.

/// What the logits of one batch should say, and how far they are from it.
///
/// Logits are rows of `classes`, packed. An item of the batch has as many rows as it needs
/// and the objective knows how many: an image has one, a lattice one for each of its
/// pieces, a sequence one for each of its frames, whatever its width. So items of varying
/// width stand one after the other, without padding.
///
/// # Example
///
/// ```
/// use shuzi_train::objective::{CrossEntropy, Objective};
///
/// let objective = CrossEntropy { labels: &[2, 0], label_smoothing: 0.0 };
/// let mut logits = [0.0, 0.0, 0.0, 4.0, 0.0, 0.0];
/// let report = objective.loss(&mut logits, 3)?;
/// assert_eq!(report.correct, 1);
/// assert!(logits[2] < 0.0, "the label of the first image should be likelier");
/// # Ok::<(), shuzi_nn::Error>(())
/// ```
pub trait Objective {
    /// What is said of a batch.
    type Report;

    /// The loss of `logits`, `[rows, classes]`, whose gradient replaces them.
    ///
    /// # Errors
    /// If there are not as many rows as the objective has targets for, or a target is no
    /// class.
    fn loss(&self, logits: &mut [f32], classes: usize) -> Result<Self::Report, shuzi_nn::Error>;
}

impl<R> Objective for Box<dyn Objective<Report = R> + Send + Sync + '_> {
    type Report = R;

    fn loss(&self, logits: &mut [f32], classes: usize) -> Result<R, shuzi_nn::Error> {
        (**self).loss(logits, classes)
    }
}
