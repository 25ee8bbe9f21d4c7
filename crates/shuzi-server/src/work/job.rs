//! One image or tensor on its way.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use shuzi_reader::ReaderConfig;
use tokio::sync::oneshot;

use super::{Room, Ticket};
use crate::engine::{PageRead, Upload};

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Task {
    /// Read an image.
    Read {
        upload: Upload,
        config: Arc<ReaderConfig>,
    },
    /// Run a model, by its place, on `[n, 28, 28]`.
    Infer { model: usize, images: Vec<f32> },
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The pages.
    Read(Vec<PageRead>),
    /// Logits, `[n, classes]`.
    Infer(Vec<f32>),
}

/// An answer and how long it took.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) answer: Answer,
    /// From being taken to being begun.
    pub(crate) queue: Duration,
    /// Of the batch that it was in.
    pub(crate) inference: Duration,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Its time was over, or nobody waited, before it was done.
    Expired,
    /// The engine panicked on it.
    Panicked,
    /// The engine can't be made.
    NoEngine,
    /// The engine refuses it.
    Refused(String),
}

/// A task with who waits for it.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) task: Task,
    pub(super) ticket: Ticket,
    pub(super) taken: Instant,
    pub(super) reply: oneshot::Sender<Result<Done, Failure>>,
    pub(super) room: Room,
}

impl Job {
    /// Answers. The room is free before the answer is there, so that who has it may ask again.
    pub(super) fn answer(self, answer: Result<Done, Failure>) {
        drop(self.room);
        // Nobody may be left to hear it.
        let _ = self.reply.send(answer);
    }
}
