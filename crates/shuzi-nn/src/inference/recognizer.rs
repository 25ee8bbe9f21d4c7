//! A network for lines of any width made ready to read.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::ClassifierConfig;
use crate::{
    architecture::Architecture,
    columns::Columns,
    error::Error,
    exec::Program,
    kernels::winograd::Spread,
    lines::{Frames, Lines},
    parameters::Parameters,
    program::{PackedWeights, Workspace},
    shape::Shape,
    threads::Threads,
    weights::Weights,
};

/// The inference plan of a network of dynamic width with its weights: from images of
/// lines to the logits of every frame.
///
/// Each width is planned for once; calls with a width and as many images as seen before
/// allocate nothing.
#[derive(Debug)]
pub struct Recognizer {
    architecture: Architecture,
    parameters: Parameters,
    packed: PackedWeights,
    /// One for each width seen.
    plans: Vec<Plan>,
    threads: Threads,
    workspaces: Vec<Mutex<Workspace>>,
    logits: Vec<f32>,
    classes: usize,
}

#[derive(Debug)]
struct Plan {
    width: usize,
    program: Program,
    columns: Columns,
    /// Images that `columns` has room for.
    images: usize,
}

impl Recognizer {
    /// Compiles `architecture` with `weights`.
    ///
    /// # Errors
    /// If the architecture is unsound, its width is fixed or it ends in no row of
    /// classes, or the weights belong to another.
    pub fn new(
        architecture: &Architecture,
        weights: &Weights,
        config: ClassifierConfig,
    ) -> Result<Self, Error> {
        let output = architecture.classes()?;
        if architecture.width.is_fixed() {
            return Err(Error::FixedWidth {
                expected: architecture.input.width,
            });
        }
        let workers = config.threads.count().get();
        Ok(Self {
            architecture: architecture.clone(),
            parameters: Parameters::from_weights(architecture.parameters()?, weights)?,
            packed: PackedWeights::default(),
            plans: Vec::new(),
            threads: config.threads,
            workspaces: (0..workers).map(|_| Mutex::default()).collect(),
            logits: Vec::new(),
            classes: output.channels,
        })
    }

    /// Shape of one input image, of any width but this.
    pub fn input(&self) -> Shape {
        self.architecture.input
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Logits of `lines`.
    ///
    /// # Errors
    /// If the slice is not as many whole images as there are own columns, or an image has
    /// no columns or values past its own.
    pub fn logits(&mut self, lines: Lines<'_>) -> Result<Frames<'_>, Error> {
        let input = Shape {
            width: lines.width,
            ..self.architecture.input
        };
        lines.check(input)?;
        let n = lines.own.len();
        let index = self.plan(lines.width, n)?;
        let Self {
            plans,
            threads,
            workspaces,
            logits,
            ..
        } = self;
        let Plan {
            program, columns, ..
        } = &mut plans[index];
        columns.set(&program.levels, lines.own);
        let (program, columns) = (&*program, &*columns);
        let output = program.output;
        let len = output.shape.len();
        logits.clear();
        logits.resize(n * len, 0.0);
        let spread = if n == 1 && workspaces.len() > 1 {
            Spread::Shared
        } else {
            Spread::Alone
        };
        threads.run(|| {
            logits
                .par_chunks_mut(len)
                .zip(lines.images.par_chunks(input.len()))
                .enumerate()
                .with_max_len(1)
                .for_each(|(image, (logits, map))| {
                    let worker = rayon::current_thread_index().unwrap_or(0) % workspaces.len();
                    let workspace = &workspaces[worker];
                    let mut workspace = workspace.lock().unwrap_or_else(PoisonError::into_inner);
                    let own = columns.of(image..image + 1);
                    program.run(&mut workspace, 1, map, Some(own), spread, logits);
                });
        });
        Ok(Frames {
            logits,
            frames: output.shape.width,
            own: columns.all().at(output.level),
        })
    }

    /// The place of the plan for `images` lines of `width`, which is made if need be.
    fn plan(&mut self, width: usize, images: usize) -> Result<usize, Error> {
        let known = self.plans.iter().position(|plan| plan.width == width);
        let index = match known {
            Some(index) => index,
            None => {
                let architecture = self.architecture.at_width(width);
                architecture.classes()?;
                let program = Program::new(&architecture, &self.parameters, &mut self.packed)?;
                for workspace in &mut self.workspaces {
                    let workspace = workspace.get_mut().unwrap_or_else(PoisonError::into_inner);
                    program.make_room(1, workspace);
                }
                self.plans.push(Plan {
                    width,
                    columns: Columns::new(&program.levels, images),
                    program,
                    images,
                });
                self.plans.len() - 1
            }
        };
        let plan = &mut self.plans[index];
        if plan.images < images {
            plan.columns = Columns::new(&plan.program.levels, images);
            plan.images = images;
        }
        Ok(index)
    }
}
