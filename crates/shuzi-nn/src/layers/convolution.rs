//! What the two ways of convolution have in common.

use std::ops::Range;

use super::{Pass, TrainLayer, batch_norm::NormGradient};

/// A convolution that batch normalisation can follow while its maps are in the
/// cache.
pub(super) trait Convolution: TrainLayer {
    /// Computes `y` from `x`, and unless `sums` is empty each image's sums for the
    /// statistics of batch normalisation
    /// ([`image_sums`](crate::kernels::norm::image_sums)).
    fn convolve(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32], sums: &mut [f32]);

    /// Writes the gradient of the kernel, and that of `x` to `dx` where it is
    /// wanted.
    fn gradients(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        dy: Gradient<'_>,
        dx: Option<&mut [f32]>,
    );
}

/// The gradient of a convolution's output.
#[derive(Clone, Copy)]
pub(super) enum Gradient<'a> {
    /// That of all images.
    Given(&'a [f32]),
    /// Comes through batch normalisation, for some images at a time.
    Through(NormGradient<'a>),
}

impl Gradient<'_> {
    /// That of some images of `len` values, in `room` if it has to be made.
    pub(super) fn of<'s>(
        &'s self,
        images: Range<usize>,
        len: usize,
        room: &'s mut [f32],
    ) -> &'s [f32] {
        match self {
            Gradient::Given(dy) => &dy[images.start * len..images.end * len],
            Gradient::Through(norm) => {
                let dy = &mut room[..images.len() * len];
                for (image, dy) in images.zip(dy.chunks_exact_mut(len)) {
                    norm.write(image, dy);
                }
                dy
            }
        }
    }
}
