//! Convolution of any kernel, stride, padding and groups.

use std::ops::Range;

use rayon::prelude::*;

use super::{Pass, Room, TrainLayer, bias::Bias};
use crate::{
    Shape, Window,
    buffer::{Buffer, cut, room_for},
    kernels::{conv::ConvPlan, matmul::Epilogue},
};

pub(super) struct ConvLayer {
    forward: ConvPlan,
    data_gradient: ConvPlan,
    input: Shape,
    output: Shape,
    weight: Range<usize>,
    bias: Bias,
    /// The batch with zeros around each image; empty if no window leaves the
    /// map.
    padded: Buffer,
    max_batch: usize,
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
            padded: Buffer::zeros(max_batch * forward.padded_len()),
            max_batch,
            forward,
            data_gradient,
            input,
            output,
            weight,
            bias,
        }
    }

    /// Values of a kernel and the same packed, both turned round for the gradient
    /// of the data.
    fn flipped(&self) -> [usize; 2] {
        [self.weight.len(), self.data_gradient.packed_len()]
    }

    fn weight_gradient(&self, pass: &mut Pass<'_>, x: &[f32], dy: &[f32]) {
        let plan = &self.forward;
        let packed_len = plan.packed_gradient_len();
        let packed_dy = &mut pass.workspace[..pass.n * packed_len];
        let images = packed_dy
            .par_chunks_mut(packed_len)
            .zip(dy.par_chunks(self.output.len()))
            .with_max_len(1);
        images.for_each(|(packed, dy)| plan.pack_gradient(dy, packed));

        let (inputs, input_len) = match plan.padded_len() {
            0 => (x, self.input.len()),
            len => (&self.padded[..pass.n * len], len),
        };
        let packed_dy = &*packed_dy;
        let gradient = &mut pass.gradients[self.weight.clone()];
        let tasks = gradient.par_chunks_mut(plan.gradient_rows() * self.output.channels);
        tasks.enumerate().with_max_len(1).for_each(|(task, rows)| {
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

    fn room(&self) -> Room {
        let forward = self.forward.packed_len();
        let weight_gradient = self.max_batch * self.forward.packed_gradient_len();
        let data_gradient = room_for(self.flipped());
        Room {
            scratch: self.data_gradient.padded_len(),
            workspace: forward.max(weight_gradient).max(data_gradient),
        }
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let plan = &self.forward;
        let packed = &mut pass.workspace[..plan.packed_len()];
        plan.pack(&pass.values[self.weight.clone()], packed);
        let packed = &*packed;
        let epilogue = self.bias.epilogue(pass.values);
        let images = y
            .par_chunks_mut(self.output.len())
            .zip(x.par_chunks(self.input.len()))
            .with_max_len(1);
        match plan.padded_len() {
            0 => images.for_each(|(y, x)| plan.run(x, packed, epilogue, y)),
            len => {
                let padded = self.padded[..pass.n * len].par_chunks_mut(len);
                images
                    .zip(padded)
                    .with_max_len(1)
                    .for_each(|((y, x), padded)| {
                        plan.pad(x, padded);
                        plan.run(padded, packed, epilogue, y);
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
        let mut workspace = &mut *pass.workspace;
        let [flipped, packed] = self.flipped().map(|len| cut(&mut workspace, len));
        plan.flip(&pass.values[self.weight.clone()], flipped);
        plan.pack(flipped, packed);
        let packed = &*packed;
        let scratch = pass.scratch;
        let images = dx
            .par_chunks_mut(self.input.len())
            .zip(dy.par_chunks(self.output.len()))
            .with_max_len(1);
        images.for_each(|(dx, dy)| match plan.padded_len() {
            0 => plan.run(dy, packed, Epilogue::Store, dx),
            len => scratch.with(|scratch| {
                let padded = &mut scratch[..len];
                plan.pad(dy, padded);
                plan.run(padded, packed, Epilogue::Store, dx);
            }),
        });
    }
}
