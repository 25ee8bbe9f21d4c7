//! Deformable convolution (Dai et al. 2017): a convolution says, for every
//! position and tap, where another reads the map.

use std::ops::Range;

use rayon::prelude::*;

use super::{Pass, Room, TrainLayer, conv::ConvLayer, linear::LinearLayer};
use crate::{
    Shape,
    buffer::Buffer,
    kernels::{deformable::DeformablePlan, elementwise::add_scaled},
};

pub(super) struct DeformableLayer {
    plan: DeformablePlan,
    output: Shape,
    offset: ConvLayer,
    /// The kernel as a matrix over the columns; a row a position.
    kernel: LinearLayer,
    offsets: Buffer,
    columns: Buffer,
    d_offsets: Buffer,
    d_columns: Buffer,
    /// Gradient of the input by way of the offsets.
    further: Buffer,
}

impl DeformableLayer {
    /// `offset` convolves the same input to `[h, w, taps · 2]`.
    pub(super) fn new(
        plan: DeformablePlan,
        output: Shape,
        offset: ConvLayer,
        weight: Range<usize>,
        bias: Range<usize>,
        max_batch: usize,
    ) -> Self {
        let buffer = |len: usize| Buffer::zeros(max_batch * len);
        Self {
            output,
            offset,
            kernel: LinearLayer::new(
                plan.taps() * plan.input.channels,
                output.channels,
                weight,
                bias,
                max_batch * output.positions(),
            ),
            offsets: buffer(plan.offsets_len()),
            columns: buffer(plan.columns_len()),
            d_offsets: buffer(plan.offsets_len()),
            d_columns: buffer(plan.columns_len()),
            further: buffer(plan.input.len()),
            plan,
        }
    }
}

impl TrainLayer for DeformableLayer {
    fn output_len(&self) -> usize {
        self.output.len()
    }

    fn room(&self) -> Room {
        Room::for_any([&self.offset as &dyn TrainLayer, &self.kernel])
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let plan = self.plan;
        let offsets = &mut self.offsets[..pass.n * plan.offsets_len()];
        self.offset.forward(pass, x, offsets);
        let columns = &mut self.columns[..pass.n * plan.columns_len()];
        columns
            .par_chunks_mut(plan.columns_len())
            .zip(x.par_chunks(plan.input.len()))
            .zip(offsets.par_chunks(plan.offsets_len()))
            .for_each(|((columns, x), offsets)| plan.sample(x, offsets, columns));
        let rows = pass.n * self.output.positions();
        self.kernel.forward(&mut pass.of(rows), columns, y);
    }

    fn backward(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        y: &[f32],
        dy: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        let (plan, n) = (self.plan, pass.n);
        let columns = &self.columns[..n * plan.columns_len()];
        let d_columns = &mut self.d_columns[..n * plan.columns_len()];
        let rows = n * self.output.positions();
        self.kernel
            .backward(&mut pass.of(rows), columns, y, dy, Some(d_columns));

        let offsets = &self.offsets[..n * plan.offsets_len()];
        let d_offsets = &mut self.d_offsets[..n * plan.offsets_len()];
        let images = d_offsets
            .par_chunks_mut(plan.offsets_len())
            .zip(offsets.par_chunks(plan.offsets_len()))
            .zip(d_columns.par_chunks(plan.columns_len()))
            .zip(x.par_chunks(plan.input.len()));
        let Some(dx) = dx else {
            images.for_each(|(((d_offsets, offsets), d_columns), x)| {
                plan.gradient(x, offsets, d_columns, d_offsets, None);
            });
            return self.offset.backward(pass, x, offsets, d_offsets, None);
        };
        images.zip(dx.par_chunks_mut(plan.input.len())).for_each(
            |((((d_offsets, offsets), d_columns), x), dx)| {
                dx.fill(0.0);
                plan.gradient(x, offsets, d_columns, d_offsets, Some(dx));
            },
        );
        let further = &mut self.further[..dx.len()];
        self.offset
            .backward(pass, x, offsets, d_offsets, Some(further));
        add_scaled(1.0, further, dx);
    }
}
