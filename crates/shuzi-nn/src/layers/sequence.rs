//! Layers one after the other.

use super::{Pass, Room, TrainLayer};
use crate::buffer::Buffer;

/// A sequence owns what lies between its layers: outputs, kept for the
/// backward pass, and two gradients, of which each layer makes one from the other.
pub(crate) struct Sequence {
    layers: Vec<Box<dyn TrainLayer>>,
    /// Output of every layer but the last.
    outputs: Vec<Buffer>,
    gradients: [Buffer; 2],
    /// Values for one image before the first layer and after each.
    lens: Vec<usize>,
}

impl Sequence {
    pub(super) fn new(
        layers: Vec<Box<dyn TrainLayer>>,
        input_len: usize,
        max_batch: usize,
    ) -> Self {
        let mut lens = vec![input_len];
        lens.extend(layers.iter().map(|layer| layer.output_len()));
        let between = &lens[1..lens.len().max(2) - 1];
        let gradient = |first: usize| {
            let lens = between.iter().skip(first).step_by(2);
            Buffer::zeros(max_batch * lens.max().unwrap_or(&0))
        };
        Self {
            outputs: between
                .iter()
                .map(|len| Buffer::zeros(max_batch * len))
                .collect(),
            gradients: [gradient(0), gradient(1)],
            layers,
            lens,
        }
    }
}

impl TrainLayer for Sequence {
    fn output_len(&self) -> usize {
        self.lens[self.lens.len() - 1]
    }

    fn room(&self) -> Room {
        Room::for_any(self.layers.iter().map(|layer| &**layer as &dyn TrainLayer))
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let Some((last, inner)) = self.layers.split_last_mut() else {
            return y.copy_from_slice(x);
        };
        for (i, layer) in inner.iter_mut().enumerate() {
            let (before, after) = self.outputs.split_at_mut(i);
            let input = before.last().map_or(x, |output| &**output);
            let input = &input[..pass.n * self.lens[i]];
            layer.forward(pass, input, &mut after[0][..pass.n * self.lens[i + 1]]);
        }
        let input = self.outputs.last().map_or(x, |output| &**output);
        let len = pass.n * self.lens[inner.len()];
        last.forward(pass, &input[..len], y);
    }

    fn backward(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        y: &[f32],
        dy: &mut [f32],
        mut dx: Option<&mut [f32]>,
    ) {
        if self.layers.is_empty() {
            if let Some(dx) = dx {
                dx.copy_from_slice(dy);
            }
            return;
        }
        let n = pass.n;
        let last = self.layers.len() - 1;
        for (i, layer) in self.layers.iter_mut().enumerate().rev() {
            let [even, odd] = &mut self.gradients;
            let (before, after) = if i % 2 == 0 { (odd, even) } else { (even, odd) };
            let dy = if i == last {
                &mut *dy
            } else {
                &mut after[..n * self.lens[i + 1]]
            };
            let y = if i == last {
                y
            } else {
                &self.outputs[i][..n * self.lens[i + 1]]
            };
            if i == 0 {
                layer.backward(pass, x, y, dy, dx.take());
            } else {
                let len = n * self.lens[i];
                layer.backward(
                    pass,
                    &self.outputs[i - 1][..len],
                    y,
                    dy,
                    Some(&mut before[..len]),
                );
            }
        }
    }
}
