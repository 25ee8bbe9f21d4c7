//! Pictures as JPEG files have them.

use image::{ImageBuffer, Luma, codecs::jpeg::JpegEncoder};

use crate::{error::SynthError, handwriting::SyntheticPage};

/// A grey picture (`[height, width]`) as a JPEG of `quality` 1 to 100.
///
/// # Errors
///
/// [`SynthError::Pixels`] if there are not as many pixels as the sides say, or
/// [`SynthError::Encode`].
pub fn jpeg(
    pixels: &[u8],
    [height, width]: [usize; 2],
    quality: u8,
) -> Result<Vec<u8>, SynthError> {
    let picture = ImageBuffer::<Luma<u8>, _>::from_raw(width as u32, height as u32, pixels);
    let picture = picture.ok_or(SynthError::Pixels {
        height,
        width,
        got: pixels.len(),
    })?;
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(&picture)?;
    Ok(bytes)
}

impl SyntheticPage {
    /// The page as a JPEG whose quality, 55 to 95, follows from `index`.
    ///
    /// # Errors
    ///
    /// As [`jpeg`].
    pub fn jpeg(&self, index: u32) -> Result<Vec<u8>, SynthError> {
        let quality = 55 + (index % 41) as u8;
        jpeg(&self.pixels, [self.height, self.width], quality)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_survives_and_a_torn_one_is_refused() {
        let pixels: Vec<u8> = (0..24 * 16).map(|i| (i % 24) as u8 * 10).collect();
        let bytes = jpeg(&pixels, [16, 24], 95).unwrap();
        let read = image::load_from_memory(&bytes).unwrap().into_luma8();
        assert_eq!(read.dimensions(), (24, 16));
        for (got, expected) in read.as_raw().iter().zip(&pixels) {
            assert!(got.abs_diff(*expected) < 8, "{got}, expected {expected}");
        }
        let error = jpeg(&pixels[1..], [16, 24], 95).unwrap_err();
        assert!(error.to_string().contains("16×24"), "{error}");
    }
}
