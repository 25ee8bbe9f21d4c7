//! Batch normalisation, ReLU and the max pooling after them in one pass over a map,
//! forward and back, where pooling cuts the map in windows that don't overlap.
//!
//! What the pooling read is not kept: it is computed again from the input, which
//! costs less than to fetch it.

use pulp::{Simd, WithSimd};

use super::{
    isa::arch,
    lanes::{read, write},
    norm::{Affine, GradientTerms},
    pool::{PoolPlan, Under},
};

/// Writes the maxima of `affine` of `x` (`[h, w, c]`) to `y` (`[oh, ow, c]`).
pub(crate) fn forward(plan: &PoolPlan, x: &[f32], affine: Affine<'_>, y: &mut [f32]) {
    arch().dispatch(Forward { plan, x, affine, y });
}

/// An image on the way back: what went in and came out, and the gradient of that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Image<'a> {
    pub(crate) x: &'a [f32],
    pub(crate) y: &'a [f32],
    pub(crate) dy: &'a [f32],
}

/// For each channel the sums of the gradient and of its product with `x − mean`,
/// where it counts only at each window's first maximum, if `affine` did not cut it
/// off.
pub(crate) fn gradient_sums(
    plan: &PoolPlan,
    image: Image<'_>,
    mean: &[f32],
    affine: Affine<'_>,
    sum: &mut [f32],
    product: &mut [f32],
) {
    sum.fill(0.0);
    product.fill(0.0);
    arch().dispatch(Sums {
        windows: Windows {
            plan,
            image,
            affine,
        },
        mean,
        sum,
        product,
    });
}

/// The gradient of `x`, `a · dy + b · x + c`; `dy` counts as in [`gradient_sums`].
pub(crate) fn input_gradient(
    plan: &PoolPlan,
    image: Image<'_>,
    terms: GradientTerms<'_>,
    affine: Affine<'_>,
    dx: &mut [f32],
) {
    arch().dispatch(InputGradient {
        windows: Windows {
            plan,
            image,
            affine,
        },
        terms,
        dx,
    });
}

struct Forward<'a> {
    plan: &'a PoolPlan,
    x: &'a [f32],
    affine: Affine<'a>,
    y: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { plan, x, affine, y } = self;
        let c = plan.input.channels;
        plan.visit(
            S::F32_LANES,
            #[inline(always)]
            |under, o, start| {
                let mut highest = affine.floor(simd);
                for p in under.positions() {
                    let x = read(simd, &x[p * c..][..c], start);
                    let value = affine.apply(simd, x, start);
                    let more = simd.greater_than_f32s(value, highest);
                    highest = simd.select_f32s(more, value, highest);
                }
                write(simd, &mut y[o * c..][..c], start, highest);
            },
        );
    }
}

/// The windows of an image on the way back.
struct Windows<'a> {
    plan: &'a PoolPlan,
    image: Image<'a>,
    affine: Affine<'a>,
}

impl Windows<'_> {
    /// Calls `work` with every position under the window of output `o`, its input and
    /// its share of the window's gradient, in the channels from `start`.
    #[inline(always)]
    fn share<S: Simd>(
        &self,
        simd: S,
        under: &Under,
        o: usize,
        start: usize,
        mut work: impl FnMut(usize, S::f32s, S::f32s),
    ) {
        let c = self.plan.input.channels;
        let zero = simd.splat_f32s(0.0);
        let y = read(simd, &self.image.y[o * c..][..c], start);
        let dy = read(simd, &self.image.dy[o * c..][..c], start);
        let open = simd.greater_than_f32s(y, self.affine.floor(simd));
        let mut rest = simd.select_f32s(open, dy, zero);
        for p in under.positions() {
            let x = read(simd, &self.image.x[p * c..][..c], start);
            let highest = simd.equal_f32s(self.affine.apply(simd, x, start), y);
            work(p, x, simd.select_f32s(highest, rest, zero));
            rest = simd.select_f32s(highest, zero, rest);
        }
    }
}

struct Sums<'a> {
    windows: Windows<'a>,
    mean: &'a [f32],
    sum: &'a mut [f32],
    product: &'a mut [f32],
}

impl WithSimd for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            windows,
            mean,
            sum,
            product,
        } = self;
        windows.plan.visit(
            S::F32_LANES,
            #[inline(always)]
            |under, o, start| {
                let mean = read(simd, mean, start);
                let mut sums = [read(simd, sum, start), read(simd, product, start)];
                windows.share(
                    simd,
                    under,
                    o,
                    start,
                    #[inline(always)]
                    |_, x, dy| {
                        let offset = simd.sub_f32s(x, mean);
                        sums[0] = simd.add_f32s(sums[0], dy);
                        sums[1] = simd.mul_add_e_f32s(dy, offset, sums[1]);
                    },
                );
                write(simd, sum, start, sums[0]);
                write(simd, product, start, sums[1]);
            },
        );
    }
}

struct InputGradient<'a> {
    windows: Windows<'a>,
    terms: GradientTerms<'a>,
    dx: &'a mut [f32],
}

impl WithSimd for InputGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { windows, terms, dx } = self;
        let channels = windows.plan.input.channels;
        windows.plan.visit(
            S::F32_LANES,
            #[inline(always)]
            |under, o, start| {
                let [a, b, c] = [terms.a, terms.b, terms.c].map(
                    #[inline(always)]
                    |term| read(simd, term, start),
                );
                windows.share(
                    simd,
                    under,
                    o,
                    start,
                    #[inline(always)]
                    |p, x, dy| {
                        let dx = &mut dx[p * channels..][..channels];
                        let value = simd.mul_add_e_f32s(a, dy, simd.mul_add_e_f32s(b, x, c));
                        write(simd, dx, start, value);
                    },
                );
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Shape, Window,
        kernels::{
            norm,
            pool::PoolMode,
            reference::{assert_close, random},
        },
    };

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn one_pass_equals_two(
            (oh, ow, c) in (1usize..6, 1usize..6, 1usize..40), (kh, kw) in (1usize..4, 1usize..4),
            relu: bool,
        ) {
            let plan = PoolPlan {
                input: Shape::new(oh * kh, ow * kw, c),
                window: Window {
                    dilation: [1, 1],
                    kernel: [kh, kw],
                    stride: [kh, kw],
                    before: [0, 0],
                    output: [oh, ow],
                },
                mode: PoolMode::Max,
            };
            // Few distinct values, so that maxima tie.
            let x: Vec<f32> = random(1, plan.input.len()).iter().map(|v| (v * 4.0).round()).collect();
            let dy = random(2, plan.output().len());
            let [scale, shift, mean] = [3, 4, 5].map(|seed| random(seed, c));
            let affine = Affine { scale: &scale, shift: &shift, relu };
            let terms = GradientTerms { a: &mean, b: &shift, c: &scale };

            let mut normal = vec![f32::NAN; x.len()];
            norm::affine(&x, affine, &mut normal);
            let mut expected = vec![f32::NAN; plan.output().len()];
            plan.forward(&normal, &mut expected);
            let mut dnormal = vec![f32::NAN; x.len()];
            plan.backward(&normal, &expected, &dy, &mut dnormal);
            let [mut sum, mut product] = [vec![f32::NAN; c], vec![f32::NAN; c]];
            norm::gradient_sums(&x, &dnormal, &mean, affine, &mut sum, &mut product);
            let mut dx = vec![f32::NAN; x.len()];
            norm::input_gradient(&x, &dnormal, terms, affine, &mut dx);

            let mut y = vec![f32::NAN; expected.len()];
            forward(&plan, &x, affine, &mut y);
            prop_assert_eq!(&y, &expected);
            let image = Image { x: &x, y: &y, dy: &dy };
            let [mut fused_sum, mut fused_product] = [vec![f32::NAN; c], vec![f32::NAN; c]];
            gradient_sums(&plan, image, &mean, affine, &mut fused_sum, &mut fused_product);
            assert_close(&fused_sum, &sum, 1e-5);
            assert_close(&fused_product, &product, 1e-5);
            let mut fused_dx = vec![f32::NAN; x.len()];
            input_gradient(&plan, image, terms, affine, &mut fused_dx);
            assert_close(&fused_dx, &dx, 1e-6);
        }
    }
}
