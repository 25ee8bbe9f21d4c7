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

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

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

/// Who does the work of one call. The result has the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spread {
    /// The calling worker: the others have images of their own.
    Alone,
    /// All workers: there is one image for them all.
    Shared,
}

/// What a forward pass applies to its images, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernel<'a> {
    pub(crate) weights: &'a Weights,
    pub(crate) epilogue: Epilogue<'a>,
    /// Who computes the products at the points.
    pub(crate) spread: Spread,
}

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
        kernel: Kernel<'_>,
        transformed: &mut [f32],
        scratch: &mut [f32],
        y: &mut [f32],
    ) {
        let Kernel {
            weights,
            epilogue,
            spread,
        } = kernel;
        let images = x.len() / self.input.len();
        let (from, to) = (self.input.channels, self.output.channels);
        Arch::new().dispatch(TransformInput {
            plan: self,
            x,
            points: transformed,
        });
        let transformed = &*transformed;
        let product = |(point, sums): (usize, &mut [f32])| {
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
                data: sums,
                stride: to,
                columns: to,
                epilogue: Epilogue::Store,
            });
        };
        let scratch = &mut scratch[..self.transformed_output_len()];
        match spread {
            Spread::Alone => scratch
                .chunks_exact_mut(self.point(to))
                .enumerate()
                .for_each(product),
            Spread::Shared => scratch
                .par_chunks_exact_mut(self.point(to))
                .enumerate()
                .for_each(product),
        }
        Arch::new().dispatch(TransformOutput {
            plan: self,
            points: scratch,
            epilogue,
            y,
        });
    }

    /// Tile `index` of an image, as it lies on a map of `shape`: `N` rows and
    /// columns, the first of them `before` the tile's own.
    #[inline(always)]
    fn under<const N: usize>(&self, index: usize, before: [usize; 2], shape: Shape) -> Under<N> {
        let place = |first: usize, before: usize, extent: usize, step: usize| {
            let mut offsets = [OUTSIDE; N];
            for (i, offset) in offsets.iter_mut().enumerate() {
                // Before the map, it wraps round to beyond its end.
                let at = (first * OUT + i).wrapping_sub(before);
                if at < extent {
                    *offset = at * step;
                }
            }
            offsets
        };
        let (ty, tx) = (index / self.tiles[1], index % self.tiles[1]);
        let line = shape.width * shape.channels;
        Under {
            rows: place(ty, before[0], shape.height, line),
            columns: place(tx, before[1], shape.width, shape.channels),
        }
    }
}

/// An offset that lies outside of every map, twice itself too.
const OUTSIDE: usize = usize::MAX / 4;

/// Where the rows and columns under a tile lie on a map; [`OUTSIDE`] if they
/// don't.
#[derive(Clone, Copy)]
struct Under<const N: usize> {
    rows: [usize; N],
    columns: [usize; N],
}

impl<const N: usize> Under<N> {
    /// Where channel `c` of the tile's row `i` and column `j` lies: beyond the
    /// end if not on the map.
    #[inline(always)]
    fn at(&self, i: usize, j: usize, c: usize) -> usize {
        self.rows[i] + self.columns[j] + c
    }
}

/// The vector of channels that starts at `at`, zeros outside of the map.
#[inline(always)]
fn get_padded<S: Simd>(simd: S, map: &[f32], at: usize) -> S::f32s {
    match map.get(at..at + S::F32_LANES) {
        Some(values) => S::as_simd_f32s(values).0[0],
        None => simd.splat_f32s(0.0),
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
        let (shape, tiles) = (plan.input, plan.tiles_per_image());
        let stride = plan.point(shape.channels);
        let mut half = [[simd.splat_f32s(0.0); IN]; IN];
        for (image, x) in x.chunks_exact(shape.len()).enumerate() {
            for tile in 0..tiles {
                let under = plan.under::<IN>(tile, plan.before, shape);
                let start = (image * tiles + tile) * shape.channels;
                for c in (0..shape.channels).step_by(S::F32_LANES) {
                    both_axes::<Input, S, IN, IN>(
                        simd,
                        &mut half,
                        #[inline(always)]
                        |i, j| get_padded(simd, x, under.at(i, j, c)),
                        #[inline(always)]
                        |i, j, value| put(simd, points, (i * IN + j) * stride + start + c, value),
                    );
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
        let (shape, tiles) = (plan.output, plan.tiles_per_image());
        let stride = plan.point(shape.channels);
        let zero = simd.splat_f32s(0.0);
        let floor = match epilogue {
            Epilogue::Bias { relu: true, .. } => zero,
            _ => simd.splat_f32s(f32::NEG_INFINITY),
        };
        let mut half = [[zero; OUT]; IN];
        for (image, y) in y.chunks_exact_mut(shape.len()).enumerate() {
            for tile in 0..tiles {
                let under = plan.under::<OUT>(tile, [0, 0], shape);
                let start = (image * tiles + tile) * shape.channels;
                for c in (0..shape.channels).step_by(S::F32_LANES) {
                    let bias = match epilogue {
                        Epilogue::Bias { bias, .. } => get(simd, bias, c),
                        Epilogue::Store | Epilogue::Accumulate => zero,
                    };
                    both_axes::<OutputPoints, S, IN, OUT>(
                        simd,
                        &mut half,
                        #[inline(always)]
                        |i, j| get(simd, points, (i * IN + j) * stride + start + c),
                        #[inline(always)]
                        |i, j, value| {
                            let at = under.at(i, j, c);
                            if let Some(y) = y.get_mut(at..at + S::F32_LANES) {
                                let value = simd.max_f32s(simd.add_f32s(value, bias), floor);
                                put(simd, y, 0, value);
                            }
                        },
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
