//! Undistorted batches, for evaluation.

use std::num::NonZeroUsize;
use std::slice::Chunks;
use std::sync::Arc;

use super::batch::Pool;
use super::{Batch, LoaderError, check_indices};
use crate::dataset::Dataset;

/// Undistorted batches in order, see [`plain_batches`].
#[derive(Debug)]
pub struct PlainBatches<'a> {
    dataset: &'a Dataset,
    chunks: Chunks<'a, usize>,
    pool: Arc<Pool>,
}

/// The samples `indices` of `dataset` as they are, in their order, `batch` at a
/// time; the last batch may be smaller.
///
/// # Errors
///
/// [`LoaderError::NoSamples`] or [`LoaderError::Index`].
pub fn plain_batches<'a>(
    dataset: &'a Dataset,
    indices: &'a [usize],
    batch: NonZeroUsize,
) -> Result<PlainBatches<'a>, LoaderError> {
    check_indices(dataset, indices)?;
    Ok(PlainBatches {
        dataset,
        chunks: indices.chunks(batch.get()),
        pool: Arc::default(),
    })
}

impl Iterator for PlainBatches<'_> {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let indices = self.chunks.next()?;
        let mut buffers = self.pool.take();
        for (image, label) in indices.iter().filter_map(|&i| self.dataset.get(i)) {
            let values = image.iter().map(|&pixel| f32::from(pixel) / 255.0);
            buffers.images.extend(values);
            buffers.labels.push(label);
        }
        Some(Batch::new(buffers, &self.pool))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.chunks.size_hint()
    }
}

impl ExactSizeIterator for PlainBatches<'_> {}
