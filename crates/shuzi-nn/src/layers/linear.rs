//! Fully connected layer.

use std::ops::Range;

use rayon::prelude::*;

use super::{Pass, Room, TrainLayer};
use crate::kernels::{
    elementwise::add_columns,
    linear::{data_gradient_panel, forward_panel, scratch_len, weight_gradient_rows},
    matmul::{PANEL, pack_panel, packed_len},
};

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
