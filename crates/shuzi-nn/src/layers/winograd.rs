//! Convolution where Winograd's way is open.

use std::ops::Range;

use rayon::prelude::*;

use super::{Pass, TrainLayer, bias::Bias};
use crate::{
    Shape,
    buffer::Buffer,
    kernels::winograd::{Kernel, POINTS, Spread, Weights, WinogradPlan},
};

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
    /// The batch at the 36 points, group by group.
    transformed: Buffer,
    transformed_dy: Buffer,
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
        max_batch: usize,
    ) -> Self {
        let groups = max_batch.div_ceil(plan.group());
        Self {
            forward: Weights::new(input.channels, output.channels),
            backward: Weights::new(output.channels, input.channels),
            runs: plan.gradient_runs(),
            transformed: Buffer::zeros(groups * plan.transformed_input_len()),
            transformed_dy: Buffer::zeros(groups * plan.transformed_output_len()),
            points: Buffer::zeros(POINTS * input.channels * output.channels),
            plan,
            input,
            output,
            weight,
            bias,
        }
    }

    fn weight_gradient(&mut self, pass: &mut Pass<'_>) {
        let (plan, n) = (&self.plan, pass.n);
        let (transformed, transformed_dy) = (&self.transformed, &self.transformed_dy);
        let tap = self.input.channels * self.output.channels;
        let points = self.points.par_chunks_mut(tap).enumerate();
        points.for_each(|(point, sums)| {
            plan.point_gradient(point, n, transformed, transformed_dy, sums);
        });
        plan.kernel_gradient(&self.points, &mut pass.gradients[self.weight.clone()]);
    }
}

impl TrainLayer for WinogradLayer {
    fn output_len(&self) -> usize {
        self.output.len()
    }

    fn scratch_len(&self) -> usize {
        self.plan
            .transformed_input_len()
            .max(self.plan.transformed_output_len())
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
            .zip(
                self.transformed
                    .par_chunks_mut(plan.transformed_input_len()),
            )
            .for_each(|((y, x), transformed)| {
                scratch.with(|scratch| plan.forward(x, kernel, transformed, scratch, y));
            });
    }

    fn backward(
        &mut self,
        pass: &mut Pass<'_>,
        _: &[f32],
        _: &[f32],
        dy: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        self.bias.gradient(pass, self.output.len(), dy);
        let plan = &self.plan;
        let group = plan.group();
        let dys = dy.par_chunks(group * self.output.len());
        let groups = self
            .transformed_dy
            .par_chunks_mut(plan.transformed_output_len())
            .zip(dys);
        if let Some(dx) = dx {
            self.backward.set_transposed(&self.forward);
            let (weights, runs, scratch) = (&self.backward, &self.runs, pass.scratch);
            let groups = groups.zip(dx.par_chunks_mut(group * self.input.len()));
            groups.for_each(|((transformed, dy), dx)| {
                plan.transform_gradient(dy, transformed);
                scratch.with(|scratch| plan.data_gradient(transformed, weights, runs, scratch, dx));
            });
        } else {
            groups.for_each(|(transformed, dy)| plan.transform_gradient(dy, transformed));
        }
        self.weight_gradient(pass);
    }
}
