//! Why a reader's training data can't be made.

use shuzi_data::{DatasetError, idx};
use shuzi_reader::{DecodeError, classify::crop::SIDE};
use shuzi_synth::SynthError;

/// Why a reader's training data can't be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReaderDataError {
    /// A writer's images have another size than the reader's crops.
    #[error("expected images of {SIDE}×{SIDE}, got {height}×{width}")]
    Size {
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
    /// A page can't be made.
    #[error(transparent)]
    Synth(#[from] SynthError),
    /// A page can't be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// No crop shows anything.
    #[error(transparent)]
    Images(#[from] idx::Error),
    /// Crops and labels don't match.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The network takes no crops.
    #[error(transparent)]
    Network(#[from] shuzi_nn::Error),
}
