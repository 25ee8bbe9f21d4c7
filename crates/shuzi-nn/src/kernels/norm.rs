//! Batch normalisation, a ReLU after it folded in, over one image's positions.
//!
//! All of it is bound by memory: rows are read in the order in which they lie,
//! and the backward pass finds out from the input, which it needs anyway,
//! where the ReLU was open.

use super::{
    lanes::{Block, LANES, read, write},
    vectorized::vectorized,
};

/// Blocks of channels whose sums are in registers at a time.
const ABREAST: usize = 4;

/// What [`affine`] does to each channel: `y = scale · x + shift`, cut off
/// below zero if `relu`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Affine<'a> {
    pub(crate) scale: &'a [f32],
    pub(crate) shift: &'a [f32],
    pub(crate) relu: bool,
}

/// Two sums over the rows for each channel, in registers for
/// `ABREAST · LANES` channels at a time.
///
/// A trait and not a function value: the call must be inlined to be compiled
/// for the instruction set at hand.
trait PairOfSums {
    /// The summands of row `row` for the block of channels from `start`.
    fn terms(&self, row: usize, start: usize) -> [Block; 2];
}

#[inline(always)]
fn add_up<T: PairOfSums>(terms: &T, rows: usize, first: &mut [f32], second: &mut [f32]) {
    let channels = first.len();
    let mut start = 0;
    while start + ABREAST * LANES <= channels {
        add_up_blocks::<T, ABREAST>(terms, rows, start, first, second);
        start += ABREAST * LANES;
    }
    while start + 2 * LANES <= channels {
        add_up_blocks::<T, 2>(terms, rows, start, first, second);
        start += 2 * LANES;
    }
    while start < channels {
        add_up_blocks::<T, 1>(terms, rows, start, first, second);
        start += LANES;
    }
}

#[inline(always)]
fn add_up_blocks<T: PairOfSums, const N: usize>(
    terms: &T,
    rows: usize,
    start: usize,
    first: &mut [f32],
    second: &mut [f32],
) {
    let mut sums = [[[0.0; LANES]; 2]; N];
    for row in 0..rows {
        for (n, [a, b]) in sums.iter_mut().enumerate() {
            let [x, y] = terms.terms(row, start + n * LANES);
            for i in 0..LANES {
                a[i] += x[i];
                b[i] += y[i];
            }
        }
    }
    for (n, [a, b]) in sums.iter().enumerate() {
        write(first, start + n * LANES, a);
        write(second, start + n * LANES, b);
    }
}

/// A matrix of rows by channels.
#[derive(Clone, Copy)]
struct Rows<'a> {
    data: &'a [f32],
    channels: usize,
}

impl Rows<'_> {
    /// The block of row `row` from channel `start`, zeros past the last.
    #[inline(always)]
    fn block(&self, row: usize, start: usize) -> Block {
        read(&self.data[row * self.channels..][..self.channels], start)
    }
}

struct Moments<'a>(Rows<'a>);

impl PairOfSums for Moments<'_> {
    #[inline(always)]
    fn terms(&self, row: usize, start: usize) -> [Block; 2] {
        let x = self.0.block(row, start);
        [x, x.map(|x| x * x)]
    }
}

/// Adds up each channel of `x` (`[positions, c]`) and its square.
pub(crate) fn sums(x: &[f32], sum: &mut [f32], square: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            let channels = sum.len();
            let moments = Moments(Rows { data: x, channels });
            add_up(&moments, x.len() / channels, sum, square);
        },
    );
}

/// Writes `affine` of `x` (`[positions, c]`) to `y`.
pub(crate) fn affine(x: &[f32], affine: Affine<'_>, y: &mut [f32]) {
    let c = affine.scale.len();
    let floor = affine.floor();
    vectorized(
        #[inline(always)]
        || {
            for (x, y) in x.chunks_exact(c).zip(y.chunks_exact_mut(c)) {
                for start in (0..c).step_by(LANES) {
                    let mut block = affine.apply(&read(x, start), start);
                    for value in &mut block {
                        *value = if *value > floor { *value } else { floor };
                    }
                    write(y, start, &block);
                }
            }
        },
    );
}

impl Affine<'_> {
    fn floor(&self) -> f32 {
        if self.relu { 0.0 } else { f32::NEG_INFINITY }
    }

    /// Without the cut.
    #[inline(always)]
    fn apply(&self, x: &Block, start: usize) -> Block {
        let (scale, shift) = (read(self.scale, start), read(self.shift, start));
        let mut y = [0.0; LANES];
        for i in 0..LANES {
            y[i] = x[i] * scale[i] + shift[i];
        }
        y
    }

    /// `dy` where the cut left `x` as it was, zero elsewhere.
    #[inline(always)]
    fn open(&self, x: &Block, dy: &Block, start: usize, floor: f32) -> Block {
        let y = self.apply(x, start);
        let mut open = [0.0; LANES];
        for i in 0..LANES {
            open[i] = if y[i] > floor { dy[i] } else { 0.0 };
        }
        open
    }
}

struct Gradients<'a> {
    x: Rows<'a>,
    dy: Rows<'a>,
    mean: &'a [f32],
    affine: Affine<'a>,
    floor: f32,
}

impl PairOfSums for Gradients<'_> {
    #[inline(always)]
    fn terms(&self, row: usize, start: usize) -> [Block; 2] {
        let (x, dy) = (self.x.block(row, start), self.dy.block(row, start));
        let mean = read(self.mean, start);
        let dy = self.affine.open(&x, &dy, start, self.floor);
        let mut product = [0.0; LANES];
        for i in 0..LANES {
            product[i] = dy[i] * (x[i] - mean[i]);
        }
        [dy, product]
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
    vectorized(
        #[inline(always)]
        || {
            let channels = sum.len();
            let gradients = Gradients {
                x: Rows { data: x, channels },
                dy: Rows { data: dy, channels },
                mean,
                affine,
                floor: affine.floor(),
            };
            add_up(&gradients, x.len() / channels, sum, product);
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

/// The gradient of the input; `dy` counts only where `affine` did not cut off.
pub(crate) fn input_gradient(
    x: &[f32],
    dy: &[f32],
    terms: GradientTerms<'_>,
    affine: Affine<'_>,
    dx: &mut [f32],
) {
    let floor = affine.floor();
    let c = terms.a.len();
    vectorized(
        #[inline(always)]
        || {
            let rows = x.chunks_exact(c).zip(dy.chunks_exact(c));
            for ((x, dy), dx) in rows.zip(dx.chunks_exact_mut(c)) {
                for start in (0..c).step_by(LANES) {
                    let x = read(x, start);
                    let dy = affine.open(&x, &read(dy, start), start, floor);
                    let [a, b, c] = [terms.a, terms.b, terms.c].map(|term| read(term, start));
                    let mut block = [0.0; LANES];
                    for i in 0..LANES {
                        block[i] = a[i] * dy[i] + (b[i] * x[i] + c[i]);
                    }
                    write(dx, start, &block);
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
