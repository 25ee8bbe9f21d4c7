//! A network that can be trained.

use serde::{Deserialize, Serialize};

use crate::{
    Architecture, Error, Initialisation, Optimizer, StepReport, Threads, Weights, WeightsError,
    architecture::Summary,
    buffer::Buffer,
    layers::{BuildContext, Mode, Pass, Room, Sequence, TrainLayer, build},
    loss::{check_labels, mean_cross_entropy},
    parameters::Parameters,
    threads::Scratch,
};

/// Which loops compute convolutions and fully connected layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kernels {
    /// The fastest known.
    #[default]
    Fast,
    /// Those of the definition, to check the fast ones; not for deformable convolution.
    Naive,
}

/// How a [`Network`] is built.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// Most images in one batch; memory grows with it.
    pub max_batch: usize,
    /// Seed of the start weights and of dropout.
    pub seed: u64,
    /// How start weights are drawn.
    pub initialisation: Initialisation,
    /// Which loops do the work.
    pub kernels: Kernels,
    /// Workers for every pass.
    pub threads: Threads,
}

/// Parameters of an architecture and all that a training pass needs.
///
/// Everything is allocated here: steps allocate nothing. The same seed gives
/// the same bits for any number of threads.
pub struct Network {
    pub(crate) parameters: Parameters,
    architecture: Architecture,
    config: NetworkConfig,
    layers: Sequence,
    gradients: Vec<f32>,
    scratch: Scratch,
    workspace: Buffer,
    logits: Buffer,
    loss_gradient: Buffer,
    classes: usize,
    step: u64,
    label_smoothing: f32,
}

impl Network {
    /// A network with fresh weights.
    ///
    /// # Errors
    /// If the architecture is unsound or ends in no vector of classes.
    pub fn new(architecture: &Architecture, config: NetworkConfig) -> Result<Self, Error> {
        let output = architecture.output()?;
        if output.positions() != 1 || output.channels < 2 {
            return Err(Error::NotAClassifier(output));
        }
        let config = NetworkConfig {
            max_batch: config.max_batch.max(1),
            ..config
        };
        let parameters = Parameters::new(architecture, config.initialisation, config.seed)?;
        let layers = build(
            architecture,
            &BuildContext {
                max_batch: config.max_batch,
                kernels: config.kernels,
                workers: config.threads.count().get(),
                slots: &parameters.slots,
            },
        )?;
        let Room { scratch, workspace } = layers.room();
        Ok(Self {
            gradients: vec![0.0; parameters.slots.trained()],
            scratch: Scratch::new(&config.threads, scratch),
            workspace: Buffer::zeros(workspace),
            logits: Buffer::zeros(config.max_batch * output.channels),
            loss_gradient: Buffer::zeros(config.max_batch * output.channels),
            classes: output.channels,
            architecture: architecture.clone(),
            parameters,
            config,
            layers,
            step: 0,
            label_smoothing: 0.0,
        })
    }

    /// One step of training on `images` (`[n, h, w, c]`) and their labels.
    ///
    /// # Errors
    /// If the batch has no images or too many, labels that don't fit it, or the
    /// optimizer is another network's.
    pub fn train_step(
        &mut self,
        images: &[f32],
        labels: &[u8],
        optimizer: &mut Optimizer,
    ) -> Result<StepReport, Error> {
        let (classes, smoothing) = (self.classes, self.label_smoothing);
        check_labels(labels, self.batch_len(images)?, classes)?;
        self.train_step_with(images, optimizer, |logits| {
            mean_cross_entropy(logits, labels, classes, smoothing)
        })
    }

    /// One step of training on `images` (`[n, h, w, c]`) with a loss of the caller's:
    /// `loss` is given the logits, `[n, classes]`, and puts its gradient in their place.
    ///
    /// # Errors
    /// If the batch has no images or too many, or the optimizer is another network's.
    pub fn train_step_with<R: Send>(
        &mut self,
        images: &[f32],
        optimizer: &mut Optimizer,
        loss: impl FnOnce(&mut [f32]) -> R + Send,
    ) -> Result<R, Error> {
        if optimizer.len() != self.gradients.len() {
            return Err(Error::Optimizer {
                expected: optimizer.len(),
                got: self.gradients.len(),
            });
        }
        let result = self.gradients(images, loss)?;
        let decayed = self.parameters.slots.weights();
        let trained = &mut self.parameters.values[..self.gradients.len()];
        let gradients = &self.gradients;
        self.config
            .threads
            .run(|| optimizer.update(trained, gradients, decayed));
        Ok(result)
    }

    /// Forward and backward pass: fills the gradients and counts the step.
    fn gradients<R: Send>(
        &mut self,
        images: &[f32],
        loss: impl FnOnce(&mut [f32]) -> R + Send,
    ) -> Result<R, Error> {
        let n = self.batch_len(images)?;
        let mode = Mode::Train {
            seed: self.config.seed,
            step: self.step,
        };
        let Self {
            parameters,
            layers,
            gradients,
            scratch,
            workspace,
            logits,
            loss_gradient,
            classes,
            ..
        } = self;
        let logits = &mut logits[..n * *classes];
        let loss_gradient = &mut loss_gradient[..n * *classes];
        let result = self.config.threads.run(|| {
            let mut pass = Pass {
                n,
                mode,
                values: &mut parameters.values,
                gradients,
                scratch,
                workspace,
            };
            layers.forward(&mut pass, images, logits);
            loss_gradient.copy_from_slice(logits);
            let result = loss(loss_gradient);
            layers.backward(&mut pass, images, logits, loss_gradient, None);
            result
        });
        self.step += 1;
        Ok(result)
    }

    /// Logits of `images`, `[n, classes]`, with running statistics and
    /// without dropout.
    ///
    /// # Errors
    /// If there are no images or more than the largest batch.
    pub fn logits(&mut self, images: &[f32]) -> Result<&[f32], Error> {
        self.forward(images, Mode::Infer)
    }

    /// Takes the statistics of batch normalisation anew from `images`, the
    /// batch number `batch` (from 0) of some: after the last of them the
    /// running statistics are the mean over all of them. No dropout, no step.
    ///
    /// # Errors
    /// If there are no images or more than the largest batch.
    pub fn estimate_statistics(&mut self, images: &[f32], batch: usize) -> Result<(), Error> {
        let share = 1.0 / (batch as f32 + 1.0);
        self.forward(images, Mode::Estimate { share }).map(|_| ())
    }

    fn forward(&mut self, images: &[f32], mode: Mode) -> Result<&[f32], Error> {
        let n = self.batch_len(images)?;
        let Self {
            parameters,
            layers,
            gradients,
            scratch,
            workspace,
            logits,
            classes,
            ..
        } = self;
        let logits = &mut logits[..n * *classes];
        self.config.threads.run(|| {
            let mut pass = Pass {
                n,
                mode,
                values: &mut parameters.values,
                gradients,
                scratch,
                workspace,
            };
            layers.forward(&mut pass, images, logits);
        });
        Ok(logits)
    }

    /// The architecture that the network was built from.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Its table.
    ///
    /// # Errors
    /// Never for a network that was built.
    pub fn summary(&self) -> Result<Summary, Error> {
        Ok(self.architecture.summary()?)
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Most images in one batch.
    pub fn max_batch(&self) -> usize {
        self.config.max_batch
    }

    /// Parameters and running statistics.
    pub fn weights(&self) -> Weights {
        self.parameters.export()
    }

    /// Takes parameters and running statistics from `weights`.
    ///
    /// # Errors
    /// If they belong to another architecture; the network is then unchanged.
    pub fn load_weights(&mut self, weights: &Weights) -> Result<(), WeightsError> {
        self.parameters.import(weights)
    }

    /// Training steps taken; dropout draws its masks from it.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Sets the share of a label's probability that the loss spreads evenly
    /// over all classes: 0 or more, below 1. It is 0 in a new network.
    pub fn set_label_smoothing(&mut self, share: f32) {
        self.label_smoothing = share;
    }

    /// The share that [`Network::set_label_smoothing`] set.
    pub fn label_smoothing(&self) -> f32 {
        self.label_smoothing
    }

    /// Sets the number of steps taken, to go on from a checkpoint.
    pub fn set_step(&mut self, step: u64) {
        self.step = step;
    }

    fn batch_len(&self, images: &[f32]) -> Result<usize, Error> {
        let expected = self.architecture.input.len();
        if !images.len().is_multiple_of(expected) {
            return Err(Error::Images {
                expected,
                got: images.len(),
            });
        }
        let (got, most) = (images.len() / expected, self.config.max_batch);
        if got == 0 || got > most {
            return Err(Error::Batch { most, got });
        }
        Ok(got)
    }
}
