//! How many cores the work may use.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::buffer::Buffer;

/// A set of worker threads, shared by its clones.
///
/// Results never depend on their number: work is cut in fixed pieces and
/// partial sums are added in a fixed order.
#[derive(Clone, Debug)]
pub struct Threads {
    /// `None` where the platform has no threads.
    pool: Option<Arc<ThreadPool>>,
    count: NonZeroUsize,
}

impl Threads {
    /// `count` workers, or the calling thread alone where none can be started.
    pub fn new(count: NonZeroUsize) -> Self {
        let pool = ThreadPoolBuilder::new()
            .num_threads(count.get())
            .thread_name(|index| format!("shuzi-{index}"))
            .build();
        match pool {
            Ok(pool) => Self {
                pool: Some(Arc::new(pool)),
                count,
            },
            Err(_) => Self {
                pool: None,
                count: NonZeroUsize::MIN,
            },
        }
    }

    /// One worker.
    pub fn single() -> Self {
        Self::new(NonZeroUsize::MIN)
    }

    /// As many workers as the machine lends this process.
    pub fn available() -> Self {
        Self::new(std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
    }

    /// Number of workers.
    pub fn count(&self) -> NonZeroUsize {
        self.count
    }

    /// Runs `work` where rayon's parallel iterators use these workers.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}

/// One buffer a worker, for values that live no longer than a task.
#[derive(Debug)]
pub(crate) struct Scratch {
    slots: Vec<Mutex<Buffer>>,
}

impl Scratch {
    /// `len` values for each worker of `threads`.
    pub(crate) fn new(threads: &Threads, len: usize) -> Self {
        let slots = (0..threads.count().get())
            .map(|_| Mutex::new(Buffer::zeros(len)))
            .collect();
        Self { slots }
    }

    /// Makes room for `len` values.
    pub(crate) fn grow(&mut self, len: usize) {
        for slot in &mut self.slots {
            let buffer = slot.get_mut().unwrap_or_else(PoisonError::into_inner);
            if buffer.len() < len {
                *buffer = Buffer::zeros(len);
            }
        }
    }

    /// Lends the calling worker's buffer; its contents are left over from
    /// earlier tasks.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut [f32]) -> R) -> R {
        let index = rayon::current_thread_index().unwrap_or(0);
        let slot = &self.slots[index % self.slots.len()];
        work(&mut slot.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
