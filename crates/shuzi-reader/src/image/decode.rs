//! Bytes to grey pixels.

use std::io::{BufRead, Cursor, Seek};

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, error::ImageFormatHint,
};

use crate::{
    error::DecodeError,
    image::format::{Foreign, foreign, jpeg_is_cut_off},
    image::resample::{Part, resample},
};

/// Bytes at the start of a file that tell its format.
const SIGNATURE: usize = 16;

/// Bytes that a decoder may take for each pixel: 16-bit RGBA, and room to work.
const BYTES_PER_PIXEL: u64 = 16;

/// What is done with a file that ends before its image does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CutOff {
    /// It is an error: nothing says what the missing part shows.
    #[default]
    Refuse,
    /// What is there is read, if the format lets that be: a JPEG's missing rows are grey.
    Read,
}

/// What an image may cost, and whether it has to be whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most pixels that an image may have; checked before it is decoded.
    pub pixels: u64,
    /// Most pages that a TIFF may have.
    pub pages: usize,
    /// Pixels that the later stages work on; larger images are shrunk.
    pub working_pixels: usize,
    /// Whether a file that ends early is read.
    pub cut_off: CutOff,
}

impl Default for Limits {
    /// Guesses; the working pixels are twice what an A5 sheet has at 200 dpi.
    fn default() -> Self {
        Self {
            pixels: 64_000_000,
            pages: 1000,
            working_pixels: 4_000_000,
            cut_off: CutOff::Refuse,
        }
    }
}

/// A grey picture, as bright as the eye sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `[height, width]`, 0 black to 255 white.
    pub pixels: Vec<u8>,
    /// Columns of the image it was decoded from, upright; larger than `width`
    /// if it was shrunk.
    pub original_width: usize,
    /// Rows of the image it was decoded from.
    pub original_height: usize,
}

/// Decodes an image: turned upright by its EXIF orientation, transparency laid
/// over white (light ink on a clear page over black), colours and 16-bit values brought to 8-bit grey, and very large
/// images shrunk. Of an animation, the first frame; of a TIFF, the first page:
/// [`Pages`](crate::Pages) has the others.
///
/// # Errors
/// If the bytes are no image of a known format, are damaged, or the image has
/// more pixels than `limits` allow.
pub fn decode(bytes: &[u8], limits: Limits) -> Result<Picture, DecodeError> {
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    // The decoder takes what is there for the whole.
    if limits.cut_off == CutOff::Refuse && jpeg_is_cut_off(bytes) {
        return Err(DecodeError::CutOff);
    }
    decode_from(Cursor::new(bytes), limits)
}

/// Decodes an image from where it can be read.
pub(crate) fn decode_from(
    mut source: impl BufRead + Seek,
    limits: Limits,
) -> Result<Picture, DecodeError> {
    let io = |error| DecodeError::Damaged(ImageError::IoError(error));
    let start = source.fill_buf().map_err(io)?;
    let start = start[..start.len().min(SIGNATURE)].to_vec();
    let big_tiff = matches!(
        start.as_slice(),
        [b'I', b'I', 43, 0, ..] | [b'M', b'M', 0, 43, ..]
    );
    let mut reader = ImageReader::new(source).with_guessed_format().map_err(io)?;
    // The library can read this format, but does not know it by its first bytes.
    if big_tiff {
        reader.set_format(ImageFormat::Tiff);
    }
    if reader.format().is_none() {
        return Err(match foreign(&start) {
            Some(Foreign { name, instead }) => DecodeError::Foreign { name, instead },
            None => DecodeError::Format,
        });
    }
    // The header alone, with nothing allocated for pixels.
    let mut allowed = image::Limits::default();
    allowed.max_alloc = Some(limits.pixels.saturating_mul(BYTES_PER_PIXEL).max(1 << 26));
    reader.limits(allowed);
    let mut decoder = reader.into_decoder().map_err(not_decoded)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, limits)?;
    // Damaged metadata is no reason to refuse the pixels.
    let orientation = decoder.orientation().ok();
    let mut image = DynamicImage::from_decoder(decoder).map_err(not_decoded)?;
    if let Some(orientation) = orientation {
        image.apply_orientation(orientation);
    }
    Ok(picture(image, limits))
}

/// The working picture of an upright image.
pub(crate) fn picture(image: DynamicImage, limits: Limits) -> Picture {
    let pixels = grey(image);
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    shrunk(width, height, pixels.into_raw(), limits.working_pixels)
}

/// Whether an image of that size may be read.
pub(crate) fn check_size(width: u32, height: u32, limits: Limits) -> Result<(), DecodeError> {
    if width == 0 || height == 0 {
        return Err(DecodeError::NoPixels { width, height });
    }
    if u64::from(width) * u64::from(height) > limits.pixels {
        return Err(DecodeError::TooLarge {
            width,
            height,
            limit: limits.pixels,
        });
    }
    Ok(())
}

fn not_decoded(error: ImageError) -> DecodeError {
    match error {
        ImageError::Unsupported(unsupported)
            if unsupported.format_hint() == ImageFormatHint::Unknown =>
        {
            DecodeError::Format
        }
        error => DecodeError::Damaged(error),
    }
}

/// 8-bit grey, transparent parts over white, or over black where most of the image is clear
/// and what is not is light: light ink, meant for a dark page.
fn grey(image: DynamicImage) -> image::GrayImage {
    if !image.color().has_alpha() {
        return image.into_luma8();
    }
    let image = image.into_luma_alpha8();
    let (mut light, mut opaque) = (0, 0);
    for [luma, alpha] in image.pixels().map(|pixel| pixel.0.map(u64::from)) {
        light += luma * alpha;
        opaque += alpha;
    }
    let clear = opaque < image.pixels().len() as u64 * 255 / 2;
    let page = if clear && light > 128 * opaque {
        0
    } else {
        255
    };
    let mut laid = image::GrayImage::new(image.width(), image.height());
    for (to, from) in laid.pixels_mut().zip(image.pixels()) {
        let [luma, alpha] = from.0.map(u32::from);
        to.0 = [((luma * alpha + page * (255 - alpha) + 127) / 255) as u8];
    }
    laid
}

/// The picture, averaged down to so many pixels if it has more.
fn shrunk(width: usize, height: usize, pixels: Vec<u8>, most: usize) -> Picture {
    let mut picture = Picture {
        width,
        height,
        pixels,
        original_width: width,
        original_height: height,
    };
    if width * height <= most {
        return picture;
    }
    let scale = (most as f64 / (width * height) as f64).sqrt();
    let sides = [width, height].map(|side| ((side as f64 * scale) as usize).max(1));
    picture.resize(sides);
    picture
}

impl Picture {
    /// Brings it to a size in columns and rows.
    pub(crate) fn resize(&mut self, to: [usize; 2]) {
        let whole = Part {
            left: 0.0,
            top: 0.0,
            width: self.width as f64,
            height: self.height as f64,
        };
        // Both sizes are right by construction; if not, the old one serves too.
        if let Some(pixels) = resample(&self.pixels, [self.width, self.height], whole, to) {
            [self.width, self.height] = to;
            self.pixels = pixels;
        }
    }
}

#[cfg(test)]
mod tests;
