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
    assert!(picture.width * picture.height <= Limits::default().working_pixels);
    assert_eq!(
        (picture.original_width, picture.original_height),
        (4000, 2000)
    );
    assert!(picture.pixels.iter().all(|&pixel| pixel == 77));
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
