//! 3×3 convolutions of stride 1 by Winograd's F(4×4, 3×3): 36 products where
//! the direct way needs 144.
//!
//! The map is cut in tiles of 4×4 outputs. Each tile is transformed to 36
//! points; at each point the tiles of a few images meet the kernel in one
//! matrix product; the results are transformed back. A group of images goes
//! through all three steps while it is in the cache.
//!
//! The transformed input (`[point][tile][in]`) is kept for the gradient of the
//! kernel. The output's gradient is transformed once for both gradients, in
//! panels of 16 channels (`[point][panel][tile][16]`), which the products can
//! take on either side.

mod gradient;
mod transforms;
mod weights;

pub(crate) use transforms::POINTS;
pub(crate) use weights::Weights;

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use self::transforms::{IN, Input, OUT, OutputPoints, both_axes};
use super::matmul::{Epilogue, Grid, Output, PANEL, Product};
use crate::{Shape, Window};

/// Tiles that a group should have, so that a product has rows enough.
const GROUP_TILES: usize = 64;

/// Most images in a group, so that a batch has work for several threads.
const GROUP_IMAGES: usize = 16;

/// Values between the points of a transformed tile beyond its own, so that
/// points don't compete for the same cache sets.
const SKEW: usize = PANEL;

/// Everything about such a convolution but its numbers.
#[derive(Clone, Debug)]
pub(crate) struct WinogradPlan {
    input: Shape,
    output: Shape,
    before: [usize; 2],
    /// Tiles down and across.
    tiles: [usize; 2],
    /// Images that go through together.
    group: usize,
}

impl WinogradPlan {
    /// The plan of a convolution, `None` where this way is not open (kernel,
    /// stride, groups, channels that fill no panel).
    pub(crate) fn new(
        input: Shape,
        out_channels: usize,
        window: &Window,
        groups: usize,
    ) -> Option<Self> {
        let fits = window.kernel == [3, 3] && window.stride == [1, 1] && groups == 1;
        let whole = |channels: usize| channels.is_multiple_of(PANEL);
        (fits && whole(input.channels) && whole(out_channels)).then(|| {
            let [height, width] = window.output;
            let tiles = [height.div_ceil(OUT), width.div_ceil(OUT)];
            Self {
                input,
                output: Shape::new(height, width, out_channels),
                before: window.before,
                tiles,
                group: GROUP_TILES.div_ceil(tiles[0] * tiles[1]).min(GROUP_IMAGES),
            }
        })
    }

    /// Images in a group.
    pub(crate) fn group(&self) -> usize {
        self.group
    }

    fn tiles_per_image(&self) -> usize {
        self.tiles[0] * self.tiles[1]
    }

    /// Distance from one point to the next of `[tile][channels]`.
    fn point(&self, channels: usize) -> usize {
        self.group * self.tiles_per_image() * channels + SKEW
    }

    /// Values of a group's transformed input.
    pub(crate) fn transformed_input_len(&self) -> usize {
        POINTS * self.point(self.input.channels)
    }

    /// Values of a group's transformed output, and of its gradient.
    pub(crate) fn transformed_output_len(&self) -> usize {
        POINTS * self.point(self.output.channels)
    }

    /// A group of images `x` through the kernel into `y`; `transformed` keeps
    /// the input's points, `scratch` holds the output's.
    pub(crate) fn forward(
        &self,
        x: &[f32],
        weights: &Weights,
        epilogue: Epilogue<'_>,
        transformed: &mut [f32],
        scratch: &mut [f32],
        y: &mut [f32],
    ) {
        let images = x.len() / self.input.len();
        let (from, to) = (self.input.channels, self.output.channels);
        Arch::new().dispatch(TransformInput {
            plan: self,
            x,
            points: transformed,
        });
        for point in 0..POINTS {
            Product {
                a: &transformed[point * self.point(from)..],
                grid: Grid::rows(from),
                runs: &[0],
                run: from,
                rows: images * self.tiles_per_image(),
                b: weights.point(point),
                panel: weights.panel(),
            }
            .write(Output {
                data: &mut scratch[point * self.point(to)..],
                stride: to,
                columns: to,
                epilogue: Epilogue::Store,
            });
        }
        Arch::new().dispatch(TransformOutput {
            plan: self,
            points: scratch,
            epilogue,
            y,
        });
    }

    /// Rows or columns of a map of `extent` under tile `tile`, which spans
    /// `size` from `tile · 4 − before`: the first one's place in the tile, and
    /// their range on the map.
    fn span(tile: usize, size: usize, before: usize, extent: usize) -> (usize, Range<usize>) {
        let start = tile * OUT;
        let skip = before.saturating_sub(start);
        let from = (start + skip).saturating_sub(before);
        (
            skip,
            from..(start + size).saturating_sub(before).min(extent).max(from),
        )
    }
}

/// The vector of channels that starts at `at`.
#[inline(always)]
fn get<S: Simd>(_: S, data: &[f32], at: usize) -> S::f32s {
    S::as_simd_f32s(&data[at..at + S::F32_LANES]).0[0]
}

/// Writes a vector of channels from `at`.
#[inline(always)]
fn put<S: Simd>(_: S, data: &mut [f32], at: usize, value: S::f32s) {
    S::as_mut_simd_f32s(&mut data[at..at + S::F32_LANES]).0[0] = value;
}

struct TransformInput<'a> {
    plan: &'a WinogradPlan,
    x: &'a [f32],
    points: &'a mut [f32],
}

impl WithSimd for TransformInput<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { plan, x, points } = self;
        let Shape {
            height,
            width,
            channels,
        } = plan.input;
        let stride = plan.point(channels);
        let zero = simd.splat_f32s(0.0);
        let mut tile = 0;
        for x in x.chunks_exact(plan.input.len()) {
            for ty in 0..plan.tiles[0] {
                let (top, rows) = WinogradPlan::span(ty, IN, plan.before[0], height);
                for tx in 0..plan.tiles[1] {
                    let (left, columns) = WinogradPlan::span(tx, IN, plan.before[1], width);
                    for c in (0..channels).step_by(S::F32_LANES) {
                        let mut d = [[zero; IN]; IN];
                        for (d, row) in d[top..].iter_mut().zip(rows.clone()) {
                            for (d, column) in d[left..].iter_mut().zip(columns.clone()) {
                                *d = get(simd, x, (row * width + column) * channels + c);
                            }
                        }
                        let d = both_axes::<Input, S, IN, IN>(simd, &d);
                        for (point, value) in d.as_flattened().iter().enumerate() {
                            put(simd, points, point * stride + tile * channels + c, *value);
                        }
                    }
                    tile += 1;
                }
            }
        }
    }
}

struct TransformOutput<'a> {
    plan: &'a WinogradPlan,
    points: &'a [f32],
    epilogue: Epilogue<'a>,
    y: &'a mut [f32],
}

impl WithSimd for TransformOutput<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            plan,
            points,
            epilogue,
            y,
        } = self;
        let Shape {
            height,
            width,
            channels,
        } = plan.output;
        let stride = plan.point(channels);
        let zero = simd.splat_f32s(0.0);
        let floor = match epilogue {
            Epilogue::Bias { relu: true, .. } => zero,
            _ => simd.splat_f32s(f32::NEG_INFINITY),
        };
        let mut tile = 0;
        for y in y.chunks_exact_mut(plan.output.len()) {
            for ty in 0..plan.tiles[0] {
                for tx in 0..plan.tiles[1] {
                    for c in (0..channels).step_by(S::F32_LANES) {
                        let mut m = [[zero; IN]; IN];
                        for (point, m) in m.as_flattened_mut().iter_mut().enumerate() {
                            *m = get(simd, points, point * stride + tile * channels + c);
                        }
                        let values = both_axes::<OutputPoints, S, IN, OUT>(simd, &m);
                        let bias = match epilogue {
                            Epilogue::Bias { bias, .. } => get(simd, bias, c),
                            Epilogue::Store | Epilogue::Accumulate => zero,
                        };
                        for (row, values) in (ty * OUT..height).zip(&values) {
                            for (column, value) in (tx * OUT..width).zip(values) {
                                let at = (row * width + column) * channels + c;
                                let value = simd.max_f32s(simd.add_f32s(*value, bias), floor);
                                put(simd, y, at, value);
                            }
                        }
                    }
                    tile += 1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
