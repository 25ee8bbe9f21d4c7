//! Convolution where Winograd's way is open.
//!
//! The backward pass goes through the batch in rounds of a few groups, which are
//! still in the cache when the gradient of the kernel takes them up. It transforms
//! the input again: that costs less than to fetch it from memory.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    BuildContext, Pass, Room, TrainLayer,
    bias::Bias,
    convolution::{Convolution, Gradient},
};
use crate::{
    Shape,
    buffer::{cut, room_for},
    kernels::{
        norm::image_sums,
        winograd::{Kernel, POINTS, Spread, WinogradPlan},
    },
};

/// Groups that a round has for each worker. More take more room and no less time.
const GROUPS_A_WORKER: usize = 1;

pub(super) struct WinogradLayer {
    plan: WinogradPlan,
    input: Shape,
    output: Shape,
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
        output: Shape,
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
            POINTS * self.input.channels * self.output.channels,
        ]
    }
}

impl Convolution for WinogradLayer {
    fn convolve(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32], sums: &mut [f32]) {
        let (plan, scratch) = (&self.plan, pass.scratch);
        let weights = &mut pass.workspace[..plan.weights_len()];
        plan.transform_kernel(&pass.values[self.weight.clone()], weights);
        let kernel = Kernel {
            weights,
            epilogue: self.bias.epilogue(pass.values),
            spread: Spread::Alone,
        };
        let (group, len) = (plan.group(), self.output.len());
        let groups = y
            .par_chunks_mut(group * len)
            .zip(x.par_chunks(group * self.input.len()))
            .with_max_len(1);
        let convolve = |y: &mut [f32], x: &[f32]| {
            scratch.with(|scratch| {
                let (transformed, scratch) = scratch.split_at_mut(plan.transformed_input_len());
                plan.forward(x, kernel, transformed, scratch, y);
            });
        };
        if sums.is_empty() {
            return groups.for_each(|(y, x)| convolve(y, x));
        }
        let rows = sums.par_chunks_mut(group * 2 * self.output.channels);
        groups.zip(rows).for_each(|((y, x), rows)| {
            convolve(y, x);
            image_sums(y, len, rows);
        });
    }

    fn gradients(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        dy: Gradient<'_>,
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
        let (group, len) = (plan.group(), self.output.len());
        let input = group * self.input.len();
        for (round, x) in x.chunks(self.round * input).enumerate() {
            let groups = transformed
                .par_chunks_mut(plan.transformed_input_len())
                .zip(transformed_dy.par_chunks_mut(plan.transformed_output_len()))
                .zip(x.par_chunks(input))
                .enumerate()
                .with_max_len(1);
            let transform = |index: usize, x: &[f32], to: &mut [f32], to_dy: &mut [f32]| {
                let first = (round * self.round + index) * group;
                let images = first..first + x.len() / self.input.len();
                plan.transform_input(x, to);
                scratch.with(|scratch| {
                    plan.transform_gradient(dy.of(images, len, scratch), to_dy);
                });
            };
            match &mut dx {
                None => groups.for_each(|(index, ((to, to_dy), x))| transform(index, x, to, to_dy)),
                Some(dx) => {
                    let start = round * self.round * input;
                    let dx = dx[start..start + x.len()].par_chunks_mut(input);
                    groups.zip(dx).for_each(|((index, ((to, to_dy), x)), dx)| {
                        transform(index, x, to, to_dy);
                        scratch.with(|scratch| {
                            plan.data_gradient(to_dy, weights, runs, scratch, dx);
                        });
                    });
                }
            }

            let images = x.len() / self.input.len();
            let (transformed, transformed_dy) = (&*transformed, &*transformed_dy);
            let tap = self.input.channels * self.output.channels;
            points
                .par_chunks_mut(tap)
                .with_max_len(1)
                .enumerate()
                .filter(|(point, _)| plan.uses(*point))
                .for_each(|(point, sums)| {
                    if round == 0 {
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
        self.output.len()
    }

    fn room(&self) -> Room {
        let plan = &self.plan;
        let forward = plan.transformed_input_len() + plan.transformed_output_len();
        Room {
            scratch: forward.max(plan.group() * self.output.len()),
            workspace: room_for(self.parts()),
        }
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        self.convolve(pass, x, y, &mut []);
    }

    fn backward(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        _: &[f32],
        dy: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        self.bias.gradient(pass, self.output.len(), dy);
        self.gradients(pass, x, Gradient::Given(dy), dx);
    }
}
