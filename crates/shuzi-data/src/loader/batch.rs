//! Batches and the memory they come from.

use std::sync::{Arc, Mutex, PoisonError};

/// Images and labels of some samples. Dropping it gives its memory back to the
/// loader for a later batch.
#[derive(Debug)]
pub struct Batch {
    buffers: Buffers,
    pool: Arc<Pool>,
}

/// The memory of one batch.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    pub(super) images: Vec<f32>,
    pub(super) labels: Vec<u8>,
}

/// Memory that no batch uses now.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Vec<Buffers>>);

impl Batch {
    /// The images, `[n, h, w, 1]`, pixel / 255.
    pub fn images(&self) -> &[f32] {
        &self.buffers.images
    }

    /// The labels, `[n]`, as the data set's scheme has them.
    pub fn labels(&self) -> &[u8] {
        &self.buffers.labels
    }

    /// Number of samples, at least one.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.buffers.labels.len()
    }

    pub(super) fn new(buffers: Buffers, pool: &Arc<Pool>) -> Self {
        Self {
            buffers,
            pool: Arc::clone(pool),
        }
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.pool.give(std::mem::take(&mut self.buffers));
    }
}

impl Pool {
    /// Empty buffers, used before if there are any.
    pub(super) fn take(&self) -> Buffers {
        let mut buffers = self.lock().pop().unwrap_or_default();
        buffers.images.clear();
        buffers.labels.clear();
        buffers
    }

    fn give(&self, buffers: Buffers) {
        self.lock().push(buffers);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Buffers>> {
        // A panic elsewhere leaves the list as good as it was.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of buffers that no batch uses now.
    #[cfg(test)]
    pub(super) fn idle(&self) -> usize {
        self.lock().len()
    }
}
