//! Boxes, labels and bars.

use font8x8::legacy::BASIC_LEGACY;
use image::{Rgb, RgbImage};

use crate::image::rectangle::Rectangle;

/// Side of a glyph of the font.
pub(super) const GLYPH: usize = 8;

/// Draws a row of pixels from a column to past the last, as far as it lies in the image.
pub(super) fn fill_row(image: &mut RgbImage, [from, to]: [usize; 2], y: usize, colour: Rgb<u8>) {
    for x in from..to.min(image.width() as usize) {
        if y < image.height() as usize {
            image.put_pixel(x as u32, y as u32, colour);
        }
    }
}

/// Draws a frame just outside `bounds`, as far as it lies in the image.
pub(super) fn draw_box(
    image: &mut RgbImage,
    bounds: &Rectangle,
    thickness: usize,
    colour: Rgb<u8>,
) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let (x0, y0) = (
        bounds.x.saturating_sub(thickness),
        bounds.y.saturating_sub(thickness),
    );
    let (x1, y1) = (
        (bounds.right() + thickness).min(width),
        (bounds.bottom() + thickness).min(height),
    );
    for y in y0..y1 {
        for x in x0..x1 {
            let inside = (x0 + thickness..x1 - thickness.min(x1)).contains(&x)
                && (y0 + thickness..y1 - thickness.min(y1)).contains(&y);
            if !inside {
                image.put_pixel(x as u32, y as u32, colour);
            }
        }
    }
}

/// A line of text.
pub(super) struct Label {
    pub(super) text: String,
    /// Left edge.
    pub(super) x: usize,
    /// Upper edge.
    pub(super) y: usize,
    /// Pixels a dot of the font takes each way.
    pub(super) scale: usize,
}

/// Writes a label, as far as it lies in the image.
pub(super) fn draw_label(image: &mut RgbImage, label: &Label, colour: Rgb<u8>) {
    let side = GLYPH * label.scale;
    for (index, byte) in label.text.bytes().enumerate() {
        let Some(glyph) = BASIC_LEGACY.get(usize::from(byte)) else {
            continue;
        };
        let left = label.x + index * side;
        for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
            let set = glyph[y / label.scale] >> (x / label.scale) & 1 == 1;
            let (x, y) = ((left + x) as u32, (label.y + y) as u32);
            if set && x < image.width() && y < image.height() {
                image.put_pixel(x, y, colour);
            }
        }
    }
}
