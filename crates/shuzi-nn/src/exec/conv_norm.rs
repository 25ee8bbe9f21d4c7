//! Convolutions, each with the batch normalisation that follows it.
//!
//! Statistics are taken of maps that were just made, and normalised maps and the
//! gradients of maps are made where a convolution takes them up: neither goes by way
//! of the memory.

use crate::{
    buffer::Buffer,
    layers::BatchNormLayer,
    pass::{Convolution, Pass, Room, Source, TrainLayer},
};

/// One or more of them, one after the other.
pub(super) struct ConvNormLayer {
    stages: Vec<Stage>,
    /// Gradient of what comes out of every stage but the last.
    gradients: Vec<Buffer>,
}

/// A convolution and its batch normalisation.
pub(super) struct Stage {
    conv: Box<dyn Convolution>,
    norm: BatchNormLayer,
    /// What the convolution made.
    maps: Buffer,
}

impl Stage {
    /// `conv` adds no bias: its gradient would be zero.
    pub(super) fn new(conv: Box<dyn Convolution>, norm: BatchNormLayer, max_batch: usize) -> Self {
        Self {
            maps: Buffer::zeros(max_batch * conv.output_len()),
            conv,
            norm,
        }
    }
}

impl ConvNormLayer {
    /// Only the last of the `stages` may pool.
    pub(super) fn new(stages: Vec<Stage>, max_batch: usize) -> Self {
        let inner = stages.iter().take(stages.len().saturating_sub(1));
        Self {
            gradients: inner
                .map(|stage| Buffer::zeros(max_batch * stage.norm.output_len()))
                .collect(),
            stages,
        }
    }
}

impl TrainLayer for ConvNormLayer {
    fn output_len(&self) -> usize {
        self.stages.last().map_or(0, |last| last.norm.output_len())
    }

    fn room(&self) -> Room {
        Room::for_any(
            self.stages
                .iter()
                .map(|stage| &*stage.conv as &dyn TrainLayer),
        )
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        for i in 0..self.stages.len() {
            let (before, after) = self.stages.split_at_mut(i);
            let Stage { conv, norm, maps } = &mut after[0];
            let maps = &mut maps[..pass.n * conv.output_len()];
            let made = before
                .last()
                .map(|before| before.norm.output(pass, &before.maps));
            let x = match &made {
                Some(made) => Source::Made(made),
                None => Source::Given(x),
            };
            conv.convolve(pass, x, maps, norm.sums(pass));
            norm.settle(pass);
        }
        if let Some(Stage { norm, maps, .. }) = self.stages.last() {
            norm.apply(pass, maps, y);
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
        let mut last = Some((y, &*dy));
        for i in (0..self.stages.len()).rev() {
            let (before, after) = self.stages.split_at_mut(i);
            let (gradients_before, gradients) = self.gradients.split_at_mut(i);
            let Stage { conv, norm, maps } = &mut after[0];
            // What lies between stages is not kept: only pooling would read it.
            let (y, dy) = last.take().unwrap_or_else(|| (&[], &*gradients[0]));
            let dy = norm.gradient(pass, maps, y, dy);
            match before.last().zip(gradients_before.last_mut()) {
                None => conv.gradients(pass, Source::Given(x), Source::Made(&dy), dx.take()),
                Some((Stage { norm, maps, .. }, gradient)) => {
                    let dx = &mut gradient[..pass.n * norm.output_len()];
                    let x = norm.output(pass, maps);
                    conv.gradients(pass, Source::Made(&x), Source::Made(&dy), Some(&mut *dx));
                    if let Some(columns) = pass.columns {
                        columns.mask(norm.made(), dx);
                    }
                }
            }
        }
    }
}
