//! Max and average pooling of one image, windows overlapping or not.

use std::ops::Range;

use pulp::{Simd, WithSimd};
use serde::{Deserialize, Serialize};

use super::{
    isa::arch,
    lanes::{read, write},
};
use crate::{Shape, Window};

/// How pooling sums up a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PoolMode {
    /// The largest value; padding never wins.
    Max,
    /// The mean of the values that are on the map.
    Average,
}

/// A pooling without its numbers.
#[derive(Clone, Debug)]
pub(crate) struct PoolPlan {
    pub(crate) input: Shape,
    pub(crate) window: Window,
    pub(crate) mode: PoolMode,
}

/// What lies under one window: rows and columns of the map.
pub(super) struct Under {
    rows: Range<usize>,
    columns: Range<usize>,
    width: usize,
}

impl Under {
    /// Positions in the map, row by row.
    #[inline(always)]
    pub(super) fn positions(&self) -> impl Iterator<Item = usize> {
        let (columns, width) = (self.columns.clone(), self.width);
        let row = move |row: usize| columns.clone().map(move |column| row * width + column);
        self.rows.clone().flat_map(row)
    }

    fn count(&self) -> usize {
        self.rows.len() * self.columns.len()
    }
}

impl PoolPlan {
    /// Shape of the output.
    pub(crate) fn output(&self) -> Shape {
        let [height, width] = self.window.output;
        Shape::new(height, width, self.input.channels)
    }

    /// `x` (`[h, w, c]`) to `y` (`[oh, ow, c]`).
    pub(crate) fn forward(&self, x: &[f32], y: &mut [f32]) {
        arch().dispatch(Forward { plan: self, x, y });
    }

    /// The gradient of the input. Of equal maxima the first takes it all.
    pub(crate) fn backward(&self, x: &[f32], y: &[f32], dy: &[f32], dx: &mut [f32]) {
        let fresh = self.partitions();
        if !fresh {
            dx.fill(0.0);
        }
        arch().dispatch(Backward {
            plan: self,
            x,
            y,
            dy,
            dx,
            fresh,
        });
    }

    /// Whether every value of the map lies under exactly one window, so that
    /// its gradient is written once and need not be added to.
    pub(crate) fn partitions(&self) -> bool {
        self.window.partitions(self.input)
    }

    /// Calls `work` with what lies under every window, the output's index,
    /// and the first channel of every vector of `lanes`.
    #[inline(always)]
    pub(super) fn visit(&self, lanes: usize, mut work: impl FnMut(&Under, usize, usize)) {
        let [height, width] = self.window.output;
        for y in 0..height {
            for x in 0..width {
                let under = Under {
                    rows: self.span(0, y, self.input.height),
                    columns: self.span(1, x, self.input.width),
                    width: self.input.width,
                };
                for start in (0..self.input.channels).step_by(lanes) {
                    work(&under, y * width + x, start);
                }
            }
        }
    }

    #[inline(always)]
    fn span(&self, axis: usize, output: usize, extent: usize) -> Range<usize> {
        let start = output * self.window.stride[axis];
        let before = self.window.before[axis];
        let end = (start + self.window.kernel[axis]).saturating_sub(before);
        start.saturating_sub(before)..end.min(extent)
    }
}

struct Forward<'a> {
    plan: &'a PoolPlan,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { plan, x, y } = self;
        let c = plan.input.channels;
        let mode = plan.mode;
        let first = simd.splat_f32s(match mode {
            PoolMode::Max => f32::NEG_INFINITY,
            PoolMode::Average => 0.0,
        });
        plan.visit(
            S::F32_LANES,
            #[inline(always)]
            |under, o, start| {
                let mut pooled = first;
                for p in under.positions() {
                    let x = read(simd, &x[p * c..][..c], start);
                    pooled = match mode {
                        PoolMode::Max => {
                            let more = simd.greater_than_f32s(x, pooled);
                            simd.select_f32s(more, x, pooled)
                        }
                        PoolMode::Average => simd.add_f32s(pooled, x),
                    };
                }
                if mode == PoolMode::Average {
                    let share = simd.splat_f32s(1.0 / under.count() as f32);
                    pooled = simd.mul_f32s(pooled, share);
                }
                write(simd, &mut y[o * c..][..c], start, pooled);
            },
        );
    }
}

struct Backward<'a> {
    plan: &'a PoolPlan,
    x: &'a [f32],
    y: &'a [f32],
    dy: &'a [f32],
    dx: &'a mut [f32],
    /// Whether `dx` is written, not added to.
    fresh: bool,
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            plan,
            x,
            y,
            dy,
            dx,
            fresh,
        } = self;
        let c = plan.input.channels;
        let zero = simd.splat_f32s(0.0);
        plan.visit(
            S::F32_LANES,
            #[inline(always)]
            |under, o, start| {
                let y = read(simd, &y[o * c..][..c], start);
                let mut rest = read(simd, &dy[o * c..][..c], start);
                let share = simd.mul_f32s(rest, simd.splat_f32s(1.0 / under.count() as f32));
                for p in under.positions() {
                    let taken = match plan.mode {
                        PoolMode::Max => {
                            let x = read(simd, &x[p * c..][..c], start);
                            let highest = simd.equal_f32s(x, y);
                            let taken = simd.select_f32s(highest, rest, zero);
                            rest = simd.select_f32s(highest, zero, rest);
                            taken
                        }
                        PoolMode::Average => share,
                    };
                    let dx = &mut dx[p * c..][..c];
                    let before = if fresh { zero } else { read(simd, dx, start) };
                    write(simd, dx, start, simd.add_f32s(before, taken));
                }
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::reference::{assert_close, random};

    /// Output and, for each output value, the input places that it came from
    /// with their share.
    fn naive(plan: &PoolPlan, x: &[f32]) -> (Vec<f32>, Vec<Vec<(usize, f32)>>) {
        let Shape {
            height,
            width,
            channels,
        } = plan.input;
        let (mut y, mut sources) = (Vec::new(), Vec::new());
        for o in 0..plan.output().len() {
            let (oy, ox, c) = (
                o / channels / plan.window.output[1],
                o / channels % plan.window.output[1],
                o % channels,
            );
            let mut places = Vec::new();
            for ky in 0..plan.window.kernel[0] {
                for kx in 0..plan.window.kernel[1] {
                    if let (Some(iy), Some(ix)) = (
                        plan.window.source(0, oy, ky, height),
                        plan.window.source(1, ox, kx, width),
                    ) {
                        places.push((iy * width + ix) * channels + c);
                    }
                }
            }
            match plan.mode {
                PoolMode::Max => {
                    let mut best = places[0];
                    for &p in &places {
                        if x[p] > x[best] {
                            best = p;
                        }
                    }
                    y.push(x[best]);
                    sources.push(vec![(best, 1.0)]);
                }
                PoolMode::Average => {
                    let share = 1.0 / places.len() as f32;
                    y.push(places.iter().map(|&p| x[p] * share).sum());
                    sources.push(places.iter().map(|&p| (p, share)).collect());
                }
            }
        }
        (y, sources)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn pooling_equals_naive(
            (h, w, c) in (1usize..12, 1usize..12, 1usize..40), (kh, kw) in (1usize..4, 1usize..4),
            stride in (1usize..4, 1usize..4), pad in (0usize..3, 0usize..3), max: bool,
        ) {
            let before = [pad.0.min(kh - 1), pad.1.min(kw - 1)];
            let (h, w) = (h.max(kh), w.max(kw));
            let plan = PoolPlan {
                input: Shape::new(h, w, c),
                window: Window {
                    dilation: [1, 1],
                    kernel: [kh, kw],
                    stride: [stride.0, stride.1],
                    before,
                    output: [(h + 2 * before[0] - kh) / stride.0 + 1, (w + 2 * before[1] - kw) / stride.1 + 1],
                },
                mode: if max { PoolMode::Max } else { PoolMode::Average },
            };
            // Few distinct values, so that maxima tie.
            let x: Vec<f32> = random(1, plan.input.len()).iter().map(|v| (v * 4.0).round()).collect();
            let dy = random(2, plan.output().len());
            let (expected, sources) = naive(&plan, &x);

            let mut y = vec![f32::NAN; plan.output().len()];
            plan.forward(&x, &mut y);
            assert_close(&y, &expected, 1e-6);

            let mut expected = vec![0.0; x.len()];
            for (dy, sources) in dy.iter().zip(sources) {
                for (place, share) in sources {
                    expected[place] += dy * share;
                }
            }
            let mut dx = vec![f32::NAN; x.len()];
            plan.backward(&x, &y, &dy, &mut dx);
            assert_close(&dx, &expected, 1e-6);
        }
    }
}
