//! Dropout (Srivastava et al. 2014), scaled in training so that inference
//! needs nothing.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::{Definition, Fusion, InferContext, Inner, Site, Step};
use crate::{
    onnx::{Exporter, Value},
    pass::{BuildContext, Mode, Pass, Sequence, TrainLayer},
    program::{Folded, Inference},
    spec::{ArchitectureError, Flow, ParameterSpec, Sliding, value},
    weights::WeightsError,
};

/// See [`LayerKind::Dropout`](super::LayerKind::Dropout).
#[derive(Debug)]
pub(super) struct Dropout {
    pub(super) rate: f32,
}

impl Definition for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn sliding(&self) -> Option<Sliding> {
        None
    }

    fn output(&self, path: &str, input: &Flow, _: &[Flow]) -> Result<Flow, ArchitectureError> {
        if !(0.0..1.0).contains(&self.rate) {
            return Err(value(path, "rate", "in [0, 1)", self.rate));
        }
        Ok(input.clone())
    }

    fn parameters(&self, _: &Step) -> Vec<ParameterSpec> {
        Vec::new()
    }

    fn multiply_adds(&self, _: &Step) -> usize {
        0
    }

    fn fusion(&self) -> Fusion {
        Fusion::Alone
    }

    fn train(
        &self,
        site: &Site<'_>,
        _: Vec<Sequence>,
        context: &BuildContext<'_>,
    ) -> Option<Box<dyn TrainLayer>> {
        Some(Box::new(DropoutLayer::new(
            self.rate,
            site.input.shape.len(),
            context.stream(),
            context.max_batch,
        )))
    }

    fn infer(&self, _: &Site<'_>, _: &mut InferContext<'_>, _: Folded) -> Inference {
        Inference::Same
    }

    fn onnx(
        &self,
        _: &Step,
        x: Value,
        _: &mut Exporter<'_>,
        _: &mut Inner<'_>,
    ) -> Result<Value, WeightsError> {
        Ok(x)
    }
}

struct DropoutLayer {
    rate: f32,
    len: usize,
    /// Tells this layer's random stream from those of other dropout layers.
    stream: u64,
    /// 0 or `1 / (1 − rate)` for every value of the batch.
    mask: Vec<f32>,
}

impl DropoutLayer {
    fn new(rate: f32, len: usize, stream: u64, max_batch: usize) -> Self {
        Self {
            rate,
            len,
            stream,
            mask: vec![0.0; max_batch * len],
        }
    }
}

/// Fills `mask` from (seed, step, layer, image), whatever thread does it.
fn draw(mask: &mut [f32], rate: f32, seed: u64, step: u64, stream: u64, image: usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    // Streams tell layers and steps apart, the position within one images.
    rng.set_stream(step << 8 | stream & 0xff);
    rng.set_word_pos((image * mask.len()) as u128);
    // Compared as integers: exact, and the rate's precision is 2⁻³².
    let threshold = (f64::from(rate) * f64::from(u32::MAX)) as u32;
    let scale = 1.0 / (1.0 - rate);
    for value in mask {
        *value = if rng.next_u32() < threshold {
            0.0
        } else {
            scale
        };
    }
}

impl TrainLayer for DropoutLayer {
    fn output_len(&self) -> usize {
        self.len
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let Mode::Train { seed, step } = pass.mode else {
            return y.copy_from_slice(x);
        };
        if self.rate == 0.0 {
            self.mask[..x.len()].fill(1.0);
            return y.copy_from_slice(x);
        }
        let masks = self.mask[..x.len()].par_chunks_mut(self.len);
        let images = y
            .par_chunks_mut(self.len)
            .zip(x.par_chunks(self.len))
            .zip(masks);
        images.enumerate().for_each(|(image, ((y, x), mask))| {
            draw(mask, self.rate, seed, step, self.stream, image);
            for ((y, x), mask) in y.iter_mut().zip(x).zip(mask) {
                *y = x * *mask;
            }
        });
    }

    fn backward(
        &mut self,
        _: &mut Pass<'_>,
        _: &[f32],
        _: &[f32],
        dy: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        let Some(dx) = dx else { return };
        for ((dx, dy), mask) in dx.iter_mut().zip(dy).zip(&self.mask) {
            *dx = *dy * mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_differ_by_step_layer_and_image_and_keep_the_mean() {
        let mask = |step, stream, image| {
            let mut mask = vec![0.0; 4096];
            draw(&mut mask, 0.25, 7, step, stream, image);
            mask
        };
        let first = mask(0, 0, 0);
        assert_eq!(first, mask(0, 0, 0));
        for other in [mask(1, 0, 0), mask(0, 1, 0), mask(0, 0, 1)] {
            assert_ne!(first, other);
        }
        let mean = first.iter().sum::<f32>() / first.len() as f32;
        assert!((mean - 1.0).abs() < 0.03, "mean {mean}");
    }
}
