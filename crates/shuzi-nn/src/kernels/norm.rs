//! Batch normalisation, a ReLU after it folded in, over one image's positions.
//!
//! All of it is bound by memory: rows are read in the order in which they lie,
//! and the backward pass finds out from the input, which it needs anyway,
//! where the ReLU was open.

use pulp::{Simd, WithSimd};

use super::{
    isa::arch,
    lanes::{read, write},
};

/// Vectors of channels whose sums are in registers at a time.
const ABREAST: usize = 4;

/// What [`affine`] does to each channel: `y = scale · x + shift`, cut off
/// below zero if `relu`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Affine<'a> {
    pub(crate) scale: &'a [f32],
    pub(crate) shift: &'a [f32],
    pub(crate) relu: bool,
}

impl Affine<'_> {
    /// Least value that is not cut off.
    #[inline(always)]
    pub(super) fn floor<S: Simd>(&self, simd: S) -> S::f32s {
        simd.splat_f32s(if self.relu { 0.0 } else { f32::NEG_INFINITY })
    }

    /// Without the cut.
    #[inline(always)]
    pub(super) fn apply<S: Simd>(&self, simd: S, x: S::f32s, start: usize) -> S::f32s {
        let (scale, shift) = (read(simd, self.scale, start), read(simd, self.shift, start));
        simd.mul_add_e_f32s(x, scale, shift)
    }

    /// `dy` where the cut left `x` as it was, zero elsewhere.
    #[inline(always)]
    fn open<S: Simd>(&self, simd: S, x: S::f32s, dy: S::f32s, start: usize) -> S::f32s {
        let open = simd.greater_than_f32s(self.apply(simd, x, start), self.floor(simd));
        simd.select_f32s(open, dy, simd.splat_f32s(0.0))
    }
}

/// A matrix of rows by channels.
#[derive(Clone, Copy)]
struct Rows<'a> {
    data: &'a [f32],
    channels: usize,
}

impl Rows<'_> {
    /// The channels of row `row` from `start`.
    #[inline(always)]
    fn at<S: Simd>(&self, simd: S, row: usize, start: usize) -> S::f32s {
        let row = &self.data[row * self.channels..][..self.channels];
        read(simd, row, start)
    }
}

/// Two summands of each channel.
trait PairOfTerms {
    /// Those of row `row` for the channels from `start`.
    fn terms<S: Simd>(&self, simd: S, row: usize, start: usize) -> [S::f32s; 2];
}

/// Sums over the rows for each channel.
struct Sums<'a, T> {
    terms: T,
    rows: usize,
    first: &'a mut [f32],
    second: &'a mut [f32],
}

impl<T: PairOfTerms> Sums<'_, T> {
    /// Those of `N` vectors of channels from `start`.
    #[inline(always)]
    fn add_up<S: Simd, const N: usize>(&mut self, simd: S, start: usize) {
        let zero = simd.splat_f32s(0.0);
        let mut sums = [[zero; 2]; N];
        for row in 0..self.rows {
            for (n, [first, second]) in sums.iter_mut().enumerate() {
                let [a, b] = self.terms.terms(simd, row, start + n * S::F32_LANES);
                *first = simd.add_f32s(*first, a);
                *second = simd.add_f32s(*second, b);
            }
        }
        for (n, [first, second]) in sums.into_iter().enumerate() {
            write(simd, self.first, start + n * S::F32_LANES, first);
            write(simd, self.second, start + n * S::F32_LANES, second);
        }
    }
}

impl<T: PairOfTerms> WithSimd for Sums<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let channels = self.first.len();
        let mut start = 0;
        while start + ABREAST * S::F32_LANES <= channels {
            self.add_up::<S, ABREAST>(simd, start);
            start += ABREAST * S::F32_LANES;
        }
        while start + 2 * S::F32_LANES <= channels {
            self.add_up::<S, 2>(simd, start);
            start += 2 * S::F32_LANES;
        }
        while start < channels {
            self.add_up::<S, 1>(simd, start);
            start += S::F32_LANES;
        }
    }
}

/// A channel and its square.
struct Moments<'a>(Rows<'a>);

impl PairOfTerms for Moments<'_> {
    #[inline(always)]
    fn terms<S: Simd>(&self, simd: S, row: usize, start: usize) -> [S::f32s; 2] {
        let x = self.0.at(simd, row, start);
        [x, simd.mul_f32s(x, x)]
    }
}

/// Adds up each channel of `x` (`[positions, c]`) and its square.
pub(crate) fn sums(x: &[f32], sum: &mut [f32], square: &mut [f32]) {
    let channels = sum.len();
    arch().dispatch(Sums {
        terms: Moments(Rows { data: x, channels }),
        rows: x.len() / channels,
        first: sum,
        second: square,
    });
}

/// [`sums`] of each image of `x` (`len` values an image) in a row of `rows`, which
/// holds one sum a channel and then the squares'.
pub(crate) fn image_sums(x: &[f32], len: usize, rows: &mut [f32]) {
    let images = x.chunks_exact(len);
    let row = rows.len() / images.len().max(1);
    for (x, row) in images.zip(rows.chunks_exact_mut(row.max(1))) {
        let (sum, square) = row.split_at_mut(row.len() / 2);
        sums(x, sum, square);
    }
}

/// Writes `affine` of `x` (`[positions, c]`) to `y`.
pub(crate) fn affine(x: &[f32], affine: Affine<'_>, y: &mut [f32]) {
    arch().dispatch(Apply { x, affine, y });
}

struct Apply<'a> {
    x: &'a [f32],
    affine: Affine<'a>,
    y: &'a mut [f32],
}

impl WithSimd for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, affine, y } = self;
        let c = affine.scale.len();
        let floor = affine.floor(simd);
        for (x, y) in x.chunks_exact(c).zip(y.chunks_exact_mut(c)) {
            for start in (0..c).step_by(S::F32_LANES) {
                let value = affine.apply(simd, read(simd, x, start), start);
                let above = simd.greater_than_f32s(value, floor);
                write(simd, y, start, simd.select_f32s(above, value, floor));
            }
        }
    }
}

/// `dy` and `dy · (x − mean)`.
struct Gradients<'a> {
    x: Rows<'a>,
    dy: Rows<'a>,
    mean: &'a [f32],
    affine: Affine<'a>,
}

impl PairOfTerms for Gradients<'_> {
    #[inline(always)]
    fn terms<S: Simd>(&self, simd: S, row: usize, start: usize) -> [S::f32s; 2] {
        let x = self.x.at(simd, row, start);
        let dy = self.dy.at(simd, row, start);
        let dy = self.affine.open(simd, x, dy, start);
        let offset = simd.sub_f32s(x, read(simd, self.mean, start));
        [dy, simd.mul_f32s(dy, offset)]
    }
}

/// For each channel the sums of `dy` and of `dy · (x − mean)`, where `dy`
/// counts only where `affine` did not cut off.
pub(crate) fn gradient_sums(
    x: &[f32],
    dy: &[f32],
    mean: &[f32],
    affine: Affine<'_>,
    sum: &mut [f32],
    product: &mut [f32],
) {
    let channels = sum.len();
    arch().dispatch(Sums {
        terms: Gradients {
            x: Rows { data: x, channels },
            dy: Rows { data: dy, channels },
            mean,
            affine,
        },
        rows: x.len() / channels,
        first: sum,
        second: product,
    });
}

/// What [`input_gradient`] needs of each channel:
/// `dx = a · dy + b · x + c`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GradientTerms<'a> {
    pub(crate) a: &'a [f32],
    pub(crate) b: &'a [f32],
    pub(crate) c: &'a [f32],
}

/// The gradient of the input; `dy` counts only where `affine` did not cut off.
pub(crate) fn input_gradient(
    x: &[f32],
    dy: &[f32],
    terms: GradientTerms<'_>,
    affine: Affine<'_>,
    dx: &mut [f32],
) {
    arch().dispatch(InputGradient {
        x,
        dy,
        terms,
        affine,
        dx,
    });
}

struct InputGradient<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    terms: GradientTerms<'a>,
    affine: Affine<'a>,
    dx: &'a mut [f32],
}

impl WithSimd for InputGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            x,
            dy,
            terms,
            affine,
            dx,
        } = self;
        let c = terms.a.len();
        let rows = x.chunks_exact(c).zip(dy.chunks_exact(c));
        for ((x, dy), dx) in rows.zip(dx.chunks_exact_mut(c)) {
            for start in (0..c).step_by(S::F32_LANES) {
                let x = read(simd, x, start);
                let dy = affine.open(simd, x, read(simd, dy, start), start);
                let [a, b, c] = [terms.a, terms.b, terms.c].map(
                    #[inline(always)]
                    |term| read(simd, term, start),
                );
                let still = simd.mul_add_e_f32s(b, x, c);
                write(simd, dx, start, simd.mul_add_e_f32s(a, dy, still));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::reference::{assert_close, random};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn sums_and_gradients_equal_naive(positions in 1usize..30, c in 1usize..150, relu: bool) {
            let (x, dy) = (random(1, positions * c), random(2, positions * c));
            let (scale, shift, mean) = (random(3, c), random(4, c), random(5, c));
            let column = |f: &dyn Fn(usize) -> f32| -> Vec<f32> {
                (0..c).map(|channel| (0..positions).map(|p| f(p * c + channel)).sum()).collect()
            };

            let (mut sum, mut square) = (vec![f32::NAN; c], vec![f32::NAN; c]);
            sums(&x, &mut sum, &mut square);
            assert_close(&sum, &column(&|i| x[i]), 1e-5);
            assert_close(&square, &column(&|i| x[i] * x[i]), 1e-5);

            let mut y = vec![f32::NAN; x.len()];
            let terms = Affine { scale: &scale, shift: &shift, relu };
            affine(&x, terms, &mut y);
            let expected: Vec<f32> = (0..x.len())
                .map(|i| x[i] * scale[i % c] + shift[i % c])
                .map(|v| if relu { v.max(0.0) } else { v })
                .collect();
            assert_close(&y, &expected, 1e-6);

            let dy_at = |i: usize| if !relu || y[i] > 0.0 { dy[i] } else { 0.0 };
            gradient_sums(&x, &dy, &mean, terms, &mut sum, &mut square);
            assert_close(&sum, &column(&|i| dy_at(i)), 1e-5);
            assert_close(&square, &column(&|i| dy_at(i) * (x[i] - mean[i % c])), 1e-5);

            let mut dx = vec![f32::NAN; x.len()];
            let factors = GradientTerms { a: &scale, b: &shift, c: &mean };
            input_gradient(&x, &dy, factors, terms, &mut dx);
            let expected: Vec<f32> = (0..x.len())
                .map(|i| scale[i % c] * dy_at(i) + shift[i % c] * x[i] + mean[i % c])
                .collect();
            assert_close(&dx, &expected, 1e-6);
        }
    }
}
