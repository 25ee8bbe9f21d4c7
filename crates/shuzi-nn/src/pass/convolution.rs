//! What the two ways of convolution have in common.

use std::ops::Range;

use super::{Pass, TrainLayer};

/// A convolution that takes and hands on maps while they are in the cache.
pub(crate) trait Convolution: TrainLayer {
    /// Computes `y` from `x`, and unless `sums` is empty masks it and computes each
    /// image's sums for the statistics of batch normalisation
    /// ([`image_sums`](crate::kernels::norm::image_sums)).
    fn convolve(&mut self, pass: &mut Pass<'_>, x: Source<'_>, y: &mut [f32], sums: &mut [f32]);

    /// Writes the gradient of the kernel, and that of `x` to `dx` where it is
    /// wanted.
    fn gradients(
        &mut self,
        pass: &mut Pass<'_>,
        x: Source<'_>,
        dy: Source<'_>,
        dx: Option<&mut [f32]>,
    );
}

/// Where a convolution has maps from, or the gradients of some.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    /// Those of all images.
    Given(&'a [f32]),
    /// They are made where they are wanted.
    Made(&'a dyn Maker),
}

/// What can make the maps of an image.
pub(crate) trait Maker: Sync {
    /// Writes those of image number `image`.
    fn write(&self, image: usize, maps: &mut [f32]);
}

impl Source<'_> {
    /// Those of some images of `len` values, in `room` if they have to be made.
    pub(crate) fn of<'s>(
        &'s self,
        images: Range<usize>,
        len: usize,
        room: &'s mut [f32],
    ) -> &'s [f32] {
        match self {
            Source::Given(maps) => &maps[images.start * len..images.end * len],
            Source::Made(maker) => {
                let maps = &mut room[..images.len() * len];
                for (image, maps) in images.zip(maps.chunks_exact_mut(len)) {
                    maker.write(image, maps);
                }
                maps
            }
        }
    }
}
