//! From an architecture and its weights to a list of steps.

use super::fuse::{Nodes, fuse};
use crate::{
    architecture::{Architecture, ArchitectureError},
    buffer::Buffer,
    columns::{Level, Levels, OwnColumns, Place as Map},
    kernels::{elementwise::add_scaled, winograd::Spread},
    layers::{InferContext, Site},
    parameters::Parameters,
    program::{Folded, Inference, Operation, PackedWeights, Workspace},
};

/// Where a step reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The network's input.
    Input,
    /// A slot of the workspace.
    Slot(usize),
}

#[derive(Debug)]
struct Step {
    operation: Box<dyn Operation>,
    from: Place,
    to: usize,
    /// Values of the input for one image.
    input: usize,
    output: Map,
}

/// The steps and the memory that they need.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) levels: Levels,
    pub(crate) output: Map,
    steps: Vec<Step>,
    /// Values for one image in each slot.
    slots: Vec<usize>,
    /// Where the logits are at the end.
    result: Place,
}

impl Program {
    /// Compiles `architecture` with the numbers of `parameters`.
    pub(crate) fn new(
        architecture: &Architecture,
        parameters: &Parameters,
        packed: &mut PackedWeights,
    ) -> Result<Self, ArchitectureError> {
        let steps = architecture.steps()?;
        let plan = fuse(architecture, &steps);
        let mut compiler = Compiler {
            context: InferContext { parameters, packed },
            steps: Vec::new(),
            slots: Vec::new(),
            free: Vec::new(),
        };
        let input = Value {
            place: Place::Input,
            map: Map {
                shape: architecture.input,
                level: Level::default(),
            },
        };
        let result = compiler.sequence(&plan.sequence, input, Keep::Yes);
        Ok(Self {
            levels: plan.levels,
            output: result.map,
            steps: compiler.steps,
            slots: compiler.slots,
            result: result.place,
        })
    }

    /// Makes memory for `images` images.
    pub(crate) fn make_room(&self, images: usize, workspace: &mut Workspace) {
        let grow = |buffer: &mut Buffer, len: usize| {
            if buffer.len() < len {
                *buffer = Buffer::zeros(len);
            }
        };
        let Workspace { slots, scratch } = workspace;
        if slots.len() < self.slots.len() {
            slots.resize(self.slots.len(), Buffer::default());
        }
        for (slot, len) in slots.iter_mut().zip(&self.slots) {
            grow(slot, images * len);
        }
        for step in &self.steps {
            for (scratch, len) in scratch.iter_mut().zip(step.operation.scratch_len()) {
                grow(scratch, len);
            }
        }
    }

    /// Takes `n` images through all steps; with `columns`, only those count that are the
    /// images' own.
    pub(crate) fn run(
        &self,
        workspace: &mut Workspace,
        n: usize,
        images: &[f32],
        columns: Option<OwnColumns<'_>>,
        spread: Spread,
        logits: &mut [f32],
    ) {
        let Workspace { slots, scratch } = workspace;
        for step in &self.steps {
            // Out of the list while it is written, so that others can be read.
            let mut to = std::mem::take(&mut slots[step.to]);
            let [input, output] = [step.input, step.output.shape.len()].map(|len| n * len);
            let y = &mut to[..output];
            let x = match step.from {
                Place::Input => images,
                Place::Slot(from) => &slots[from][..input],
            };
            step.operation.run(n, x, y, spread, scratch);
            if let Some(columns) = columns {
                columns.mask(step.output, y);
            }
            slots[step.to] = to;
        }
        match self.result {
            Place::Input => logits.copy_from_slice(images),
            Place::Slot(slot) => logits.copy_from_slice(&slots[slot][..logits.len()]),
        }
    }
}

/// A map of the network while it is compiled.
#[derive(Clone, Copy)]
struct Value {
    place: Place,
    map: Map,
}

/// Whether a value is needed after the layer that reads it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Yes,
    No,
}

struct Compiler<'a> {
    context: InferContext<'a>,
    steps: Vec<Step>,
    slots: Vec<usize>,
    /// Slots that hold nothing any more.
    free: Vec<usize>,
}

impl Compiler<'_> {
    fn sequence(&mut self, sequence: &Nodes<'_>, input: Value, keep: Keep) -> Value {
        let mut value = input;
        let mut keep = keep;
        for node in &sequence.nodes {
            let folded = Folded {
                norm: node.norm.as_ref().and_then(|norm| {
                    let definition = &norm.step.definition;
                    definition.affine(norm.step, self.context.parameters)
                }),
                relu: node.relu.is_some(),
            };
            let pool = node.pool.as_ref();
            let output = self.layer(&node.main, &node.inner, folded, value);
            self.done_with(&mut value, output, &mut keep);
            if let Some(pool) = pool {
                let output = self.layer(pool, &[], Folded::default(), value);
                self.done_with(&mut value, output, &mut keep);
            }
        }
        value
    }

    /// Goes on from `value` to `output`.
    fn done_with(&mut self, value: &mut Value, output: Value, keep: &mut Keep) {
        if output.place != value.place {
            if *keep == Keep::No {
                self.release(*value);
            }
            *keep = Keep::No;
        }
        *value = output;
    }

    fn layer(
        &mut self,
        site: &Site<'_>,
        inner: &[Nodes<'_>],
        folded: Folded,
        from: Value,
    ) -> Value {
        let definition = &site.step.definition;
        match definition.infer(site, &mut self.context, folded) {
            Inference::Same => Value {
                map: site.output,
                ..from
            },
            Inference::Operation(operation) => {
                let to = self.take(site.output);
                self.push(operation, from, to);
                to
            }
            Inference::Concatenate => self.concatenate(site, inner, from),
            Inference::Add { scale } => self.add(scale, inner, from),
        }
    }

    fn concatenate(&mut self, site: &Site<'_>, branches: &[Nodes<'_>], from: Value) -> Value {
        let to = self.take(site.output);
        let total = site.output.shape.channels;
        let mut first = 0;
        for branch in branches {
            let value = self.sequence(branch, from, Keep::Yes);
            let channels = value.map.shape.len() / site.output.shape.positions();
            let operation = Concatenate {
                channels,
                total,
                first,
            };
            first += channels;
            self.push(Box::new(operation), value, to);
            if value.place != from.place {
                self.release(value);
            }
        }
        to
    }

    fn add(&mut self, scale: f32, inner: &[Nodes<'_>], from: Value) -> Value {
        let value = inner
            .first()
            .map_or(from, |body| self.sequence(body, from, Keep::Yes));
        let to = self.take(from.map);
        self.push(Box::new(Copy), from, to);
        self.push(Box::new(Add { scale }), value, to);
        if value.place != from.place {
            self.release(value);
        }
        to
    }

    fn push(&mut self, operation: Box<dyn Operation>, from: Value, to: Value) {
        let Place::Slot(slot) = to.place else { return };
        self.steps.push(Step {
            operation,
            from: from.place,
            to: slot,
            input: from.map.shape.len(),
            output: to.map,
        });
    }

    /// A slot for a map.
    fn take(&mut self, map: Map) -> Value {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(0);
            self.slots.len() - 1
        });
        self.slots[slot] = self.slots[slot].max(map.shape.len());
        Value {
            place: Place::Slot(slot),
            map,
        }
    }

    fn release(&mut self, value: Value) {
        if let Place::Slot(slot) = value.place {
            self.free.push(slot);
        }
    }
}

/// Writes its input's channels into the output's from `first`.
#[derive(Debug)]
struct Concatenate {
    channels: usize,
    total: usize,
    first: usize,
}

impl Operation for Concatenate {
    fn run(&self, _: usize, x: &[f32], y: &mut [f32], _: Spread, _: &mut [Buffer; 2]) {
        let rows = x.chunks_exact(self.channels);
        for (x, y) in rows.zip(y.chunks_exact_mut(self.total)) {
            y[self.first..self.first + self.channels].copy_from_slice(x);
        }
    }
}

/// Adds its input, scaled, to the output.
#[derive(Debug)]
struct Add {
    scale: f32,
}

impl Operation for Add {
    fn run(&self, _: usize, x: &[f32], y: &mut [f32], _: Spread, _: &mut [Buffer; 2]) {
        add_scaled(self.scale, x, y);
    }
}

#[derive(Debug)]
struct Copy;

impl Operation for Copy {
    fn run(&self, _: usize, x: &[f32], y: &mut [f32], _: Spread, _: &mut [Buffer; 2]) {
        y.copy_from_slice(x);
    }
}
