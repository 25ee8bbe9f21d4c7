//! Layers one after the other.

use super::{Pass, Room, TrainLayer};
use crate::{buffer::Buffer, columns::Place};

/// A sequence owns what lies between its layers: outputs, kept for the
/// backward pass, and two gradients, of which each layer makes one from the other.
pub(crate) struct Sequence {
    layers: Vec<Box<dyn TrainLayer>>,
    /// Output of every layer but the last.
    outputs: Vec<Buffer>,
    gradients: [Buffer; 2],
    /// The maps before the first layer and after each.
    places: Vec<Place>,
}

impl Sequence {
    /// `layers`, each with what it makes, after `input`.
    pub(crate) fn new(
        layers: Vec<(Box<dyn TrainLayer>, Place)>,
        input: Place,
        max_batch: usize,
    ) -> Self {
        let mut places = vec![input];
        let (layers, outputs): (Vec<_>, Vec<_>) = layers.into_iter().unzip();
        places.extend(outputs);
        let between = &places[1..places.len().max(2) - 1];
        let len = |place: &Place| place.shape.len();
        let gradient = |first: usize| {
            let lens = between.iter().skip(first).step_by(2).map(len);
            Buffer::zeros(max_batch * lens.max().unwrap_or(0))
        };
        Self {
            outputs: between
                .iter()
                .map(|place| Buffer::zeros(max_batch * len(place)))
                .collect(),
            gradients: [gradient(0), gradient(1)],
            layers,
            places,
        }
    }

    /// The maps that it makes.
    pub(crate) fn output(&self) -> Place {
        self.places[self.places.len() - 1]
    }

    /// Values of `n` images before layer `i`.
    fn len(&self, n: usize, i: usize) -> usize {
        n * self.places[i].shape.len()
    }
}

impl TrainLayer for Sequence {
    fn output_len(&self) -> usize {
        self.output().shape.len()
    }

    fn room(&self) -> Room {
        Room::for_any(self.layers.iter().map(|layer| &**layer as &dyn TrainLayer))
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let last = self.layers.len();
        if last == 0 {
            return y.copy_from_slice(x);
        }
        for i in 0..last {
            let [from, to] = [i, i + 1].map(|i| self.len(pass.n, i));
            let (before, after) = self.outputs.split_at_mut(i);
            let input = before.last().map_or(x, |output| &**output);
            let output = match after.first_mut() {
                Some(output) => &mut output[..to],
                None => &mut *y,
            };
            self.layers[i].forward(pass, &input[..from], output);
            if let Some(columns) = pass.columns {
                columns.mask(self.places[i + 1], output);
            }
        }
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
        let last = self.layers.len() - 1;
        for i in (0..=last).rev() {
            let [from, to] = [i, i + 1].map(|i| self.len(pass.n, i));
            let [even, odd] = &mut self.gradients;
            let (before, after) = if i % 2 == 0 { (odd, even) } else { (even, odd) };
            let (y, dy) = if i == last {
                (y, &mut *dy)
            } else {
                (&self.outputs[i][..to], &mut after[..to])
            };
            if let Some(columns) = pass.columns {
                columns.mask(self.places[i + 1], dy);
            }
            let layer = &mut self.layers[i];
            if i == 0 {
                layer.backward(pass, x, y, dy, dx.take());
            } else {
                let x = &self.outputs[i - 1][..from];
                layer.backward(pass, x, y, dy, Some(&mut before[..from]));
            }
        }
    }
}
