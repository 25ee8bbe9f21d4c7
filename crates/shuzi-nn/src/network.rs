//! A network that can be trained.

use std::cell::Cell;

use crate::{
    architecture::{Architecture, Summary},
    buffer::Buffer,
    columns::{Columns, Levels},
    error::Error,
    exec::build,
    lines::{Frames, Lines},
    loss::{StepReport, check_labels, mean_cross_entropy},
    optimizer::Optimizer,
    parameters::{Initialisation, ParameterLayout, Parameters},
    pass::{BuildContext, Kernels, Mode, Pass, Room, Sequence, TrainLayer},
    shape::Shape,
    threads::{Scratch, Threads},
    weights::{Weights, WeightsError},
};

/// How a [`Network`] is built.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// Most images in one batch; memory grows with it. Of dynamic width, each width takes
    /// the memory of its own largest batch.
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
/// Everything is allocated when a width is first seen: steps allocate nothing. The same
/// seed gives the same bits for any number of threads.
pub struct Network {
    pub(crate) parameters: Parameters,
    architecture: Architecture,
    config: NetworkConfig,
    /// One for each width seen; of fixed width, one alone.
    executors: Vec<Executor>,
    gradients: Vec<f32>,
    scratch: Scratch,
    workspace: Buffer,
    classes: usize,
    step: u64,
    label_smoothing: f32,
}

/// The layers for images of one width.
struct Executor {
    width: usize,
    /// Most that it has room for.
    images: usize,
    layers: Sequence,
    levels: Levels,
    columns: Columns,
    logits: Buffer,
    loss_gradient: Buffer,
}

impl Network {
    /// A network with fresh weights.
    ///
    /// # Errors
    /// If the architecture is unsound or ends in neither a vector of classes nor, with
    /// dynamic width, a row of them.
    pub fn new(architecture: &Architecture, config: NetworkConfig) -> Result<Self, Error> {
        let output = architecture.classes()?;
        let config = NetworkConfig {
            max_batch: config.max_batch.max(1),
            ..config
        };
        let specs = architecture.parameters()?;
        let parameters = Parameters::new(specs, config.initialisation, config.seed);
        let mut network = Self {
            gradients: vec![0.0; parameters.layout.trained()],
            scratch: Scratch::new(&config.threads, 0),
            workspace: Buffer::zeros(0),
            classes: output.channels,
            architecture: architecture.clone(),
            executors: Vec::new(),
            parameters,
            config,
            step: 0,
            label_smoothing: 0.0,
        };
        if architecture.width.is_fixed() {
            network.executor(architecture.input.width, network.config.max_batch)?;
        }
        Ok(network)
    }

    /// The place of the executor for `images` images of `width`, which is made if need be.
    fn executor(&mut self, width: usize, images: usize) -> Result<usize, Error> {
        let known = |executor: &Executor| executor.width == width;
        let known = self.executors.iter().position(known);
        match known {
            Some(index) if self.executors[index].images >= images => return Ok(index),
            // Made anew with more room.
            Some(index) => {
                self.executors.swap_remove(index);
            }
            None => {}
        }
        let architecture = self.architecture.at_width(width);
        let output = architecture.classes()?;
        let (layers, levels) = build(
            &architecture,
            &BuildContext {
                max_batch: images,
                kernels: self.config.kernels,
                workers: self.config.threads.count().get(),
                parameters: &self.parameters.layout,
                streams: Cell::default(),
            },
        )?;
        let Room { scratch, workspace } = layers.room();
        self.scratch.grow(scratch);
        if self.workspace.len() < workspace {
            self.workspace = Buffer::zeros(workspace);
        }
        let logits = Buffer::zeros(images * output.len());
        self.executors.push(Executor {
            width,
            images,
            columns: Columns::new(&levels, images),
            layers,
            levels,
            loss_gradient: logits.clone(),
            logits,
        });
        Ok(self.executors.len() - 1)
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
        let n = self.batch_len(images)?;
        let batch = Batch { images, n, at: 0 };
        self.train_batch(batch, optimizer, |logits, _| loss(logits))
    }

    /// One step of training on images of any width: `loss` is given the logits,
    /// `[n, frames, classes]`, and each image's own frames, and puts its gradient in the
    /// place of the logits; past the own frames it counts as zero.
    ///
    /// # Errors
    /// If the network's width is fixed, the batch has no images or too many, one without
    /// columns or with values past its own, or the optimizer is another network's.
    pub fn train_lines<R: Send>(
        &mut self,
        lines: Lines<'_>,
        optimizer: &mut Optimizer,
        loss: impl FnOnce(&mut [f32], &[usize]) -> R + Send,
    ) -> Result<R, Error> {
        let batch = self.lines(lines)?;
        self.train_batch(batch, optimizer, |logits, own| {
            loss(logits, own.unwrap_or_default())
        })
    }

    fn train_batch<R: Send>(
        &mut self,
        batch: Batch<'_>,
        optimizer: &mut Optimizer,
        loss: impl FnOnce(&mut [f32], Option<&[usize]>) -> R + Send,
    ) -> Result<R, Error> {
        if optimizer.len() != self.gradients.len() {
            return Err(Error::Optimizer {
                expected: optimizer.len(),
                got: self.gradients.len(),
            });
        }
        let result = self.gradients(batch, loss);
        let decayed = self.parameters.layout.weights();
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
        batch: Batch<'_>,
        loss: impl FnOnce(&mut [f32], Option<&[usize]>) -> R + Send,
    ) -> R {
        let Batch { images, n, at } = batch;
        let mode = Mode::Train {
            seed: self.config.seed,
            step: self.step,
        };
        let Self {
            parameters,
            executors,
            gradients,
            scratch,
            workspace,
            ..
        } = self;
        let Executor {
            layers,
            columns,
            logits,
            loss_gradient,
            ..
        } = &mut executors[at];
        let len = n * layers.output_len();
        let (logits, loss_gradient) = (&mut logits[..len], &mut loss_gradient[..len]);
        let columns = (!self.architecture.width.is_fixed()).then(|| columns.all());
        let own = columns.map(|columns| columns.at(layers.output().level));
        let result = self.config.threads.run(|| {
            let mut pass = Pass {
                n,
                mode,
                values: &mut parameters.values,
                gradients,
                scratch,
                workspace,
                columns,
            };
            layers.forward(&mut pass, images, logits);
            loss_gradient.copy_from_slice(logits);
            let result = loss(loss_gradient, own);
            layers.backward(&mut pass, images, logits, loss_gradient, None);
            result
        });
        self.step += 1;
        result
    }

    /// Logits of `images`, `[n, classes]`, with running statistics and
    /// without dropout.
    ///
    /// # Errors
    /// If there are no images or more than the largest batch.
    pub fn logits(&mut self, images: &[f32]) -> Result<&[f32], Error> {
        let n = self.batch_len(images)?;
        Ok(self.forward(Batch { images, n, at: 0 }, Mode::Infer).logits)
    }

    /// The same of images of any width.
    ///
    /// # Errors
    /// As [`Network::train_lines`].
    pub fn line_logits(&mut self, lines: Lines<'_>) -> Result<Frames<'_>, Error> {
        let batch = self.lines(lines)?;
        Ok(self.forward(batch, Mode::Infer))
    }

    /// Takes the statistics of batch normalisation anew from `images`, the
    /// batch number `batch` (from 0) of some: after the last of them the
    /// running statistics are the mean over all of them. No dropout, no step.
    ///
    /// # Errors
    /// If there are no images or more than the largest batch.
    pub fn estimate_statistics(&mut self, images: &[f32], batch: usize) -> Result<(), Error> {
        let share = 1.0 / (batch as f32 + 1.0);
        let n = self.batch_len(images)?;
        self.forward(Batch { images, n, at: 0 }, Mode::Estimate { share });
        Ok(())
    }

    /// The same of images of any width.
    ///
    /// # Errors
    /// As [`Network::train_lines`].
    pub fn estimate_line_statistics(
        &mut self,
        lines: Lines<'_>,
        batch: usize,
    ) -> Result<(), Error> {
        let share = 1.0 / (batch as f32 + 1.0);
        let batch = self.lines(lines)?;
        self.forward(batch, Mode::Estimate { share });
        Ok(())
    }

    fn forward(&mut self, batch: Batch<'_>, mode: Mode) -> Frames<'_> {
        let Batch { images, n, at } = batch;
        let Self {
            parameters,
            executors,
            gradients,
            scratch,
            workspace,
            ..
        } = self;
        let Executor {
            layers,
            columns,
            logits,
            ..
        } = &mut executors[at];
        let logits = &mut logits[..n * layers.output_len()];
        let columns = (!self.architecture.width.is_fixed()).then(|| columns.all());
        self.config.threads.run(|| {
            let mut pass = Pass {
                n,
                mode,
                values: &mut parameters.values,
                gradients,
                scratch,
                workspace,
                columns,
            };
            layers.forward(&mut pass, images, logits);
        });
        let output = layers.output();
        Frames {
            logits,
            frames: output.shape.width,
            own: columns.map_or(&[], |columns| columns.at(output.level)),
        }
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

    /// Where its tensors lie.
    pub fn layout(&self) -> &ParameterLayout {
        &self.parameters.layout
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

    /// Checks a batch of any width and makes ready for it.
    fn lines<'a>(&mut self, lines: Lines<'a>) -> Result<Batch<'a>, Error> {
        if self.architecture.width.is_fixed() {
            return Err(Error::FixedWidth {
                expected: self.architecture.input.width,
            });
        }
        let input = Shape {
            width: lines.width,
            ..self.architecture.input
        };
        lines.check(input)?;
        let (n, most) = (lines.own.len(), self.config.max_batch);
        if n == 0 || n > most {
            return Err(Error::Batch { most, got: n });
        }
        let at = self.executor(lines.width, n)?;
        let Executor {
            levels, columns, ..
        } = &mut self.executors[at];
        columns.set(levels, lines.own);
        Ok(Batch {
            images: lines.images,
            n,
            at,
        })
    }

    fn batch_len(&self, images: &[f32]) -> Result<usize, Error> {
        if !self.architecture.width.is_fixed() {
            return Err(Error::DynamicWidth);
        }
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

/// A batch that was checked, and the place of its executor.
#[derive(Clone, Copy)]
struct Batch<'a> {
    images: &'a [f32],
    n: usize,
    at: usize,
}

impl AsRef<ParameterLayout> for Network {
    fn as_ref(&self) -> &ParameterLayout {
        self.layout()
    }
}
