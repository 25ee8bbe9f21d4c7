//! Grey pixels at another size, antialiased.

use fast_image_resize::{
    FilterType, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedImage, TypedImageRef},
    pixels::U8,
};

/// A part of a picture, in fractions of its pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// `part` of `pixels` (`[height, width]`) at size `to` (columns, rows); `None`
/// if the part does not lie in the picture or a size is too large.
pub(crate) fn resample(
    pixels: &[u8],
    [width, height]: [usize; 2],
    part: Part,
    to: [usize; 2],
) -> Option<Vec<u8>> {
    let narrow = |size: usize| u32::try_from(size).ok();
    let source = TypedImageRef::<U8>::from_buffer(narrow(width)?, narrow(height)?, pixels).ok()?;
    let mut pixels = vec![0; to[0].checked_mul(to[1])?];
    let mut result =
        TypedImage::<U8>::from_buffer(narrow(to[0])?, narrow(to[1])?, &mut pixels).ok()?;
    // A triangle's support grows with its centre. A cubic, which is nought one
    // pixel off, has the library (6.1) read past the rows that it prepared where
    // the last centre meets a pixel.
    let options = ResizeOptions::new()
        .crop(part.left, part.top, part.width, part.height)
        .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    // Of one type: code for each of the library's pixels would be 3 MB.
    Resizer::new()
        .resize_typed(&source, &mut result, &options)
        .ok()?;
    Some(pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_on_quarter_pixels_of_an_even_picture_is_even() {
        let [width, height] = [20, 21];
        let pixels = vec![90; width * height];
        for quarter in 0..200 {
            let size = f64::from(quarter % 40) / 4.0 + 1.0;
            let part = Part {
                left: f64::from(quarter % 37) / 4.0,
                top: f64::from(quarter % 41) / 4.0,
                width: size,
                height: size,
            };
            let got = resample(&pixels, [width, height], part, [28, 28]).expect("inside");
            assert!(got.iter().all(|&grey| grey == 90), "{part:?}");
        }
    }

    #[test]
    fn a_part_outside_is_refused() {
        let part = Part {
            left: 3.0,
            top: 0.0,
            width: 2.0,
            height: 2.0,
        };
        assert!(resample(&[0; 16], [4, 4], part, [8, 8]).is_none());
    }
}
