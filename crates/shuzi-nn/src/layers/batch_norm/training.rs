//! The training pass of batch normalisation, with the ReLU and the max pooling that follow
//! it where there are any.

use std::ops::Range;

use rayon::prelude::*;

use super::BatchNorm;
use crate::{
    Shape,
    columns::{Place, mask},
    kernels::{
        norm::{Affine, GradientTerms, affine, gradient_sums, image_sums, input_gradient},
        norm_pool::{self, Image},
        pool::PoolPlan,
    },
    pass::{Maker, Mode, Pass, TrainLayer},
};

pub(crate) struct BatchNormLayer {
    /// What goes in and comes out.
    maps: [Place; 2],
    norm: BatchNorm,
    after: After,
    places: Places,
    state: State,
}

/// What the layer does besides.
#[derive(Debug, Default)]
pub(crate) struct After {
    pub(crate) relu: bool,
    /// A max pooling that [`PoolPlan::partitions`] the map.
    pub(crate) pool: Option<PoolPlan>,
}

/// Where γ, β and the running statistics lie.
pub(super) struct Places {
    pub(super) scale: Range<usize>,
    pub(super) shift: Range<usize>,
    pub(super) mean: Range<usize>,
    pub(super) variance: Range<usize>,
}

/// Vectors of one value a channel, and two of them for each image.
struct State {
    mean: Vec<f32>,
    /// `1 / √(σ² + ε)`.
    inverse: Vec<f32>,
    /// Scale and shift of the forward pass.
    affine: [Vec<f32>; 2],
    /// The terms of `input_gradient`.
    terms: [Vec<f32>; 3],
    partial: Vec<f32>,
}

impl BatchNormLayer {
    pub(super) fn new(
        maps: [Place; 2],
        norm: BatchNorm,
        after: After,
        places: Places,
        max_batch: usize,
    ) -> Self {
        let shape = maps[0].shape;
        let zeros = || vec![0.0; shape.channels];
        Self {
            maps,
            norm,
            after,
            places,
            state: State {
                mean: zeros(),
                inverse: zeros(),
                affine: [zeros(), zeros()],
                terms: [zeros(), zeros(), zeros()],
                partial: vec![0.0; max_batch * 2 * shape.channels],
            },
        }
    }

    /// The maps that it makes.
    pub(crate) fn made(&self) -> Place {
        self.maps[1]
    }

    /// Where each image's sums go (see [`image_sums`]); empty if the mode does
    /// without.
    pub(crate) fn sums(&mut self, pass: &Pass<'_>) -> &mut [f32] {
        match pass.mode {
            Mode::Train { .. } | Mode::Estimate { .. } => {
                &mut self.state.partial[..pass.n * 2 * self.maps[0].shape.channels]
            }
            Mode::Infer => &mut [],
        }
    }

    /// What the forward pass does to each channel, from the images' sums or from the
    /// running statistics.
    pub(crate) fn settle(&mut self, pass: &mut Pass<'_>) {
        match pass.mode {
            Mode::Train { .. } => self.measure(pass, self.norm.momentum),
            Mode::Estimate { share } => self.measure(pass, share),
            Mode::Infer => self.recall(pass),
        }
        let gamma = &pass.values[self.places.scale.clone()];
        let beta = &pass.values[self.places.shift.clone()];
        let State {
            mean,
            inverse,
            affine: [scale, shift],
            ..
        } = &mut self.state;
        for channel in 0..gamma.len() {
            scale[channel] = gamma[channel] * inverse[channel];
            shift[channel] = beta[channel] - mean[channel] * scale[channel];
        }
    }

    /// Positions that statistics are taken of.
    fn count(&self, pass: &Pass<'_>) -> f64 {
        let all = pass.n * self.maps[0].shape.positions();
        let own = pass.columns.map(|columns| columns.positions(self.maps[0]));
        own.unwrap_or(all).max(1) as f64
    }

    /// Batch statistics into `state`, and `share` of them into the running ones.
    fn measure(&mut self, pass: &mut Pass<'_>, share: f32) {
        let c = self.maps[0].shape.channels;
        let partial = &self.state.partial[..pass.n * 2 * c];
        let count = self.count(pass);
        for channel in 0..c {
            let (sum, square) = total(partial, c, channel);
            let mean = sum / count;
            let variance = (square / count - mean * mean).max(0.0);
            self.state.mean[channel] = mean as f32;
            self.state.inverse[channel] =
                (1.0 / (variance + f64::from(self.norm.epsilon)).sqrt()) as f32;
            // PyTorch keeps the unbiased variance.
            let unbiased = variance * count / (count - 1.0).max(1.0);
            let running_mean = &mut pass.values[self.places.mean.start + channel];
            *running_mean = mixed(*running_mean, mean as f32, share);
            let running_variance = &mut pass.values[self.places.variance.start + channel];
            *running_variance = mixed(*running_variance, unbiased as f32, share);
        }
    }

    fn recall(&mut self, pass: &Pass<'_>) {
        let State { mean, inverse, .. } = &mut self.state;
        mean.copy_from_slice(&pass.values[self.places.mean.clone()]);
        let variance = &pass.values[self.places.variance.clone()];
        for (inverse, variance) in inverse.iter_mut().zip(variance) {
            *inverse = 1.0 / (variance + self.norm.epsilon).sqrt();
        }
    }

    /// The forward pass once it is settled.
    pub(crate) fn apply(&self, pass: &Pass<'_>, x: &[f32], y: &mut [f32]) {
        let output = self.output(pass, x);
        y.par_chunks_mut(self.output_len())
            .enumerate()
            .with_max_len(1)
            .for_each(|(image, y)| output.write(image, y));
    }

    /// The same an image at a time.
    pub(crate) fn output<'a>(&'a self, pass: &Pass<'a>, x: &'a [f32]) -> NormOutput<'a> {
        let [scale, shift] = &self.state.affine;
        NormOutput {
            x,
            len: self.maps[0].shape.len(),
            pool: self.after.pool.as_ref(),
            affine: Affine {
                scale,
                shift,
                relu: self.after.relu,
            },
            mask: Mask::new(pass, self.maps[1]),
        }
    }

    /// Writes the gradients of γ and β and says how to get that of `x`. Only
    /// pooling reads `y`.
    pub(crate) fn gradient<'a, 'p: 'a>(
        &'a mut self,
        pass: &mut Pass<'p>,
        x: &'a [f32],
        y: &'a [f32],
        dy: &'a [f32],
    ) -> NormGradient<'a> {
        let c = self.maps[0].shape.channels;
        let count = self.count(pass);
        let input = self.maps[0];
        let maps = Maps {
            x,
            y,
            dy,
            lens: [self.maps[0].shape.len(), self.output_len()],
        };
        let State {
            mean,
            inverse,
            affine: [scale, shift],
            terms: [a, b, still],
            partial,
        } = &mut self.state;
        let forward = Affine {
            scale,
            shift,
            relu: self.after.relu,
        };
        let pool = self.after.pool.as_ref();
        let rows = &mut partial[..pass.n * 2 * c];
        rows.par_chunks_mut(2 * c)
            .enumerate()
            .with_max_len(1)
            .for_each(|(image, row)| {
                let (sum, product) = row.split_at_mut(c);
                let image = maps.image(image);
                match pool {
                    Some(pool) => {
                        norm_pool::gradient_sums(pool, image, mean, forward, sum, product);
                    }
                    None => gradient_sums(image.x, image.dy, mean, forward, sum, product),
                }
            });

        // Ioffe and Szegedy 2015, §3: the chain rule through mean and variance.
        let gamma = &pass.values[self.places.scale.clone()];
        for channel in 0..c {
            let (sum, product) = total(rows, c, channel);
            let inverse = f64::from(inverse[channel]);
            pass.gradients[self.places.scale.start + channel] = (product * inverse) as f32;
            pass.gradients[self.places.shift.start + channel] = sum as f32;
            let scale = f64::from(gamma[channel]) * inverse;
            let slope = -scale * inverse * inverse * product / count;
            a[channel] = scale as f32;
            b[channel] = slope as f32;
            still[channel] = (-scale * sum / count - slope * f64::from(mean[channel])) as f32;
        }
        NormGradient {
            mask: Mask::new(pass, input),
            maps,
            pool,
            terms: GradientTerms { a, b, c: still },
            forward,
        }
    }
}

/// The layer's output, an image at a time.
#[derive(Clone, Copy)]
pub(crate) struct NormOutput<'a> {
    x: &'a [f32],
    /// Values of one image that goes in.
    len: usize,
    pool: Option<&'a PoolPlan>,
    affine: Affine<'a>,
    mask: Mask<'a>,
}

/// What is zero in a map.
#[derive(Clone, Copy)]
struct Mask<'a> {
    shape: Shape,
    /// Own columns of each image; `None` if all are.
    own: Option<&'a [usize]>,
}

impl<'a> Mask<'a> {
    fn new(pass: &Pass<'a>, at: Place) -> Self {
        Self {
            shape: at.shape,
            own: pass.columns.map(|columns| columns.at(at.level)),
        }
    }

    fn apply(&self, image: usize, map: &mut [f32]) {
        if let Some(own) = self.own {
            mask(map, self.shape, own[image]);
        }
    }
}

impl Maker for NormOutput<'_> {
    fn write(&self, image: usize, y: &mut [f32]) {
        let x = &self.x[image * self.len..][..self.len];
        match self.pool {
            Some(pool) => norm_pool::forward(pool, x, self.affine, y),
            None => affine(x, self.affine, y),
        }
        self.mask.apply(image, y);
    }
}

/// What went in and came out, and the gradient of that, of all images.
#[derive(Clone, Copy)]
struct Maps<'a> {
    x: &'a [f32],
    y: &'a [f32],
    dy: &'a [f32],
    /// Values of one image that goes in and that comes out.
    lens: [usize; 2],
}

impl<'a> Maps<'a> {
    fn image(&self, image: usize) -> Image<'a> {
        let [input, output] = self.lens;
        let out = image * output..(image + 1) * output;
        Image {
            x: &self.x[image * input..][..input],
            y: self.y.get(out.clone()).unwrap_or_default(),
            dy: &self.dy[out],
        }
    }
}

/// The gradient of the layer's input, an image at a time.
#[derive(Clone, Copy)]
pub(crate) struct NormGradient<'a> {
    mask: Mask<'a>,
    maps: Maps<'a>,
    pool: Option<&'a PoolPlan>,
    terms: GradientTerms<'a>,
    forward: Affine<'a>,
}

impl Maker for NormGradient<'_> {
    fn write(&self, index: usize, dx: &mut [f32]) {
        let image = self.maps.image(index);
        match self.pool {
            Some(pool) => norm_pool::input_gradient(pool, image, self.terms, self.forward, dx),
            None => input_gradient(image.x, image.dy, self.terms, self.forward, dx),
        }
        self.mask.apply(index, dx);
    }
}

/// `share` of `new` and the rest of `old`; of a share of 1 nothing of `old` is left,
/// not even in the last bit.
fn mixed(old: f32, new: f32, share: f32) -> f32 {
    (1.0 - share) * old + share * new
}

/// Both sums of a channel over the images, in their order.
fn total(partial: &[f32], c: usize, channel: usize) -> (f64, f64) {
    partial
        .chunks_exact(2 * c)
        .fold((0.0, 0.0), |(a, b), partial| {
            (
                a + f64::from(partial[channel]),
                b + f64::from(partial[c + channel]),
            )
        })
}

impl TrainLayer for BatchNormLayer {
    fn output_len(&self) -> usize {
        self.maps[1].shape.len()
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let (len, c) = (self.maps[0].shape.len(), self.maps[0].shape.channels);
        self.sums(pass)
            .par_chunks_mut(2 * c)
            .zip(x.par_chunks(len))
            .with_max_len(1)
            .for_each(|(row, x)| image_sums(x, len, row));
        self.settle(pass);
        self.apply(pass, x, y);
    }

    fn backward(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        y: &[f32],
        dy: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        let len = self.maps[0].shape.len();
        let gradient = self.gradient(pass, x, y, dy);
        let Some(dx) = dx else { return };
        dx.par_chunks_mut(len)
            .enumerate()
            .with_max_len(1)
            .for_each(|(image, dx)| gradient.write(image, dx));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::reference::random;

    /// A resumed run estimates statistics over other old ones than one that was not
    /// stopped; both must come to the same bits.
    #[test]
    fn a_whole_share_leaves_nothing_of_the_old() {
        for (old, new) in random(1, 1000).into_iter().zip(random(2, 1000)) {
            assert_eq!(mixed(old, new, 1.0), new);
        }
    }
}
