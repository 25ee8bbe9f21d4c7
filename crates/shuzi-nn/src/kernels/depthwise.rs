//! Convolution of each channel with a kernel of its own: no products of matrices, but a
//! vector of channels at a time under every tap.

use pulp::{Simd, WithSimd};

use super::{
    isa::arch,
    lanes::{read, write},
    matmul::Epilogue,
};
use crate::{Shape, Window};

/// Everything about such a convolution but its numbers; kernels are `[kh, kw, c]`.
#[derive(Clone, Debug)]
pub(crate) struct DepthwisePlan {
    pub(crate) input: Shape,
    pub(crate) window: Window,
}

impl DepthwisePlan {
    /// Values of an image's output.
    pub(crate) fn output_len(&self) -> usize {
        let [height, width] = self.window.output;
        height * width * self.input.channels
    }

    /// One image `x` through the kernel.
    pub(crate) fn forward(
        &self,
        x: &[f32],
        weights: &[f32],
        epilogue: Epilogue<'_>,
        y: &mut [f32],
    ) {
        arch().dispatch(Forward {
            plan: self,
            x,
            weights,
            epilogue,
            y,
        });
    }

    /// The gradient of one image's input.
    pub(crate) fn data_gradient(&self, dy: &[f32], weights: &[f32], dx: &mut [f32]) {
        dx.fill(0.0);
        arch().dispatch(DataGradient {
            plan: self,
            dy,
            weights,
            dx,
        });
    }

    /// Adds an image's share to the gradient of one tap of the kernel, `[c]`.
    pub(crate) fn add_tap_gradient(&self, x: &[f32], dy: &[f32], tap: usize, gradient: &mut [f32]) {
        arch().dispatch(TapGradient {
            plan: self,
            x,
            dy,
            tap,
            gradient,
        });
    }

    /// Calls `work` with every tap over the map, and where in it, for output (y, x).
    #[inline(always)]
    fn under(&self, y: usize, x: usize, mut work: impl FnMut(usize, usize)) {
        let [kh, kw] = self.window.kernel;
        for ky in 0..kh {
            let Some(row) = self.window.source(0, y, ky, self.input.height) else {
                continue;
            };
            for kx in 0..kw {
                if let Some(column) = self.window.source(1, x, kx, self.input.width) {
                    let at = (row * self.input.width + column) * self.input.channels;
                    work(ky * kw + kx, at);
                }
            }
        }
    }

    /// Calls `work` with every output: row, column and where it lies.
    #[inline(always)]
    fn outputs(&self, mut work: impl FnMut(usize, usize, usize)) {
        let [height, width] = self.window.output;
        for y in 0..height {
            for x in 0..width {
                work(y, x, (y * width + x) * self.input.channels);
            }
        }
    }
}

struct Forward<'a> {
    plan: &'a DepthwisePlan,
    x: &'a [f32],
    weights: &'a [f32],
    epilogue: Epilogue<'a>,
    y: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            plan,
            x,
            weights,
            epilogue,
            y,
        } = self;
        let c = plan.input.channels;
        let zero = simd.splat_f32s(0.0);
        plan.outputs(
            #[inline(always)]
            |row, column, to| {
                for start in (0..c).step_by(S::F32_LANES) {
                    let mut sum = match epilogue {
                        Epilogue::Bias { bias, .. } => read(simd, bias, start),
                        Epilogue::Accumulate => read(simd, &y[to..][..c], start),
                        Epilogue::Store => zero,
                    };
                    plan.under(
                        row,
                        column,
                        #[inline(always)]
                        |tap, from| {
                            let x = read(simd, &x[from..][..c], start);
                            let weight = read(simd, &weights[tap * c..][..c], start);
                            sum = simd.mul_add_e_f32s(x, weight, sum);
                        },
                    );
                    if let Epilogue::Bias { relu: true, .. } = epilogue {
                        sum = simd.max_f32s(sum, zero);
                    }
                    write(simd, &mut y[to..][..c], start, sum);
                }
            },
        );
    }
}

struct DataGradient<'a> {
    plan: &'a DepthwisePlan,
    dy: &'a [f32],
    weights: &'a [f32],
    dx: &'a mut [f32],
}

impl WithSimd for DataGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            plan,
            dy,
            weights,
            dx,
        } = self;
        let c = plan.input.channels;
        plan.outputs(
            #[inline(always)]
            |row, column, from| {
                for start in (0..c).step_by(S::F32_LANES) {
                    let dy = read(simd, &dy[from..][..c], start);
                    plan.under(
                        row,
                        column,
                        #[inline(always)]
                        |tap, to| {
                            let weight = read(simd, &weights[tap * c..][..c], start);
                            let dx = &mut dx[to..][..c];
                            let sum = simd.mul_add_e_f32s(dy, weight, read(simd, dx, start));
                            write(simd, dx, start, sum);
                        },
                    );
                }
            },
        );
    }
}

struct TapGradient<'a> {
    plan: &'a DepthwisePlan,
    x: &'a [f32],
    dy: &'a [f32],
    tap: usize,
    gradient: &'a mut [f32],
}

impl WithSimd for TapGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            plan,
            x,
            dy,
            tap,
            gradient,
        } = self;
        let (window, shape) = (&plan.window, plan.input);
        let c = shape.channels;
        let [ky, kx] = [tap / window.kernel[1], tap % window.kernel[1]];
        for start in (0..c).step_by(S::F32_LANES) {
            let mut sum = read(simd, gradient, start);
            plan.outputs(
                #[inline(always)]
                |row, column, to| {
                    let (Some(row), Some(column)) = (
                        window.source(0, row, ky, shape.height),
                        window.source(1, column, kx, shape.width),
                    ) else {
                        return;
                    };
                    let from = (row * shape.width + column) * c;
                    let x = read(simd, &x[from..][..c], start);
                    sum = simd.mul_add_e_f32s(x, read(simd, &dy[to..][..c], start), sum);
                },
            );
            write(simd, gradient, start, sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::reference::{assert_close, conv_terms, random};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn depthwise_equals_naive(
            (h, w, c) in (1usize..10, 1usize..10, 1usize..40), (kh, kw) in (1usize..4, 1usize..6),
            stride in (1usize..3, 1usize..3), dilation in (1usize..3, 1usize..3),
            pad in (0usize..3, 0usize..3), relu: bool,
        ) {
            let span = [(kh - 1) * dilation.0 + 1, (kw - 1) * dilation.1 + 1];
            let input = Shape::new(h.max(span[0]), w.max(span[1]), c);
            let window = Window {
                kernel: [kh, kw],
                stride: [stride.0, stride.1],
                dilation: [dilation.0, dilation.1],
                before: [pad.0, pad.1],
                output: [
                    (input.height + 2 * pad.0 - span[0]) / stride.0 + 1,
                    (input.width + 2 * pad.1 - span[1]) / stride.1 + 1,
                ],
            };
            let plan = DepthwisePlan { input, window };
            let (x, weights) = (random(1, input.len()), random(2, kh * kw * c));
            let (dy, bias) = (random(3, plan.output_len()), random(4, c));

            let mut expected: Vec<f32> = (0..dy.len()).map(|i| bias[i % c]).collect();
            conv_terms(1, input, &window, c, c, |i, k, o| expected[o] += x[i] * weights[k]);
            if relu {
                expected.iter_mut().for_each(|v| *v = v.max(0.0));
            }
            let mut y = vec![f32::NAN; dy.len()];
            plan.forward(&x, &weights, Epilogue::Bias { bias: &bias, relu }, &mut y);
            assert_close(&y, &expected, 1e-5);

            let mut expected = vec![0.0; x.len()];
            conv_terms(1, input, &window, c, c, |i, k, o| expected[i] += dy[o] * weights[k]);
            let mut dx = vec![f32::NAN; x.len()];
            plan.data_gradient(&dy, &weights, &mut dx);
            assert_close(&dx, &expected, 1e-5);

            let mut expected = vec![1.0; weights.len()];
            conv_terms(1, input, &window, c, c, |i, k, o| expected[k] += x[i] * dy[o]);
            let mut gradient = vec![1.0; weights.len()];
            for (tap, gradient) in gradient.chunks_mut(c).enumerate() {
                plan.add_tap_gradient(&x, &dy, tap, gradient);
            }
            assert_close(&gradient, &expected, 1e-5);
        }
    }
}
