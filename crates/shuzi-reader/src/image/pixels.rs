//! Images that lie in memory as pixels.

use image::{DynamicImage, ImageBuffer};

use crate::{
    error::DecodeError,
    image::decode::Limits,
    image::decode::Picture,
    image::decode::{check_size, picture},
};

/// An upright image in memory, row by row from the top, 8 bits a channel.
///
/// ```
/// use shuzi_reader::{Limits, Pixels};
///
/// let white = Pixels::rgb(4, 2, &[255; 4 * 2 * 3]);
/// let picture = white.decode(Limits::default())?;
/// assert_eq!((picture.width, picture.height), (4, 2));
/// # Ok::<(), shuzi_reader::DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pixels<'a> {
    width: u32,
    height: u32,
    channels: Channels,
    bytes: &'a [u8],
}

/// What the bytes of a pixel are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Channels {
    Grey = 1,
    Rgb = 3,
    Rgba = 4,
}

impl<'a> Pixels<'a> {
    /// Grey pixels, `[height, width]`: 0 black, 255 white.
    ///
    /// ```
    /// let pixels = shuzi_reader::Pixels::grey(2, 2, &[0, 255, 255, 0]);
    /// assert_eq!(pixels.decode(Default::default())?.pixels, [0, 255, 255, 0]);
    /// # Ok::<(), shuzi_reader::DecodeError>(())
    /// ```
    pub fn grey(width: u32, height: u32, bytes: &'a [u8]) -> Self {
        Self::of(width, height, Channels::Grey, bytes)
    }

    /// Coloured pixels, `[height, width, 3]`: red, green, blue in sRGB.
    ///
    /// ```
    /// let red = shuzi_reader::Pixels::rgb(1, 1, &[255, 0, 0]);
    /// assert_eq!(red.decode(Default::default())?.pixels, [54]);
    /// # Ok::<(), shuzi_reader::DecodeError>(())
    /// ```
    pub fn rgb(width: u32, height: u32, bytes: &'a [u8]) -> Self {
        Self::of(width, height, Channels::Rgb, bytes)
    }

    /// Coloured pixels with opacity, `[height, width, 4]`: red, green, blue, not multiplied
    /// by alpha.
    ///
    /// ```
    /// let clear = shuzi_reader::Pixels::rgba(1, 1, &[0, 0, 0, 0]);
    /// assert_eq!(clear.decode(Default::default())?.pixels, [255], "paper is white");
    /// # Ok::<(), shuzi_reader::DecodeError>(())
    /// ```
    pub fn rgba(width: u32, height: u32, bytes: &'a [u8]) -> Self {
        Self::of(width, height, Channels::Rgba, bytes)
    }

    fn of(width: u32, height: u32, channels: Channels, bytes: &'a [u8]) -> Self {
        Self {
            width,
            height,
            channels,
            bytes,
        }
    }

    /// The picture that is read, as [`decode`](crate::image::decode::decode) makes it of a file.
    ///
    /// # Errors
    /// If there are not as many bytes as the size says, no pixels, or more than `limits`
    /// allow.
    pub fn decode(self, limits: Limits) -> Result<Picture, DecodeError> {
        let (width, height) = (self.width, self.height);
        check_size(width, height, limits)?;
        let wrong = || DecodeError::Bytes {
            width,
            height,
            channels: self.channels as usize,
            got: self.bytes.len(),
        };
        let pixels = u64::from(width) * u64::from(height);
        if pixels.checked_mul(self.channels as u64) != Some(self.bytes.len() as u64) {
            return Err(wrong());
        }
        let bytes = self.bytes.to_vec();
        let image = match self.channels {
            Channels::Grey => {
                ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageLuma8)
            }
            Channels::Rgb => {
                ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgb8)
            }
            Channels::Rgba => {
                ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgba8)
            }
        };
        image.map(|image| picture(image, limits)).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, RgbaImage};
    use proptest::prelude::*;

    use super::*;
    use crate::image::decode::decode;

    proptest! {
        /// Pixels in memory are the picture that their PNG is.
        #[test]
        fn pixels_are_what_their_file_is(
            (width, height, bytes) in (1u32..9, 1u32..9).prop_flat_map(|(width, height)| {
                let bytes = prop::collection::vec(any::<u8>(), (width * height * 4) as usize);
                (Just(width), Just(height), bytes)
            }),
        ) {
            let rgba = DynamicImage::from(RgbaImage::from_raw(width, height, bytes).unwrap());
            for image in [rgba.to_luma8().into(), rgba.to_rgb8().into(), rgba] {
                let mut file = Cursor::new(Vec::new());
                image.write_to(&mut file, ImageFormat::Png).unwrap();
                let expected = decode(file.get_ref(), Limits::default()).unwrap();
                let bytes = image.as_bytes();
                let pixels = match image.color().channel_count() {
                    1 => Pixels::grey(width, height, bytes),
                    3 => Pixels::rgb(width, height, bytes),
                    _ => Pixels::rgba(width, height, bytes),
                };
                prop_assert_eq!(pixels.decode(Limits::default()).unwrap(), expected);
            }
        }
    }

    #[test]
    fn what_does_not_fit_its_size_is_told() {
        let limits = Limits {
            pixels: 10,
            ..Limits::default()
        };
        for (pixels, told) in [
            (
                Pixels::rgb(2, 2, &[0; 11]),
                "2×2 pixels of 3 bytes: expected 12 bytes, got 11",
            ),
            (Pixels::grey(0, 2, &[]), "image of 0×2 pixels"),
            (Pixels::grey(11, 1, &[0; 11]), "at most 10 pixels"),
            (Pixels::rgba(u32::MAX, u32::MAX, &[]), "at most 10 pixels"),
        ] {
            let error = pixels.decode(limits).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
