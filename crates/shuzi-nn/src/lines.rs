//! Batches of images of any width.

use crate::{Error, Shape};

/// Images of one batch that are equally wide by zeros on their right.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'a> {
    /// `[n, h, width, c]`; zeros past each image's own columns.
    pub images: &'a [f32],
    /// Columns of all of them: few values, as each is planned for once.
    pub width: usize,
    /// Own columns of each image, from 1 to `width`.
    pub own: &'a [usize],
}

/// What a network says of a batch of [`Lines`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frames<'a> {
    /// `[n, frames, classes]`; zeros past each image's own frames.
    pub logits: &'a [f32],
    /// Frames of all images.
    pub frames: usize,
    /// Own frames of each image: as many as if it had been there alone.
    pub own: &'a [usize],
}

impl Lines<'_> {
    /// Checks that these are whole images of shape `input` with zeros past their own
    /// columns.
    pub(crate) fn check(&self, input: Shape) -> Result<(), Error> {
        let expected = self.own.len() * input.len();
        if self.images.len() != expected || expected == 0 {
            return Err(Error::Images {
                expected: input.len(),
                got: self.images.len(),
            });
        }
        for (image, (map, &own)) in self.images.chunks(input.len()).zip(self.own).enumerate() {
            if own == 0 || own > input.width {
                return Err(Error::OwnColumns {
                    image,
                    got: own,
                    most: input.width,
                });
            }
            let row = input.width * input.channels;
            let mut past = map.chunks(row).flat_map(|row| &row[own * input.channels..]);
            if past.any(|&value| value != 0.0) {
                return Err(Error::Margin { image, own });
            }
        }
        Ok(())
    }
}
