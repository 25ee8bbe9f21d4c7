//! The kernel at the 36 points, packed for the products.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::{
    super::matmul::PANEL,
    get, put,
    transforms::{IN, POINTS, Taps, Tile},
};
use crate::buffer::Buffer;

/// Taps of the largest kernel.
const MOST_TAPS: usize = 25;

/// A transformed kernel: `[panel of outputs][point][in][16]`. Points that no tile
/// has are left out of all work; their place stays zero.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    /// Taps along an axis: 3 or 5.
    taps: usize,
    used: [bool; POINTS],
    inputs: usize,
    data: Buffer,
}

impl Weights {
    /// Room for a kernel of so many channels; outputs fill whole panels.
    pub(super) fn new(taps: usize, used: [bool; POINTS], inputs: usize, outputs: usize) -> Self {
        Self {
            taps,
            used,
            inputs,
            data: Buffer::zeros(POINTS * inputs * outputs),
        }
    }

    /// Transforms a kernel `[taps, taps, in, out]`.
    pub(crate) fn set(&mut self, kernel: &[f32]) {
        let Self {
            taps, used, inputs, ..
        } = *self;
        let outputs = self.outputs();
        let panels = self.data.par_chunks_mut(POINTS * inputs * PANEL);
        panels.enumerate().for_each(|(panel, data)| {
            Arch::new().dispatch(TransformRows {
                kernel: &kernel[panel * PANEL..],
                taps,
                tap: inputs * outputs,
                row: outputs,
                rows: inputs,
                used: &used,
                inputs,
                data,
            });
        });
    }

    /// Transforms a kernel `[taps, taps, out, in]`: what takes a gradient from the
    /// outputs of its convolution back to the inputs.
    pub(crate) fn set_transposed(&mut self, kernel: &[f32]) {
        let Self {
            taps, used, inputs, ..
        } = *self;
        let tap = inputs * self.outputs();
        let panels = self.data.par_chunks_mut(POINTS * inputs * PANEL);
        panels.enumerate().for_each(|(panel, data)| {
            let mut block = [[[0.0; PANEL]; PANEL]; MOST_TAPS];
            for first in (0..inputs).step_by(PANEL) {
                for (kernel, block) in kernel.chunks_exact(tap).zip(&mut block) {
                    let rows = kernel[panel * PANEL * inputs..].chunks_exact(inputs);
                    for (o, row) in rows.take(PANEL).enumerate() {
                        for (target, value) in block.iter_mut().zip(&row[first..]) {
                            target[o] = *value;
                        }
                    }
                }
                Arch::new().dispatch(TransformRows {
                    kernel: block.as_flattened().as_flattened(),
                    taps,
                    tap: PANEL * PANEL,
                    row: PANEL,
                    rows: PANEL,
                    used: &used,
                    inputs,
                    data: &mut data[first * PANEL..],
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

/// `G g Gᵀ` for some rows of input channels in a panel of output channels.
struct TransformRows<'a> {
    /// From the first row's first output on.
    kernel: &'a [f32],
    taps: usize,
    /// Distance from one tap to the next, and from one row.
    tap: usize,
    row: usize,
    rows: usize,
    used: &'a [bool; POINTS],
    /// Rows from one point to the next.
    inputs: usize,
    data: &'a mut [f32],
}

impl WithSimd for TransformRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.taps {
            3 => self.transform::<S, 3>(simd),
            _ => self.transform::<S, 5>(simd),
        }
    }
}

impl TransformRows<'_> {
    #[inline(always)]
    fn transform<S: Simd, const K: usize>(self, simd: S)
    where
        Tile: Taps<K>,
    {
        // `half[y][x]`: the points of column x.
        let mut half = [[simd.splat_f32s(0.0); K]; IN];
        for i in 0..self.rows {
            for c in (0..PANEL).step_by(S::F32_LANES) {
                for x in 0..K {
                    let mut column = [simd.splat_f32s(0.0); K];
                    for (y, value) in column.iter_mut().enumerate() {
                        let at = (y * K + x) * self.tap + i * self.row + c;
                        *value = get(simd, self.kernel, at);
                    }
                    let points = <Tile as Taps<K>>::points(simd, column);
                    for (half, point) in half.iter_mut().zip(points) {
                        half[x] = point;
                    }
                }
                for (y, half) in half.iter().enumerate() {
                    let points = <Tile as Taps<K>>::points(simd, *half);
                    for (x, value) in points.into_iter().enumerate() {
                        let point = y * IN + x;
                        if self.used[point] {
                            put(
                                simd,
                                self.data,
                                (point * self.inputs + i) * PANEL + c,
                                value,
                            );
                        }
                    }
                }
            }
        }
    }
}
