//! Pictures that show how a number was read.

use font8x8::legacy::BASIC_LEGACY;
use image::{GrayImage, Rgb, RgbImage};

use crate::{
    classify::crop::{Crop, SIDE},
    image::rectangle::Rectangle,
    page::Page,
};

/// Side of a glyph of the font.
const GLYPH: usize = 8;

/// Boxes and labels of digits that are likely right.
const SURE: Rgb<u8> = Rgb([0, 140, 60]);

/// Boxes and labels of the others.
const UNSURE: Rgb<u8> = Rgb([210, 40, 30]);

/// Probability from which a digit counts as likely right.
const LIKELY: f32 = 0.9;

/// How a number was read, as pictures.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The picture with a box around each digit, the digit above it and its
    /// probability in percent below.
    pub boxes: RgbImage,
    /// What was taken for ink, without print to write on: black on white, of the size of
    /// the picture. Blank if there is none.
    pub ink: GrayImage,
    /// The 28×28 that the network saw, for each digit.
    pub crops: Vec<GrayImage>,
}

/// Draws what a page that was read holds.
pub fn explain(page: &Page) -> Explanation {
    let picture = &page.picture;
    let mut boxes = RgbImage::new(picture.width as u32, picture.height as u32);
    for (to, &from) in boxes.pixels_mut().zip(&picture.pixels) {
        *to = Rgb([from; 3]);
    }
    // Visible whatever the size of the picture.
    let thickness = (picture.width.max(picture.height) / 600).max(1);
    for digit in &page.reading.digits {
        let bounds = &digit.on_picture;
        let colour = if digit.confidence >= LIKELY {
            SURE
        } else {
            UNSURE
        };
        draw_box(&mut boxes, bounds, thickness, colour);
        // Some third of the digit's height, and no wider than the digit.
        let large = (bounds.height / (3 * GLYPH)).clamp(1, 6 * thickness);
        let name = Label {
            text: digit.digit.to_string(),
            x: bounds.x,
            y: bounds.y.saturating_sub(GLYPH * large + thickness),
            scale: large,
        };
        let percent = format!("{:.0}%", 100.0 * digit.confidence);
        let share = Label {
            scale: (bounds.longest() / (percent.len() * GLYPH)).clamp(1, 3 * thickness),
            text: percent,
            x: bounds.x,
            y: bounds.bottom() + 2 * thickness,
        };
        draw_label(&mut boxes, &name, colour);
        draw_label(&mut boxes, &share, colour);
    }
    let ink = page.ink.as_ref();
    Explanation {
        boxes,
        ink: GrayImage::from_fn(picture.width as u32, picture.height as u32, |x, y| {
            let at = y as usize * picture.width + x as usize;
            let coverage = ink.and_then(|ink| ink.coverage.get(at).copied());
            image::Luma([255 - coverage.unwrap_or(0)])
        }),
        crops: page
            .reading
            .digits
            .iter()
            .map(|digit| crop_image(&digit.crop))
            .collect(),
    }
}

fn crop_image(crop: &Crop) -> GrayImage {
    let side = SIDE as u32;
    GrayImage::from_fn(side, side, |x, y| {
        image::Luma([crop.pixels[y as usize * SIDE + x as usize]])
    })
}

/// Draws a frame just outside `bounds`, as far as it lies in the image.
fn draw_box(image: &mut RgbImage, bounds: &Rectangle, thickness: usize, colour: Rgb<u8>) {
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
struct Label {
    text: String,
    /// Left edge.
    x: usize,
    /// Upper edge.
    y: usize,
    /// Pixels a dot of the font takes each way.
    scale: usize,
}

/// Writes a label, as far as it lies in the image.
fn draw_label(image: &mut RgbImage, label: &Label, colour: Rgb<u8>) {
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
