//! Batch normalisation, a ReLU after it folded in, over one image's positions.
//!
//! Channels are taken 16 at a time, so that sums stay in registers.

use pulp::Arch;

use super::lanes::{LANES, read, write};

/// Adds up each channel of `x` (`[positions, c]`) and its square.
pub(crate) fn sums(x: &[f32], sum: &mut [f32], square: &mut [f32]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for start in (0..sum.len()).step_by(LANES) {
                let (mut s, mut q) = ([0.0; LANES], [0.0; LANES]);
                for x in x.chunks_exact(sum.len()) {
                    let x = read(x, start);
                    for i in 0..LANES {
                        s[i] += x[i];
                        q[i] += x[i] * x[i];
                    }
                }
                write(sum, start, &s);
                write(square, start, &q);
            }
        },
    );
}

/// `y = scale · x + shift` for each channel, cut off below zero if `relu`.
pub(crate) fn affine(x: &[f32], scale: &[f32], shift: &[f32], relu: bool, y: &mut [f32]) {
    let floor = if relu { 0.0 } else { f32::NEG_INFINITY };
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let c = scale.len();
            for (x, y) in x.chunks_exact(c).zip(y.chunks_exact_mut(c)) {
                for (((y, &x), &scale), &shift) in y.iter_mut().zip(x).zip(scale).zip(shift) {
                    let value = x * scale + shift;
                    *y = if value > floor { value } else { floor };
                }
            }
        },
    );
}

/// For each channel the sums of `dy` and of `dy · (x − mean)`, where `dy`
/// counts only where `y` is positive if `relu`.
pub(crate) fn gradient_sums(
    x: &[f32],
    y: &[f32],
    dy: &[f32],
    mean: &[f32],
    relu: bool,
    sum: &mut [f32],
    product: &mut [f32],
) {
    let floor = if relu { 0.0 } else { f32::NEG_INFINITY };
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let c = sum.len();
            for start in (0..c).step_by(LANES) {
                let mean = read(mean, start);
                let (mut s, mut q) = ([0.0; LANES], [0.0; LANES]);
                let rows = x.chunks_exact(c).zip(y.chunks_exact(c));
                for ((x, y), dy) in rows.zip(dy.chunks_exact(c)) {
                    let (x, y, dy) = (read(x, start), read(y, start), read(dy, start));
                    for i in 0..LANES {
                        let dy = if y[i] > floor { dy[i] } else { 0.0 };
                        s[i] += dy;
                        q[i] += dy * (x[i] - mean[i]);
                    }
                }
                write(sum, start, &s);
                write(product, start, &q);
            }
        },
    );
}

/// What [`input_gradient`] needs of each channel:
/// `dx = a · dy + b · x + c`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GradientTerms<'a> {
    pub(crate) a: &'a [f32],
    pub(crate) b: &'a [f32],
    pub(crate) c: &'a [f32],
}

/// The gradient of the input; `dy` counts only where `y` is positive if
/// `relu`.
pub(crate) fn input_gradient(
    x: &[f32],
    y: &[f32],
    dy: &[f32],
    terms: GradientTerms<'_>,
    relu: bool,
    dx: &mut [f32],
) {
    let floor = if relu { 0.0 } else { f32::NEG_INFINITY };
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let c = terms.a.len();
            let rows = x
                .chunks_exact(c)
                .zip(y.chunks_exact(c))
                .zip(dy.chunks_exact(c));
            for (((x, y), dy), dx) in rows.zip(dx.chunks_exact_mut(c)) {
                let channels = terms.a.iter().zip(terms.b).zip(terms.c);
                let values = dx.iter_mut().zip(x).zip(y).zip(dy);
                for ((((dx, &x), &y), &dy), ((a, b), c)) in values.zip(channels) {
                    let dy = if y > floor { dy } else { 0.0 };
                    *dx = a * dy + (b * x + c);
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::reference::{assert_close, random};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn sums_and_gradients_equal_naive(positions in 1usize..30, c in 1usize..50, relu: bool) {
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
            affine(&x, &scale, &shift, relu, &mut y);
            let expected: Vec<f32> = (0..x.len())
                .map(|i| x[i] * scale[i % c] + shift[i % c])
                .map(|v| if relu { v.max(0.0) } else { v })
                .collect();
            assert_close(&y, &expected, 1e-6);

            let dy_at = |i: usize| if !relu || y[i] > 0.0 { dy[i] } else { 0.0 };
            gradient_sums(&x, &y, &dy, &mean, relu, &mut sum, &mut square);
            assert_close(&sum, &column(&|i| dy_at(i)), 1e-5);
            assert_close(&square, &column(&|i| dy_at(i) * (x[i] - mean[i % c])), 1e-5);

            let mut dx = vec![f32::NAN; x.len()];
            input_gradient(&x, &y, &dy, GradientTerms { a: &scale, b: &shift, c: &mean }, relu, &mut dx);
            let expected: Vec<f32> = (0..x.len())
                .map(|i| scale[i % c] * dy_at(i) + shift[i % c] * x[i] + mean[i % c])
                .collect();
            assert_close(&dx, &expected, 1e-6);
        }
    }
}
