//! The thread that owns the engine.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{
    Admission, Room, Ticket,
    job::{Answer, Done, Failure, Job, Task},
};
use crate::{
    engine::{Engine, Upload},
    error::BoxError,
    metrics::Metrics,
    networks::SIDE,
};

/// Most crops that are asked about at once, about; a page counts for this many.
const MOST: usize = 512;
const PAGE: usize = 16;

/// Hands tasks to the thread. When the last clone is dropped, the thread answers what it has
/// and ends.
#[derive(Clone, Debug)]
pub(crate) struct Dispatcher {
    jobs: Sender<Job>,
    ready: Arc<AtomicBool>,
}

impl Dispatcher {
    /// Hands over a task; the answer comes.
    pub(crate) fn submit(
        &self,
        task: Task,
        ticket: Ticket,
        room: Room,
    ) -> oneshot::Receiver<Result<Done, Failure>> {
        let (reply, answer) = oneshot::channel();
        let job = Job {
            task,
            ticket,
            taken: Instant::now(),
            reply,
            room,
        };
        if let Err(refused) = self.jobs.send(job) {
            refused.0.answer(Err(Failure::NoEngine));
        }
        answer
    }

    /// Whether there is an engine.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }
}

/// What the thread has.
pub(crate) struct Worker<E, F> {
    factory: F,
    engine: Option<E>,
    jobs: Receiver<Job>,
    ready: Arc<AtomicBool>,
    max_wait: Duration,
    admission: Admission,
    metrics: Arc<Metrics>,
}

impl<E: Engine, F: FnMut() -> Result<E, BoxError>> Worker<E, F> {
    /// A worker whose engine is made by `factory`: now, and anew after a panic.
    ///
    /// # Errors
    /// That of the factory.
    pub(crate) fn new(
        factory: F,
        max_wait: Duration,
        admission: Admission,
        metrics: Arc<Metrics>,
    ) -> Result<(Self, Dispatcher, Vec<crate::ModelInfo>), BoxError> {
        let (sender, jobs) = channel();
        let ready = Arc::new(AtomicBool::new(false));
        let dispatcher = Dispatcher {
            jobs: sender,
            ready: Arc::clone(&ready),
        };
        let mut worker = Self {
            factory,
            engine: None,
            jobs,
            ready,
            max_wait,
            admission,
            metrics,
        };
        let models = worker.make()?.models();
        Ok((worker, dispatcher, models))
    }

    /// The engine, made if there is none.
    fn make(&mut self) -> Result<&mut E, BoxError> {
        let engine = match self.engine.take() {
            Some(engine) => engine,
            None => {
                let factory = &mut self.factory;
                let made = catch_unwind(AssertUnwindSafe(factory));
                made.unwrap_or_else(|_| Err("a panic while the networks were made".into()))?
            }
        };
        self.ready.store(true, Ordering::Relaxed);
        Ok(self.engine.insert(engine))
    }

    /// Answers until nobody can ask any more.
    pub(crate) fn run(mut self) {
        while let Ok(first) = self.jobs.recv() {
            let batch = self.gather(first);
            self.answer(batch);
        }
    }

    /// The jobs that are answered together: what waits, and what comes within the longest wait
    /// while a request is on its way that may still come.
    fn gather(&self, first: Job) -> Vec<Job> {
        let until = Instant::now() + self.max_wait;
        let mut size = first.task.size();
        let mut batch = vec![first];
        while size < MOST {
            let wait = if self.admission.taken() > batch.len() {
                until.saturating_duration_since(Instant::now())
            } else {
                Duration::ZERO
            };
            match self.jobs.recv_timeout(wait) {
                Ok(job) => {
                    size += job.task.size();
                    batch.push(job);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        batch
    }

    fn answer(&mut self, mut batch: Vec<Job>) {
        while let Some(first) = batch.first() {
            let alike = |job: &Job| job.task.is_like(&first.task);
            let group: Vec<bool> = batch.iter().map(alike).collect();
            let (mut now, mut later) = (Vec::new(), Vec::new());
            for (job, alike) in mem::take(&mut batch).into_iter().zip(group) {
                if alike { &mut now } else { &mut later }.push(job);
            }
            batch = later;
            self.answer_alike(now);
        }
    }

    /// Answers jobs that can be done together. If the engine panics on them, each is tried
    /// alone, so that only the one to blame is lost.
    fn answer_alike(&mut self, jobs: Vec<Job>) {
        let (jobs, expired): (Vec<_>, Vec<_>) =
            jobs.into_iter().partition(|job| job.ticket.is_wanted());
        for job in expired {
            self.metrics.dropped.inc();
            job.answer(Err(Failure::Expired));
        }
        if jobs.is_empty() {
            return;
        }
        let begun = Instant::now();
        match self.attempt(&jobs) {
            Ok(answers) => {
                self.metrics.batch(jobs.len());
                let inference = begun.elapsed();
                for (job, answer) in jobs.into_iter().zip(answers) {
                    let queue = begun.saturating_duration_since(job.taken);
                    // Pages may have been left out of what was wanted no more.
                    let wanted = job.ticket.is_wanted();
                    let done = Done {
                        answer,
                        queue,
                        inference,
                    };
                    if !wanted {
                        self.metrics.dropped.inc();
                    }
                    job.answer(if wanted {
                        Ok(done)
                    } else {
                        Err(Failure::Expired)
                    });
                }
            }
            Err(Failure::Panicked) if jobs.len() > 1 => {
                for job in jobs {
                    self.answer_alike(vec![job]);
                }
            }
            Err(failure) => {
                for job in jobs {
                    job.answer(Err(failure.clone()));
                }
            }
        }
    }

    /// One try at jobs that are alike; an answer for each.
    fn attempt(&mut self, jobs: &[Job]) -> Result<Vec<Answer>, Failure> {
        let engine = self.make().map_err(|error| {
            tracing::error!("can't make the networks ready: {error}");
            Failure::NoEngine
        })?;
        let answers = catch_unwind(AssertUnwindSafe(|| answers(engine, jobs)));
        answers.unwrap_or_else(|_| {
            // Whatever state it is in.
            self.engine = None;
            self.ready.store(false, Ordering::Relaxed);
            self.metrics.panics.inc();
            tracing::error!("the engine panicked; it is made anew");
            if let Err(error) = self.make() {
                tracing::error!("can't make the networks ready: {error}");
            }
            Err(Failure::Panicked)
        })
    }
}

/// What the engine says to jobs that are alike.
fn answers(engine: &mut impl Engine, jobs: &[Job]) -> Result<Vec<Answer>, Failure> {
    match &jobs[0].task {
        Task::Read { config, .. } => {
            let uploads: Vec<Upload> = jobs.iter().filter_map(|job| job.task.upload()).collect();
            let read = engine.read(config, &uploads);
            let read = read.map_err(|error| Failure::Refused(error.to_string()))?;
            Ok(read.into_iter().map(Answer::Read).collect())
        }
        Task::Infer { model, images } => {
            let each: Vec<usize> = jobs.iter().map(|job| job.task.images().len()).collect();
            let together: Vec<f32>;
            let images = if jobs.len() == 1 {
                images
            } else {
                together = jobs
                    .iter()
                    .flat_map(|job| job.task.images())
                    .copied()
                    .collect();
                &together
            };
            let logits = engine.infer(*model, images);
            let logits = logits.map_err(|error| Failure::Refused(error.to_string()))?;
            let classes = logits.len() / (images.len() / (SIDE * SIDE)).max(1);
            let mut rest = logits.as_slice();
            let parts = each.into_iter().map(|values| {
                let (part, after) = rest.split_at(values / (SIDE * SIDE) * classes);
                rest = after;
                Answer::Infer(part.to_vec())
            });
            Ok(parts.collect())
        }
    }
}

impl Task {
    /// How much of a batch it is.
    fn size(&self) -> usize {
        match self {
            Self::Read { .. } => PAGE,
            Self::Infer { images, .. } => images.len() / (SIDE * SIDE),
        }
    }

    /// Whether both can be done at once.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Read { config: one, .. }, Self::Read { config: two, .. }) => {
                Arc::ptr_eq(one, two) || one == two
            }
            (Self::Infer { model: one, .. }, Self::Infer { model: two, .. }) => one == two,
            _ => false,
        }
    }

    fn upload(&self) -> Option<Upload> {
        match self {
            Self::Read { upload, .. } => Some(upload.clone()),
            Self::Infer { .. } => None,
        }
    }

    fn images(&self) -> &[f32] {
        match self {
            Self::Read { .. } => &[],
            Self::Infer { images, .. } => images,
        }
    }
}
