//! The training loop.

use std::{
    fs, io,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use shuzi_data::augment::Augmentation;
use shuzi_data::loader::{LastBatch, Loader, LoaderConfig, plain_batches};
use shuzi_models::{Model, ModelConfig};
use shuzi_nn::{Average, Layer, LayerKind, Network, NetworkConfig, Optimizer, Threads, Weights};

use crate::{
    card::{network_card, write_card},
    checkpoint::{AVERAGE, Checkpoint, State},
    data::{Data, Origin},
    error::TrainError,
    evaluation::Tally,
    history::{EpochRecord, LineRecord, Validation, write_history},
    lines::Lines,
    recipe::Protocol,
    run::{Held, RUN_FILE, RunConfig, validation_split},
    schedule::{Progress, Schedule, Verdict},
    step::Step,
    teachers::Teachers,
};

/// Batches that the loader has ready.
const PREFETCH: usize = 8;

/// Training images on which averaged weights get their statistics of batch
/// normalisation, at most.
const STATISTICS: usize = 10_000;

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

/// How [`Trainer::run`] ended.
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
    /// Starts a run in `directory`, which is made if need be.
    ///
    /// # Errors
    /// If the directory holds a run already or can't be written to, or the
    /// data doesn't fit the network or the recipe.
    pub fn start(
        directory: &Path,
        config: RunConfig,
        data: &Data,
        threads: Threads,
    ) -> Result<Self, TrainError> {
        Self::begin(directory, config, None, data, threads)
    }

    /// The same from weights of a model in place of fresh ones, with the name by which
    /// the run's description calls it.
    ///
    /// # Errors
    /// As [`Trainer::start`], or if the weights belong to another network.
    pub fn start_from(
        directory: &Path,
        mut config: RunConfig,
        (name, weights): (&str, &Weights),
        data: &Data,
        threads: Threads,
    ) -> Result<Self, TrainError> {
        config.from = Some(Origin::of(name, weights));
        Self::begin(directory, config, Some(weights), data, threads)
    }

    fn begin(
        directory: &Path,
        config: RunConfig,
        weights: Option<&Weights>,
        data: &Data,
        threads: Threads,
    ) -> Result<Self, TrainError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source: io::Error| TrainError::Io { path, source }
        };
        if directory.join(RUN_FILE).exists() {
            return Err(TrainError::Exists {
                path: directory.to_owned(),
            });
        }
        let mut trainer = Self::build(directory, config, data, threads)?;
        if let Some(weights) = weights {
            trainer.take(weights)?;
        }
        fs::create_dir_all(directory).map_err(at(directory))?;
        // The checkpoint before the description: what has one can be resumed.
        trainer.checkpoint().write(directory)?;
        trainer.config.write(directory)?;
        Ok(trainer)
    }

    /// Puts weights in the place of the fresh ones.
    fn take(&mut self, weights: &Weights) -> Result<(), TrainError> {
        self.network
            .load_weights(weights)
            .map_err(shuzi_nn::Error::from)?;
        let averaging = self.config.recipe.averaging;
        self.average = averaging.map(|averaging| Average::new(averaging.decay, &self.network));
        Ok(())
    }

    /// Takes up the run in `directory` after its last finished epoch.
    ///
    /// # Errors
    /// If there is no run, its files are not whole, or `data` is not what it
    /// was started with.
    pub fn resume(directory: &Path, data: &Data, threads: Threads) -> Result<Self, TrainError> {
        let config = RunConfig::read(directory)?;
        config.check_data(data)?;
        let mut trainer = Self::build(directory, config, data, threads)?;
        let Checkpoint::<State> {
            state,
            weights,
            moments,
        } = Checkpoint::read(directory)?;
        trainer
            .network
            .load_weights(&weights)
            .map_err(shuzi_nn::Error::from)?;
        trainer.network.set_step(state.step);
        trainer
            .optimizer
            .restore(&trainer.network, &moments, state.step)
            .map_err(shuzi_nn::Error::from)?;
        trainer.optimizer.set_learning_rate(state.learning_rate);
        if let Some(average) = &mut trainer.average {
            let weights = moments.iter().find(|(name, _)| name == AVERAGE);
            let (_, weights) = weights.ok_or_else(|| TrainError::Checkpoint {
                path: directory.to_owned(),
                reason: "it has no averaged weights".into(),
            })?;
            average
                .restore(&trainer.network, weights, state.step)
                .map_err(shuzi_nn::Error::from)?;
        }
        // An epoch may have been written after the checkpoint.
        write_history(directory, &state.history)?;
        trainer.state = state;
        Ok(trainer)
    }

    fn build(
        directory: &Path,
        config: RunConfig,
        data: &Data,
        threads: Threads,
    ) -> Result<Self, TrainError> {
        let input = config.architecture.input;
        for data in [&data.train, &data.test] {
            if (data.height(), data.width(), 1) != (input.height, input.width, input.channels) {
                return Err(TrainError::ImageSize {
                    expected: input.to_string(),
                    got: format!("{}×{}×1", data.height(), data.width()),
                });
            }
        }
        let recipe = &config.recipe;
        recipe.check()?;
        let (indices, validation) = validation_split(recipe.protocol, config.seed, data)?;
        let statistics = Held {
            data: Arc::clone(&data.train),
            indices: evenly(&indices, recipe.batch.max(1)),
            name: "training images",
        };
        let loader = |augmentation, indices| {
            let config = LoaderConfig {
                batch: positive(recipe.batch),
                seed: config.seed,
                augmentation,
                last_batch: LastBatch::Keep,
                workers: NonZeroUsize::MIN,
                prefetch: positive(PREFETCH),
            };
            Loader::new(Arc::clone(&data.train), indices, config)
        };
        let clean = loader(Augmentation::none(), indices.clone())?;
        let loader = loader(recipe.augmentation, indices)?;
        let mut architecture = config.architecture.clone();
        let lines = Lines::of(&config, data)?;
        let teachers = Teachers::of(&config, data, &threads)?;
        if let Some(rate) = recipe.dropout {
            set_dropout(&mut architecture.layers, rate);
        }
        let network = Network::new(
            &architecture,
            NetworkConfig {
                max_batch: recipe.lines.map_or(recipe.batch, |lines| {
                    recipe.batch.saturating_add(lines.pieces.get().into())
                }),
                seed: config.seed,
                initialisation: recipe.initialisation,
                kernels: config.kernels,
                threads,
            },
        )?;
        Ok(Self {
            average: recipe
                .averaging
                .map(|averaging| Average::new(averaging.decay, &network)),
            optimizer: Optimizer::new(recipe.optimizer, recipe.learning_rate, &network),
            state: State {
                step: 0,
                learning_rate: recipe.learning_rate,
                progress: Progress::default(),
                stopped: false,
                history: Vec::new(),
            },
            directory: directory.to_owned(),
            network,
            loader,
            clean,
            lines,
            teachers,
            statistics,
            validation,
            config,
        })
    }

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

    /// The weights of the run's model after `epoch`, with how good they are, and
    /// how good the last weights are where the model's are averaged.
    fn measure(
        &mut self,
        epoch: usize,
    ) -> Result<(Option<Validation>, Option<Validation>, Weights), TrainError> {
        let recipe = &self.config.recipe;
        let (measured, last_too) = match recipe.protocol {
            Protocol::SelectedOnTest => (true, false),
            Protocol::Holdout { .. } => (true, true),
            // Once, at the end.
            Protocol::Fixed => (epoch == recipe.epochs, false),
        };
        let Some(mut average) = self.average.take() else {
            let validation = measured.then(|| self.validate()).transpose()?;
            return Ok((validation, None, self.network.weights()));
        };
        let last_weights = (measured && last_too).then(|| self.validate()).transpose();
        average.exchange(&mut self.network);
        let mut averaged = || {
            self.estimate_statistics()?;
            let validation = measured.then(|| self.validate()).transpose()?;
            Ok((validation, self.network.weights()))
        };
        let result: Result<_, TrainError> = averaged();
        average.exchange(&mut self.network);
        self.average = Some(average);
        let (validation, weights) = result?;
        Ok((validation, last_weights?, weights))
    }

    fn estimate_statistics(&mut self) -> Result<(), TrainError> {
        let Held { data, indices, .. } = &self.statistics;
        let batches = plain_batches(data, indices, positive(self.config.recipe.batch))?;
        // In the proportion in which a step has them.
        let lines = self.lines.as_ref();
        let mut lines = lines.map(|lines| lines.epoch(0, true));
        for (number, batch) in batches.enumerate() {
            let images = match &mut lines {
                None => batch.images(),
                Some(lines) => {
                    lines.beside(&batch);
                    lines.images()
                }
            };
            self.network.estimate_statistics(images, number)?;
        }
        Ok(())
    }

    fn validate(&mut self) -> Result<Validation, TrainError> {
        let held = &self.validation;
        let mut tally = Tally::new(self.network.classes());
        for batch in plain_batches(
            &held.data,
            &held.indices,
            positive(self.network.max_batch()),
        )? {
            let logits = self.network.logits(batch.images())?;
            tally.add(logits, batch.labels());
        }
        let held_out = matches!(self.config.recipe.protocol, Protocol::Holdout { .. });
        Ok(Validation {
            temperature: held_out.then(|| tally.best_temperature()).flatten(),
            on: held.name.to_owned(),
            images: tally.n,
            loss: tally.nll(),
            accuracy: tally.accuracy(),
        })
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

fn positive(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap_or(NonZeroUsize::MIN)
}

/// Some of `indices` from all over them, in whole batches if there is one.
fn evenly(indices: &[usize], batch: usize) -> Vec<usize> {
    let n = indices.len().min(STATISTICS);
    let n = if n > batch { n - n % batch } else { n };
    let at = |i: usize| indices[i * indices.len() / n];
    (0..n).map(at).collect()
}

/// Gives every dropout layer this rate.
fn set_dropout(layers: &mut [Layer], new: f32) {
    for layer in layers {
        match &mut layer.kind {
            LayerKind::Dropout { rate } => *rate = new,
            LayerKind::Parallel { branches } => {
                for branch in branches {
                    set_dropout(branch, new);
                }
            }
            LayerKind::Residual { body, .. } => set_dropout(body, new),
            _ => {}
        }
    }
}
