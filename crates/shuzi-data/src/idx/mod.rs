//! The IDX file format: a magic number, the size of each axis, the data.
//!
//! ```text
//! 0x00 0x00 0x08 AXES   two zeros, element type (0x08 = u8), number of axes
//! size of each axis     u32, big endian
//! data                  row major, one byte an element
//! ```
//!
//! Images have three axes `[n, h, w]`, labels one `[n]`. A file may be packed by
//! gzip; the reader sees that from its first two bytes, whatever its name.
//!
//! Source: <http://yann.lecun.com/exdb/mnist/>.
//!
//! # Limits
//!
//! A header is never believed: sizes are multiplied with overflow checks, memory
//! grows with the bytes that really come, and reading stops one byte after the
//! promised end. No more than [`MAX_BYTES`] of data are taken.

mod error;
mod read;
mod write;

pub use error::{Error, ErrorKind};
pub(crate) use read::open_gzip;
pub use read::{read_images, read_labels};
pub use write::{Compression, write_images, write_labels};

/// The most bytes of data that an IDX file may hold: 1 GiB, which EMNIST's
/// largest part (638 MB) fits.
pub const MAX_BYTES: u64 = 1 << 30;

/// Magic number of `u8` data with three axes.
const IMAGES_MAGIC: u32 = 0x0803;
/// Magic number of `u8` data with one axis.
const LABELS_MAGIC: u32 = 0x0801;

/// Grey images of one size, `[n, h, w]`, one byte a pixel.
///
/// There is at least one image, and each has at least one pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Images {
    height: usize,
    width: usize,
    pixels: Vec<u8>,
}

impl Images {
    /// Images of `height` × `width` from their pixels, `[n, h, w]` row major.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::EmptyAxis`] if there is no image or an image has no pixel,
    /// [`ErrorKind::Truncated`] if the pixels end amid an image,
    /// [`ErrorKind::TooLarge`] if there are more than [`MAX_BYTES`].
    pub fn new(height: usize, width: usize, pixels: Vec<u8>) -> Result<Self, Error> {
        for (axis, size) in [
            ("height", height),
            ("width", width),
            ("count", pixels.len()),
        ] {
            if size == 0 {
                return Err(ErrorKind::EmptyAxis { axis }.into());
            }
        }
        let one = height as u128 * width as u128;
        let found = pixels.len() as u128;
        let expected = found.div_ceil(one) * one;
        if expected > u128::from(MAX_BYTES) {
            return Err(ErrorKind::TooLarge { bytes: expected }.into());
        }
        if found != expected {
            return Err(ErrorKind::Truncated {
                expected: expected as u64,
                found: found as u64,
            }
            .into());
        }
        Ok(Self {
            height,
            width,
            pixels,
        })
    }

    /// Number of images, at least one.
    pub fn count(&self) -> usize {
        self.pixels.len() / self.image_size()
    }

    /// Height of each image in pixels, at least one.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Width of each image in pixels, at least one.
    pub fn width(&self) -> usize {
        self.width
    }

    /// All pixels, `[n, h, w]` row major.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The pixels of one image, `[h, w]`, or `None` past the last one.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        self.pixels.chunks_exact(self.image_size()).nth(index)
    }

    /// Pixels of one image: height × width.
    pub fn image_size(&self) -> usize {
        self.height * self.width
    }
}

/// Labels, `[n]`, one byte each; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels(Vec<u8>);

impl Labels {
    /// Labels of any value: what they mean is for [`Dataset`](crate::Dataset).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::EmptyAxis`] if there is none, [`ErrorKind::TooLarge`] if
    /// there are more than [`MAX_BYTES`].
    pub fn new(values: Vec<u8>) -> Result<Self, Error> {
        if values.is_empty() {
            return Err(ErrorKind::EmptyAxis { axis: "count" }.into());
        }
        if values.len() as u64 > MAX_BYTES {
            let bytes = values.len() as u128;
            return Err(ErrorKind::TooLarge { bytes }.into());
        }
        Ok(Self(values))
    }

    /// The labels in order.
    pub fn values(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_know_their_sizes() {
        let images = Images::new(2, 3, (0..12).collect()).unwrap();
        assert_eq!((images.count(), images.height(), images.width()), (2, 2, 3));
        assert_eq!(images.get(1), Some(&[6, 7, 8, 9, 10, 11][..]));
        assert_eq!(images.get(2), None);
    }

    #[test]
    fn impossible_sizes_are_refused() {
        let kind = |height, width, n| {
            Images::new(height, width, vec![0; n])
                .unwrap_err()
                .into_kind()
        };
        assert!(matches!(
            kind(0, 3, 6),
            ErrorKind::EmptyAxis { axis: "height" }
        ));
        assert!(matches!(
            kind(2, 0, 6),
            ErrorKind::EmptyAxis { axis: "width" }
        ));
        assert!(matches!(
            kind(2, 3, 0),
            ErrorKind::EmptyAxis { axis: "count" }
        ));
        assert!(matches!(
            kind(2, 3, 7),
            ErrorKind::Truncated {
                expected: 12,
                found: 7
            }
        ));
        assert!(matches!(
            kind(usize::MAX, usize::MAX, 7),
            ErrorKind::TooLarge { .. }
        ));
        assert!(matches!(
            Labels::new(vec![]).unwrap_err().into_kind(),
            ErrorKind::EmptyAxis { axis: "count" }
        ));
    }
}
