//! The kernel at the points, packed for the products.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::{
    super::{isa::arch, matmul::PANEL, prefetch::prefetch},
    algorithm::{Algorithm, MOST_POINTS},
    get, put,
    transforms::{Eight, Six, Taps},
};

/// Taps of the largest kernel.
const MOST_TAPS: usize = 25;

/// How a transformed kernel lies in memory: `[panel of outputs][point][in][16]`.
/// Points that no tile has are left out of all work; what stands in their place
/// means nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Layout {
    pub(super) algorithm: Algorithm,
    pub(super) used: [bool; MOST_POINTS],
    pub(super) inputs: usize,
    /// They fill whole panels.
    pub(super) outputs: usize,
}

impl Layout {
    /// Values of the transformed kernel.
    pub(super) fn len(&self) -> usize {
        self.algorithm.points() * self.inputs * self.outputs
    }

    /// Distance from one panel to the next.
    pub(super) fn panel(&self) -> usize {
        self.algorithm.points() * self.inputs * PANEL
    }

    /// Where the panels of `point` start.
    pub(super) fn point(&self, point: usize) -> usize {
        point * self.inputs * PANEL
    }

    /// Transforms a kernel `[taps, taps, in, out]`.
    pub(super) fn transform(&self, kernel: &[f32], points: &mut [f32]) {
        let panels = points[..self.len()].par_chunks_mut(self.panel());
        panels.enumerate().for_each(|(panel, points)| {
            arch().dispatch(TransformRows {
                layout: self,
                kernel: &kernel[panel * PANEL..],
                tap: self.inputs * self.outputs,
                row: self.outputs,
                rows: self.inputs,
                points,
            });
        });
    }

    /// Transforms a kernel `[taps, taps, out, in]`: what takes a gradient from the
    /// outputs of its convolution back to the inputs.
    pub(super) fn transform_transposed(&self, kernel: &[f32], points: &mut [f32]) {
        let inputs = self.inputs;
        let panels = points[..self.len()].par_chunks_mut(self.panel());
        panels.enumerate().for_each(|(panel, points)| {
            let mut block = [[[0.0; PANEL]; PANEL]; MOST_TAPS];
            for first in (0..inputs).step_by(PANEL) {
                let taps = kernel.chunks_exact(inputs * self.outputs);
                for (kernel, block) in taps.zip(&mut block) {
                    let rows = kernel[panel * PANEL * inputs..].chunks_exact(inputs);
                    for (o, row) in rows.take(PANEL).enumerate() {
                        for (target, value) in block.iter_mut().zip(&row[first..]) {
                            target[o] = *value;
                        }
                    }
                }
                arch().dispatch(TransformRows {
                    layout: self,
                    kernel: block.as_flattened().as_flattened(),
                    tap: PANEL * PANEL,
                    row: PANEL,
                    rows: PANEL,
                    points: &mut points[first * PANEL..],
                });
            }
        });
    }
}

/// `G g Gᵀ` for some rows of input channels in a panel of output channels.
struct TransformRows<'a> {
    layout: &'a Layout,
    /// From the first row's first output on.
    kernel: &'a [f32],
    /// Distance from one tap to the next, and from one row.
    tap: usize,
    row: usize,
    rows: usize,
    /// From the first row on.
    points: &'a mut [f32],
}

impl WithSimd for TransformRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.layout.algorithm {
            Algorithm::F2x5 => self.transform::<S, Six, 5, 6>(simd),
            Algorithm::F4x3 => self.transform::<S, Six, 3, 6>(simd),
            Algorithm::F6x3 => self.transform::<S, Eight, 3, 8>(simd),
        }
    }
}

impl TransformRows<'_> {
    #[inline(always)]
    fn transform<S: Simd, F: Taps<K, N>, const K: usize, const N: usize>(self, simd: S) {
        // `half[y][x]`: the points of column x.
        let mut half = [[simd.splat_f32s(0.0); K]; N];
        for i in 0..self.rows {
            for c in (0..PANEL).step_by(S::F32_LANES) {
                for x in 0..K {
                    let mut column = [simd.splat_f32s(0.0); K];
                    for (y, value) in column.iter_mut().enumerate() {
                        let at = (y * K + x) * self.tap + i * self.row + c;
                        *value = get(simd, self.kernel, at);
                    }
                    let points = F::points(simd, column);
                    for (half, point) in half.iter_mut().zip(points) {
                        half[x] = point;
                    }
                }
                for (y, half) in half.iter().enumerate() {
                    let points = F::points(simd, *half);
                    for (x, value) in points.into_iter().enumerate() {
                        let point = y * N + x;
                        if self.layout.used[point] {
                            let at = self.layout.point(point) + i * PANEL + c;
                            prefetch(self.points, at + 2 * PANEL);
                            put(simd, self.points, at, value);
                        }
                    }
                }
            }
        }
    }
}
