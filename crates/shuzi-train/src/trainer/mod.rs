//! The training loop.

mod build;
mod measure;
pub(crate) mod observer;

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

use shuzi_data::loader::Loader;
use shuzi_models::{Model, ModelConfig};
use shuzi_nn::{Average, Network, Optimizer, Weights};

use crate::{
    card::{network_card, write_card},
    checkpoint::{AVERAGE, Checkpoint, State},
    error::TrainError,
    history::{EpochRecord, LineRecord, write_history},
    lines::Lines,
    recipe::Protocol,
    run::{Held, RunConfig},
    schedule::{Schedule, Verdict},
    step::Step,
    teachers::Teachers,
    trainer::observer::{BatchReport, Finish, Observer, Outcome},
};

/// A run that can be taken further.
pub struct Trainer {
    directory: PathBuf,
    config: RunConfig,
    network: Network,
    optimizer: Optimizer,
    average: Option<Average>,
    loader: Loader,
    /// The same images in the same order, undistorted.
    clean: Loader,
    /// What a step learns from beside images.
    lines: Option<Lines>,
    /// What it learns from beside labels.
    teachers: Option<Teachers>,
    /// What the statistics of averaged weights are taken on.
    statistics: Held,
    validation: Held,
    state: State,
}

impl Trainer {
    /// What the run is.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// Changes the most epochs that the run may have. It ends as one that was
    /// started with that many.
    ///
    /// # Errors
    /// If the description of the run can't be written, or what the run has done
    /// so far would have been something else with that many epochs.
    pub fn set_epochs(&mut self, epochs: usize) -> Result<(), TrainError> {
        let recipe = &mut self.config.recipe;
        let settled = recipe.protocol == Protocol::Fixed
            || recipe.clean_epochs > 0
            || matches!(recipe.schedule, Schedule::Cosine(_));
        if settled && epochs != recipe.epochs {
            return Err(TrainError::SettledEpochs {
                epochs: recipe.epochs,
            });
        }
        recipe.epochs = epochs;
        self.config.write(&self.directory)
    }

    /// The finished epochs.
    pub fn history(&self) -> &[EpochRecord] {
        &self.state.history
    }

    /// Trains until the recipe is done or `stop` is set. Every epoch ends with
    /// history, model and checkpoint on disk.
    ///
    /// # Errors
    /// If a file can't be written or the loss is no longer a number. What the
    /// last finished epoch left is still there.
    pub fn run(
        &mut self,
        observer: &mut dyn Observer,
        stop: &AtomicBool,
    ) -> Result<Outcome, TrainError> {
        loop {
            let done = self.state.history.len();
            if self.state.stopped {
                return Ok(Outcome::Finished(Finish::Plateau));
            }
            if done >= self.config.recipe.epochs {
                return Ok(Outcome::Finished(Finish::Epochs));
            }
            let Some((record, weights)) = self.epoch(done + 1, observer, stop)? else {
                return Ok(Outcome::Stopped { epochs: done });
            };
            if let (Schedule::Plateau(plateau), Some(validation)) =
                (self.config.recipe.schedule, &record.validation)
            {
                match plateau.after(validation.loss, &mut self.state.progress) {
                    Verdict::Continue => {}
                    Verdict::Reduce(factor) => self.state.learning_rate *= factor,
                    Verdict::Stop => self.state.stopped = true,
                }
                self.optimizer.set_learning_rate(self.state.learning_rate);
            }
            self.state.step = self.network.step();
            self.state.history.push(record.clone());
            self.save(weights)?;
            observer.epoch(&record);
        }
    }

    /// One epoch and the weights of the run's model after it, `None` if it was
    /// broken off.
    fn epoch(
        &mut self,
        epoch: usize,
        observer: &mut dyn Observer,
        stop: &AtomicBool,
    ) -> Result<Option<(EpochRecord, Weights)>, TrainError> {
        let recipe = &self.config.recipe;
        let (schedule, highest) = (recipe.schedule, recipe.learning_rate);
        let label_smoothing = recipe.label_smoothing;
        let steps = (recipe.epochs * self.loader.batches()) as u64;
        let clean = epoch + recipe.clean_epochs > recipe.epochs;
        let loader = if clean { &self.clean } else { &self.loader };
        let total = self.loader.samples();
        let start = Instant::now();
        let (mut images, mut loss, mut correct) = (0, 0.0, 0);
        let lines = self.lines.as_ref();
        let mut lines = lines.map(|lines| lines.epoch(epoch as u64, clean));
        let mut of_lines: Option<LineRecord> = None;
        for batch in loader.epoch(epoch as u64)? {
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            if let Schedule::Cosine(cosine) = schedule {
                let share = cosine.share(self.network.step(), steps);
                self.optimizer.set_learning_rate(highest * share);
            }
            let step = Step {
                network: &mut self.network,
                optimizer: &mut self.optimizer,
                teachers: self.teachers.as_mut(),
                label_smoothing,
            };
            let report = match &mut lines {
                None => step.on_images(&batch)?,
                Some(lines) => {
                    let (report, record) = step.on_images_and_lines(&batch, lines)?;
                    of_lines = Some(of_lines.unwrap_or_default().and(&record));
                    report
                }
            };
            if let Some(average) = &mut self.average {
                average.update(&self.network);
            }
            let of_both = f64::from(report.loss) + of_lines.map_or(0.0, |lines| lines.loss);
            if !of_both.is_finite() {
                return Err(TrainError::Diverged {
                    epoch,
                    loss: of_both,
                    learning_rate: self.optimizer.learning_rate(),
                });
            }
            images += batch.len();
            loss += f64::from(report.loss) * batch.len() as f64;
            correct += report.correct;
            observer.batch(&BatchReport {
                epoch,
                epochs: self.config.recipe.epochs,
                images,
                total,
                loss: loss / images as f64,
                accuracy: correct as f64 / images as f64,
                lines: of_lines,
                seconds: start.elapsed().as_secs_f64(),
            });
        }
        let seconds = start.elapsed().as_secs_f64();
        let (validation, last_weights, weights) = self.measure(epoch)?;
        let record = EpochRecord {
            epoch,
            learning_rate: self.optimizer.learning_rate(),
            train_loss: loss / images as f64,
            train_accuracy: correct as f64 / images as f64,
            validation,
            last_weights,
            lines: of_lines,
            seconds,
            images_per_second: images as f64 / seconds,
        };
        Ok(Some((record, weights)))
    }

    fn checkpoint(&self) -> Checkpoint {
        let average = self.average.iter();
        let average = average.map(|average| (AVERAGE, average.weights(&self.network)));
        let moments = self.optimizer.moments(&self.network).into_iter();
        let moments = moments.chain(average);
        Checkpoint {
            state: self.state.clone(),
            weights: self.network.weights(),
            moments: moments
                .map(|(name, weights)| (name.to_owned(), weights))
                .collect(),
        }
    }

    /// The checkpoint last: until it is there, the epoch is done again.
    fn save(&self, weights: Weights) -> Result<(), TrainError> {
        let model = Model {
            config: ModelConfig::digits(self.config.architecture.clone()),
            weights,
        };
        model.save(&self.directory)?;
        write_history(&self.directory, &self.state.history)?;
        let card = network_card(&self.config, &self.state.history);
        write_card(&self.directory, &card)?;
        self.checkpoint().write(&self.directory)
    }
}
