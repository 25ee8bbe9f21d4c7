//! The matrices of Winograd's convolutions (Lavin and Gray 2016), as additions and
//! multiplications on vectors of channels, and those of the smaller tiles at a map's
//! end.
//!
//! With `d` a tile of the input, `g` the kernel and `y` the output:
//! `y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A`. The gradients run the same matrices the other
//! way round.
//!
//! A tile of fewer outputs does without some of the points. G, transformed once for all
//! tiles, has the scale of all points; the smaller tiles' B makes up for it.

mod eight;
mod six;

pub(super) use eight::Eight;
pub(super) use six::Six;

use pulp::Simd;

/// Most points along an axis.
pub(super) const MOST: usize = 8;

/// Where a kernel and tiles are evaluated along an axis; the last point is ∞.
pub(super) trait Points {
    /// How many there are.
    const COUNT: usize;
}

/// Which point of `F` is the `index`-th of a tile that has `N`: the first ones, and ∞.
#[inline(always)]
pub(super) fn point_of<F: Points, const N: usize>(index: usize) -> usize {
    if index + 1 == N { F::COUNT - 1 } else { index }
}

/// Arithmetic on one vector of channels.
#[derive(Clone, Copy)]
struct V<S: Simd>(S);

impl<S: Simd> V<S> {
    #[inline(always)]
    fn add(self, a: S::f32s, b: S::f32s) -> S::f32s {
        self.0.add_f32s(a, b)
    }

    #[inline(always)]
    fn sub(self, a: S::f32s, b: S::f32s) -> S::f32s {
        self.0.sub_f32s(a, b)
    }

    #[inline(always)]
    fn mul(self, k: f32, a: S::f32s) -> S::f32s {
        self.0.mul_f32s(self.0.splat_f32s(k), a)
    }

    /// `k · a + b`.
    #[inline(always)]
    fn fma(self, k: f32, a: S::f32s, b: S::f32s) -> S::f32s {
        self.0.mul_add_e_f32s(self.0.splat_f32s(k), a, b)
    }
}

/// The matrices along one axis of a tile with `I` inputs, as many points and
/// `O` outputs.
///
/// A trait and not a table: the call must be inlined to be compiled for the
/// instruction set at hand.
pub(super) trait Axis<const I: usize, const O: usize>: Points {
    /// `Bᵀ d`.
    fn input<S: Simd>(simd: S, d: [S::f32s; I]) -> [S::f32s; I];

    /// `B t`.
    fn input_transposed<S: Simd>(simd: S, t: [S::f32s; I]) -> [S::f32s; I];

    /// `Aᵀ m`.
    fn output<S: Simd>(simd: S, m: [S::f32s; I]) -> [S::f32s; O];

    /// `A y`.
    fn output_transposed<S: Simd>(simd: S, y: [S::f32s; O]) -> [S::f32s; I];
}

/// The matrices along one axis of a kernel of `K` taps, at `N` points.
pub(super) trait Taps<const K: usize, const N: usize>: Points {
    /// `G g`.
    fn points<S: Simd>(simd: S, g: [S::f32s; K]) -> [S::f32s; N];

    /// `Gᵀ p`.
    fn points_transposed<S: Simd>(simd: S, p: [S::f32s; N]) -> [S::f32s; K];
}

/// `F x F'ᵀ`: `down` applied to every column, then `across` to every row. `load`
/// gives the value in a row and column of `x`, `store` takes those of the
/// result, row by row.
///
/// All closures must be marked `#[inline(always)]`. The half-transformed tile
/// goes through `half`, which the caller makes once for all tiles, lest it be
/// zeroed for each.
#[inline(always)]
pub(super) fn both_axes<
    S: Simd,
    const N: usize,
    const M: usize,
    const ACROSS_N: usize,
    const ACROSS_M: usize,
>(
    simd: S,
    half: &mut [[S::f32s; M]; ACROSS_N],
    down: impl Fn([S::f32s; N]) -> [S::f32s; M],
    across: impl Fn([S::f32s; ACROSS_N]) -> [S::f32s; ACROSS_M],
    load: impl Fn(usize, usize) -> S::f32s,
    mut store: impl FnMut(usize, usize, S::f32s),
) {
    let zero = simd.splat_f32s(0.0);
    // `half[j][i]`: row i of the transformed column j.
    for (j, transformed) in half.iter_mut().enumerate() {
        let mut column = [zero; N];
        for (i, value) in column.iter_mut().enumerate() {
            *value = load(i, j);
        }
        *transformed = down(column);
    }
    for i in 0..M {
        let mut row = [zero; ACROSS_N];
        for (value, column) in row.iter_mut().zip(&*half) {
            *value = column[i];
        }
        for (j, value) in across(row).into_iter().enumerate() {
            store(i, j, value);
        }
    }
}
