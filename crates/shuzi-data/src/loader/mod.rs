//! Batches of an epoch, prefetched by threads.
//!
//! The order of an epoch derives from (seed, epoch), the distortion of a sample
//! from (seed, epoch, index): neither the number of threads nor their timing
//! changes a bit. Worker `k` of `W` prepares the batches `k`, `k + W`, … into a
//! channel of its own, and the epoch takes from the channels in turn, so that
//! batches need no sorting.

mod batch;
mod epoch;
mod groups;
mod plain;

use std::num::NonZeroUsize;
use std::sync::Arc;

use rand::seq::SliceRandom;

pub use batch::Batch;
pub use epoch::Epoch;
pub use groups::{GroupBatch, GroupBatches, Groups, GroupsConfig};
pub use plain::{PlainBatches, plain_batches};

use crate::augment::{Augmentation, AugmentationError, Augmenter};
use crate::dataset::Dataset;
use crate::rng::{RngStream, generator};
use batch::Pool;

/// What becomes of an epoch's last batch if it is not full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastBatch {
    /// It is given, smaller than the others.
    Keep,
    /// It is left out.
    Drop,
}

/// How a [`Loader`] makes batches.
#[derive(Debug, Clone)]
pub struct LoaderConfig {
    /// Samples in a batch.
    pub batch: NonZeroUsize,
    /// Decides the order and the distortions.
    pub seed: u64,
    /// How samples are distorted.
    pub augmentation: Augmentation,
    /// What becomes of a last batch that is not full.
    pub last_batch: LastBatch,
    /// Threads that prepare batches. They change the speed, never the batches.
    pub workers: NonZeroUsize,
    /// Batches that each worker may have ready.
    pub prefetch: NonZeroUsize,
}

/// Gives the batches of any epoch. Threads live as long as an [`Epoch`] does;
/// the memory of batches is kept from one to the next.
#[derive(Debug)]
pub struct Loader {
    shared: Arc<Shared>,
}

/// What all workers see.
#[derive(Debug)]
struct Shared {
    dataset: Arc<Dataset>,
    indices: Vec<usize>,
    config: LoaderConfig,
    augmenter: Augmenter,
    pool: Arc<Pool>,
}

/// Why batches cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoaderError {
    /// No sample was asked for.
    #[error("no samples to load: expected at least one index")]
    NoSamples,
    /// A sample that is not there was asked for.
    #[error("sample {index} asked for: expected an index below {n}")]
    Index {
        /// The index.
        index: usize,
        /// Number of samples in the data set.
        n: usize,
    },
    /// There are not as many pixels as the images have.
    #[error("expected {expected} pixels, got {got}")]
    Pixels {
        /// Pixels of all images.
        expected: usize,
        /// Pixels that are there.
        got: usize,
    },
    /// The augmentation is out of range.
    #[error(transparent)]
    Augmentation(#[from] AugmentationError),
    /// A thread could not be started.
    #[error("cannot start a loader thread: {0}")]
    Thread(#[from] std::io::Error),
}

impl Loader {
    /// A loader of the samples `indices` of `dataset`. An index given twice is
    /// loaded twice.
    ///
    /// # Errors
    ///
    /// [`LoaderError::NoSamples`], [`LoaderError::Index`] or
    /// [`LoaderError::Augmentation`].
    pub fn new(
        dataset: Arc<Dataset>,
        indices: Vec<usize>,
        config: LoaderConfig,
    ) -> Result<Self, LoaderError> {
        check_indices(&dataset, &indices)?;
        let augmenter = Augmenter::new(&config.augmentation, dataset.height(), dataset.width())?;
        Ok(Self {
            shared: Arc::new(Shared {
                dataset,
                indices,
                config,
                augmenter,
                pool: Arc::default(),
            }),
        })
    }

    /// Number of batches in an epoch.
    pub fn batches(&self) -> usize {
        let (n, batch) = (self.shared.indices.len(), self.shared.config.batch.get());
        match self.shared.config.last_batch {
            LastBatch::Keep => n.div_ceil(batch),
            LastBatch::Drop => n / batch,
        }
    }

    /// Number of samples in an epoch: fewer than asked for only if the last batch
    /// is dropped.
    pub fn samples(&self) -> usize {
        let n = self.shared.indices.len();
        n.min(self.batches() * self.shared.config.batch.get())
    }

    /// Starts an epoch: threads begin to prepare its batches. The same number
    /// gives the same batches, bit by bit.
    ///
    /// # Errors
    ///
    /// [`LoaderError::Thread`] if a thread cannot be started.
    pub fn epoch(&self, epoch: u64) -> Result<Epoch, LoaderError> {
        let mut order = self.shared.indices.clone();
        order.shuffle(&mut generator(
            self.shared.config.seed,
            RngStream::Shuffle,
            epoch,
            0,
        ));
        order.truncate(self.samples());
        Epoch::start(&self.shared, epoch, &order.into(), self.batches())
    }
}

fn check_indices(dataset: &Dataset, indices: &[usize]) -> Result<(), LoaderError> {
    let n = dataset.len();
    if indices.is_empty() {
        return Err(LoaderError::NoSamples);
    }
    match indices.iter().find(|&&index| index >= n) {
        Some(&index) => Err(LoaderError::Index { index, n }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
