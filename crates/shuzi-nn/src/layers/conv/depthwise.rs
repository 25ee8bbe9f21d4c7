//! Convolution of each channel with a kernel of its own.

use std::ops::Range;

use rayon::prelude::*;

use crate::{
    buffer::Buffer,
    columns::{Place, mask},
    kernels::{depthwise::DepthwisePlan, matmul::Epilogue, norm::image_sums, winograd::Spread},
    pass::{Bias, BuildContext, Convolution, Pass, Room, Source, TrainLayer},
    program::Operation,
};

pub(super) struct DepthwiseLayer {
    plan: DepthwisePlan,
    output: Place,
    weight: Range<usize>,
    bias: Bias,
    max_batch: usize,
}

impl DepthwiseLayer {
    pub(super) fn new(
        plan: DepthwisePlan,
        output: Place,
        weight: Range<usize>,
        bias: Bias,
        context: &BuildContext<'_>,
    ) -> Self {
        Self {
            plan,
            output,
            weight,
            bias,
            max_batch: context.max_batch,
        }
    }
}

impl Convolution for DepthwiseLayer {
    fn convolve(&mut self, pass: &mut Pass<'_>, x: Source<'_>, y: &mut [f32], sums: &mut [f32]) {
        let (plan, scratch) = (&self.plan, pass.scratch);
        let weights = &pass.values[self.weight.clone()];
        let epilogue = self.bias.epilogue(pass.values);
        let (input_len, len) = (plan.input.len(), plan.output_len());
        let convolve = |image: usize, y: &mut [f32]| {
            scratch.with(|scratch| {
                let x = x.of(image..image + 1, input_len, scratch);
                plan.forward(x, weights, epilogue, y);
            });
        };
        let images = y.par_chunks_mut(len).enumerate().with_max_len(1);
        if sums.is_empty() {
            return images.for_each(|(image, y)| convolve(image, y));
        }
        let own = pass.columns.map(|columns| columns.at(self.output.level));
        let rows = sums.par_chunks_mut(2 * plan.input.channels);
        images.zip(rows).for_each(|((image, y), row)| {
            convolve(image, y);
            if let Some(own) = own {
                mask(y, self.output.shape, own[image]);
            }
            image_sums(y, len, row);
        });
    }

    fn gradients(
        &mut self,
        pass: &mut Pass<'_>,
        x: Source<'_>,
        dy: Source<'_>,
        dx: Option<&mut [f32]>,
    ) {
        let plan = &self.plan;
        let (input_len, len) = (plan.input.len(), plan.output_len());
        // Every tap reads all maps: they are made once.
        let (maps, gradients) = pass.workspace.split_at_mut(self.max_batch * input_len);
        let x = x.of(0..pass.n, input_len, maps);
        let dy = dy.of(0..pass.n, len, gradients);
        pass.gradients[self.weight.clone()]
            .par_chunks_mut(plan.input.channels)
            .enumerate()
            .for_each(|(tap, gradient)| {
                gradient.fill(0.0);
                // Image by image, so that the sum does not depend on threads.
                for (x, dy) in x.chunks_exact(input_len).zip(dy.chunks_exact(len)) {
                    plan.add_tap_gradient(x, dy, tap, gradient);
                }
            });
        let Some(dx) = dx else { return };
        let weights = &pass.values[self.weight.clone()];
        dx.par_chunks_mut(input_len)
            .zip(dy.par_chunks(len))
            .for_each(|(dx, dy)| plan.data_gradient(dy, weights, dx));
    }
}

impl TrainLayer for DepthwiseLayer {
    fn output_len(&self) -> usize {
        self.plan.output_len()
    }

    fn room(&self) -> Room {
        let (input, output) = (self.plan.input.len(), self.plan.output_len());
        Room {
            scratch: input,
            workspace: self.max_batch * (input + output),
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
        self.bias.gradient(pass, self.plan.output_len(), dy);
        self.gradients(pass, Source::Given(x), Source::Given(dy), dx);
    }
}

#[derive(Debug)]
pub(super) struct DepthwiseOperation {
    pub(super) plan: DepthwisePlan,
    pub(super) weights: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) relu: bool,
}

impl Operation for DepthwiseOperation {
    fn run(&self, _: usize, x: &[f32], y: &mut [f32], _: Spread, _: &mut [Buffer; 2]) {
        let Self {
            plan,
            weights,
            bias,
            relu,
        } = self;
        let epilogue = Epilogue::Bias { bias, relu: *relu };
        let images = x.chunks_exact(plan.input.len());
        for (x, y) in images.zip(y.chunks_exact_mut(plan.output_len())) {
            plan.forward(x, weights, epilogue, y);
        }
    }
}
