//! Convolution of any kernel, stride, padding and groups.

use std::ops::Range;

use rayon::prelude::*;

use crate::{
    Shape, Window,
    buffer::{Buffer, cut, room_for},
    columns::{Place, mask},
    kernels::{conv::ConvPlan, matmul::Epilogue, norm::image_sums},
    pass::{Bias, Convolution, Pass, Room, Source, TrainLayer},
};

pub(in crate::layers) struct MatrixLayer {
    forward: ConvPlan,
    data_gradient: ConvPlan,
    input: Shape,
    output: Place,
    weight: Range<usize>,
    bias: Bias,
    /// The batch with zeros around each image, and the batch as it is if it is made
    /// where it is wanted; untouched otherwise.
    kept: Buffer,
    max_batch: usize,
}

impl MatrixLayer {
    pub(in crate::layers) fn new(
        input: Shape,
        output: Place,
        window: &Window,
        groups: usize,
        weight: Range<usize>,
        bias: Bias,
        max_batch: usize,
    ) -> Self {
        let forward = ConvPlan::forward(input, output.shape.channels, window, groups);
        let data_gradient = ConvPlan::data_gradient(input, output.shape.channels, window, groups);
        Self {
            kept: Buffer::zeros(max_batch * kept_len(&forward, input)),
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
    fn weight_gradient(&self, x: Source<'_>, packed_dy: &[f32], gradient: &mut [f32]) {
        let plan = &self.forward;
        let input_len = kept_len(plan, self.input);
        let inputs = match (x, plan.padded_len()) {
            (Source::Given(x), 0) => x,
            _ => &*self.kept,
        };
        gradient
            .par_chunks_mut(plan.gradient_rows() * self.output.shape.channels)
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

/// Values of an image as it is kept.
fn kept_len(plan: &ConvPlan, input: Shape) -> usize {
    match plan.padded_len() {
        0 => input.len(),
        len => len,
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

impl Convolution for MatrixLayer {
    fn convolve(&mut self, pass: &mut Pass<'_>, x: Source<'_>, y: &mut [f32], sums: &mut [f32]) {
        let (plan, scratch) = (&self.forward, pass.scratch);
        let packed = &mut pass.workspace[..plan.packed_len()];
        plan.pack(&pass.values[self.weight.clone()], packed);
        let (packed, epilogue) = (&*packed, self.bias.epilogue(pass.values));
        let [input_len, len] = [self.input, self.output.shape].map(Shape::len);
        let images = y
            .par_chunks_mut(len)
            .zip(self.kept.par_chunks_mut(kept_len(plan, self.input)))
            .enumerate()
            .with_max_len(1);
        let convolve = |image: usize, y: &mut [f32], kept: &mut [f32]| {
            let images = image..image + 1;
            match plan.padded_len() {
                0 => plan.run(x.of(images, input_len, kept), packed, epilogue, y),
                _ => {
                    scratch.with(|scratch| plan.pad(x.of(images, input_len, scratch), kept));
                    plan.run(kept, packed, epilogue, y);
                }
            }
        };
        if sums.is_empty() {
            return images.for_each(|(image, (y, kept))| convolve(image, y, kept));
        }
        let rows = sums.par_chunks_mut(2 * self.output.shape.channels);
        let own = pass.columns.map(|columns| columns.at(self.output.level));
        images.zip(rows).for_each(|((image, (y, kept)), row)| {
            convolve(image, y, kept);
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
        let (forward, back, scratch) = (&self.forward, &self.data_gradient, pass.scratch);
        let mut workspace = &mut *pass.workspace;
        let [packed_dy, flipped, packed] = self.parts().map(|len| cut(&mut workspace, len));
        let packed_dy = &mut packed_dy[..pass.n * forward.packed_gradient_len()];
        let len = self.output.shape.len();
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

impl TrainLayer for MatrixLayer {
    fn output_len(&self) -> usize {
        self.output.shape.len()
    }

    fn room(&self) -> Room {
        Room {
            scratch: room_for([self.output.shape.len(), self.data_gradient.padded_len()])
                .max(self.input.len()),
            workspace: room_for(self.parts()).max(self.forward.packed_len()),
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
