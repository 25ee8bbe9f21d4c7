//! How the learning rate goes: reduced on plateaus of the validation loss,
//! with early stopping, or a cosine that is settled beforehand.

use serde::{Deserialize, Serialize};

/// How the learning rate goes and when the run stops.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Schedule {
    /// Steered by the validation loss.
    Plateau(Plateau),
    /// Settled beforehand.
    Cosine(Cosine),
}

/// A linear rise to the recipe's rate, then half a period of a cosine
/// (Loshchilov and Hutter 2017). With a rise of a third of the steps it is the
/// one-cycle schedule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cosine {
    /// Steps of the rise.
    pub warm_up_steps: u64,
    /// Rate of the last step, as a share of the highest: 0 to 1.
    pub last_share: f32,
}

impl Cosine {
    /// The share of the highest rate that step `step`, from 0, of `steps` has.
    pub fn share(&self, step: u64, steps: u64) -> f32 {
        if step < self.warm_up_steps {
            return ((step + 1) as f64 / self.warm_up_steps as f64) as f32;
        }
        let fall = steps.saturating_sub(self.warm_up_steps + 1).max(1);
        let part = ((step - self.warm_up_steps) as f64 / fall as f64).min(1.0);
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * part).cos());
        let last = f64::from(self.last_share);
        (last + (1.0 - last) * cosine) as f32
    }
}

/// Reduce on plateau and early stopping.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plateau {
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

impl Plateau {
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
        let schedule = Plateau {
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
    fn a_cosine_rises_and_falls_as_asked() {
        let cosine = Cosine {
            warm_up_steps: 4,
            last_share: 0.1,
        };
        let shares: Vec<f32> = (0..9).map(|step| cosine.share(step, 9)).collect();
        let expected = [0.25, 0.5, 0.75, 1.0, 1.0, 0.868_198, 0.55, 0.231_802, 0.1];
        for (step, (got, expected)) in shares.iter().zip(expected).enumerate() {
            assert!((got - expected).abs() < 1e-5, "step {step}: {shares:?}");
        }
        // Shorter than its warm-up, or past its end: no rate that makes no sense.
        for (step, steps) in [(3, 2), (4, 2), (9, 9), (0, 0)] {
            let share = cosine.share(step, steps);
            assert!((0.1..=1.0).contains(&share), "{step} of {steps}: {share}");
        }
    }

    #[test]
    fn both_kinds_are_told_apart_by_their_fields() {
        let plateau = r#"{"factor":0.5,"patience":2,"stop_after":6}"#;
        let schedule: Schedule = serde_json::from_str(plateau).unwrap();
        assert!(matches!(schedule, Schedule::Plateau(plateau) if plateau.patience == 2));
        assert_eq!(serde_json::to_string(&schedule).unwrap(), plateau);
        let cosine = r#"{"warm_up_steps":4,"last_share":0.1}"#;
        let schedule: Schedule = serde_json::from_str(cosine).unwrap();
        assert!(matches!(schedule, Schedule::Cosine(cosine) if cosine.warm_up_steps == 4));
        assert!(serde_json::from_str::<Schedule>(r#"{"factor":0.5,"patience":2}"#).is_err());
    }

    #[test]
    fn a_loss_that_is_no_number_never_is_the_best() {
        let schedule = Plateau {
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
