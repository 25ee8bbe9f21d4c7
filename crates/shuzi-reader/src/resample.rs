//! Grey pixels at another size, antialiased.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer, images::Image, images::ImageRef,
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
    let source = ImageRef::new(narrow(width)?, narrow(height)?, pixels, PixelType::U8).ok()?;
    let mut result = Image::new(narrow(to[0])?, narrow(to[1])?, PixelType::U8);
    let options = ResizeOptions::new()
        .crop(part.left, part.top, part.width, part.height)
        .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new()
        .resize(&source, &mut result, &options)
        .ok()
        .map(|()| result.into_vec())
}
