//! From a task to its answer.

use std::time::Duration;

use tokio::{
    sync::oneshot::Receiver,
    time::{Instant, timeout_at},
};

use super::Problem;
use crate::work::{Answer, Done, Failure, Ticket};

/// How long a request's work took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Timing {
    /// Longest wait of its tasks until they were begun.
    pub(crate) queue: Duration,
    /// Longest time of the batches that they were in.
    pub(crate) inference: Duration,
}

/// Waits for the answer to a task, as long as its ticket holds.
pub(crate) async fn work(
    answer: Receiver<Result<Done, Failure>>,
    ticket: &Ticket,
    timing: &mut Timing,
) -> Result<Answer, Problem> {
    let until = Instant::from_std(ticket.until());
    let answered = timeout_at(until, answer).await;
    let done = answered
        .map_err(|_| Problem::Expired)?
        // The worker dropped it: only a panic does.
        .map_err(|_| Problem::Panicked)??;
    timing.queue = timing.queue.max(done.queue);
    timing.inference = timing.inference.max(done.inference);
    Ok(done.answer)
}
