//! Reduce on plateau and early stopping, steered by the validation loss.

use serde::{Deserialize, Serialize};

/// How the learning rate falls and when the run stops.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// The learning rate is multiplied by this …
    pub factor: f32,
    /// … when the loss has not fallen for so many epochs since its best or
    /// since the last cut.
    pub patience: usize,
    /// The run stops when the loss has not fallen for so many epochs.
    pub stop_after: usize,
}

/// Where a run stands in its schedule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    best: Option<f64>,
    since_best: usize,
    since_cut: usize,
}

/// What an epoch's validation loss means for the run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Go on as before.
    Continue,
    /// Go on with the learning rate times this.
    Reduce(f32),
    /// Stop.
    Stop,
}

impl Schedule {
    /// Takes note of an epoch's validation loss.
    pub(crate) fn after(&self, loss: f64, progress: &mut Progress) -> Verdict {
        if progress.best.is_none_or(|best| loss < best) {
            *progress = Progress {
                best: Some(loss),
                ..Progress::default()
            };
            return Verdict::Continue;
        }
        progress.since_best += 1;
        progress.since_cut += 1;
        if progress.since_best >= self.stop_after {
            return Verdict::Stop;
        }
        if progress.since_cut >= self.patience {
            progress.since_cut = 0;
            return Verdict::Reduce(self.factor);
        }
        Verdict::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_rule_step_by_step() {
        use Verdict::{Continue, Reduce, Stop};
        let schedule = Schedule {
            factor: 0.5,
            patience: 2,
            stop_after: 6,
        };
        let epochs = [
            (1.0, Continue),
            (0.9, Continue),
            (0.95, Continue),
            (0.9, Reduce(0.5)), // equal is not lower
            (0.8, Continue),
            (0.8, Continue),
            (0.81, Reduce(0.5)),
            (0.82, Continue),
            (0.83, Reduce(0.5)),
            (0.84, Continue),
            (0.85, Stop),
        ];
        let mut progress = Progress::default();
        for (epoch, (loss, expected)) in epochs.into_iter().enumerate() {
            assert_eq!(
                schedule.after(loss, &mut progress),
                expected,
                "epoch {epoch}"
            );
        }
    }

    #[test]
    fn a_loss_that_is_no_number_never_is_the_best() {
        let schedule = Schedule {
            factor: 0.5,
            patience: 1,
            stop_after: 2,
        };
        let mut progress = Progress::default();
        assert_eq!(schedule.after(1.0, &mut progress), Verdict::Continue);
        assert_eq!(
            schedule.after(f64::NAN, &mut progress),
            Verdict::Reduce(0.5)
        );
        assert_eq!(schedule.after(f64::NAN, &mut progress), Verdict::Stop);
    }
}
