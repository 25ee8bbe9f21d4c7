//! The training loop.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use shuzi_line::{BLANK, CLASSES, Symbol};
use shuzi_models::{Model, ModelConfig};
use shuzi_nn::{
    Architecture, Average, Ctc, Initialisation, Kernels, Network, NetworkConfig, Optimizer, Threads,
};
use shuzi_synth::{Bank, LineParams, Lines};

use crate::{
    checkpoint::{AVERAGE, Checkpoint},
    error::TrainError,
    json::{read_json, write_json},
    line_network::{
        batches::{LineBatch, from_step},
        evaluate::{LineScore, evaluate_lines},
        recipe::LineNetworkRecipe,
    },
    run::RUN_FILE,
};

/// Makes of a run's seed that of the lines on which its model is measured.
const VALIDATION_SEED: u64 = 0x5641_4c49_4441_5445;

/// What a run is: `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineRunConfig {
    /// The network.
    pub architecture: Architecture,
    /// How it is trained.
    pub recipe: LineNetworkRecipe,
    /// Decides start weights, dropout, lines and their order.
    pub seed: u64,
    /// How the lines vary.
    pub lines: LineParams,
    /// Digits that they are written with beside the pen's: a run is resumed with the same
    /// alone.
    pub banks: Vec<String>,
}

/// What some steps came to, a line of the history.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineStepRecord {
    /// Steps taken.
    pub step: u64,
    /// Learning rate of the last of them.
    pub learning_rate: f32,
    /// Mean loss of a line since the last record, in nats.
    pub loss: f64,
    /// Seconds since the run began or was resumed.
    pub seconds: f64,
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct State {
    step: u64,
    history: Vec<LineStepRecord>,
    /// Losses since the last record, and of how many steps.
    pending: (f64, u64),
}

/// A run that can be taken further.
pub struct LineNetworkRun {
    directory: PathBuf,
    config: LineRunConfig,
    lines: Arc<Lines>,
    network: Network,
    optimizer: Optimizer,
    average: Average,
    state: State,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LineOutcome {
    /// All steps are done and the model is written; what it makes of lines of another seed.
    Finished(LineScore),
    /// It was asked to stop: it can be resumed.
    Stopped,
}

impl LineNetworkRun {
    /// Starts a run in `directory`, which is made if need be.
    ///
    /// # Errors
    /// If the directory holds a run already or can't be written to, or the network does not
    /// tell the symbols of lines apart.
    pub fn start(
        directory: &Path,
        config: LineRunConfig,
        banks: Vec<Bank>,
        threads: Threads,
    ) -> Result<Self, TrainError> {
        if directory.join(RUN_FILE).exists() {
            return Err(TrainError::Exists {
                path: directory.to_owned(),
            });
        }
        let run = Self::build(directory, config, banks, threads)?;
        fs::create_dir_all(directory).map_err(|source| TrainError::Io {
            path: directory.to_owned(),
            source,
        })?;
        // The checkpoint before the description: what has one can be resumed.
        run.checkpoint().write(directory)?;
        write_json(&directory.join(RUN_FILE), &run.config)?;
        Ok(run)
    }

    /// Takes up the run in `directory` where its last checkpoint left it; `banks` gives the
    /// digits that the run's description names.
    ///
    /// # Errors
    /// If there is no run, its files are not whole, or `banks` fails.
    pub fn resume(
        directory: &Path,
        banks: impl FnOnce(&LineRunConfig) -> Result<Vec<Bank>, TrainError>,
        threads: Threads,
    ) -> Result<Self, TrainError> {
        let config: LineRunConfig = read_json(&directory.join(RUN_FILE))?;
        let banks = banks(&config)?;
        let mut run = Self::build(directory, config, banks, threads)?;
        let Checkpoint {
            state,
            weights,
            moments,
        } = Checkpoint::read(directory)?;
        let damaged = |source| TrainError::from(shuzi_nn::Error::from(source));
        run.network.load_weights(&weights).map_err(damaged)?;
        run.state = state;
        let step = run.state.step;
        run.network.set_step(step);
        run.optimizer
            .restore(&run.network, &moments, step)
            .map_err(damaged)?;
        let average = moments.iter().find(|(name, _)| name == AVERAGE);
        let (_, average) = average.ok_or_else(|| TrainError::Checkpoint {
            path: directory.to_owned(),
            reason: "it has no averaged weights".into(),
        })?;
        run.average
            .restore(&run.network, average, step)
            .map_err(damaged)?;
        Ok(run)
    }

    fn build(
        directory: &Path,
        config: LineRunConfig,
        banks: Vec<Bank>,
        threads: Threads,
    ) -> Result<Self, TrainError> {
        let recipe = &config.recipe;
        let network = NetworkConfig {
            max_batch: recipe.batch,
            seed: config.seed,
            initialisation: Initialisation::He,
            kernels: Kernels::Fast,
            threads,
        };
        let network = Network::new(&config.architecture, network)?;
        if network.classes() != CLASSES {
            return Err(TrainError::LineClasses {
                expected: CLASSES,
                got: network.classes(),
            });
        }
        Ok(Self {
            optimizer: Optimizer::new(recipe.optimizer, recipe.learning_rate, &network),
            average: Average::new(recipe.averaging, &network),
            network,
            state: State {
                step: 0,
                history: Vec::new(),
                pending: (0.0, 0),
            },
            directory: directory.to_owned(),
            lines: Arc::new(Lines::new(banks, config.lines.clone())),
            config,
        })
    }

    /// What the run is.
    pub fn config(&self) -> &LineRunConfig {
        &self.config
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.state.step
    }

    /// Trains until the recipe is done or `stop` is set; `observe` is told of each record of
    /// the history. A checkpoint is written from time to time and at the end.
    ///
    /// # Errors
    /// If a file can't be written or the loss is no longer a number. What the last
    /// checkpoint left is still there.
    pub fn run(
        &mut self,
        observe: &mut dyn FnMut(&LineStepRecord),
        stop: &AtomicBool,
    ) -> Result<LineOutcome, TrainError> {
        let recipe = self.config.recipe.clone();
        let mut ctc = Ctc::new(CLASSES, usize::from(BLANK));
        let (begin, mut saved) = (Instant::now(), Instant::now());
        let (seed, step) = (self.config.seed, self.state.step);
        let batches = from_step(Arc::clone(&self.lines), &recipe, seed, step);
        let steps = recipe.steps.saturating_sub(step);
        for batch in batches.take(usize::try_from(steps).unwrap_or(usize::MAX)) {
            let batch = batch?;
            if stop.load(Ordering::Relaxed) {
                self.checkpoint().write(&self.directory)?;
                return Ok(LineOutcome::Stopped);
            }
            self.step(&batch, &mut ctc)?;
            let recorded = recipe.record_steps.max(1);
            if self.state.step.is_multiple_of(recorded) {
                let (sum, of) = std::mem::take(&mut self.state.pending);
                let record = LineStepRecord {
                    step: self.state.step,
                    learning_rate: self.optimizer.learning_rate(),
                    loss: sum / of.max(1) as f64,
                    seconds: begin.elapsed().as_secs_f64(),
                };
                self.state.history.push(record);
                observe(&record);
            }
            if saved.elapsed() >= Duration::from_secs(recipe.checkpoint_seconds) {
                self.checkpoint().write(&self.directory)?;
                saved = Instant::now();
            }
        }
        self.checkpoint().write(&self.directory)?;
        let score = self.finish()?;
        Ok(LineOutcome::Finished(score))
    }

    /// One step.
    fn step(&mut self, batch: &LineBatch, ctc: &mut Ctc) -> Result<(), TrainError> {
        let recipe = &self.config.recipe;
        let share = recipe.schedule.share(self.state.step, recipe.steps);
        self.optimizer
            .set_learning_rate(recipe.learning_rate * share);
        let report =
            self.network
                .train_lines(batch.lines(), &mut self.optimizer, |logits, own| {
                    ctc.loss(logits, own, &batch.labels)
                })??;
        self.average.update(&self.network);
        self.state.step += 1;
        let (sum, of) = &mut self.state.pending;
        *sum += f64::from(report.loss);
        *of += 1;
        if !report.loss.is_finite() {
            return Err(TrainError::Diverged {
                epoch: usize::try_from(self.state.step).unwrap_or(usize::MAX),
                loss: report.loss.into(),
                learning_rate: self.optimizer.learning_rate(),
            });
        }
        Ok(())
    }

    /// Writes the model, whose weights are the average, and measures it on lines of another
    /// seed.
    ///
    /// # Errors
    /// If a file can't be written.
    pub fn finish(&mut self) -> Result<LineScore, TrainError> {
        let (recipe, seed) = (self.config.recipe.clone(), self.config.seed);
        let lines = |seed, step| from_step(Arc::clone(&self.lines), &recipe, seed, step);
        let [own, other] = [lines(seed, recipe.steps), lines(seed ^ VALIDATION_SEED, 0)];
        let statistics: Vec<LineBatch> = own.take(recipe.statistics).collect::<Result<_, _>>()?;
        let validation = other.take(recipe.validation.div_ceil(recipe.batch.max(1)));
        let validation: Vec<LineBatch> = validation.collect::<Result<_, _>>()?;
        self.average.exchange(&mut self.network);
        for (number, batch) in statistics.iter().enumerate() {
            self.network
                .estimate_line_statistics(batch.lines(), number)?;
        }
        let score = evaluate_lines(&mut self.network, &validation)?;
        let weights = self.network.weights();
        self.average.exchange(&mut self.network);
        let model = Model {
            config: ModelConfig::with_classes(self.config.architecture.clone(), classes()),
            weights,
        };
        model.save(&self.directory)?;
        Ok(score)
    }

    fn checkpoint(&self) -> Checkpoint<State> {
        let average = (AVERAGE, self.average.weights(&self.network));
        let moments = self.optimizer.moments(&self.network).into_iter();
        Checkpoint {
            state: self.state.clone(),
            weights: self.network.weights(),
            moments: moments
                .chain([average])
                .map(|(name, weights)| (name.to_owned(), weights))
                .collect(),
        }
    }
}

/// Names of the classes in the order of the logits.
fn classes() -> Vec<String> {
    let symbols = Symbol::ALL.iter().map(Symbol::to_string);
    std::iter::once(String::new()).chain(symbols).collect()
}
