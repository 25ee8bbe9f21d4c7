//! How a run is started and taken up again.

use std::{fs, io, num::NonZeroUsize, path::Path, sync::Arc};

use shuzi_data::{
    augment::Augmentation,
    loader::{LastBatch, Loader, LoaderConfig},
};
use shuzi_nn::{Average, Layer, LayerKind, Network, NetworkConfig, Optimizer, Threads, Weights};

use super::Trainer;
use crate::{
    checkpoint::{AVERAGE, Checkpoint, State},
    data::{Data, Origin},
    error::TrainError,
    history::write_history,
    lines::Lines,
    run::{Held, RUN_FILE, RunConfig, validation_split},
    schedule::Progress,
    teachers::Teachers,
};

/// Batches that the loader has ready.
const PREFETCH: usize = 8;

/// Training images on which averaged weights get their statistics of batch
/// normalisation, at most.
const STATISTICS: usize = 10_000;

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
}

pub(super) fn positive(n: usize) -> NonZeroUsize {
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
