//! 3×3 convolutions of stride 1 by Winograd's F(6×6, 3×3), 64 products where the direct
//! way needs 324, or F(4×4, 3×3), 36 for 144, whichever needs fewer on the map at hand,
//! and 5×5 ones by F(2×2, 5×5), 36 for 100.
//!
//! The map is cut in tiles of so many outputs, smaller ones at its end. Each tile is
//! transformed to 64 or 36 points, a smaller one to fewer; at each point the tiles of a
//! few images meet the kernel in one matrix product; the results are transformed
//! back. A group of images goes through all three steps while it is in the cache.
//!
//! The transformed input is `[point][tile][in]`, that of an image for all workers
//! `[part][point][tile][in / parts]`. The output's gradient is
//! transformed once for both gradients, in panels of 16 channels
//! (`[point][panel][tile][16]`), which the products can take on either side.

mod algorithm;
mod gradient;
mod tiles;
mod transforms;
mod weights;

use std::ops::Range;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use self::{
    algorithm::{Algorithm, MOST_POINTS},
    tiles::{Kind, PerKind, Tiling, Under},
    transforms::{Axis, both_axes},
    weights::Layout,
};
use super::{
    isa::arch,
    matmul::{Epilogue, Grid, Output, PANEL, Product},
};
use crate::{Shape, Window};

/// Tiles that a group should have: enough rows for a product, few enough for the cache.
const GROUP_TILES: usize = 32;

/// Most images in a group, so that a batch has work for several threads.
const GROUP_IMAGES: usize = 16;

/// Values between the points of a transformed tile beyond its own, so that
/// points don't compete for the same cache sets.
const SKEW: usize = PANEL;

/// Most parts of an image's channels that workers transform on their own.
const PARTS: usize = 4;

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
    /// Transformed.
    pub(crate) weights: &'a [f32],
    pub(crate) epilogue: Epilogue<'a>,
    /// Who does the work.
    pub(crate) spread: Spread,
}

/// Everything about such a convolution but its numbers.
#[derive(Clone, Debug)]
pub(crate) struct WinogradPlan {
    input: Shape,
    output: Shape,
    before: [usize; 2],
    tiling: Tiling,
    /// Which points any tile has.
    used: [bool; MOST_POINTS],
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
        let tiling = Tiling::of(window.output, window.kernel)?;
        let fits = window.stride == [1, 1] && window.dilation == [1, 1] && groups == 1;
        let whole = |channels: usize| channels.is_multiple_of(PANEL);
        let [height, width] = window.output;
        (fits && whole(input.channels) && whole(out_channels)).then(|| Self {
            input,
            output: Shape::new(height, width, out_channels),
            before: window.before,
            tiling,
            used: std::array::from_fn(|point| {
                point < tiling.algorithm().points() && tiling.at_point(point, 1) > 0
            }),
            group: GROUP_TILES.div_ceil(tiling.len()).min(GROUP_IMAGES),
        })
    }

    fn algorithm(&self) -> Algorithm {
        self.tiling.algorithm()
    }

    /// Points of a tile.
    pub(crate) fn points(&self) -> usize {
        self.algorithm().points()
    }

    /// Images in a group.
    pub(crate) fn group(&self) -> usize {
        self.group
    }

    /// Whether any tile has `point`.
    pub(crate) fn uses(&self, point: usize) -> bool {
        self.used[point]
    }

    /// Whether a kernel that was transformed for `other` serves this one, too.
    pub(crate) fn shares_weights(&self, other: &Self) -> bool {
        self.weights() == other.weights()
    }

    fn weights(&self) -> Layout {
        Layout {
            algorithm: self.algorithm(),
            used: self.used,
            inputs: self.input.channels,
            outputs: self.output.channels,
        }
    }

    /// That of the transpose, which the gradient of the data takes.
    fn transposed_weights(&self) -> Layout {
        Layout {
            inputs: self.output.channels,
            outputs: self.input.channels,
            ..self.weights()
        }
    }

    /// Values of a transformed kernel, and of its transpose.
    pub(crate) fn weights_len(&self) -> usize {
        self.weights().len()
    }

    /// A kernel `[taps, taps, in, out]` at the points, for
    /// [`WinogradPlan::forward`].
    pub(crate) fn transform_kernel(&self, kernel: &[f32], weights: &mut [f32]) {
        self.weights().transform(kernel, weights);
    }

    /// The same kernel transposed, for [`WinogradPlan::data_gradient`].
    pub(crate) fn transpose_kernel(&self, kernel: &[f32], weights: &mut [f32]) {
        self.transposed_weights()
            .transform_transposed(kernel, weights);
    }

    /// Distance from one point to the next of `[tile][channels]`.
    fn point(&self, channels: usize) -> usize {
        self.group * self.tiling.len() * channels + SKEW
    }

    /// Values of a group's transformed input.
    pub(crate) fn transformed_input_len(&self) -> usize {
        self.points() * (self.point(self.input.channels) + (PARTS - 1) * SKEW)
    }

    /// How the channels of a transformed input are cut: its parts stand one after the
    /// other.
    fn parts(&self, spread: Spread) -> Parts {
        let panels = self.input.channels / PANEL;
        let count = match spread {
            Spread::Alone => 1,
            Spread::Shared => (1..=PARTS)
                .rev()
                .find(|parts| panels.is_multiple_of(*parts))
                .unwrap_or(1),
        };
        let channels = self.input.channels / count;
        let point = self.point(channels);
        Parts {
            count,
            channels,
            point,
            len: self.points() * point,
        }
    }

    /// Values of a group's transformed output, and of its gradient.
    pub(crate) fn transformed_output_len(&self) -> usize {
        self.points() * self.point(self.output.channels)
    }

    /// A group's input at the points, for [`WinogradPlan::forward`] of the same
    /// `spread`; all other uses take that of [`Spread::Alone`].
    pub(crate) fn transform_input(&self, x: &[f32], spread: Spread, points: &mut [f32]) {
        let parts = self.parts(spread);
        let transform = |(part, points): (usize, &mut [f32])| {
            arch().dispatch(TransformInput {
                plan: self,
                x,
                first: part * parts.channels,
                parts,
                points,
            });
        };
        match spread {
            Spread::Alone => transform((0, points)),
            Spread::Shared => points[..parts.count * parts.len]
                .par_chunks_mut(parts.len)
                .enumerate()
                .for_each(transform),
        }
    }

    /// A group of images, their input at the points, through the kernel into `y`;
    /// `scratch` holds the output's points.
    pub(crate) fn forward(
        &self,
        transformed: &[f32],
        kernel: Kernel<'_>,
        scratch: &mut [f32],
        y: &mut [f32],
    ) {
        let Kernel {
            weights,
            epilogue,
            spread,
        } = kernel;
        let images = y.len() / self.output.len();
        let line = self.output.width * self.output.channels;
        let to = self.output.channels;
        let layout = self.weights();
        let parts = self.parts(spread);
        let runs: [usize; PARTS] = std::array::from_fn(|part| part * parts.len);
        let product = |(point, sums): (usize, &mut [f32])| {
            Product {
                a: &transformed[point * parts.point..],
                grid: Grid::rows(parts.channels),
                runs: &runs[..parts.count],
                run: parts.channels,
                rows: self.tiling.at_point(point, images),
                b: &weights[layout.point(point)..],
                panel: layout.panel(),
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
        let points = &*scratch;
        let transform = |first: usize, y: &mut [f32]| {
            arch().dispatch(TransformOutput {
                plan: self,
                points,
                epilogue,
                rows: first..first + y.len() / (images * line),
                y,
            });
        };
        match spread {
            Spread::Alone => transform(0, y),
            Spread::Shared => {
                let rows = self.algorithm().outputs();
                y.par_chunks_mut(rows * line)
                    .enumerate()
                    .for_each(|(row, y)| transform(row * rows, y));
            }
        }
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

/// Equal parts of the channels of a transformed input.
#[derive(Clone, Copy)]
struct Parts {
    count: usize,
    channels: usize,
    /// Distance from one point to the next in a part.
    point: usize,
    /// Values of a part.
    len: usize,
}

struct TransformInput<'a> {
    plan: &'a WinogradPlan,
    x: &'a [f32],
    /// First channel of the part.
    first: usize,
    parts: Parts,
    points: &'a mut [f32],
}

impl WithSimd for TransformInput<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let images = self.x.len() / self.plan.input.len();
        self.plan.tiling.visit(simd, images, &mut self);
    }
}

impl PerKind for TransformInput<'_> {
    #[inline(always)]
    fn tiles<S: Simd, F, const I: usize, const O: usize, const J: usize, const P: usize>(
        &mut self,
        simd: S,
        kind: &Kind,
    ) where
        F: Axis<I, O> + Axis<J, P>,
    {
        let shape = self.plan.input;
        let Parts {
            channels, point, ..
        } = self.parts;
        let mut half = [[simd.splat_f32s(0.0); I]; J];
        for place in kind.places() {
            let x = &self.x[place.image * shape.len()..][..shape.len()];
            let under = Under::<I, J>::new(place.first, self.plan.before, shape);
            for c in (0..channels).step_by(S::F32_LANES) {
                both_axes(
                    simd,
                    &mut half,
                    #[inline(always)]
                    |column| <F as Axis<I, O>>::input(simd, column),
                    #[inline(always)]
                    |row| <F as Axis<J, P>>::input(simd, row),
                    #[inline(always)]
                    |i, j| get_padded(simd, x, under.at(i, j, self.first + c)),
                    #[inline(always)]
                    |i, j, value| {
                        let at = kind.at::<F, I, J>(place, [i, j], point, channels);
                        put(simd, self.points, at + c, value);
                    },
                );
            }
        }
    }
}

struct TransformOutput<'a> {
    plan: &'a WinogradPlan,
    points: &'a [f32],
    epilogue: Epilogue<'a>,
    /// Rows of the map that `y` has of every image.
    rows: Range<usize>,
    y: &'a mut [f32],
}

impl TransformOutput<'_> {
    /// That of `y`, for each image.
    fn shape(&self) -> Shape {
        Shape {
            height: self.rows.len(),
            ..self.plan.output
        }
    }
}

impl WithSimd for TransformOutput<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let images = self.y.len() / self.shape().len();
        self.plan.tiling.visit(simd, images, &mut self);
    }
}

impl PerKind for TransformOutput<'_> {
    #[inline(always)]
    fn tiles<S: Simd, F, const I: usize, const O: usize, const J: usize, const P: usize>(
        &mut self,
        simd: S,
        kind: &Kind,
    ) where
        F: Axis<I, O> + Axis<J, P>,
    {
        let shape = self.shape();
        let stride = self.plan.point(shape.channels);
        let zero = simd.splat_f32s(0.0);
        let floor = match self.epilogue {
            Epilogue::Bias { relu: true, .. } => zero,
            _ => simd.splat_f32s(f32::NEG_INFINITY),
        };
        let mut half = [[zero; O]; J];
        for place in kind.places() {
            if !self.rows.contains(&place.first[0]) {
                continue;
            }
            let y = &mut self.y[place.image * shape.len()..][..shape.len()];
            let under = Under::<O, P>::new(place.first, [self.rows.start, 0], shape);
            for c in (0..shape.channels).step_by(S::F32_LANES) {
                let bias = match self.epilogue {
                    Epilogue::Bias { bias, .. } => get(simd, bias, c),
                    Epilogue::Store | Epilogue::Accumulate => zero,
                };
                both_axes(
                    simd,
                    &mut half,
                    #[inline(always)]
                    |column| <F as Axis<I, O>>::output(simd, column),
                    #[inline(always)]
                    |row| <F as Axis<J, P>>::output(simd, row),
                    #[inline(always)]
                    |i, j| {
                        let at = kind.at::<F, I, J>(place, [i, j], stride, shape.channels);
                        get(simd, self.points, at + c)
                    },
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

#[cfg(test)]
mod tests;
