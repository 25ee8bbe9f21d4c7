//! What can go wrong when a network is built or used.

use crate::{shape::Shape, spec::ArchitectureError, weights::WeightsError};

/// Why a network can't be built or can't take a batch.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The architecture is unsound.
    #[error(transparent)]
    Architecture(#[from] ArchitectureError),
    /// The weights don't fit the architecture.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A classifier's output must be one value a class.
    #[error(
        "the network ends in {0}, expected a vector of at least 2 classes (a row of them if its width is dynamic)"
    )]
    NotAClassifier(Shape),
    /// The slice of images is not a whole number of images.
    #[error("expected whole images of {expected} values, got {got} values")]
    Images {
        /// Values of one image.
        expected: usize,
        /// Values in the slice.
        got: usize,
    },
    /// No images, or more than the network was built for.
    #[error("expected 1 to {most} images, got {got}")]
    Batch {
        /// Largest batch.
        most: usize,
        /// Images in the batch.
        got: usize,
    },
    /// The network takes images of one width alone.
    #[error("the network takes images {expected} wide, not lines of any width")]
    FixedWidth {
        /// That width.
        expected: usize,
    },
    /// The network takes images of any width, with their own columns.
    #[error("the network takes lines of any width: their own columns must be told")]
    DynamicWidth,
    /// An image has no columns, or more than its batch.
    #[error("image {image} must have from 1 to {most} columns of its own, got {got}")]
    OwnColumns {
        /// Which image of the batch.
        image: usize,
        /// Its own columns.
        got: usize,
        /// Columns of the batch.
        most: usize,
    },
    /// An image goes on past its own columns.
    #[error("image {image} must be 0 past its {own} columns")]
    Margin {
        /// Which image of the batch.
        image: usize,
        /// Its own columns.
        own: usize,
    },
    /// There must be one label for each image.
    #[error("expected {expected} labels, got {got}")]
    Labels {
        /// Images in the batch.
        expected: usize,
        /// Labels in the batch.
        got: usize,
    },
    /// A label names no class.
    #[error("label {label} of image {image} is not below {classes}")]
    Label {
        /// Which image of the batch.
        image: usize,
        /// Its label.
        label: u8,
        /// Number of classes.
        classes: usize,
    },
    /// The optimizer was made for another network.
    #[error("the optimizer is for {expected} parameters, the network has {got}")]
    Optimizer {
        /// Parameters that the optimizer knows.
        expected: usize,
        /// Parameters that the network has.
        got: usize,
    },
}
