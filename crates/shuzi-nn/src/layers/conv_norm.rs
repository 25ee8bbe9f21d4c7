//! Convolution and the batch normalisation that follows it.
//!
//! The statistics are taken of maps that were just made, and the gradient of a map
//! is made where the convolution takes it up: neither goes by way of the memory.

use super::{
    Pass, Room, TrainLayer,
    batch_norm::BatchNormLayer,
    convolution::{Convolution, Gradient},
};
use crate::buffer::Buffer;

pub(super) struct ConvNormLayer {
    conv: Box<dyn Convolution>,
    norm: BatchNormLayer,
    /// The maps between both.
    maps: Buffer,
}

impl ConvNormLayer {
    /// `conv` adds no bias: its gradient would be zero.
    pub(super) fn new(conv: Box<dyn Convolution>, norm: BatchNormLayer, max_batch: usize) -> Self {
        Self {
            maps: Buffer::zeros(max_batch * conv.output_len()),
            conv,
            norm,
        }
    }
}

impl TrainLayer for ConvNormLayer {
    fn output_len(&self) -> usize {
        self.norm.output_len()
    }

    fn room(&self) -> Room {
        self.conv.room()
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let maps = &mut self.maps[..pass.n * self.conv.output_len()];
        self.conv.convolve(pass, x, maps, self.norm.sums(pass));
        self.norm.settle(pass);
        self.norm.apply(pass, maps, y);
    }

    fn backward(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        y: &[f32],
        dy: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        let maps = &self.maps[..pass.n * self.conv.output_len()];
        let gradient = self.norm.gradient(pass, maps, y, dy);
        self.conv
            .gradients(pass, x, Gradient::Through(gradient), dx);
    }
}
