//! What layers have in common in inference.

mod packed;

pub(crate) use packed::PackedWeights;

use std::fmt;

use crate::{
    buffer::Buffer,
    kernels::{
        matmul::{Epilogue, Grid, Output, PANEL, Product},
        winograd::Spread,
    },
};

/// A worker's memory: maps between the steps, and scratch.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    pub(crate) slots: Vec<Buffer>,
    pub(crate) scratch: [Buffer; 2],
}

/// A layer's work in inference; slices hold whole images.
pub(crate) trait Operation: fmt::Debug + Send + Sync {
    /// Values of both scratch buffers.
    fn scratch_len(&self) -> [usize; 2] {
        [0, 0]
    }

    /// `n` images from `x` to `y`.
    fn run(&self, n: usize, x: &[f32], y: &mut [f32], spread: Spread, scratch: &mut [Buffer; 2]);
}

/// What a layer is in inference.
#[derive(Debug)]
pub(crate) enum Inference {
    /// Nothing: its output is its input.
    Same,
    /// Work of its own.
    Operation(Box<dyn Operation>),
    /// The outputs of its inner sequences side by side, channel by channel.
    Concatenate,
    /// Its input plus the output of its inner sequence, scaled.
    Add {
        /// Factor on the inner sequence's output.
        scale: f32,
    },
}

impl Inference {
    /// The work of `operation`.
    pub(crate) fn work(operation: impl Operation + 'static) -> Self {
        Self::Operation(Box::new(operation))
    }
}

/// What follows a layer and is done with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Folded {
    /// Scale and shift of each channel.
    pub(crate) norm: Option<(Vec<f32>, Vec<f32>)>,
    pub(crate) relu: bool,
}

impl Folded {
    /// Kernel and bias of a convolution with what follows worked in.
    pub(crate) fn kernel(
        &self,
        weights: &[f32],
        bias: &[f32],
        outputs: usize,
    ) -> (Vec<f32>, Vec<f32>) {
        let (mut weights, mut bias) = (weights.to_vec(), bias.to_vec());
        bias.resize(outputs, 0.0);
        if let Some((scale, shift)) = &self.norm {
            for row in weights.chunks_exact_mut(outputs) {
                row.iter_mut().zip(scale).for_each(|(w, scale)| *w *= scale);
            }
            for ((bias, scale), shift) in bias.iter_mut().zip(scale).zip(shift) {
                *bias = *bias * scale + shift;
            }
        }
        (weights, bias)
    }
}

/// Rows of `x` times a packed matrix, plus bias, into the rows of `y`.
pub(crate) fn rows(x: &[f32], packed: &[f32], bias: &[f32], relu: bool, y: &mut [f32]) {
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
