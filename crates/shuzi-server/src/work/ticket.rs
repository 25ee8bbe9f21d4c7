//! Whether somebody still waits for an answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Says whether a request is still worth work. Shared by its clones.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    gone: Arc<AtomicBool>,
    until: Instant,
}

/// The waiting side of a ticket: when it is dropped, nobody waits any more.
#[derive(Debug)]
pub(crate) struct TicketHolder(Ticket);

impl TicketHolder {
    /// A ticket that ends after `deadline`.
    pub(crate) fn new(deadline: Duration) -> Self {
        Self(Ticket {
            gone: Arc::default(),
            until: Instant::now() + deadline,
        })
    }

    /// The working side.
    pub(crate) fn ticket(&self) -> Ticket {
        self.0.clone()
    }
}

impl Drop for TicketHolder {
    fn drop(&mut self) {
        self.0.gone.store(true, Ordering::Relaxed);
    }
}

impl Ticket {
    /// Whether who asked has left.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Whether somebody waits and there is time left.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.is_gone() && Instant::now() < self.until
    }

    /// When it ends.
    pub(crate) fn until(&self) -> Instant {
        self.until
    }
}
