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
        let (inputs, outputs) = (self.inputs, self.outputs());
        let panels = self.data.par_chunks_mut(POINTS * inputs * PANEL);
        panels.enumerate().for_each(|(panel, data)| {
            Arch::new().dispatch(TransformKernel {
                kernel: &kernel[panel * PANEL..],
                inputs,
                outputs,
                data,
            });
        });
    }

    /// The transpose of `forward` at every point: what takes a gradient from
    /// the outputs back to the inputs.
    pub(crate) fn set_transposed(&mut self, forward: &Self) {
        let (inputs, step) = (self.inputs, forward.panel());
        let panels = self.data.par_chunks_mut(POINTS * inputs * PANEL);
        panels.enumerate().for_each(|(panel, data)| {
            let (blocks, _) = data.as_chunks_mut::<{ PANEL * PANEL }>();
            let across = inputs / PANEL;
            for (index, block) in blocks.iter_mut().enumerate() {
                let (point, other) = (index / across, index % across);
                let row = point * forward.inputs + panel * PANEL;
                let source = &forward.data[other * step + row * PANEL..];
                let (rows, _) = source.as_chunks::<PANEL>();
                for (i, values) in rows.iter().take(PANEL).enumerate() {
                    for (o, value) in values.iter().enumerate() {
                        block[o * PANEL + i] = *value;
                    }
                }
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

/// `G g Gᵀ` for a panel of output channels.
struct TransformKernel<'a> {
    /// `[3, 3, in, out]` from the panel's first output on.
    kernel: &'a [f32],
    inputs: usize,
    outputs: usize,
    data: &'a mut [f32],
}

impl WithSimd for TransformKernel<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            kernel,
            inputs,
            outputs,
            data,
        } = self;
        let tap = inputs * outputs;
        for i in 0..inputs {
            for c in (0..PANEL).step_by(S::F32_LANES) {
                let at = i * outputs + c;
                // `half[y][x]`: the points of column x.
                let mut half = [[simd.splat_f32s(0.0); 3]; 6];
                for x in 0..3 {
                    let column = [
                        get(simd, kernel, x * tap + at),
                        get(simd, kernel, (3 + x) * tap + at),
                        get(simd, kernel, (6 + x) * tap + at),
                    ];
                    for (half, factors) in half.iter_mut().zip(G) {
                        half[x] = combine(simd, factors, column);
                    }
                }
                for (y, half) in half.into_iter().enumerate() {
                    for (x, factors) in G.into_iter().enumerate() {
                        let at = ((y * 6 + x) * inputs + i) * PANEL;
                        put(simd, data, at + c, combine(simd, factors, half));
                    }
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
