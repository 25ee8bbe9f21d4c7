//! Convolution where Winograd's way is open.
//!
//! The backward pass goes through the batch in rounds of a few groups, which are
//! still in the cache when the gradient of the kernel takes them up. It transforms
//! the input again: that costs less than to fetch it from memory.

use std::ops::Range;

use rayon::prelude::*;

use super::{BuildContext, Pass, Room, TrainLayer, bias::Bias};
use crate::{
    Shape,
    buffer::{cut, room_for},
    kernels::winograd::{Kernel, POINTS, Spread, WinogradPlan},
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

impl TrainLayer for WinogradLayer {
    fn output_len(&self) -> usize {
        self.output.len()
    }

    fn room(&self) -> Room {
        Room {
            scratch: self.plan.transformed_input_len() + self.plan.transformed_output_len(),
            workspace: room_for(self.parts()),
        }
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let (plan, scratch) = (&self.plan, pass.scratch);
        let weights = &mut pass.workspace[..plan.weights_len()];
        plan.transform_kernel(&pass.values[self.weight.clone()], weights);
        let kernel = Kernel {
            weights,
            epilogue: self.bias.epilogue(pass.values),
            spread: Spread::Alone,
        };
        let group = plan.group();
        y.par_chunks_mut(group * self.output.len())
            .zip(x.par_chunks(group * self.input.len()))
            .with_max_len(1)
            .for_each(|(y, x)| {
                scratch.with(|scratch| {
                    let (transformed, scratch) = scratch.split_at_mut(plan.transformed_input_len());
                    plan.forward(x, kernel, transformed, scratch, y);
                });
            });
    }

    fn backward(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        _: &[f32],
        dy: &mut [f32],
        mut dx: Option<&mut [f32]>,
    ) {
        self.bias.gradient(pass, self.output.len(), dy);
        let (plan, scratch, runs) = (&self.plan, pass.scratch, &self.runs);
        let mut workspace = &mut *pass.workspace;
        let [weights, transformed, transformed_dy, points] =
            self.parts().map(|len| cut(&mut workspace, len));
        if dx.is_some() {
            plan.transpose_kernel(&pass.values[self.weight.clone()], weights);
        }
        let weights = &*weights;
        let [input, output] = [self.input, self.output].map(|shape| plan.group() * shape.len());
        let rounds = x
            .chunks(self.round * input)
            .zip(dy.chunks(self.round * output));
        for (index, (x, dy)) in rounds.enumerate() {
            let groups = transformed
                .par_chunks_mut(plan.transformed_input_len())
                .zip(transformed_dy.par_chunks_mut(plan.transformed_output_len()))
                .zip(x.par_chunks(input).zip(dy.par_chunks(output)))
                .with_max_len(1);
            let transform = |(to, to_dy): (&mut [f32], &mut [f32]), (x, dy): (&[f32], &[f32])| {
                plan.transform_input(x, to);
                plan.transform_gradient(dy, to_dy);
            };
            match &mut dx {
                None => groups.for_each(|(to, from)| transform(to, from)),
                Some(dx) => {
                    let start = index * self.round * input;
                    let dx = dx[start..start + x.len()].par_chunks_mut(input);
                    groups
                        .zip(dx)
                        .with_max_len(1)
                        .for_each(|(((to, to_dy), from), dx)| {
                            transform((to, to_dy), from);
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
                    if index == 0 {
                        sums.fill(0.0);
                    }
                    plan.add_point_gradient(point, images, transformed, transformed_dy, sums);
                });
        }
        plan.kernel_gradient(points, &mut pass.gradients[self.weight.clone()]);
    }
}
