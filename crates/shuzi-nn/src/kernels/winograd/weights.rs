//! The kernel at the 36 points, packed for the products.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::{
    super::matmul::PANEL,
    get, put,
    transforms::{G, POINTS},
};
use crate::buffer::Buffer;

/// A transformed kernel: `[panel of outputs][point][in][16]`.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    inputs: usize,
    data: Buffer,
}

impl Weights {
    /// Room for a kernel of so many channels; outputs fill whole panels.
    pub(crate) fn new(inputs: usize, outputs: usize) -> Self {
        let len = POINTS * inputs * outputs;
        Self {
            inputs,
            data: Buffer::zeros(len),
        }
    }

    /// Transforms a kernel `[3, 3, in, out]`.
    pub(crate) fn set(&mut self, kernel: &[f32]) {
        let outputs = self.outputs();
        self.fill(kernel, self.inputs * outputs, outputs, 1);
    }

    /// Transforms the transpose of a kernel `[3, 3, out, in]`.
    pub(crate) fn set_transposed(&mut self, kernel: &[f32]) {
        self.fill(kernel, self.inputs * self.outputs(), 1, self.inputs);
    }

    /// Value `(tap, i, o)` of the kernel lies at
    /// `tap · tap_stride + i · in_stride + o · out_stride`.
    fn fill(&mut self, kernel: &[f32], tap_stride: usize, in_stride: usize, out_stride: usize) {
        let inputs = self.inputs;
        let panels = self.data.par_chunks_mut(POINTS * inputs * PANEL);
        panels.enumerate().for_each(|(panel, data)| {
            let first = panel * PANEL;
            for i in 0..inputs {
                let mut taps = [[0.0; PANEL]; 9];
                for (tap, values) in taps.iter_mut().enumerate() {
                    let at = tap * tap_stride + i * in_stride + first * out_stride;
                    let source = kernel[at..].iter().step_by(out_stride);
                    for (value, source) in values.iter_mut().zip(source) {
                        *value = *source;
                    }
                }
                Arch::new().dispatch(TransformKernel {
                    taps: &taps,
                    row: i,
                    inputs,
                    data,
                });
            }
        });
    }

    fn outputs(&self) -> usize {
        self.data.len() / (POINTS * self.inputs)
    }

    /// The panels of one point, [`Weights::panel`] values apart.
    pub(super) fn point(&self, point: usize) -> &[f32] {
        &self.data[point * self.inputs * PANEL..]
    }

    /// Distance from one panel to the next.
    pub(super) fn panel(&self) -> usize {
        POINTS * self.inputs * PANEL
    }
}

/// `G g Gᵀ` for one input channel and a panel of output channels.
struct TransformKernel<'a> {
    taps: &'a [[f32; PANEL]; 9],
    row: usize,
    inputs: usize,
    data: &'a mut [f32],
}

impl WithSimd for TransformKernel<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for c in (0..PANEL).step_by(S::F32_LANES) {
            // `half[y][x]`: the points of column x.
            let mut half = [[simd.splat_f32s(0.0); 3]; 6];
            for (half, factors) in half.iter_mut().zip(G) {
                for (x, half) in half.iter_mut().enumerate() {
                    let column = [
                        get(simd, &self.taps[x], c),
                        get(simd, &self.taps[3 + x], c),
                        get(simd, &self.taps[6 + x], c),
                    ];
                    *half = combine(simd, factors, column);
                }
            }
            for (y, half) in half.into_iter().enumerate() {
                for (x, factors) in G.into_iter().enumerate() {
                    let at = ((y * 6 + x) * self.inputs + self.row) * PANEL;
                    put(simd, self.data, at + c, combine(simd, factors, half));
                }
            }
        }
    }
}

/// `Σ factors · values`.
#[inline(always)]
fn combine<S: Simd>(simd: S, factors: [f32; 3], values: [S::f32s; 3]) -> S::f32s {
    let mut sum = simd.splat_f32s(0.0);
    for (factor, value) in factors.into_iter().zip(values) {
        sum = simd.mul_add_e_f32s(simd.splat_f32s(factor), value, sum);
    }
    sum
}
