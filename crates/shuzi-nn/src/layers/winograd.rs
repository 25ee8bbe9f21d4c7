//! Convolution where Winograd's way is open.
//!
//! The backward pass goes through the batch in rounds of a few groups, which are
//! still in the cache when the gradient of the kernel takes them up. It transforms
//! the input again: that costs less than to fetch it from memory.

use std::ops::Range;

use rayon::prelude::*;

use super::{BuildContext, Pass, TrainLayer, bias::Bias};
use crate::{
    Shape,
    buffer::Buffer,
    kernels::winograd::{Kernel, POINTS, Spread, Weights, WinogradPlan},
};

/// Groups that a round has for each worker. Anything from 1 to 8 is about as fast.
const GROUPS_A_WORKER: usize = 2;

pub(super) struct WinogradLayer {
    plan: WinogradPlan,
    input: Shape,
    output: Shape,
    weight: Range<usize>,
    bias: Bias,
    forward: Weights,
    backward: Weights,
    /// Where a tile's panels lie in `transformed_dy`.
    runs: Vec<usize>,
    /// The groups of a round at the 36 points.
    transformed: Buffer,
    transformed_dy: Buffer,
    /// Groups in a round.
    round: usize,
    /// The kernel's gradient at the 36 points.
    points: Buffer,
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
        let round = groups.min(GROUPS_A_WORKER * context.workers);
        Self {
            forward: plan.weights(),
            backward: plan.transposed_weights(),
            runs: plan.gradient_runs(),
            transformed: Buffer::zeros(round * plan.transformed_input_len()),
            transformed_dy: Buffer::zeros(round * plan.transformed_output_len()),
            round,
            points: Buffer::zeros(POINTS * input.channels * output.channels),
            plan,
            input,
            output,
            weight,
            bias,
        }
    }
}

impl TrainLayer for WinogradLayer {
    fn output_len(&self) -> usize {
        self.output.len()
    }

    fn scratch_len(&self) -> usize {
        self.plan.transformed_input_len() + self.plan.transformed_output_len()
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        self.forward.set(&pass.values[self.weight.clone()]);
        let (plan, scratch) = (&self.plan, pass.scratch);
        let kernel = Kernel {
            weights: &self.forward,
            epilogue: self.bias.epilogue(pass.values),
            spread: Spread::Alone,
        };
        let group = plan.group();
        y.par_chunks_mut(group * self.output.len())
            .zip(x.par_chunks(group * self.input.len()))
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
        if dx.is_some() {
            self.backward
                .set_transposed(&pass.values[self.weight.clone()]);
        }
        let (plan, scratch) = (&self.plan, pass.scratch);
        let (weights, runs) = (&self.backward, &self.runs);
        let [input, output] = [self.input, self.output].map(|shape| plan.group() * shape.len());
        let rounds = x
            .chunks(self.round * input)
            .zip(dy.chunks(self.round * output));
        for (index, (x, dy)) in rounds.enumerate() {
            let groups = self
                .transformed
                .par_chunks_mut(plan.transformed_input_len())
                .zip(
                    self.transformed_dy
                        .par_chunks_mut(plan.transformed_output_len()),
                )
                .zip(x.par_chunks(input).zip(dy.par_chunks(output)));
            let transform = |(to, to_dy): (&mut [f32], &mut [f32]), (x, dy): (&[f32], &[f32])| {
                plan.transform_input(x, to);
                plan.transform_gradient(dy, to_dy);
            };
            match &mut dx {
                None => groups.for_each(|(to, from)| transform(to, from)),
                Some(dx) => {
                    let start = index * self.round * input;
                    let dx = dx[start..start + x.len()].par_chunks_mut(input);
                    groups.zip(dx).for_each(|(((to, to_dy), from), dx)| {
                        transform((to, to_dy), from);
                        scratch.with(|scratch| {
                            plan.data_gradient(to_dy, weights, runs, scratch, dx);
                        });
                    });
                }
            }

            let images = x.len() / self.input.len();
            let (transformed, transformed_dy) = (&self.transformed, &self.transformed_dy);
            let tap = self.input.channels * self.output.channels;
            let points = self.points.par_chunks_mut(tap).enumerate();
            points
                .filter(|(point, _)| plan.uses(*point))
                .for_each(|(point, sums)| {
                    if index == 0 {
                        sums.fill(0.0);
                    }
                    plan.add_point_gradient(point, images, transformed, transformed_dy, sums);
                });
        }
        plan.kernel_gradient(&self.points, &mut pass.gradients[self.weight.clone()]);
    }
}
