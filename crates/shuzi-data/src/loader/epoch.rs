//! One epoch: its threads and their channels.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use super::batch::Buffers;
use super::{Batch, LoaderError, Shared};
use crate::rng::{RngStream, generator};

/// The batches of one epoch, in order. Dropping it amid the epoch ends its
/// threads.
#[derive(Debug)]
pub struct Epoch {
    workers: Vec<Worker>,
    next: usize,
    batches: usize,
}

#[derive(Debug)]
struct Worker {
    /// Taken when the epoch ends, so that the thread sees that nobody listens.
    batches: Option<Receiver<Batch>>,
    thread: Option<JoinHandle<()>>,
}

impl Epoch {
    pub(super) fn start(
        shared: &Arc<Shared>,
        epoch: u64,
        order: &Arc<[usize]>,
        batches: usize,
    ) -> Result<Self, LoaderError> {
        let workers = shared.config.workers.get().min(batches);
        let mut this = Self {
            workers: Vec::with_capacity(workers),
            next: 0,
            batches,
        };
        for first in 0..workers {
            let (sender, receiver) = sync_channel(shared.config.prefetch.get());
            let (shared, order) = (Arc::clone(shared), Arc::clone(order));
            let thread = Builder::new()
                .name(format!("loader-{first}"))
                .spawn(move || prepare(&shared, epoch, &order, first..workers, &sender))?;
            this.workers.push(Worker {
                batches: Some(receiver),
                thread: Some(thread),
            });
        }
        Ok(this)
    }
}

impl Iterator for Epoch {
    type Item = Batch;

    /// Waits for the next batch.
    ///
    /// # Panics
    ///
    /// With a worker's own panic, if it had one.
    fn next(&mut self) -> Option<Batch> {
        if self.next == self.batches {
            return None;
        }
        let turn = self.next % self.workers.len();
        let worker = self.workers.get_mut(turn)?;
        let batch = worker
            .batches
            .as_ref()
            .and_then(|batches| batches.recv().ok());
        if batch.is_none() {
            // A worker ends before its last batch by a panic alone: pass it on.
            if let Some(Err(panic)) = worker.thread.take().map(JoinHandle::join) {
                resume_unwind(panic);
            }
        }
        self.next += 1;
        batch
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.batches - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Epoch {}

impl Drop for Epoch {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            worker.batches = None;
        }
        for worker in &mut self.workers {
            if let Some(thread) = worker.thread.take() {
                // Its panic, if any, would have been met by `next`; here nobody
                // wants its batches any more.
                let _ = thread.join();
            }
        }
    }
}

/// Sends the batches `turn.start`, `turn.start + turn.end`, … until they end or
/// nobody listens.
fn prepare(
    shared: &Shared,
    epoch: u64,
    order: &[usize],
    turn: std::ops::Range<usize>,
    sender: &SyncSender<Batch>,
) {
    let mut augmenter = shared.augmenter.clone();
    let (size, scheme) = (
        shared.dataset.images().image_size(),
        shared.dataset.scheme(),
    );
    let batches = order.chunks(shared.config.batch.get());
    for indices in batches.skip(turn.start).step_by(turn.end) {
        let mut buffers = shared.pool.take();
        let Buffers { images, labels } = &mut buffers;
        images.resize(indices.len() * size, 0.0);
        for (&index, output) in indices.iter().zip(images.chunks_exact_mut(size)) {
            // Every index was checked when the loader was made.
            let Some((image, label)) = shared.dataset.get(index) else {
                continue;
            };
            let mut random = generator(shared.config.seed, RngStream::Augment, epoch, index as u64);
            augmenter.apply(image, scheme.digit(label), &mut random, output);
            labels.push(label);
        }
        if sender.send(Batch::new(buffers, &shared.pool)).is_err() {
            return;
        }
    }
}
