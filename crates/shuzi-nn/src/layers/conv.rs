//! Convolution of any kernel, stride, padding and groups.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    Pass, Room, TrainLayer,
    bias::Bias,
    convolution::{Convolution, Gradient},
};
use crate::{
    Shape, Window,
    buffer::{Buffer, cut, room_for},
    kernels::{conv::ConvPlan, matmul::Epilogue, norm::image_sums},
};

pub(super) struct ConvLayer {
    forward: ConvPlan,
    data_gradient: ConvPlan,
    input: Shape,
    output: Shape,
    weight: Range<usize>,
    bias: Bias,
    /// The batch with zeros around each image, one value an image if no window
    /// leaves the map.
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
            padded: Buffer::zeros(max_batch * forward.padded_len().max(1)),
            max_batch,
            forward,
            data_gradient,
            input,
            output,
            weight,
            bias,
        }
    }

    /// Values of the backward pass's parts of the workspace: the packed gradient of
    /// the output, the kernel turned round, and the same packed.
    fn parts(&self) -> [usize; 3] {
        [
            self.max_batch * self.forward.packed_gradient_len(),
            self.weight.len(),
            self.data_gradient.packed_len(),
        ]
    }

    /// The gradient of the kernel from the packed one of the output.
    fn weight_gradient(&self, x: &[f32], packed_dy: &[f32], gradient: &mut [f32]) {
        let plan = &self.forward;
        let (inputs, input_len) = match plan.padded_len() {
            0 => (x, self.input.len()),
            len => (&*self.padded, len),
        };
        gradient
            .par_chunks_mut(plan.gradient_rows() * self.output.channels)
            .enumerate()
            .with_max_len(1)
            .for_each(|(task, rows)| {
                rows.fill(0.0);
                // Image by image, so that the sum does not depend on threads.
                for (x, dy) in inputs
                    .chunks_exact(input_len)
                    .zip(packed_dy.chunks_exact(plan.packed_gradient_len()))
                {
                    plan.add_weight_gradient(x, dy, task, rows);
                }
            });
    }
}

/// `x` with zeros around it, in `room`, where the plan wants that.
fn padded<'a>(plan: &ConvPlan, x: &'a [f32], room: &'a mut [f32]) -> &'a [f32] {
    match plan.padded_len() {
        0 => x,
        len => {
            let padded = &mut room[..len];
            plan.pad(x, padded);
            padded
        }
    }
}

impl Convolution for ConvLayer {
    fn convolve(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32], sums: &mut [f32]) {
        let plan = &self.forward;
        let packed = &mut pass.workspace[..plan.packed_len()];
        plan.pack(&pass.values[self.weight.clone()], packed);
        let (packed, epilogue) = (&*packed, self.bias.epilogue(pass.values));
        let len = self.output.len();
        let room = self.padded.par_chunks_mut(plan.padded_len().max(1));
        let images = y
            .par_chunks_mut(len)
            .zip(x.par_chunks(self.input.len()).zip(room))
            .with_max_len(1);
        let convolve = |y: &mut [f32], x: &[f32], room: &mut [f32]| {
            plan.run(padded(plan, x, room), packed, epilogue, y);
        };
        if sums.is_empty() {
            return images.for_each(|(y, (x, room))| convolve(y, x, room));
        }
        let rows = sums.par_chunks_mut(2 * self.output.channels);
        images.zip(rows).for_each(|((y, (x, room)), row)| {
            convolve(y, x, room);
            image_sums(y, len, row);
        });
    }

    fn gradients(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        dy: Gradient<'_>,
        dx: Option<&mut [f32]>,
    ) {
        let (forward, back, scratch) = (&self.forward, &self.data_gradient, pass.scratch);
        let mut workspace = &mut *pass.workspace;
        let [packed_dy, flipped, packed] = self.parts().map(|len| cut(&mut workspace, len));
        let packed_dy = &mut packed_dy[..pass.n * forward.packed_gradient_len()];
        let len = self.output.len();
        let images = packed_dy
            .par_chunks_mut(forward.packed_gradient_len())
            .enumerate()
            .with_max_len(1);
        match dx {
            None => images.for_each(|(image, packed_dy)| {
                scratch.with(|scratch| {
                    forward.pack_gradient(dy.of(image..image + 1, len, scratch), packed_dy);
                });
            }),
            Some(dx) => {
                back.flip(&pass.values[self.weight.clone()], flipped);
                back.pack(flipped, packed);
                let packed = &*packed;
                let images = images.zip(dx.par_chunks_mut(self.input.len()));
                images.for_each(|((image, packed_dy), dx)| {
                    scratch.with(|mut scratch| {
                        let dy = dy.of(image..image + 1, len, cut(&mut scratch, len));
                        forward.pack_gradient(dy, packed_dy);
                        back.run(padded(back, dy, scratch), packed, Epilogue::Store, dx);
                    });
                });
            }
        }
        let gradient = &mut pass.gradients[self.weight.clone()];
        self.weight_gradient(x, packed_dy, gradient);
    }
}

impl TrainLayer for ConvLayer {
    fn output_len(&self) -> usize {
        self.output.len()
    }

    fn room(&self) -> Room {
        Room {
            scratch: room_for([self.output.len(), self.data_gradient.padded_len()]),
            workspace: room_for(self.parts()).max(self.forward.packed_len()),
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
