//! Convolution by the loops of its definition: what the fast ways are checked with over
//! whole trainings.

use super::{matmul::Epilogue, vectorized::vectorized};
use crate::{Shape, Window};

/// Everything about such a convolution but its numbers.
#[derive(Clone, Debug)]
pub(crate) struct DirectPlan {
    pub(crate) input: Shape,
    pub(crate) out_channels: usize,
    pub(crate) window: Window,
    pub(crate) groups: usize,
}

impl DirectPlan {
    /// Values of an image's output.
    pub(crate) fn output_len(&self) -> usize {
        let [height, width] = self.window.output;
        height * width * self.out_channels
    }

    /// Values of one tap of the kernel, `[in / groups, out]`.
    pub(crate) fn tap_len(&self) -> usize {
        self.input.channels / self.groups * self.out_channels
    }

    /// Input and output channels of a group.
    fn group(&self) -> [usize; 2] {
        [self.input.channels, self.out_channels].map(|channels| channels / self.groups)
    }

    /// Calls `visit` with the offsets of the input's and the output's channels at every
    /// pair of positions that meet under a tap.
    #[inline(always)]
    fn meet(&self, tap: usize, mut visit: impl FnMut(usize, usize)) {
        let [rows, columns] = self.window.output;
        let [down, across] = [tap / self.window.kernel[1], tap % self.window.kernel[1]];
        for y in 0..rows {
            let Some(from_y) = self.window.source(0, y, down, self.input.height) else {
                continue;
            };
            for x in 0..columns {
                let Some(from_x) = self.window.source(1, x, across, self.input.width) else {
                    continue;
                };
                visit(
                    (from_y * self.input.width + from_x) * self.input.channels,
                    (y * columns + x) * self.out_channels,
                );
            }
        }
    }

    fn taps(&self) -> usize {
        self.window.kernel.iter().product()
    }

    /// One image `x` through the kernel `[kh, kw, in / groups, out]`.
    pub(crate) fn forward(
        &self,
        x: &[f32],
        weights: &[f32],
        epilogue: Epilogue<'_>,
        y: &mut [f32],
    ) {
        let [from, to] = self.group();
        vectorized(
            #[inline(always)]
            || {
                for y in y.chunks_exact_mut(self.out_channels) {
                    match epilogue {
                        Epilogue::Bias { bias, .. } => y.copy_from_slice(bias),
                        Epilogue::Store | Epilogue::Accumulate => y.fill(0.0),
                    }
                }
                for tap in 0..self.taps() {
                    let weights = &weights[tap * self.tap_len()..][..self.tap_len()];
                    self.meet(
                        tap,
                        #[inline(always)]
                        |source, target| {
                            for group in 0..self.groups {
                                let x = &x[source + group * from..][..from];
                                let y = &mut y[target + group * to..][..to];
                                for (x, w) in x.iter().zip(weights.chunks_exact(self.out_channels))
                                {
                                    add_scaled(*x, &w[group * to..][..to], y);
                                }
                            }
                        },
                    );
                }
            },
        );
    }

    /// The gradient of one tap, `[in / groups, out]`, over all images.
    pub(crate) fn tap_gradient(&self, x: &[f32], dy: &[f32], tap: usize, gradient: &mut [f32]) {
        let [from, to] = self.group();
        vectorized(
            #[inline(always)]
            || {
                gradient.fill(0.0);
                let images = x.chunks_exact(self.input.len());
                for (x, dy) in images.zip(dy.chunks_exact(self.output_len())) {
                    self.meet(
                        tap,
                        #[inline(always)]
                        |source, target| {
                            for group in 0..self.groups {
                                let x = &x[source + group * from..][..from];
                                let dy = &dy[target + group * to..][..to];
                                let rows = gradient.chunks_exact_mut(self.out_channels);
                                for (x, row) in x.iter().zip(rows) {
                                    add_scaled(*x, dy, &mut row[group * to..][..to]);
                                }
                            }
                        },
                    );
                }
            },
        );
    }

    /// The gradient of one image; `weights` are [`transposed`].
    pub(crate) fn data_gradient(&self, dy: &[f32], weights: &[f32], dx: &mut [f32]) {
        let [from, to] = self.group();
        vectorized(
            #[inline(always)]
            || {
                dx.fill(0.0);
                for tap in 0..self.taps() {
                    let weights = &weights[tap * self.tap_len()..][..self.tap_len()];
                    self.meet(
                        tap,
                        #[inline(always)]
                        |source, target| {
                            for group in 0..self.groups {
                                let dx = &mut dx[source + group * from..][..from];
                                let dy = &dy[target + group * to..][..to];
                                let rows = weights[group * to * from..].chunks_exact(from);
                                for (dy, w) in dy.iter().zip(rows) {
                                    add_scaled(*dy, w, dx);
                                }
                            }
                        },
                    );
                }
            },
        );
    }
}

/// Writes a kernel `[kh, kw, in / groups, out]` as `[kh, kw, out, in / groups]`.
pub(crate) fn transposed(kernel: &[f32], plan: &DirectPlan, to: &mut [f32]) {
    let [inputs, _] = plan.group();
    let taps = kernel.chunks_exact(plan.tap_len());
    for (tap, to) in taps.zip(to.chunks_exact_mut(plan.tap_len())) {
        for (i, row) in tap.chunks_exact(plan.out_channels).enumerate() {
            for (o, value) in row.iter().enumerate() {
                to[o * inputs + i] = *value;
            }
        }
    }
}

#[inline(always)]
fn add_scaled(factor: f32, x: &[f32], y: &mut [f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += factor * x;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::reference::{assert_close, conv_terms, random};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn equals_the_terms(
            (h, w) in (3usize..8, 3usize..8), (kh, kw) in (1usize..4, 1usize..4),
            stride in 1usize..3, before in 0usize..2, groups in 1usize..3,
            (from, to) in (1usize..5, 1usize..5),
        ) {
            let output = [h, w].map(|extent| (extent + before).saturating_sub(1) / stride + 1);
            let window = Window {
                dilation: [1, 1],
                kernel: [kh, kw],
                stride: [stride; 2],
                before: [before; 2],
                output,
            };
            let input = Shape::new(h, w, from * groups);
            let plan = DirectPlan { input, out_channels: to * groups, window, groups };
            let x = random(1, input.len());
            let weights = random(2, kh * kw * plan.tap_len());
            let dy = random(3, plan.output_len());
            let mut expected = [vec![0.0; dy.len()], vec![0.0; weights.len()], vec![0.0; x.len()]];
            let [expected_y, expected_dw, expected_dx] = &mut expected;
            conv_terms(1, input, &window, plan.out_channels, groups, |i, k, o| {
                expected_y[o] += x[i] * weights[k];
                expected_dw[k] += x[i] * dy[o];
                expected_dx[i] += weights[k] * dy[o];
            });

            let mut y = vec![f32::NAN; dy.len()];
            plan.forward(&x, &weights, Epilogue::Store, &mut y);
            assert_close(&y, expected_y, 1e-5);
            let mut dw = vec![f32::NAN; weights.len()];
            for (tap, gradient) in dw.chunks_exact_mut(plan.tap_len()).enumerate() {
                plan.tap_gradient(&x, &dy, tap, gradient);
            }
            assert_close(&dw, expected_dw, 1e-5);
            let mut turned = vec![f32::NAN; weights.len()];
            transposed(&weights, &plan, &mut turned);
            let mut dx = vec![f32::NAN; x.len()];
            plan.data_gradient(&dy, &turned, &mut dx);
            assert_close(&dx, expected_dx, 1e-5);
        }
    }
}
