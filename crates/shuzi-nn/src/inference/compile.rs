//! From an architecture and its weights to a list of steps.

use super::{
    operation::{Operation, Workspace},
    packed::PackedWeights,
};
use crate::{
    Architecture, ArchitectureError, Layer, LayerKind,
    architecture::{Activation, BatchNorm, Conv, Step as Inferred},
    buffer::Buffer,
    columns::{Level, Levels, OwnColumns, Place as Map},
    kernels::{
        conv::ConvPlan,
        deformable::DeformablePlan,
        matmul::{pack, packed_len},
        pool::PoolPlan,
        winograd::{Spread, WinogradPlan},
    },
    parameters::Parameters,
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
    operation: Operation,
    from: Place,
    to: usize,
    /// Values of the input for one image.
    input: usize,
    output: Map,
}

/// The steps and the memory that they need.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) levels: Levels,
    pub(super) output: Map,
    steps: Vec<Step>,
    /// Values for one image in each slot.
    slots: Vec<usize>,
    /// Where the logits are at the end.
    result: Place,
}

impl Program {
    /// Compiles `architecture` with the numbers of `parameters`.
    pub(super) fn new(
        architecture: &Architecture,
        parameters: &Parameters,
        packed: &mut PackedWeights,
    ) -> Result<Self, ArchitectureError> {
        let inferred = architecture.steps()?;
        let mut compiler = Compiler {
            parameters,
            packed,
            levels: Levels::new(architecture.input.width),
            inferred: inferred.iter(),
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
        let result = compiler.sequence(&architecture.layers, input, Keep::Yes)?;
        Ok(Self {
            levels: compiler.levels,
            output: result.map,
            steps: compiler.steps,
            slots: compiler.slots,
            result: result.place,
        })
    }

    /// Makes memory for `images` images.
    pub(super) fn make_room(&self, images: usize, workspace: &mut Workspace) {
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
    pub(super) fn run(
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

struct Compiler<'a, 's> {
    parameters: &'a Parameters,
    packed: &'a mut PackedWeights,
    levels: Levels,
    inferred: std::slice::Iter<'s, Inferred<'s>>,
    steps: Vec<Step>,
    slots: Vec<usize>,
    /// Slots that hold nothing any more.
    free: Vec<usize>,
}

impl Compiler<'_, '_> {
    fn sequence(
        &mut self,
        layers: &[Layer],
        input: Value,
        keep: Keep,
    ) -> Result<Value, ArchitectureError> {
        let mut value = input;
        let mut keep = keep;
        let mut layers = layers.iter().peekable();
        while let Some(layer) = layers.next() {
            let Some(step) = self.inferred.next() else {
                break;
            };
            // What follows and can be done on the way.
            let mut norm = None;
            let convolves = matches!(
                layer.kind,
                LayerKind::Conv(_) | LayerKind::DeformableConv(_)
            );
            if convolves
                && let Some(Layer {
                    kind: LayerKind::BatchNorm(batch_norm),
                    ..
                }) = layers.peek()
            {
                norm = self
                    .inferred
                    .next()
                    .map(|step| self.affine(batch_norm, &step.path));
                layers.next();
            }
            let fuses =
                convolves || matches!(layer.kind, LayerKind::BatchNorm(_) | LayerKind::Linear(_));
            let relu = layers
                .next_if(|next| {
                    let relu = LayerKind::Activation {
                        function: Activation::Relu,
                    };
                    fuses && next.kind == relu
                })
                .is_some();
            if relu {
                self.inferred.next();
            }
            let output = self.layer(&layer.kind, step, value, &Fused { norm, relu })?;
            if output.place != value.place {
                if keep == Keep::No {
                    self.release(value);
                }
                keep = Keep::No;
            }
            value = output;
        }
        Ok(value)
    }

    fn layer(
        &mut self,
        kind: &LayerKind,
        step: &Inferred<'_>,
        from: Value,
        fused: &Fused,
    ) -> Result<Value, ArchitectureError> {
        let operation = match kind {
            LayerKind::Dropout { .. } => return Ok(from),
            LayerKind::Flatten => {
                let map = self.after(from, step);
                return Ok(Value { map, ..from });
            }
            LayerKind::Parallel { branches } => return self.parallel(branches, step, from),
            LayerKind::Residual { body, scale } => return self.residual(body, *scale, from),
            LayerKind::Conv(conv) => self.conv(conv, step, fused),
            LayerKind::DeformableConv(conv) => self.deformable(conv, step, fused),
            LayerKind::Linear(linear) => {
                let (inputs, outputs) = (step.input.channels, linear.out_features);
                let mut packed = Buffer::zeros(packed_len(inputs, outputs));
                let weights = self.parameters.tensor(&step.path, "weight");
                pack(weights, outputs, inputs, outputs, &mut packed);
                Operation::Linear {
                    packed,
                    bias: self.parameters.tensor(&step.path, "bias").to_vec(),
                    relu: fused.relu,
                }
            }
            LayerKind::BatchNorm(norm) => {
                let (scale, shift) = self.affine(norm, &step.path);
                Operation::Affine {
                    scale,
                    shift,
                    relu: fused.relu,
                }
            }
            LayerKind::Activation { function } => Operation::Activation(*function),
            LayerKind::Lrn(lrn) => Operation::Lrn {
                lrn: lrn.clone(),
                channels: step.input.channels,
            },
            LayerKind::Pool(pool) => Operation::Pool(PoolPlan {
                input: step.input,
                window: step.window(),
                mode: pool.mode,
            }),
        };
        let map = self.after(from, step);
        let to = self.take(map);
        self.push(operation, from, to);
        Ok(to)
    }

    /// The map that `step` makes.
    fn after(&mut self, from: Value, step: &Inferred<'_>) -> Map {
        Map {
            shape: step.output,
            level: self.levels.after(from.map.level, step),
        }
    }

    fn conv(&mut self, conv: &Conv, step: &Inferred<'_>, fused: &Fused) -> Operation {
        let (input, outputs) = (step.input, conv.out_channels);
        let (weights, bias) = self.folded(step, outputs, fused);
        let relu = fused.relu;
        let window = step.window();
        if let Some(plan) = WinogradPlan::new(input, outputs, &window, conv.groups) {
            let transformed = self.packed.winograd(&step.path, &plan, &weights);
            return Operation::Winograd {
                plan,
                input,
                weights: transformed,
                bias,
                relu,
            };
        }
        let plan = ConvPlan::forward(input, outputs, &window, conv.groups);
        Operation::Conv {
            packed: self.packed.conv(&step.path, &plan, &weights),
            plan,
            input,
            bias,
            relu,
        }
    }

    fn deformable(&mut self, conv: &Conv, step: &Inferred<'_>, fused: &Fused) -> Operation {
        let (input, outputs) = (step.input, conv.out_channels);
        let (weights, bias) = self.folded(step, outputs, fused);
        let window = step.window();
        let plan = DeformablePlan { input, window };
        let offset = ConvPlan::forward(input, 2 * plan.taps(), &window, 1);
        let offset_weights = self.parameters.tensor(&step.path, "offset.weight");
        let offset_path = format!("{}.offset", step.path);
        let offset_packed = self.packed.conv(&offset_path, &offset, offset_weights);
        let inputs = plan.taps() * input.channels;
        let mut packed = Buffer::zeros(packed_len(inputs, outputs));
        pack(&weights, outputs, inputs, outputs, &mut packed);
        Operation::Deformable {
            plan,
            offset: Box::new(Operation::Conv {
                plan: offset,
                input,
                packed: offset_packed,
                bias: self.parameters.tensor(&step.path, "offset.bias").to_vec(),
                relu: false,
            }),
            packed,
            bias,
            relu: fused.relu,
        }
    }

    /// Kernel and bias of a convolution with what follows folded in.
    fn folded(&self, step: &Inferred<'_>, outputs: usize, fused: &Fused) -> (Vec<f32>, Vec<f32>) {
        let mut weights = self.parameters.tensor(&step.path, "weight").to_vec();
        let mut bias = self.parameters.tensor(&step.path, "bias").to_vec();
        bias.resize(outputs, 0.0);
        if let Some((scale, shift)) = &fused.norm {
            for row in weights.chunks_exact_mut(outputs) {
                row.iter_mut().zip(scale).for_each(|(w, scale)| *w *= scale);
            }
            for ((bias, scale), shift) in bias.iter_mut().zip(scale).zip(shift) {
                *bias = *bias * scale + shift;
            }
        }
        (weights, bias)
    }

    /// Batch normalisation with running statistics as scale and shift.
    fn affine(&self, norm: &BatchNorm, path: &str) -> (Vec<f32>, Vec<f32>) {
        let tensor = |suffix| self.parameters.tensor(path, suffix);
        let scale: Vec<f32> = tensor("weight")
            .iter()
            .zip(tensor("running_var"))
            .map(|(gamma, variance)| gamma / (variance + norm.epsilon).sqrt())
            .collect();
        let shift = tensor("bias")
            .iter()
            .zip(tensor("running_mean"))
            .zip(&scale)
            .map(|((beta, mean), scale)| beta - mean * scale)
            .collect();
        (scale, shift)
    }

    fn parallel(
        &mut self,
        branches: &[Vec<Layer>],
        step: &Inferred<'_>,
        from: Value,
    ) -> Result<Value, ArchitectureError> {
        let map = self.after(from, step);
        let mut to = self.take(map);
        let mut first = 0;
        for branch in branches {
            let value = self.sequence(branch, from, Keep::Yes)?;
            to.map.level = value.map.level;
            let channels = value.map.shape.len() / step.output.positions();
            let operation = Operation::Concatenate {
                channels,
                total: step.output.channels,
                first,
            };
            first += channels;
            self.push(operation, value, to);
            if value.place != from.place {
                self.release(value);
            }
        }
        Ok(to)
    }

    fn residual(
        &mut self,
        body: &[Layer],
        scale: f32,
        from: Value,
    ) -> Result<Value, ArchitectureError> {
        let value = self.sequence(body, from, Keep::Yes)?;
        let to = self.take(from.map);
        self.push(Operation::Copy, from, to);
        self.push(Operation::Add { scale }, value, to);
        if value.place != from.place {
            self.release(value);
        }
        Ok(to)
    }

    fn push(&mut self, operation: Operation, from: Value, to: Value) {
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

/// Layers that a convolution or linear layer takes along.
struct Fused {
    /// Scale and shift of a batch normalisation.
    norm: Option<(Vec<f32>, Vec<f32>)>,
    relu: bool,
}
