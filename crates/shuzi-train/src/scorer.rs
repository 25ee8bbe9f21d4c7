//! What can be measured.

use shuzi_classical::Baseline;
use shuzi_data::loader::LoaderError;
use shuzi_nn::{Classifier, Threads};

/// Why a model can't be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// The images don't fit the network.
    #[error("expected images of {expected} values, got {height}×{width}")]
    Size {
        /// Values of the network's input.
        expected: usize,
        /// Rows of the images.
        height: usize,
        /// Columns of the images.
        width: usize,
    },
    /// A label names no class of the network.
    #[error("label {label} is not below the network's {classes} classes")]
    Label {
        /// The label.
        label: u8,
        /// Number of classes.
        classes: usize,
    },
    /// Models that shall answer together are not of one kind.
    #[error(
        "models that answer together need one kind of image and class: expected {expected:?} values and classes, got {got:?}"
    )]
    Members {
        /// Values of an image and number of classes of the first.
        expected: (usize, usize),
        /// Those of another.
        got: (usize, usize),
    },
    /// Batches can't be made.
    #[error(transparent)]
    Loader(#[from] LoaderError),
    /// The network refuses a batch.
    #[error(transparent)]
    Network(#[from] shuzi_nn::Error),
    /// A classical method refuses a batch.
    #[error(transparent)]
    Classical(#[from] shuzi_classical::ClassicalError),
}

/// A classical method and the threads that it may use.
#[derive(Clone, Debug)]
pub struct ThreadedBaseline {
    /// Workers.
    pub threads: Threads,
    /// The fitted method.
    pub baseline: Baseline,
}

/// What can be measured: it scores images for every class.
pub trait Scorer {
    /// Values of one image.
    fn image_len(&self) -> usize;

    /// Number of classes.
    fn classes(&self) -> usize;

    /// Scores of `images` (`[n, image_len]`), `[n, classes]`. The largest is
    /// the answer, their softmax its probability.
    ///
    /// # Errors
    /// If the slice is not a whole number of images.
    fn scores(&mut self, images: &[f32]) -> Result<Vec<f32>, EvaluationError>;
}

impl Scorer for Classifier {
    fn image_len(&self) -> usize {
        self.input().len()
    }

    fn classes(&self) -> usize {
        self.classes()
    }

    fn scores(&mut self, images: &[f32]) -> Result<Vec<f32>, EvaluationError> {
        Ok(self.logits(images)?.to_vec())
    }
}

impl Scorer for ThreadedBaseline {
    fn image_len(&self) -> usize {
        self.baseline.dimension()
    }

    fn classes(&self) -> usize {
        self.baseline.classes()
    }

    fn scores(&mut self, images: &[f32]) -> Result<Vec<f32>, EvaluationError> {
        Ok(self.threads.run(|| self.baseline.scores(images))?)
    }
}
