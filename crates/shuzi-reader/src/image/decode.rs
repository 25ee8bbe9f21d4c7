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

/// Pixels that the later stages work on; larger images are shrunk. Twice what
/// an A5 sheet has at 200 dpi.
const WORKING_PIXELS: usize = 4_000_000;

/// Shorter sides in pixels below which a picture is enlarged to twice its size, and to
/// four times.
const SMALL: usize = 100;
const TINY: usize = 32;

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
    /// Whether a file that ends early is read.
    pub cut_off: CutOff,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pixels: 64_000_000,
            pages: 1000,
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
    Ok(picture(image))
}

/// The working picture of an upright image.
pub(crate) fn picture(image: DynamicImage) -> Picture {
    let pixels = grey(image);
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    shrunk(width, height, pixels.into_raw())
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

/// The picture, averaged down to [`WORKING_PIXELS`] if it has more.
fn shrunk(width: usize, height: usize, pixels: Vec<u8>) -> Picture {
    let mut picture = Picture {
        width,
        height,
        pixels,
        original_width: width,
        original_height: height,
    };
    if width * height <= WORKING_PIXELS {
        return picture;
    }
    let scale = (WORKING_PIXELS as f64 / (width * height) as f64).sqrt();
    picture.resize([width, height].map(|side| ((side as f64 * scale) as usize).max(1)));
    picture
}

impl Picture {
    /// The picture at twice its size if it is small, at four times if it is tiny: digits of
    /// some twenty pixels can then be told apart and cut at parts of a pixel.
    #[must_use]
    pub fn enlarged(mut self) -> Self {
        let (width, height) = (self.width, self.height);

        let times = match width.min(height) {
            side if side < TINY => 4,
            side if side < SMALL => 2,
            _ => 1,
        };
        if times > 1 && times * times * width * height <= WORKING_PIXELS {
            self.resize([times * width, times * height]);
        }
        self
    }

    fn resize(&mut self, to: [usize; 2]) {
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
mod tests {
    use image::{Luma, LumaA, Rgb};
    use proptest::prelude::*;

    use super::*;

    fn encode(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn pixels(pixels: u64) -> Limits {
        Limits {
            pixels,
            ..Limits::default()
        }
    }

    fn gradient() -> DynamicImage {
        image::GrayImage::from_fn(16, 8, |x, y| Luma([(x * 15 + y) as u8])).into()
    }

    #[test]
    fn every_format_gives_the_same_grey() {
        let expected = gradient().into_luma8().into_raw();
        for format in [
            ImageFormat::Png,
            ImageFormat::Tiff,
            ImageFormat::Bmp,
            ImageFormat::Pnm,
            ImageFormat::WebP,
            ImageFormat::Gif,
            ImageFormat::Jpeg,
        ] {
            let image = DynamicImage::from(gradient().to_rgb8());
            let picture = decode(&encode(&image, format), Limits::default()).unwrap();
            assert_eq!((picture.width, picture.height), (16, 8), "{format:?}");
            let lossy = if format == ImageFormat::Jpeg { 6 } else { 1 };
            for (got, expected) in picture.pixels.iter().zip(&expected) {
                assert!(
                    got.abs_diff(*expected) <= lossy,
                    "{format:?}: {got} {expected}"
                );
            }
        }
    }

    #[test]
    fn sixteen_bit_alpha_and_palette_end_as_grey() {
        let deep = image::ImageBuffer::<Luma<u16>, _>::from_pixel(3, 3, Luma([0x8000]));
        let clear = image::ImageBuffer::<LumaA<u8>, _>::from_pixel(3, 3, LumaA([0, 64]));
        let red = image::RgbImage::from_pixel(3, 3, Rgb([255, 0, 0]));
        for (image, format, expected) in [
            (DynamicImage::from(deep), ImageFormat::Png, 128),
            (DynamicImage::from(clear), ImageFormat::Png, 191),
            (DynamicImage::from(red), ImageFormat::Gif, 54),
        ] {
            let picture = decode(&encode(&image, format), Limits::default()).unwrap();
            assert!(picture.pixels.iter().all(|got| got.abs_diff(expected) <= 1));
        }
    }

    #[test]
    fn size_is_checked_before_decoding() {
        // A header alone: decoding it would fail in another way.
        let huge = b"P5 100000 100000 255\n";
        let error = decode(huge, Limits::default()).unwrap_err();
        assert!(
            matches!(error, DecodeError::TooLarge { width: 100_000, .. }),
            "{error}"
        );
        let small = encode(&gradient(), ImageFormat::Png);
        let error = decode(&small, pixels(127)).unwrap_err();
        assert!(
            matches!(error, DecodeError::TooLarge { limit: 127, .. }),
            "{error}"
        );
        assert!(decode(&small, pixels(128)).is_ok());
    }

    #[test]
    fn what_is_no_image_says_so() {
        assert!(matches!(
            decode(b"", Limits::default()),
            Err(DecodeError::Empty)
        ));
        for (bytes, name) in [(&b"%PDF-1.7"[..], "PDF"), (b"\0\0\0\x18ftypheic", "HEIC")] {
            let error = decode(bytes, Limits::default()).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("{name} is not read: ")),
                "{error}"
            );
        }
        for bytes in [&b"hello"[..], &[0; 64]] {
            assert!(matches!(
                decode(bytes, Limits::default()),
                Err(DecodeError::Format)
            ));
        }
        let whole = encode(&gradient(), ImageFormat::Png);
        for cut in [9, 20, 40, whole.len() / 2, whole.len() - 13] {
            let error = decode(&whole[..cut], Limits::default()).unwrap_err();
            assert!(matches!(error, DecodeError::Damaged(_)), "{cut}: {error}");
        }
    }

    #[test]
    fn a_file_that_ends_early_is_damaged_in_every_format() {
        let image = DynamicImage::from(gradient().to_rgb8());
        for format in [
            ImageFormat::Png,
            ImageFormat::Tiff,
            ImageFormat::Bmp,
            ImageFormat::Pnm,
            ImageFormat::WebP,
            ImageFormat::Gif,
            ImageFormat::Jpeg,
        ] {
            let whole = encode(&image, format);
            for part in [5, 9, 19] {
                let cut = &whole[..whole.len() * part / 20];
                let error = decode(cut, Limits::default());
                assert!(error.is_err(), "{format:?}, {part}/20: {error:?}");
            }
        }
        let jpeg = encode(&image, ImageFormat::Jpeg);
        let cut = &jpeg[..jpeg.len() - 6];
        let error = decode(cut, Limits::default()).unwrap_err();
        assert!(matches!(error, DecodeError::CutOff), "{error}");
        let read = Limits {
            cut_off: CutOff::Read,
            ..Limits::default()
        };
        assert_eq!(decode(cut, read).unwrap().width, 16);
    }

    #[test]
    fn ink_on_a_clear_page_stands_out_whether_dark_or_light() {
        for (ink, paper) in [(0, 255), (255, 0), (230, 0), (90, 255)] {
            let mut image = image::GrayAlphaImage::from_pixel(20, 20, LumaA([ink, 0]));
            image.put_pixel(10, 10, LumaA([ink, 255]));
            let picture = decode(&encode(&image.into(), ImageFormat::Png), Limits::default());
            let pixels = picture.unwrap().pixels;
            assert_eq!((pixels[0], pixels[10 * 20 + 10]), (paper, ink));
        }
        // A sheet whose corner is clear is no ink.
        let mut sheet = image::GrayAlphaImage::from_pixel(20, 20, LumaA([240, 255]));
        sheet.put_pixel(0, 0, LumaA([0, 0]));
        let picture = decode(&encode(&sheet.into(), ImageFormat::Png), Limits::default());
        assert_eq!(picture.unwrap().pixels[0], 255);
    }

    #[test]
    fn a_large_image_is_shrunk_and_remembers_its_size() {
        let large = image::GrayImage::from_pixel(4000, 2000, Luma([77]));
        let picture = decode(&encode(&large.into(), ImageFormat::Bmp), Limits::default()).unwrap();
        assert!(picture.width * picture.height <= WORKING_PIXELS);
        assert_eq!(
            (picture.original_width, picture.original_height),
            (4000, 2000)
        );
        assert!(picture.pixels.iter().all(|&pixel| pixel == 77));
    }

    #[test]
    fn small_pictures_are_enlarged_and_tiny_ones_more() {
        for (side, times) in [(1, 4), (31, 4), (32, 2), (99, 2), (100, 1)] {
            let picture = Picture {
                width: 120,
                height: side,
                pixels: vec![7; 120 * side],
                original_width: 120,
                original_height: side,
            };
            let enlarged = picture.enlarged();
            assert_eq!(
                (enlarged.width, enlarged.height),
                (120 * times, side * times)
            );
            assert_eq!(enlarged.pixels.len(), enlarged.width * enlarged.height);
            assert_eq!(enlarged.original_height, side);
        }
    }

    proptest! {
        #[test]
        fn damaged_bytes_never_panic(
            format in prop::sample::select(vec![
                ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Tiff, ImageFormat::Bmp,
                ImageFormat::Pnm, ImageFormat::WebP, ImageFormat::Gif,
            ]),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
            keep in any::<prop::sample::Index>(),
        ) {
            let mut bytes = encode(&DynamicImage::from(gradient().to_rgb8()), format);
            for (at, value) in changes {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            bytes.truncate(keep.index(bytes.len()) + 1);
            // Either answer is right; a panic is not.
            let _ = decode(&bytes, pixels(1 << 20));
        }
    }
}
