//! Convolution as it is defined, for runs that check the fast ways; a fully connected
//! layer is one of a single position.

use std::ops::Range;

use rayon::prelude::*;

use crate::{
    kernels::direct::{DirectPlan, transposed},
    layers::Step,
    pass::{Bias, BuildContext, Pass, Room, TrainLayer},
};

pub(in crate::layers) struct NaiveLayer {
    plan: DirectPlan,
    weight: Range<usize>,
    bias: Bias,
}

impl NaiveLayer {
    /// That of a convolution, or of a fully connected layer.
    pub(in crate::layers) fn new(
        step: &Step,
        out_channels: usize,
        groups: usize,
        context: &BuildContext<'_>,
    ) -> Self {
        let place = |suffix| context.parameters.of(&step.path, suffix);
        Self {
            plan: DirectPlan {
                input: step.input,
                out_channels,
                window: step.window(),
                groups,
            },
            weight: place("weight"),
            bias: Bias::new(place("bias"), context.max_batch),
        }
    }
}

impl TrainLayer for NaiveLayer {
    fn output_len(&self) -> usize {
        self.plan.output_len()
    }

    fn room(&self) -> Room {
        Room {
            scratch: 0,
            workspace: self.weight.len(),
        }
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let (plan, weights) = (&self.plan, &pass.values[self.weight.clone()]);
        let bias = self.bias.epilogue(pass.values);
        y.par_chunks_mut(plan.output_len())
            .zip(x.par_chunks(plan.input.len()))
            .for_each(|(y, x)| plan.forward(x, weights, bias, y));
    }

    fn backward(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        _: &[f32],
        dy: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        let (plan, len) = (&self.plan, self.plan.output_len());
        self.bias.gradient(pass, len, dy);
        let gradient = &mut pass.gradients[self.weight.clone()];
        let dy = &*dy;
        gradient
            .par_chunks_mut(plan.tap_len())
            .enumerate()
            .for_each(|(tap, gradient)| plan.tap_gradient(x, dy, tap, gradient));
        let Some(dx) = dx else { return };
        let weights = &mut pass.workspace[..self.weight.len()];
        transposed(&pass.values[self.weight.clone()], plan, weights);
        let weights = &*weights;
        dx.par_chunks_mut(plan.input.len())
            .zip(dy.par_chunks(len))
            .for_each(|(dx, dy)| plan.data_gradient(dy, weights, dx));
    }
}
