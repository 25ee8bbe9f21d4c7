//! Convolution as an implicit matrix product: the kernel's rows are read from
//! a zero-padded copy of the map, where each is one contiguous run, so that
//! nothing is laid out as im2col would.
//!
//! The gradient of the data is a convolution too (of the spread-out output
//! gradient with the flipped kernel) and runs through the same plan type.

use super::matmul::{Epilogue, Grid, Output, PANEL, Product, TransposedProduct, pack, packed_len};
use crate::{Shape, Window};

/// Most rows of a kernel's gradient that one task computes.
const GRADIENT_ROWS: usize = 48;

/// Everything about a convolution but its numbers.
#[derive(Clone, Debug)]
pub(crate) struct ConvPlan {
    /// The map as it comes.
    source: Shape,
    /// The map with every row and column that a window touches.
    padded: Shape,
    /// Rows above and columns left of the map in `padded`; below 0 where so many
    /// of the map's own are left out, which no window touches.
    before: [isize; 2],
    /// Distance in `padded` of neighbours in `source`.
    spacing: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    output: Shape,
    groups: usize,
    /// Start of each contiguous piece under the kernel, and its length.
    runs: Vec<usize>,
    run: usize,
}

impl ConvPlan {
    /// The convolution of `input` to `out_channels` under `window`.
    pub(crate) fn forward(
        input: Shape,
        out_channels: usize,
        window: &Window,
        groups: usize,
    ) -> Self {
        let [height, width] = window.output;
        let output = Shape::new(height, width, out_channels);
        Self::new(
            [input, output],
            window.before.map(|before| before as isize),
            [1, 1],
            window.stride,
            window,
            groups,
        )
    }

    /// The convolution that takes the gradient of the output to that of the
    /// input.
    pub(crate) fn data_gradient(
        input: Shape,
        out_channels: usize,
        window: &Window,
        groups: usize,
    ) -> Self {
        let [height, width] = window.output;
        let source = Shape::new(height, width, out_channels);
        let before = [0, 1].map(|axis| {
            let reach = (window.kernel[axis] - 1) * window.dilation[axis];
            reach as isize - window.before[axis] as isize
        });
        Self::new(
            [source, input],
            before,
            window.stride,
            [1, 1],
            window,
            groups,
        )
    }

    /// Kernel and dilation are those of `window`; the other steps may be swapped.
    fn new(
        [source, output]: [Shape; 2],
        before: [isize; 2],
        spacing: [usize; 2],
        stride: [usize; 2],
        window: &Window,
        groups: usize,
    ) -> Self {
        let (kernel, dilation) = (window.kernel, window.dilation);
        let extent = |axis: usize, inside: usize, outputs: usize| {
            let span = (kernel[axis] - 1) * dilation[axis] + 1;
            let touched = (outputs - 1) * stride[axis] + span;
            let end = before[axis] + ((inside - 1) * spacing[axis]) as isize + 1;
            touched.max(end.max(0) as usize)
        };
        let padded = Shape::new(
            extent(0, source.height, output.height),
            extent(1, source.width, output.width),
            source.channels,
        );
        let line = dilation[0] * padded.width * padded.channels;
        let tap = dilation[1] * padded.channels;
        let (runs, run) = if groups == 1 && (dilation[1] == 1 || kernel[1] == 1) {
            let runs = (0..kernel[0]).map(|y| y * line).collect();
            (runs, kernel[1] * padded.channels)
        } else {
            let taps = (0..kernel[0]).flat_map(|y| (0..kernel[1]).map(move |x| (y, x)));
            let runs = taps.map(|(y, x)| y * line + x * tap).collect();
            (runs, padded.channels / groups)
        };
        Self {
            source,
            padded,
            before,
            spacing,
            kernel,
            stride,
            output,
            groups,
            runs,
            run,
        }
    }

    /// Input and output channels of a group.
    fn group(&self) -> (usize, usize) {
        (
            self.source.channels / self.groups,
            self.output.channels / self.groups,
        )
    }

    /// Values under the kernel at one position of one group.
    fn taps(&self) -> usize {
        self.runs.len() * self.run
    }

    /// Values of the padded map, 0 if the map serves as it is.
    pub(crate) fn padded_len(&self) -> usize {
        if self.padded == self.source && self.before == [0; 2] {
            0
        } else {
            self.padded.len()
        }
    }

    /// Copies one image into `padded`, zeros around it.
    pub(crate) fn pad(&self, image: &[f32], padded: &mut [f32]) {
        let Shape {
            width, channels, ..
        } = self.padded;
        padded.fill(0.0);
        // Where the n-th row or column goes; left out where that is before 0.
        let place = |axis: usize, n: usize| {
            usize::try_from(self.before[axis] + (n * self.spacing[axis]) as isize).ok()
        };
        let lines = image.chunks_exact(self.source.width * channels);
        for (y, line) in lines.enumerate() {
            let Some(row) = place(0, y) else { continue };
            let target = &mut padded[row * width * channels..][..width * channels];
            if let (1, Some(first)) = (self.spacing[1], place(1, 0)) {
                target[first * channels..][..line.len()].copy_from_slice(line);
                continue;
            }
            for (x, values) in line.chunks_exact(channels).enumerate() {
                let Some(column) = place(1, x) else { continue };
                target[column * channels..][..channels].copy_from_slice(values);
            }
        }
    }

    /// Values of the packed kernel.
    pub(crate) fn packed_len(&self) -> usize {
        self.groups * packed_len(self.taps(), self.group().1)
    }

    /// Packs the kernel `[kh, kw, in / groups, out]`.
    pub(crate) fn pack(&self, weights: &[f32], packed: &mut [f32]) {
        let (out, taps) = (self.group().1, self.taps());
        for (group, packed) in packed.chunks_exact_mut(packed_len(taps, out)).enumerate() {
            pack(
                &weights[group * out..],
                self.output.channels,
                taps,
                out,
                packed,
            );
        }
    }

    /// Turns the kernel of the forward convolution into that of its data
    /// gradient, which is this plan's: `[kh, kw, i, o]` to
    /// `[kh, kw, o / groups, i]`, both axes flipped.
    pub(crate) fn flip(&self, weights: &[f32], flipped: &mut [f32]) {
        // The gradient's inputs are the forward convolution's outputs.
        let (go, gi) = self.group();
        let (outputs, inputs) = (self.source.channels, self.output.channels);
        let taps = self.kernel[0] * self.kernel[1];
        for (tap, target) in flipped.chunks_exact_mut(go * inputs).enumerate() {
            let source = &weights[(taps - 1 - tap) * gi * outputs..][..gi * outputs];
            for group in 0..self.groups {
                for i in 0..gi {
                    for o in 0..go {
                        target[o * inputs + group * gi + i] = source[i * outputs + group * go + o];
                    }
                }
            }
        }
    }

    /// One image: `padded` through the packed kernel into `y`, `[h, w, c]`.
    pub(crate) fn run(
        &self,
        padded: &[f32],
        packed: &[f32],
        epilogue: Epilogue<'_>,
        y: &mut [f32],
    ) {
        let go = self.group().1;
        for (group, packed) in packed.chunks_exact(packed_len(self.taps(), go)).enumerate() {
            let epilogue = match epilogue {
                Epilogue::Bias { bias, relu } => Epilogue::Bias {
                    bias: &bias[group * go..],
                    relu,
                },
                other => other,
            };
            Product {
                a: padded,
                grid: self.grid(group),
                runs: &self.runs,
                run: self.run,
                rows: self.output.positions(),
                b: packed,
                panel: self.taps() * PANEL,
            }
            .write(Output {
                data: &mut y[group * go..],
                stride: self.output.channels,
                columns: go,
                epilogue,
            });
        }
    }

    /// Where the windows of `group` start in the padded map.
    fn grid(&self, group: usize) -> Grid {
        Grid {
            start: group * self.group().0,
            width: self.output.width,
            line: self.stride[0] * self.padded.width * self.padded.channels,
            step: self.stride[1] * self.padded.channels,
        }
    }

    /// Values of one image's packed output gradient.
    pub(crate) fn packed_gradient_len(&self) -> usize {
        self.groups * packed_len(self.output.positions(), self.group().1)
    }

    /// Packs one image's output gradient for
    /// [`ConvPlan::add_weight_gradient`].
    pub(crate) fn pack_gradient(&self, dy: &[f32], packed: &mut [f32]) {
        let (out, positions) = (self.group().1, self.output.positions());
        for (group, packed) in packed
            .chunks_exact_mut(packed_len(positions, out))
            .enumerate()
        {
            pack(
                &dy[group * out..],
                self.output.channels,
                positions,
                out,
                packed,
            );
        }
    }

    /// Rows of the kernel's gradient (`[kh · kw · in / groups, out]`) in one
    /// task: a divisor of every run.
    pub(crate) fn gradient_rows(&self) -> usize {
        let most = GRADIENT_ROWS.min(self.run);
        (1..=most)
            .rev()
            .find(|rows| self.run.is_multiple_of(*rows))
            .unwrap_or(1)
    }

    /// Adds one image's share to rows `task · gradient_rows()` and following
    /// of the kernel's gradient.
    pub(crate) fn add_weight_gradient(
        &self,
        padded: &[f32],
        packed_dy: &[f32],
        task: usize,
        gradient: &mut [f32],
    ) {
        let out = self.group().1;
        let positions = self.output.positions();
        let row = task * self.gradient_rows();
        let offset = self.runs[row / self.run] + row % self.run;
        for (group, b) in packed_dy
            .chunks_exact(packed_len(positions, out))
            .enumerate()
        {
            let mut grid = self.grid(group);
            grid.start += offset;
            TransposedProduct {
                a: padded,
                grid,
                positions,
                rows: self.gradient_rows(),
                b,
                panel: positions * PANEL,
            }
            .write(Output {
                data: &mut gradient[group * out..],
                stride: self.output.channels,
                columns: out,
                epilogue: Epilogue::Accumulate,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::reference::{assert_close, conv_terms, random};

    #[derive(Debug)]
    struct Case {
        input: Shape,
        out: usize,
        window: Window,
        groups: usize,
    }

    fn cases() -> impl Strategy<Value = Case> {
        let extents = (1usize..12, 1usize..12, 1usize..4, 1usize..4);
        let steps = (1usize..4, 1usize..4, 1usize..4, 1usize..4);
        let channels = (1usize..4, 1usize..5, 1usize..20);
        (extents, steps, (0usize..3, 0usize..3), channels).prop_map(
            |((h, w, kh, kw), steps, pad, (groups, gi, go))| {
                let kernel = [kh, kw];
                let before = [pad.0, pad.1];
                let (stride, dilation) = ([steps.0, steps.1], [steps.2, steps.3]);
                let span = [(kh - 1) * dilation[0] + 1, (kw - 1) * dilation[1] + 1];
                let (h, w) = (h.max(span[0]), w.max(span[1]));
                let output = [
                    (h + 2 * before[0] - span[0]) / stride[0] + 1,
                    (w + 2 * before[1] - span[1]) / stride[1] + 1,
                ];
                Case {
                    input: Shape::new(h, w, groups * gi),
                    out: groups * go,
                    window: Window {
                        kernel,
                        stride,
                        dilation,
                        before,
                        output,
                    },
                    groups,
                }
            },
        )
    }

    fn padded(plan: &ConvPlan, image: &[f32]) -> Vec<f32> {
        if plan.padded_len() == 0 {
            return image.to_vec();
        }
        let mut padded = vec![f32::NAN; plan.padded_len()];
        plan.pad(image, &mut padded);
        padded
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(160))]

        #[test]
        fn forward_equals_naive(Case { input, out, window, groups } in cases()) {
            let plan = ConvPlan::forward(input, out, &window, groups);
            let x = random(1, input.len());
            let w = random(2, plan.taps() * out);
            let mut expected = vec![0.0; plan.output.len()];
            conv_terms(1, input, &window, out, groups, |i, k, o| expected[o] += x[i] * w[k]);

            let mut packed = vec![f32::NAN; plan.packed_len()];
            plan.pack(&w, &mut packed);
            let mut y = vec![f32::NAN; plan.output.len()];
            plan.run(&padded(&plan, &x), &packed, Epilogue::Store, &mut y);
            assert_close(&y, &expected, 1e-5);
        }

        #[test]
        fn data_gradient_equals_naive(Case { input, out, window, groups } in cases()) {
            let plan = ConvPlan::data_gradient(input, out, &window, groups);
            let w = random(2, window.kernel[0] * window.kernel[1] * input.channels / groups * out);
            let dy = random(3, plan.source.len());
            let mut expected = vec![0.0; input.len()];
            conv_terms(1, input, &window, out, groups, |i, k, o| expected[i] += dy[o] * w[k]);

            let mut flipped = vec![f32::NAN; w.len()];
            plan.flip(&w, &mut flipped);
            let mut packed = vec![f32::NAN; plan.packed_len()];
            plan.pack(&flipped, &mut packed);
            let mut dx = vec![f32::NAN; input.len()];
            plan.run(&padded(&plan, &dy), &packed, Epilogue::Store, &mut dx);
            assert_close(&dx, &expected, 1e-5);
        }

        #[test]
        fn weight_gradient_equals_naive(Case { input, out, window, groups } in cases()) {
            let plan = ConvPlan::forward(input, out, &window, groups);
            let x = random(1, input.len());
            let dy = random(3, plan.output.len());
            let mut expected = vec![1.0; plan.taps() * out];
            conv_terms(1, input, &window, out, groups, |i, k, o| expected[k] += x[i] * dy[o]);

            let padded = padded(&plan, &x);
            let mut packed = vec![f32::NAN; plan.packed_gradient_len()];
            plan.pack_gradient(&dy, &mut packed);
            let mut gradient = vec![1.0; expected.len()];
            for (task, rows) in gradient.chunks_mut(plan.gradient_rows() * out).enumerate() {
                plan.add_weight_gradient(&padded, &packed, task, rows);
            }
            assert_close(&gradient, &expected, 1e-5);
        }
    }
}
