//! Who watches a run, and how it ends.

use crate::history::{EpochRecord, LineRecord};

/// How far an epoch has come.
#[derive(Clone, Copy, Debug)]
pub struct BatchReport {
    /// Epoch, from 1.
    pub epoch: usize,
    /// Most epochs of the run.
    pub epochs: usize,
    /// Images of the epoch so far.
    pub images: usize,
    /// Images of the whole epoch.
    pub total: usize,
    /// Mean loss of the epoch so far.
    pub loss: f64,
    /// Accuracy of the epoch so far.
    pub accuracy: f64,
    /// What its lines came to so far, if it has any.
    pub lines: Option<LineRecord>,
    /// Seconds that the epoch has taken so far.
    pub seconds: f64,
}

/// Someone who watches a run.
pub trait Observer {
    /// A batch was trained on.
    fn batch(&mut self, report: &BatchReport) {
        let _ = report;
    }

    /// An epoch was finished and written to disk.
    fn epoch(&mut self, record: &EpochRecord) {
        let _ = record;
    }
}

/// Nobody watches.
impl Observer for () {}

/// Why a run has no further epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// All epochs are done.
    Epochs,
    /// The validation loss has not fallen for too long.
    Plateau,
}

/// How [`Trainer::run`](crate::Trainer::run) ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The run is complete.
    Finished(Finish),
    /// The run was asked to stop; what the last finished epoch left is on
    /// disk, and the run can be resumed from there.
    Stopped {
        /// Finished epochs.
        epochs: usize,
    },
}
