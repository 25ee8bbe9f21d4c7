//! Convolution of any kernel, stride, padding and groups.

use std::ops::Range;

use rayon::prelude::*;

use super::{Pass, TrainLayer, bias::Bias};
use crate::{
    Shape, Window,
    buffer::Buffer,
    kernels::{conv::ConvPlan, matmul::Epilogue},
};

pub(super) struct ConvLayer {
    forward: ConvPlan,
    data_gradient: ConvPlan,
    input: Shape,
    output: Shape,
    weight: Range<usize>,
    bias: Bias,
    packed: Buffer,
    flipped: Buffer,
    packed_flipped: Buffer,
    /// The batch with zeros around each image; empty if no window leaves the
    /// map.
    padded: Buffer,
    packed_dy: Buffer,
}

impl ConvLayer {
    pub(super) fn new(
        input: Shape,
        output: Shape,
        window: &Window,
        groups: usize,
        weight: Range<usize>,
        bias: Bias,
        max_batch: usize,
    ) -> Self {
        let forward = ConvPlan::forward(input, output.channels, window, groups);
        let data_gradient = ConvPlan::data_gradient(input, output.channels, window, groups);
        Self {
            packed: Buffer::zeros(forward.packed_len()),
            flipped: Buffer::zeros(weight.len()),
            packed_flipped: Buffer::zeros(data_gradient.packed_len()),
            padded: Buffer::zeros(max_batch * forward.padded_len()),
            packed_dy: Buffer::zeros(max_batch * forward.packed_gradient_len()),
            forward,
            data_gradient,
            input,
            output,
            weight,
            bias,
        }
    }

    fn weight_gradient(&mut self, pass: &mut Pass<'_>, x: &[f32], dy: &[f32]) {
        let plan = &self.forward;
        let packed_len = plan.packed_gradient_len();
        let packed_dy = &mut self.packed_dy[..pass.n * packed_len];
        let images = packed_dy
            .par_chunks_mut(packed_len)
            .zip(dy.par_chunks(self.output.len()));
        images.for_each(|(packed, dy)| plan.pack_gradient(dy, packed));

        let (inputs, input_len) = match plan.padded_len() {
            0 => (x, self.input.len()),
            len => (&self.padded[..pass.n * len], len),
        };
        let packed_dy = &*packed_dy;
        let gradient = &mut pass.gradients[self.weight.clone()];
        let tasks = gradient.par_chunks_mut(plan.gradient_rows() * self.output.channels);
        tasks.enumerate().for_each(|(task, rows)| {
            rows.fill(0.0);
            // Image by image, so that the sum does not depend on threads.
            for (x, dy) in inputs
                .chunks_exact(input_len)
                .zip(packed_dy.chunks_exact(packed_len))
            {
                plan.add_weight_gradient(x, dy, task, rows);
            }
        });
    }
}

impl TrainLayer for ConvLayer {
    fn output_len(&self) -> usize {
        self.output.len()
    }

    fn scratch_len(&self) -> usize {
        self.data_gradient.padded_len()
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let plan = &self.forward;
        plan.pack(&pass.values[self.weight.clone()], &mut self.packed);
        let epilogue = self.bias.epilogue(pass.values);
        let images = y
            .par_chunks_mut(self.output.len())
            .zip(x.par_chunks(self.input.len()));
        match plan.padded_len() {
            0 => images.for_each(|(y, x)| plan.run(x, &self.packed, epilogue, y)),
            len => {
                let padded = self.padded[..pass.n * len].par_chunks_mut(len);
                images.zip(padded).for_each(|((y, x), padded)| {
                    plan.pad(x, padded);
                    plan.run(padded, &self.packed, epilogue, y);
                });
            }
        }
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
        self.weight_gradient(pass, x, dy);
        let Some(dx) = dx else { return };
        let plan = &self.data_gradient;
        plan.flip(&pass.values[self.weight.clone()], &mut self.flipped);
        plan.pack(&self.flipped, &mut self.packed_flipped);
        let scratch = pass.scratch;
        let images = dx
            .par_chunks_mut(self.input.len())
            .zip(dy.par_chunks(self.output.len()));
        images.for_each(|(dx, dy)| match plan.padded_len() {
            0 => plan.run(dy, &self.packed_flipped, Epilogue::Store, dx),
            len => scratch.with(|scratch| {
                let padded = &mut scratch[..len];
                plan.pad(dy, padded);
                plan.run(padded, &self.packed_flipped, Epilogue::Store, dx);
            }),
        });
    }
}
