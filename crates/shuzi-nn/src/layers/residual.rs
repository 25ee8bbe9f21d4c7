//! `y = x + scale · body(x)`.

use super::{Pass, Room, TrainLayer, sequence::Sequence};
use crate::{
    buffer::Buffer,
    kernels::elementwise::{add_scaled, scaled},
};

pub(super) struct ResidualLayer {
    body: Sequence,
    scale: f32,
    output: Buffer,
    gradient: Buffer,
}

impl ResidualLayer {
    pub(super) fn new(body: Sequence, scale: f32, max_batch: usize) -> Self {
        let len = max_batch * body.output_len();
        Self {
            body,
            scale,
            output: Buffer::zeros(len),
            gradient: Buffer::zeros(len),
        }
    }
}

impl TrainLayer for ResidualLayer {
    fn output_len(&self) -> usize {
        self.body.output_len()
    }

    fn room(&self) -> Room {
        self.body.room()
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let output = &mut self.output[..y.len()];
        self.body.forward(pass, x, output);
        y.copy_from_slice(x);
        add_scaled(self.scale, output, y);
    }

    fn backward(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        _: &[f32],
        dy: &mut [f32],
        mut dx: Option<&mut [f32]>,
    ) {
        let gradient = &mut self.gradient[..dy.len()];
        scaled(self.scale, dy, gradient);
        let y = &self.output[..dy.len()];
        self.body.backward(pass, x, y, gradient, dx.as_deref_mut());
        if let Some(dx) = dx {
            add_scaled(1.0, dy, dx);
        }
    }
}
