//! The backward pass: both gradients from one transform of the output's.

use std::{array, marker::PhantomData, mem};

use pulp::{Simd, WithSimd};

use super::{
    WinogradPlan,
    algorithm::Algorithm,
    get, get_padded, put,
    tiles::{Kind, PerKind, Under},
    transforms::{Axis, Eight, Six, Taps, both_axes},
};
use crate::kernels::{
    isa::arch,
    matmul::{Epilogue, Grid, Output, PANEL, Product, TransposedProduct},
};

/// Fewest values of every tap of the kernel's gradient for a task, whole panels.
const PIECE: usize = 1024;

impl WinogradPlan {
    /// Values of a panel of a group's transformed output gradient.
    fn gradient_panel(&self) -> usize {
        self.group * self.tiling.len() * PANEL
    }

    /// Transforms a group's output gradient into panels.
    pub(crate) fn transform_gradient(&self, dy: &[f32], points: &mut [f32]) {
        arch().dispatch(TransformGradient {
            plan: self,
            dy,
            points,
        });
    }

    /// A group's input gradient from its transformed output gradient.
    /// `weights` are of [`WinogradPlan::transpose_kernel`], `runs` are the plan's
    /// [`WinogradPlan::gradient_runs`], `scratch` has the length of a
    /// transformed input.
    pub(crate) fn data_gradient(
        &self,
        gradient: &[f32],
        weights: &[f32],
        runs: &[usize],
        scratch: &mut [f32],
        dx: &mut [f32],
    ) {
        let images = dx.len() / self.input.len();
        let (from, to) = (self.input.channels, self.output.channels);
        let layout = self.transposed_weights();
        for point in 0..self.points() {
            let a = &gradient[point * self.point(to)..];
            let out = |scratch| Output {
                data: scratch,
                stride: from,
                columns: from,
                epilogue: Epilogue::Store,
            };
            Product {
                a,
                grid: Grid::rows(PANEL),
                runs,
                run: PANEL,
                rows: self.tiling.at_point(point, images),
                b: &weights[layout.point(point)..],
                panel: layout.panel(),
            }
            .write(out(&mut scratch[point * self.point(from)..]));
        }
        arch().dispatch(SpreadInput {
            plan: self,
            points: scratch,
            dx,
        });
    }

    /// Where the panels of one tile start in a transformed output gradient.
    pub(crate) fn gradient_runs(&self) -> Vec<usize> {
        let panels = self.output.channels / PANEL;
        (0..panels)
            .map(|panel| panel * self.gradient_panel())
            .collect()
    }

    /// Adds the kernel's gradient at one point, `[in, out]`, from some groups, in
    /// their order.
    pub(crate) fn add_point_gradient(
        &self,
        point: usize,
        images: usize,
        transformed: &[f32],
        gradients: &[f32],
        sums: &mut [f32],
    ) {
        let (from, to) = (self.input.channels, self.output.channels);
        let groups = transformed
            .chunks_exact(self.transformed_input_len())
            .zip(gradients.chunks_exact(self.transformed_output_len()));
        let mut left = images;
        for (transformed, gradient) in groups {
            let images = left.min(self.group);
            left -= images;
            TransposedProduct {
                a: &transformed[point * self.point(from)..],
                grid: Grid::rows(from),
                positions: self.tiling.at_point(point, images),
                rows: from,
                b: &gradient[point * self.point(to)..],
                panel: self.gradient_panel(),
            }
            .write(Output {
                data: sums,
                stride: to,
                columns: to,
                epilogue: Epilogue::Accumulate,
            });
            if left == 0 {
                break;
            }
        }
    }

    /// The kernel's gradient `[taps, taps, in, out]` from those at all points,
    /// `[points, in, out]`.
    pub(crate) fn kernel_gradient(&self, points: &[f32], gradient: &mut [f32]) {
        match self.algorithm() {
            Algorithm::F2x5 => self.tap_gradients::<Six, 5, 6, 25>(points, gradient),
            Algorithm::F4x3 => self.tap_gradients::<Six, 3, 6, 9>(points, gradient),
            Algorithm::F6x3 => self.tap_gradients::<Eight, 3, 8, 9>(points, gradient),
        }
    }

    fn tap_gradients<F: Taps<K, N>, const K: usize, const N: usize, const TAPS: usize>(
        &self,
        points: &[f32],
        gradient: &mut [f32],
    ) {
        let mut taps = gradient.chunks_exact_mut(gradient.len() / TAPS);
        TapGradients::<F, K, N, TAPS> {
            matrices: PhantomData,
            plan: self,
            points,
            taps: array::from_fn(|_| taps.next().unwrap_or_default()),
        }
        .share();
    }
}

/// `Gᵀ p G` for a piece of every tap.
struct TapGradients<'a, F, const K: usize, const N: usize, const TAPS: usize> {
    matrices: PhantomData<fn() -> F>,
    plan: &'a WinogradPlan,
    /// From the piece's first value at the first point on.
    points: &'a [f32],
    taps: [&'a mut [f32]; TAPS],
}

impl<F: Taps<K, N>, const K: usize, const N: usize, const TAPS: usize>
    TapGradients<'_, F, K, N, TAPS>
{
    /// Halves the piece until it is small, all workers taking part.
    fn share(self) {
        let Self {
            matrices,
            plan,
            points,
            taps,
        } = self;
        let pieces = taps[0].len() / PIECE;
        if pieces < 2 {
            arch().dispatch(Self {
                matrices,
                plan,
                points,
                taps,
            });
            return;
        }
        let middle = pieces / 2 * PIECE;
        let mut halves = taps.map(|tap| tap.split_at_mut(middle));
        let first = Self {
            matrices,
            plan,
            points,
            taps: halves.each_mut().map(|(first, _)| mem::take(first)),
        };
        let second = Self {
            matrices,
            plan,
            points: &points[middle..],
            taps: halves.map(|(_, second)| second),
        };
        rayon::join(|| first.share(), || second.share());
    }
}

impl<F: Taps<K, N>, const K: usize, const N: usize, const TAPS: usize> WithSimd
    for TapGradients<'_, F, K, N, TAPS>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let stride = self.plan.input.channels * self.plan.output.channels;
        let used = &self.plan.used;
        let len = self.taps[0].len();
        // `half[y][x]`: row y of the taps, over the points of column x.
        let mut half = [[simd.splat_f32s(0.0); N]; K];
        for at in (0..len).step_by(S::F32_LANES) {
            for x in 0..N {
                let mut column = [simd.splat_f32s(0.0); N];
                for (y, value) in column.iter_mut().enumerate() {
                    let point = y * N + x;
                    if used[point] {
                        *value = get(simd, self.points, point * stride + at);
                    }
                }
                let taps = F::points_transposed(simd, column);
                for (half, tap) in half.iter_mut().zip(taps) {
                    half[x] = tap;
                }
            }
            for (half, taps) in half.iter().zip(self.taps.chunks_exact_mut(K)) {
                let values = F::points_transposed(simd, *half);
                for (tap, value) in taps.iter_mut().zip(values) {
                    put(simd, tap, at, value);
                }
            }
        }
    }
}

struct TransformGradient<'a> {
    plan: &'a WinogradPlan,
    dy: &'a [f32],
    points: &'a mut [f32],
}

impl WithSimd for TransformGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let images = self.dy.len() / self.plan.output.len();
        self.plan.tiling.visit(simd, images, &mut self);
    }
}

impl PerKind for TransformGradient<'_> {
    #[inline(always)]
    fn tiles<S: Simd, F, const I: usize, const O: usize, const J: usize, const P: usize>(
        &mut self,
        simd: S,
        kind: &Kind,
    ) where
        F: Axis<I, O> + Axis<J, P>,
    {
        let shape = self.plan.output;
        let (stride, panel) = (self.plan.point(shape.channels), self.plan.gradient_panel());
        let mut half = [[simd.splat_f32s(0.0); I]; P];
        for place in kind.places() {
            let dy = &self.dy[place.image * shape.len()..][..shape.len()];
            let under = Under::<O, P>::new(place.first, [0, 0], shape);
            for c in (0..shape.channels).step_by(S::F32_LANES) {
                let start = c / PANEL * panel + c % PANEL;
                both_axes(
                    simd,
                    &mut half,
                    #[inline(always)]
                    |column| <F as Axis<I, O>>::output_transposed(simd, column),
                    #[inline(always)]
                    |row| <F as Axis<J, P>>::output_transposed(simd, row),
                    #[inline(always)]
                    |i, j| get_padded(simd, dy, under.at(i, j, c)),
                    #[inline(always)]
                    |i, j, value| {
                        let at = kind.at::<F, I, J>(place, [i, j], stride, PANEL);
                        put(simd, self.points, at + start, value);
                    },
                );
            }
        }
    }
}

/// `B v Bᵀ` of every tile, added up where tiles overlap.
struct SpreadInput<'a> {
    plan: &'a WinogradPlan,
    points: &'a [f32],
    dx: &'a mut [f32],
}

impl WithSimd for SpreadInput<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        self.dx.fill(0.0);
        let images = self.dx.len() / self.plan.input.len();
        self.plan.tiling.visit(simd, images, &mut self);
    }
}

impl PerKind for SpreadInput<'_> {
    #[inline(always)]
    fn tiles<S: Simd, F, const I: usize, const O: usize, const J: usize, const P: usize>(
        &mut self,
        simd: S,
        kind: &Kind,
    ) where
        F: Axis<I, O> + Axis<J, P>,
    {
        let shape = self.plan.input;
        let stride = self.plan.point(shape.channels);
        let mut half = [[simd.splat_f32s(0.0); I]; J];
        for place in kind.places() {
            let dx = &mut self.dx[place.image * shape.len()..][..shape.len()];
            let under = Under::<I, J>::new(place.first, self.plan.before, shape);
            for c in (0..shape.channels).step_by(S::F32_LANES) {
                both_axes(
                    simd,
                    &mut half,
                    #[inline(always)]
                    |column| <F as Axis<I, O>>::input_transposed(simd, column),
                    #[inline(always)]
                    |row| <F as Axis<J, P>>::input_transposed(simd, row),
                    #[inline(always)]
                    |i, j| {
                        let at = kind.at::<F, I, J>(place, [i, j], stride, shape.channels);
                        get(simd, self.points, at + c)
                    },
                    #[inline(always)]
                    |i, j, value| {
                        let at = under.at(i, j, c);
                        if let Some(dx) = dx.get_mut(at..at + S::F32_LANES) {
                            let sum = simd.add_f32s(get(simd, dx, 0), value);
                            put(simd, dx, 0, sum);
                        }
                    },
                );
            }
        }
    }
}
