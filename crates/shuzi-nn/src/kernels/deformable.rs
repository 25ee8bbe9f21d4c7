//! Deformable sampling of one image (Dai et al. 2017): every tap of a kernel
//! reads the map at a place of its own, between pixels by bilinear
//! interpolation, zeros outside.

use super::vectorized::vectorized;
use crate::{Shape, Window};

/// Where the taps of a kernel fall before they are moved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeformablePlan {
    pub(crate) input: Shape,
    pub(crate) window: Window,
}

/// The four pixels around a place: index of the pixel's first channel, `None`
/// outside the map, and the shares of the lower row and the right column.
struct Corners {
    pixels: [Option<usize>; 4],
    down: f32,
    right: f32,
}

impl Corners {
    /// Weights of the four pixels, in the order of `pixels`.
    fn shares(&self) -> [f32; 4] {
        let (up, left) = (1.0 - self.down, 1.0 - self.right);
        [
            up * left,
            up * self.right,
            self.down * left,
            self.down * self.right,
        ]
    }
}

impl DeformablePlan {
    /// Taps of the kernel.
    pub(crate) fn taps(&self) -> usize {
        self.window.kernel[0] * self.window.kernel[1]
    }

    fn positions(&self) -> usize {
        self.window.output[0] * self.window.output[1]
    }

    /// Values of one image's offsets: `[h, w, taps, 2]`, rows before columns.
    pub(crate) fn offsets_len(&self) -> usize {
        self.positions() * self.taps() * 2
    }

    /// Values of one image's columns: `[h, w, taps, c]`.
    pub(crate) fn columns_len(&self) -> usize {
        self.positions() * self.taps() * self.input.channels
    }

    /// What `tap` of the window at `position` reads when it is moved by
    /// `offset`.
    fn corners(&self, position: usize, tap: usize, offset: &[f32; 2]) -> Corners {
        let at = [
            position / self.window.output[1],
            position % self.window.output[1],
        ];
        let tap = [tap / self.window.kernel[1], tap % self.window.kernel[1]];
        let extent = [self.input.height, self.input.width];
        // Far outside everything is zero; clamped so that no offset, however
        // large, leaves the range of integers.
        let place = [0, 1].map(|axis| {
            let still = (at[axis] * self.window.stride[axis] + tap[axis]) as f32
                - self.window.before[axis] as f32;
            (still + offset[axis]).clamp(-2.0, extent[axis] as f32 + 1.0)
        });
        let floor = place.map(f32::floor);
        let pixel = |down: isize, right: isize| {
            let row = usize::try_from(floor[0] as isize + down).ok()?;
            let column = usize::try_from(floor[1] as isize + right).ok()?;
            (row < extent[0] && column < extent[1])
                .then(|| (row * extent[1] + column) * self.input.channels)
        };
        Corners {
            pixels: [pixel(0, 0), pixel(0, 1), pixel(1, 0), pixel(1, 1)],
            down: place[0] - floor[0],
            right: place[1] - floor[1],
        }
    }

    /// Reads `x` (one image) at the moved places into `columns`.
    pub(crate) fn sample(&self, x: &[f32], offsets: &[f32], columns: &mut [f32]) {
        let c = self.input.channels;
        let (offsets, _) = offsets.as_chunks::<2>();
        vectorized(
            #[inline(always)]
            || {
                let places = columns.chunks_exact_mut(c).zip(offsets).enumerate();
                for (place, (column, offset)) in places {
                    let corners = self.corners(place / self.taps(), place % self.taps(), offset);
                    column.fill(0.0);
                    for (pixel, share) in corners.pixels.into_iter().zip(corners.shares()) {
                        let Some(pixel) = pixel else { continue };
                        for (column, x) in column.iter_mut().zip(&x[pixel..pixel + c]) {
                            *column += share * x;
                        }
                    }
                }
            },
        );
    }

    /// From the columns' gradient to that of the offsets, and of `x`, to which
    /// it is added.
    pub(crate) fn gradient(
        &self,
        x: &[f32],
        offsets: &[f32],
        d_columns: &[f32],
        d_offsets: &mut [f32],
        mut dx: Option<&mut [f32]>,
    ) {
        let c = self.input.channels;
        let (offsets, _) = offsets.as_chunks::<2>();
        let (d_offsets, _) = d_offsets.as_chunks_mut::<2>();
        vectorized(
            #[inline(always)]
            || {
                let places = d_columns.chunks_exact(c).zip(offsets).zip(&mut *d_offsets);
                for (place, ((dy, offset), d_offset)) in places.enumerate() {
                    let corners = self.corners(place / self.taps(), place % self.taps(), offset);
                    let shares = corners.shares();
                    // How much of the gradient each pixel's value would get.
                    let mut sums = [0.0f32; 4];
                    for (corner, pixel) in corners.pixels.into_iter().enumerate() {
                        let Some(pixel) = pixel else { continue };
                        sums[corner] = dot(dy, &x[pixel..pixel + c]);
                        if let Some(dx) = dx.as_deref_mut() {
                            for (dx, dy) in dx[pixel..pixel + c].iter_mut().zip(dy) {
                                *dx += shares[corner] * dy;
                            }
                        }
                    }
                    let [up_left, up_right, down_left, down_right] = sums;
                    let Corners { down, right, .. } = corners;
                    *d_offset = [
                        (1.0 - right) * (down_left - up_left) + right * (down_right - up_right),
                        (1.0 - down) * (up_right - up_left) + down * (down_right - down_left),
                    ];
                }
            },
        );
    }
}

/// Sixteen sums side by side, so that the loop vectorises.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a, a_rest) = a.as_chunks::<16>();
    let (b, b_rest) = b.as_chunks::<16>();
    let mut sums = [0.0; 16];
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::reference::{assert_close, random};

    fn plan(height: usize, width: usize, channels: usize, stride: [usize; 2]) -> DeformablePlan {
        DeformablePlan {
            input: Shape::new(height, width, channels),
            window: Window {
                dilation: [1, 1],
                kernel: [3, 2],
                stride,
                before: [1, 0],
                output: [(height - 1) / stride[0] + 1, (width - 2) / stride[1] + 1],
            },
        }
    }

    /// Bilinear interpolation as its definition has it: a hat over every pixel
    /// of the map.
    fn naive(plan: &DeformablePlan, x: &[f32], offsets: &[f32]) -> Vec<f32> {
        let Shape {
            height,
            width,
            channels,
        } = plan.input;
        let hat = |a: f32, b: usize| (1.0 - (a - b as f32).abs()).max(0.0);
        let mut columns = Vec::new();
        for (place, offset) in offsets.chunks_exact(2).enumerate() {
            let (position, tap) = (place / plan.taps(), place % plan.taps());
            let (row, column) = (
                position / plan.window.output[1],
                position % plan.window.output[1],
            );
            let y = (row * plan.window.stride[0] + tap / 2) as f32 - 1.0 + offset[0];
            let x_at = (column * plan.window.stride[1] + tap % 2) as f32 + offset[1];
            for channel in 0..channels {
                let mut sum = 0.0;
                for i in 0..height {
                    for j in 0..width {
                        sum += hat(y, i) * hat(x_at, j) * x[(i * width + j) * channels + channel];
                    }
                }
                columns.push(sum);
            }
        }
        columns
    }

    #[test]
    fn sampling_equals_its_definition() {
        for (case, (plan, reach)) in [
            (plan(7, 7, 17, [1, 1]), 0.0),
            (plan(7, 5, 32, [1, 1]), 2.0),
            (plan(3, 3, 1, [1, 1]), 4.0),
            (plan(14, 13, 3, [2, 2]), 1e9),
        ]
        .into_iter()
        .enumerate()
        {
            let x = random(case as u64, plan.input.len());
            let offsets: Vec<f32> = random(50, plan.offsets_len())
                .into_iter()
                .map(|offset| reach * offset)
                .collect();
            let mut columns = vec![f32::NAN; plan.columns_len()];
            plan.sample(&x, &offsets, &mut columns);
            assert_close(&columns, &naive(&plan, &x, &offsets), 1e-5);
        }
    }

    #[test]
    fn gradients_equal_differences() {
        let plan = plan(6, 5, 4, [1, 1]);
        let x = random(1, plan.input.len());
        // Between pixels: on them the interpolation has corners.
        let offsets: Vec<f32> = random(2, plan.offsets_len())
            .into_iter()
            .map(|offset| (2.0 * offset).floor() + 0.5 + 0.4 * offset)
            .collect();
        let d_columns = random(3, plan.columns_len());
        let loss = |x: &[f32], offsets: &[f32]| {
            let mut columns = vec![0.0; plan.columns_len()];
            plan.sample(x, offsets, &mut columns);
            let products = columns.iter().zip(&d_columns);
            products.map(|(a, b)| f64::from(a * b)).sum::<f64>()
        };
        let mut d_offsets = vec![f32::NAN; offsets.len()];
        let mut dx = vec![0.0; x.len()];
        plan.gradient(&x, &offsets, &d_columns, &mut d_offsets, Some(&mut dx));
        let difference = |values: &[f32], i: usize, loss: &dyn Fn(&[f32]) -> f64| {
            let moved = |by: f32| {
                let mut moved = values.to_vec();
                moved[i] += by;
                loss(&moved)
            };
            ((moved(1e-2) - moved(-1e-2)) / 2e-2) as f32
        };
        let expected: Vec<f32> = (0..offsets.len())
            .map(|i| difference(&offsets, i, &|offsets| loss(&x, offsets)))
            .collect();
        assert_close(&d_offsets, &expected, 2e-3);
        let expected: Vec<f32> = (0..x.len())
            .map(|i| difference(&x, i, &|x| loss(x, &offsets)))
            .collect();
        assert_close(&dx, &expected, 2e-3);
    }

    #[test]
    fn offsets_that_are_no_number_read_nothing_outside_the_map() {
        let plan = plan(4, 4, 2, [1, 1]);
        let x = random(1, plan.input.len());
        for wild in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let offsets = vec![wild; plan.offsets_len()];
            let mut columns = vec![0.0; plan.columns_len()];
            plan.sample(&x, &offsets, &mut columns);
        }
    }
}
