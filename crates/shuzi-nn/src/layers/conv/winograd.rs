//! Convolution where Winograd's way is open.
//!
//! The backward pass goes through the batch in rounds of a few groups, which are
//! still in the cache when the gradient of the kernel takes them up. It transforms
//! the input again: that costs less than to fetch it from memory.

use std::ops::Range;

use rayon::prelude::*;

use crate::{
    Shape,
    buffer::{cut, room_for},
    columns::{Place, mask},
    kernels::{
        norm::image_sums,
        winograd::{Kernel, Spread, WinogradPlan},
    },
    pass::{Bias, BuildContext, Convolution, Pass, Room, Source, TrainLayer},
};

/// Groups that a round has for each worker. More take more room and no less time.
const GROUPS_A_WORKER: usize = 1;

pub(super) struct WinogradLayer {
    plan: WinogradPlan,
    input: Shape,
    output: Place,
    weight: Range<usize>,
    bias: Bias,
    /// Where a tile's panels lie in a transformed output gradient.
    runs: Vec<usize>,
    /// Groups in a round.
    round: usize,
}

impl WinogradLayer {
    pub(super) fn new(
        plan: WinogradPlan,
        input: Shape,
        output: Place,
        weight: Range<usize>,
        bias: Bias,
        context: &BuildContext<'_>,
    ) -> Self {
        let groups = context.max_batch.div_ceil(plan.group());
        Self {
            runs: plan.gradient_runs(),
            round: groups.min(GROUPS_A_WORKER * context.workers),
            plan,
            input,
            output,
            weight,
            bias,
        }
    }

    /// Values of the backward pass's parts of the workspace.
    fn parts(&self) -> [usize; 4] {
        let (plan, round) = (&self.plan, self.round);
        [
            plan.weights_len(),
            round * plan.transformed_input_len(),
            round * plan.transformed_output_len(),
            plan.points() * self.input.channels * self.output.shape.channels,
        ]
    }
}

impl Convolution for WinogradLayer {
    fn convolve(&mut self, pass: &mut Pass<'_>, x: Source<'_>, y: &mut [f32], sums: &mut [f32]) {
        let (plan, scratch) = (&self.plan, pass.scratch);
        let weights = &mut pass.workspace[..plan.weights_len()];
        plan.transform_kernel(&pass.values[self.weight.clone()], weights);
        let kernel = Kernel {
            weights,
            epilogue: self.bias.epilogue(pass.values),
            spread: Spread::Alone,
        };
        let [input_len, len] = [self.input, self.output.shape].map(Shape::len);
        let group = plan.group();
        let groups = y.par_chunks_mut(group * len).enumerate().with_max_len(1);
        let convolve = |index: usize, y: &mut [f32]| {
            let first = index * group;
            let images = first..first + y.len() / len;
            scratch.with(|mut scratch| {
                let transformed = cut(&mut scratch, plan.transformed_input_len());
                plan.transform_input(x.of(images, input_len, scratch), kernel.spread, transformed);
                plan.forward(transformed, kernel, scratch, y);
            });
        };
        if sums.is_empty() {
            return groups.for_each(|(index, y)| convolve(index, y));
        }
        let rows = sums.par_chunks_mut(group * 2 * self.output.shape.channels);
        let own = pass.columns.map(|columns| columns.at(self.output.level));
        groups.zip(rows).for_each(|((index, y), rows)| {
            convolve(index, y);
            if let Some(own) = own {
                let own = &own[index * group..];
                for (y, &own) in y.chunks_exact_mut(len).zip(own) {
                    mask(y, self.output.shape, own);
                }
            }
            image_sums(y, len, rows);
        });
    }

    fn gradients(
        &mut self,
        pass: &mut Pass<'_>,
        x: Source<'_>,
        dy: Source<'_>,
        mut dx: Option<&mut [f32]>,
    ) {
        let (plan, scratch, runs) = (&self.plan, pass.scratch, &self.runs);
        let mut workspace = &mut *pass.workspace;
        let [weights, transformed, transformed_dy, points] =
            self.parts().map(|len| cut(&mut workspace, len));
        if dx.is_some() {
            plan.transpose_kernel(&pass.values[self.weight.clone()], weights);
        }
        let weights = &*weights;
        let [input_len, len] = [self.input, self.output.shape].map(Shape::len);
        let group = plan.group();
        let in_round = self.round * group;
        for first in (0..pass.n).step_by(in_round) {
            let images = in_round.min(pass.n - first);
            let groups = transformed
                .par_chunks_mut(plan.transformed_input_len())
                .zip(transformed_dy.par_chunks_mut(plan.transformed_output_len()))
                .take(images.div_ceil(group))
                .enumerate()
                .with_max_len(1);
            let transform = |index: usize, to: &mut [f32], to_dy: &mut [f32]| {
                let start = first + index * group;
                let images = start..(start + group).min(first + images);
                scratch.with(|scratch| {
                    let x = x.of(images.clone(), input_len, scratch);
                    plan.transform_input(x, Spread::Alone, to);
                    plan.transform_gradient(dy.of(images, len, scratch), to_dy);
                });
            };
            match &mut dx {
                None => groups.for_each(|(index, (to, to_dy))| transform(index, to, to_dy)),
                Some(dx) => {
                    let dx = &mut dx[first * input_len..][..images * input_len];
                    let dx = dx.par_chunks_mut(group * input_len);
                    groups.zip(dx).for_each(|((index, (to, to_dy)), dx)| {
                        transform(index, to, to_dy);
                        scratch.with(|scratch| {
                            plan.data_gradient(to_dy, weights, runs, scratch, dx);
                        });
                    });
                }
            }

            let (transformed, transformed_dy) = (&*transformed, &*transformed_dy);
            let tap = self.input.channels * self.output.shape.channels;
            points
                .par_chunks_mut(tap)
                .with_max_len(1)
                .enumerate()
                .filter(|(point, _)| plan.uses(*point))
                .for_each(|(point, sums)| {
                    if first == 0 {
                        sums.fill(0.0);
                    }
                    plan.add_point_gradient(point, images, transformed, transformed_dy, sums);
                });
        }
        plan.kernel_gradient(points, &mut pass.gradients[self.weight.clone()]);
    }
}

impl TrainLayer for WinogradLayer {
    fn output_len(&self) -> usize {
        self.output.shape.len()
    }

    fn room(&self) -> Room {
        let plan = &self.plan;
        let maps = |shape: Shape| plan.group() * shape.len();
        // What is made makes room for the products.
        let after = plan.transformed_output_len().max(maps(self.input));
        Room {
            scratch: (plan.transformed_input_len() + after).max(maps(self.output.shape)),
            workspace: room_for(self.parts()),
        }
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        self.convolve(pass, Source::Given(x), y, &mut []);
    }

    fn backward(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        _: &[f32],
        dy: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        self.bias.gradient(pass, self.output.shape.len(), dy);
        self.gradients(pass, Source::Given(x), Source::Given(dy), dx);
    }
}
