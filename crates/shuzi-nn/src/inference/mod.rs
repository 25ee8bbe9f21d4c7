//! A trained network made ready to classify: batch normalisation folded into
//! the convolutions, weights transformed and packed once, nothing kept for a
//! backward pass.

mod recognizer;

pub use recognizer::Recognizer;

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::{
    architecture::Architecture,
    error::Error,
    exec::Program,
    kernels::winograd::Spread,
    loss::softmax,
    parameters::Parameters,
    program::{PackedWeights, Workspace},
    shape::Shape,
    threads::Threads,
    weights::Weights,
};

/// Images that one worker takes through all layers at a time.
const CHUNK: usize = 8;

/// How a [`Classifier`] is built.
#[derive(Clone, Debug)]
pub struct ClassifierConfig {
    /// Workers; each takes some of the images.
    pub threads: Threads,
}

/// The inference plan of a network with its weights.
///
/// Batches may have any size; memory does not grow with them but for the
/// logits.
#[derive(Debug)]
pub struct Classifier {
    program: Program,
    threads: Threads,
    workspaces: Vec<Mutex<Workspace>>,
    logits: Vec<f32>,
    input: Shape,
    classes: usize,
}

impl Classifier {
    /// Compiles `architecture` with `weights`.
    ///
    /// # Errors
    /// If the architecture is unsound or ends in no vector of classes, or the
    /// weights belong to another.
    pub fn new(
        architecture: &Architecture,
        weights: &Weights,
        config: ClassifierConfig,
    ) -> Result<Self, Error> {
        let output = architecture.classes()?;
        if !architecture.width.is_fixed() {
            return Err(Error::DynamicWidth);
        }
        let parameters = Parameters::from_weights(architecture.parameters()?, weights)?;
        let mut packed = PackedWeights::default();
        let program = Program::new(architecture, &parameters, &mut packed)?;
        let workspaces = (0..config.threads.count().get())
            .map(|_| {
                let mut workspace = Workspace::default();
                program.make_room(CHUNK, &mut workspace);
                Mutex::new(workspace)
            })
            .collect();
        Ok(Self {
            program,
            threads: config.threads,
            workspaces,
            logits: Vec::new(),
            input: architecture.input,
            classes: output.channels,
        })
    }

    /// Shape of one input image.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// Its workers.
    pub fn threads(&self) -> &Threads {
        &self.threads
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Logits of `images` (`[n, h, w, c]`), `[n, classes]`.
    ///
    /// # Errors
    /// If the slice is not a whole number of images.
    pub fn logits(&mut self, images: &[f32]) -> Result<&[f32], Error> {
        self.run(images)?;
        Ok(&self.logits)
    }

    /// Probabilities of `images`, `[n, classes]`: the softmax of the logits.
    ///
    /// # Errors
    /// As [`Classifier::logits`].
    pub fn probabilities(&mut self, images: &[f32]) -> Result<&[f32], Error> {
        self.run(images)?;
        softmax(&mut self.logits, self.classes);
        Ok(&self.logits)
    }

    fn run(&mut self, images: &[f32]) -> Result<(), Error> {
        let expected = self.input.len();
        if !images.len().is_multiple_of(expected) {
            return Err(Error::Images {
                expected,
                got: images.len(),
            });
        }
        let n = images.len() / expected;
        self.logits.clear();
        self.logits.resize(n * self.classes, 0.0);
        let workers = self.threads.count().get();
        // A few images are shared out evenly, a single one from within.
        let chunk = n.div_ceil(workers).clamp(1, CHUNK);
        let spread = if n == 1 && workers > 1 {
            Spread::Shared
        } else {
            Spread::Alone
        };
        let (program, workspaces, classes) = (&self.program, &self.workspaces, self.classes);
        let logits = &mut self.logits;
        self.threads.run(|| {
            let chunks = logits
                .par_chunks_mut(chunk * classes)
                .zip(images.par_chunks(chunk * expected));
            chunks.for_each(|(logits, images)| {
                let worker = rayon::current_thread_index().unwrap_or(0) % workspaces.len();
                let workspace = &workspaces[worker];
                let mut workspace = workspace.lock().unwrap_or_else(PoisonError::into_inner);
                let n = images.len() / expected;
                program.run(&mut workspace, n, images, None, spread, logits);
            });
        });
        Ok(())
    }
}
