//! What the inference plan does, step by step.

use std::sync::Arc;

use rayon::prelude::*;

use crate::{
    Shape,
    architecture::{Activation, Lrn},
    buffer::Buffer,
    kernels::{
        conv::ConvPlan,
        deformable::DeformablePlan,
        elementwise::{activate, add_scaled},
        lrn,
        matmul::{Epilogue, Grid, Output, PANEL, Product},
        norm::{Affine, affine},
        pool::PoolPlan,
        winograd::{self, Kernel, Spread},
    },
};

/// Outputs of a fully connected layer that a worker computes at a time where there is
/// one image for all: whole panels.
const SHARE: usize = 8 * PANEL;

/// A worker's memory: maps between the steps, and scratch.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    pub(super) slots: Vec<Buffer>,
    pub(super) scratch: [Buffer; 2],
}

/// One step; slices hold whole images.
#[derive(Debug)]
pub(super) enum Operation {
    Conv {
        plan: ConvPlan,
        input: Shape,
        packed: Arc<Buffer>,
        bias: Vec<f32>,
        relu: bool,
    },
    Winograd {
        plan: winograd::WinogradPlan,
        input: Shape,
        weights: Arc<Buffer>,
        bias: Vec<f32>,
        relu: bool,
    },
    Deformable {
        plan: DeformablePlan,
        /// The convolution that says where to read.
        offset: Box<Operation>,
        packed: Buffer,
        bias: Vec<f32>,
        relu: bool,
    },
    Linear {
        packed: Buffer,
        bias: Vec<f32>,
        relu: bool,
    },
    Affine {
        scale: Vec<f32>,
        shift: Vec<f32>,
        relu: bool,
    },
    Activation(Activation),
    Lrn {
        lrn: Lrn,
        channels: usize,
    },
    Pool(PoolPlan),
    /// Writes its input's channels into the output's from `first`.
    Concatenate {
        channels: usize,
        total: usize,
        first: usize,
    },
    /// Adds its input, scaled, to the output.
    Add {
        scale: f32,
    },
    Copy,
}

impl Operation {
    /// Values of both scratch buffers.
    pub(super) fn scratch_len(&self) -> [usize; 2] {
        match self {
            Self::Conv { plan, .. } => [plan.padded_len(), 0],
            Self::Winograd { plan, .. } => {
                [plan.transformed_input_len(), plan.transformed_output_len()]
            }
            Self::Deformable { plan, offset, .. } => [
                offset.scratch_len()[0],
                plan.offsets_len() + plan.columns_len(),
            ],
            Self::Lrn { channels, .. } => [*channels, 0],
            _ => [0, 0],
        }
    }

    /// `n` images from `x` to `y`.
    pub(super) fn run(
        &self,
        n: usize,
        x: &[f32],
        y: &mut [f32],
        spread: Spread,
        scratch: &mut [Buffer; 2],
    ) {
        let [first, second] = scratch;
        match self {
            Self::Conv {
                plan,
                input,
                packed,
                bias,
                relu,
            } => {
                let epilogue = Epilogue::Bias { bias, relu: *relu };
                let len = y.len() / n;
                for (x, y) in x.chunks_exact(input.len()).zip(y.chunks_exact_mut(len)) {
                    match plan.padded_len() {
                        0 => plan.run(x, packed, epilogue, y),
                        len => {
                            let padded = &mut first[..len];
                            plan.pad(x, padded);
                            plan.run(padded, packed, epilogue, y);
                        }
                    }
                }
            }
            Self::Winograd {
                plan,
                input,
                weights,
                bias,
                relu,
            } => {
                let kernel = Kernel {
                    weights,
                    epilogue: Epilogue::Bias { bias, relu: *relu },
                    spread,
                };
                let len = y.len() / n;
                let groups = x.chunks(plan.group() * input.len());
                for (x, y) in groups.zip(y.chunks_mut(plan.group() * len)) {
                    plan.transform_input(x, spread, first);
                    plan.forward(first, kernel, second, y);
                }
            }
            Self::Deformable {
                plan,
                offset,
                packed,
                bias,
                relu,
            } => {
                let len = y.len() / n;
                let images = x.chunks_exact(plan.input.len());
                for (x, y) in images.zip(y.chunks_exact_mut(len)) {
                    let (offsets, columns) = second.split_at_mut(plan.offsets_len());
                    let mut padded = [std::mem::take(first), Buffer::zeros(0)];
                    offset.run(1, x, offsets, spread, &mut padded);
                    [*first, _] = padded;
                    let columns = &mut columns[..plan.columns_len()];
                    plan.sample(x, offsets, columns);
                    rows(columns, packed, bias, *relu, y);
                }
            }
            Self::Linear { packed, bias, relu } if spread == Spread::Shared => {
                // One row: all workers fetch weights.
                y.par_chunks_mut(SHARE)
                    .zip(bias.par_chunks(SHARE))
                    .zip(packed.par_chunks(SHARE * x.len()))
                    .for_each(|((y, bias), packed)| rows(x, packed, bias, *relu, y));
            }
            Self::Linear { packed, bias, relu } => rows(x, packed, bias, *relu, y),
            Self::Affine { scale, shift, relu } => {
                let relu = *relu;
                affine(x, Affine { scale, shift, relu }, y);
            }
            Self::Activation(function) => activate(*function, x, y),
            Self::Lrn { lrn, channels } => lrn::forward(lrn, *channels, x, y, first),
            Self::Pool(plan) => {
                let (input, output) = (plan.input.len(), plan.output().len());
                for (x, y) in x.chunks_exact(input).zip(y.chunks_exact_mut(output)) {
                    plan.forward(x, y);
                }
            }
            Self::Concatenate {
                channels,
                total,
                first,
            } => {
                for (x, y) in x.chunks_exact(*channels).zip(y.chunks_exact_mut(*total)) {
                    y[*first..first + channels].copy_from_slice(x);
                }
            }
            Self::Add { scale } => add_scaled(*scale, x, y),
            Self::Copy => y.copy_from_slice(x),
        }
    }
}

/// Rows of `x` times the packed matrix, plus bias, into the rows of `y`.
fn rows(x: &[f32], packed: &[f32], bias: &[f32], relu: bool, y: &mut [f32]) {
    let rows = y.len() / bias.len();
    let inputs = x.len() / rows;
    Product {
        a: x,
        grid: Grid::rows(inputs),
        runs: &[0],
        run: inputs,
        rows,
        b: packed,
        panel: inputs * PANEL,
    }
    .write(Output {
        data: y,
        stride: bias.len(),
        columns: bias.len(),
        epilogue: Epilogue::Bias { bias, relu },
    });
}
