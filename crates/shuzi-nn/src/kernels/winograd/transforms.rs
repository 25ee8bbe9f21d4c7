//! The matrices of F(4×4, 3×3) (Lavin and Gray 2016), as additions and
//! multiplications on vectors of channels.
//!
//! With `d` a 6×6 tile of the input, `g` the 3×3 kernel and `y` the 4×4
//! output: `y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A`. The gradients run the same
//! matrices the other way round.

use pulp::Simd;

/// Extent of an input tile.
pub(super) const IN: usize = 6;
/// Extent of an output tile.
pub(super) const OUT: usize = 4;
/// Points of a transformed tile.
pub(crate) const POINTS: usize = IN * IN;

/// G, the kernel's matrix.
pub(super) const G: [[f32; 3]; IN] = [
    [1.0 / 4.0, 0.0, 0.0],
    [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
    [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
    [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
    [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
    [0.0, 0.0, 1.0],
];

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

    /// `k · a + b`.
    #[inline(always)]
    fn fma(self, k: f32, a: S::f32s, b: S::f32s) -> S::f32s {
        self.0.mul_add_e_f32s(self.0.splat_f32s(k), a, b)
    }
}

/// `Bᵀ d`.
pub(super) struct Input;

impl Transform<IN, IN> for Input {
    #[inline(always)]
    fn apply<S: Simd>(simd: S, d: [S::f32s; IN]) -> [S::f32s; IN] {
        let v = V(simd);
        let [d0, d1, d2, d3, d4, d5] = d;
        let even = v.fma(-4.0, d2, d4);
        let odd = v.fma(-4.0, d1, d3);
        let near = v.sub(d4, d2);
        let far = v.sub(d3, d1);
        [
            v.fma(4.0, d0, v.fma(-5.0, d2, d4)),
            v.add(even, odd),
            v.sub(even, odd),
            v.fma(2.0, far, near),
            v.fma(-2.0, far, near),
            v.fma(4.0, d1, v.fma(-5.0, d3, d5)),
        ]
    }
}

/// `B v`, the transpose of [`Input`].
pub(super) struct InputTransposed;

impl Transform<IN, IN> for InputTransposed {
    #[inline(always)]
    fn apply<S: Simd>(simd: S, t: [S::f32s; IN]) -> [S::f32s; IN] {
        let v = V(simd);
        let [t0, t1, t2, t3, t4, t5] = t;
        let (sum, difference) = (v.add(t1, t2), v.sub(t1, t2));
        let (outer, outer_difference) = (v.add(t3, t4), v.sub(t3, t4));
        let zero = simd.splat_f32s(0.0);
        let twice = v.fma(2.0, outer_difference, zero);
        [
            v.fma(4.0, t0, zero),
            v.fma(4.0, t5, v.fma(-4.0, difference, v.sub(zero, twice))),
            v.fma(-5.0, t0, v.fma(-4.0, sum, v.sub(zero, outer))),
            v.fma(-5.0, t5, v.add(difference, twice)),
            v.add(t0, v.add(sum, outer)),
            t5,
        ]
    }
}

/// `Aᵀ m`.
pub(super) struct OutputPoints;

impl Transform<IN, OUT> for OutputPoints {
    #[inline(always)]
    fn apply<S: Simd>(simd: S, m: [S::f32s; IN]) -> [S::f32s; OUT] {
        let v = V(simd);
        let [m0, m1, m2, m3, m4, m5] = m;
        let (sum, difference) = (v.add(m1, m2), v.sub(m1, m2));
        let (outer, outer_difference) = (v.add(m3, m4), v.sub(m3, m4));
        [
            v.add(v.add(m0, sum), outer),
            v.fma(2.0, outer_difference, difference),
            v.fma(4.0, outer, sum),
            v.fma(8.0, outer_difference, v.add(difference, m5)),
        ]
    }
}

/// `A y`, the transpose of [`OutputPoints`].
pub(super) struct OutputTransposed;

impl Transform<OUT, IN> for OutputTransposed {
    #[inline(always)]
    fn apply<S: Simd>(simd: S, y: [S::f32s; OUT]) -> [S::f32s; IN] {
        let v = V(simd);
        let [y0, y1, y2, y3] = y;
        let (near, near_odd) = (v.add(y0, y2), v.add(y1, y3));
        let far = v.fma(4.0, y2, y0);
        let far_odd = v.fma(8.0, y3, v.add(y1, y1));
        [
            y0,
            v.add(near, near_odd),
            v.sub(near, near_odd),
            v.add(far, far_odd),
            v.sub(far, far_odd),
            y3,
        ]
    }
}

/// A matrix that is applied to vectors of channels.
///
/// A trait and not a function value: the call must be inlined to be compiled
/// for the instruction set at hand.
pub(super) trait Transform<const N: usize, const M: usize> {
    /// The matrix times `x`.
    fn apply<S: Simd>(simd: S, x: [S::f32s; N]) -> [S::f32s; M];
}

/// `F x Fᵀ`: the matrix applied to every column, then to every row. `load`
/// gives the value in a row and column of `x`, `store` takes those of the
/// result, row by row.
///
/// Both closures must be marked `#[inline(always)]`. The half-transformed tile
/// goes through `half`, which the caller makes once for all tiles, lest it be
/// zeroed for each.
#[inline(always)]
pub(super) fn both_axes<F: Transform<N, M>, S: Simd, const N: usize, const M: usize>(
    simd: S,
    half: &mut [[S::f32s; M]; N],
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
        *transformed = F::apply(simd, column);
    }
    for i in 0..M {
        let mut row = [zero; N];
        for (value, column) in row.iter_mut().zip(&*half) {
            *value = column[i];
        }
        for (j, value) in F::apply(simd, row).into_iter().enumerate() {
            store(i, j, value);
        }
    }
}
