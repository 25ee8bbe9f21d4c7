//! Fully connected layer.

use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Definition, Fusion, InferContext, Inner, Site, Step, conv::NaiveLayer};
use crate::{
    Shape,
    buffer::Buffer,
    kernels::{
        elementwise::add_columns,
        linear::{data_gradient_panel, forward_panel, scratch_len, weight_gradient_rows},
        matmul::{PANEL, pack, pack_panel, packed_len},
        winograd::Spread,
    },
    onnx::{Exporter, Value, int},
    pass::{BuildContext, Kernels, Pass, Room, Sequence, TrainLayer},
    program::{Folded, Inference, Operation, rows},
    spec::{
        ArchitectureError, Flow, Layout, ParameterSpec, Role, Sliding, check_size, positive, value,
    },
    weights::WeightsError,
};

/// Outputs that a worker computes at a time where there is one image for all: whole
/// panels.
const SHARE: usize = 8 * PANEL;

/// Fully connected layer with bias. Weights are `[out, in]` in files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linear {
    /// Values in the output.
    pub out_features: usize,
}

impl Definition for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn sliding(&self) -> Option<Sliding> {
        None
    }

    fn output(&self, path: &str, input: &Flow, _: &[Flow]) -> Result<Flow, ArchitectureError> {
        input.expect_fixed_width(path)?;
        if input.shape.positions() != 1 {
            return Err(value(
                path,
                "input",
                "a vector (add a flatten layer)",
                input.shape,
            ));
        }
        positive(path, "out_features", self.out_features)?;
        let extents = [self.out_features, input.shape.channels];
        check_size(path, "weights", &extents)?;
        Ok(input.then(Shape::vector(self.out_features)))
    }

    fn parameters(&self, step: &Step) -> Vec<ParameterSpec> {
        let (out, fan_in) = (self.out_features, step.input.channels);
        let role = Role::Weight {
            fan_in,
            fan_out: out,
        };
        let maps = step.input_maps.clone();
        let layout = Layout::Matrix { out, maps };
        vec![
            step.tensor("weight", role, vec![out, fan_in], layout),
            step.vector("bias", Role::Bias, out),
        ]
    }

    fn multiply_adds(&self, step: &Step) -> usize {
        self.out_features.saturating_mul(step.input.channels)
    }

    fn fusion(&self) -> Fusion {
        Fusion::Linear
    }

    fn train(
        &self,
        site: &Site<'_>,
        _: Vec<Sequence>,
        context: &BuildContext<'_>,
    ) -> Option<Box<dyn TrainLayer>> {
        let (step, parameters) = (site.step, context.parameters);
        if context.kernels == Kernels::Naive {
            let layer = NaiveLayer::new(step, self.out_features, 1, context);
            return Some(Box::new(layer));
        }
        Some(Box::new(LinearLayer::new(
            step.input.channels,
            self.out_features,
            parameters.of(&step.path, "weight"),
            parameters.of(&step.path, "bias"),
            context.max_batch,
        )))
    }

    fn infer(&self, site: &Site<'_>, context: &mut InferContext<'_>, folded: Folded) -> Inference {
        let step = site.step;
        let (inputs, outputs) = (step.input.channels, self.out_features);
        let mut packed = Buffer::zeros(packed_len(inputs, outputs));
        let weights = context.parameters.tensor(&step.path, "weight");
        pack(weights, outputs, inputs, outputs, &mut packed);
        Inference::work(LinearOperation {
            packed,
            bias: context.parameters.tensor(&step.path, "bias").to_vec(),
            relu: folded.relu,
        })
    }

    fn onnx(
        &self,
        step: &Step,
        x: Value,
        exporter: &mut Exporter<'_>,
        _: &mut Inner<'_>,
    ) -> Result<Value, WeightsError> {
        let path = step.path.as_str();
        let x = exporter.vector(&format!("{path}.flatten"), x);
        let weight = exporter.tensor(path, "weight")?;
        let bias = exporter.tensor(path, "bias")?;
        let attributes = vec![int("transB", 1)];
        let name = exporter.node("Gemm", path, &[&x, &weight, &bias], attributes);
        Ok(Value::vector(name))
    }
}

#[derive(Debug)]
struct LinearOperation {
    packed: Buffer,
    bias: Vec<f32>,
    relu: bool,
}

impl Operation for LinearOperation {
    fn run(&self, _: usize, x: &[f32], y: &mut [f32], spread: Spread, _: &mut [Buffer; 2]) {
        let Self { packed, bias, relu } = self;
        match spread {
            Spread::Alone => rows(x, packed, bias, *relu, y),
            // One row: all workers fetch weights.
            Spread::Shared => y
                .par_chunks_mut(SHARE)
                .zip(bias.par_chunks(SHARE))
                .zip(packed.par_chunks(SHARE * x.len()))
                .for_each(|((y, bias), packed)| rows(x, packed, bias, *relu, y)),
        }
    }
}

/// Rows of the weight gradient in one task.
const GRADIENT_ROWS: usize = 48;

pub(super) struct LinearLayer {
    inputs: usize,
    outputs: usize,
    weight: Range<usize>,
    bias: Range<usize>,
    /// Values of the panels of 16 columns, `[n, 16]` each, of the output, of its
    /// gradient and of the input's gradient, one after the other.
    panels: usize,
}

impl LinearLayer {
    pub(super) fn new(
        inputs: usize,
        outputs: usize,
        weight: Range<usize>,
        bias: Range<usize>,
        max_batch: usize,
    ) -> Self {
        Self {
            inputs,
            outputs,
            weight,
            bias,
            panels: packed_len(max_batch, inputs.max(outputs)),
        }
    }
}

/// Copies panels to the rows of `y` (`[n, columns]`).
fn unpack(panels: &[f32], columns: usize, y: &mut [f32]) {
    let n = y.len() / columns;
    for (row, y) in y.chunks_exact_mut(columns).enumerate() {
        for (panel, y) in y.chunks_mut(PANEL).enumerate() {
            y.copy_from_slice(&panels[(panel * n + row) * PANEL..][..y.len()]);
        }
    }
}

impl TrainLayer for LinearLayer {
    fn output_len(&self) -> usize {
        self.outputs
    }

    fn room(&self) -> Room {
        Room {
            scratch: scratch_len(self.inputs, self.outputs),
            workspace: self.panels,
        }
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let (inputs, outputs, scratch) = (self.inputs, self.outputs, pass.scratch);
        let weights = &pass.values[self.weight.clone()];
        let panels = &mut pass.workspace[..packed_len(pass.n, outputs)];
        panels
            .par_chunks_mut(pass.n * PANEL)
            .enumerate()
            .for_each(|(panel, y)| {
                scratch
                    .with(|scratch| forward_panel(x, weights, inputs, outputs, panel, scratch, y));
            });
        unpack(panels, outputs, y);
        let bias = &pass.values[self.bias.clone()];
        for y in y.chunks_exact_mut(outputs) {
            for (y, bias) in y.iter_mut().zip(bias) {
                *y += bias;
            }
        }
    }

    fn backward(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        _: &[f32],
        dy: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        let (n, inputs, outputs, scratch) = (pass.n, self.inputs, self.outputs, pass.scratch);
        let bias = &mut pass.gradients[self.bias.clone()];
        bias.fill(0.0);
        if !bias.is_empty() {
            add_columns(dy, bias);
        }

        let packed_dy = &mut pass.workspace[..packed_len(n, outputs)];
        let panels = packed_dy.par_chunks_mut(n * PANEL).enumerate();
        panels.for_each(|(panel, packed)| pack_panel(dy, outputs, outputs, panel, packed));
        let packed_dy = &*packed_dy;
        let gradient = &mut pass.gradients[self.weight.clone()];
        gradient
            .par_chunks_mut(GRADIENT_ROWS * outputs)
            .enumerate()
            .for_each(|(task, rows)| {
                weight_gradient_rows(x, packed_dy, n, inputs, outputs, task * GRADIENT_ROWS, rows);
            });

        let Some(dx) = dx else { return };
        let weights = &pass.values[self.weight.clone()];
        let dy = &*dy;
        let panels = &mut pass.workspace[..packed_len(n, inputs)];
        panels
            .par_chunks_mut(n * PANEL)
            .enumerate()
            .for_each(|(panel, dx)| {
                scratch.with(|scratch| {
                    data_gradient_panel(dy, weights, inputs, outputs, panel, scratch, dx);
                });
            });
        unpack(panels, inputs, dx);
    }
}
