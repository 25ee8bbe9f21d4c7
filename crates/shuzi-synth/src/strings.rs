//! Made pictures of numbers: digits of a data set written on a line of paper,
//! and papers without a number, to measure a reader with.

mod folder;

use std::ops::RangeInclusive;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use shuzi_data::{
    Dataset,
    rng::{RngStream, generator},
};

use crate::{
    canvas::{Canvas, frame, ink_bounds, print, rounded, rule, stroke},
    handwriting::SyntheticPage,
};
pub(crate) use folder::new_folder;
pub use folder::{LABELS_FILE, write_folder};

/// What the pictures show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Digits with a gap of 8 to 100 % of their width; some on ruled lines or
    /// in boxes.
    Digits,
    /// Digits with a gap of −15 to 10 % of their width: most of them touch.
    Touching,
    /// Nothing, or a rule, or an empty box.
    Blank,
    /// Specks and grain.
    Noise,
    /// Curved strokes, as of letters of no alphabet.
    Strokes,
    /// Dashes.
    Dashes,
}

impl Content {
    /// Every kind of picture: its name and what it shows, in a few words.
    pub const ALL: [(Self, &'static str, &'static str); 6] = [
        (
            Self::Digits,
            "digits",
            "Digits apart from each other, some on ruled lines or in boxes",
        ),
        (Self::Touching, "touching", "Digits most of which touch"),
        (Self::Blank, "blank", "Nothing, a rule or an empty box"),
        (Self::Noise, "noise", "Specks and grain"),
        (Self::Strokes, "strokes", "Strokes as of letters"),
        (Self::Dashes, "dashes", "Dashes"),
    ];

    /// The kind called `name`.
    pub fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, other, _)| *other == name);
        found.map(|(content, _, _)| *content)
    }
}

/// Which pictures to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StringsConfig {
    /// What they show.
    pub content: Content,
    /// How many digits they have.
    pub lengths: RangeInclusive<usize>,
    /// Decides everything else.
    pub seed: u64,
}

/// A grey picture and what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StringImage {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `[height, width]`, dark ink on light paper.
    pub pixels: Vec<u8>,
    /// The digits; empty if there are none.
    pub label: String,
}

/// The same as a page of which nobody knows whose ink a pixel is.
impl From<StringImage> for SyntheticPage {
    fn from(image: StringImage) -> Self {
        Self {
            instances: vec![0; image.pixels.len()],
            width: image.width,
            height: image.height,
            pixels: image.pixels,
            digits: image.label.bytes().map(|digit| digit - b'0').collect(),
        }
    }
}

/// The `index`-th picture; digits are drawn from all of `data`.
pub fn string_image(data: &Dataset, config: &StringsConfig, index: u64) -> StringImage {
    let mut rng = generator(
        config.seed,
        RngStream::Strings,
        config.content as u64,
        index,
    );
    // Height of a digit in pixels.
    let size = rng.random_range(28.0..56.0f32);
    let (mut canvas, label) = match config.content {
        Content::Digits | Content::Touching => digits(data, config, size, &mut rng),
        Content::Blank => (paper_of(size, 0.0, &mut rng), String::new()),
        Content::Noise => (specks(size, &mut rng), String::new()),
        Content::Strokes => (curves(size, &mut rng), String::new()),
        Content::Dashes => (dashes(size, &mut rng), String::new()),
    };
    if config.content == Content::Blank {
        match rng.random_range(0..3) {
            0 => rule(&mut canvas, size, &mut rng),
            1 => {
                let (w, h) = (canvas.width as f32, canvas.height as f32);
                frame(&mut canvas, [0.1 * w, 0.15 * h, 0.9 * w, 0.85 * h], 1.0);
            }
            _ => {}
        }
    }
    let pixels = print(&canvas, &mut rng);
    StringImage {
        width: canvas.width,
        height: canvas.height,
        pixels,
        label,
    }
}

/// An empty canvas for `content` columns of ink, margins around it.
fn paper_of(size: f32, content: f32, rng: &mut ChaCha8Rng) -> Canvas {
    let content = if content > 0.0 {
        content
    } else {
        size * rng.random_range(2.0..8.0)
    };
    let width = (content + 2.0 * size) as usize;
    let height = (size * rng.random_range(1.8..2.6)) as usize;
    Canvas {
        width,
        height,
        ink: vec![0.0; width * height],
    }
}

/// A digit on its way to the canvas.
struct Glyph<'a> {
    pixels: &'a [u8],
    /// Columns and rows of its source.
    source: [usize; 2],
    /// Box of its ink in the source: left, top, width, height.
    bounds: [f32; 4],
    scale: f32,
    /// Where the box's left edge comes to lie, and its lower one.
    left: f32,
    bottom: f32,
}

fn digits(
    data: &Dataset,
    config: &StringsConfig,
    size: f32,
    rng: &mut ChaCha8Rng,
) -> (Canvas, String) {
    let gaps = if config.content == Content::Touching {
        -0.15..0.1
    } else {
        0.08..1.0f32
    };
    let n = rng.random_range(config.lengths.clone()).max(1);
    let slant = rng.random_range(-0.15..0.45f32);
    // One writer keeps its spacing, more or less.
    let usual_gap = rng.random_range(gaps.clone());
    let (mut glyphs, mut label) = (Vec::new(), String::new());
    let mut right = 0.0;
    for _ in 0..n {
        let Some((pixels, digit)) = data.get(rng.random_range(0..data.len())) else {
            continue;
        };
        let source = [data.width(), data.height()];
        let bounds = ink_bounds(pixels, source);
        let longest = bounds[2].max(bounds[3]);
        let scale = size * rng.random_range(0.88..1.12) / longest;
        let gap = (usual_gap + rng.random_range(-0.1..0.1)).clamp(gaps.start, gaps.end);
        let width = bounds[2] * scale;
        if !glyphs.is_empty() {
            right += gap * 0.5 * (width + 0.5 * size);
        }
        glyphs.push(Glyph {
            pixels,
            source,
            bounds,
            scale,
            left: right,
            bottom: size * rng.random_range(-0.06..0.06),
        });
        right += width;
        label.push(char::from(b'0' + digit));
    }
    let mut canvas = paper_of(size, right + slant.abs() * size, rng);
    let baseline = (canvas.height as f32 + size) / 2.0;
    let start = size + (slant.max(0.0) - slant.min(0.0)) * size * 0.5;
    for glyph in &glyphs {
        draw_glyph(&mut canvas, glyph, start, baseline, slant);
    }
    if config.content == Content::Digits {
        match rng.random_range(0..10) {
            0..3 => rule(&mut canvas, size, rng),
            3 => {
                let (w, h) = (canvas.width as f32, canvas.height as f32);
                frame(&mut canvas, [0.04 * w, 0.05 * h, 0.96 * w, 0.95 * h], 1.0);
            }
            _ => {}
        }
    }
    (canvas, label)
}

fn draw_glyph(canvas: &mut Canvas, glyph: &Glyph<'_>, start: f32, baseline: f32, slant: f32) {
    let [left, top, width, height] = glyph.bounds;
    let middle = baseline - glyph.bottom - 0.5 * height * glyph.scale;
    let reach = 0.5 * (height + 4.0) * glyph.scale;
    let lean = slant.abs() * reach;
    let rows =
        (middle - reach).max(0.0) as usize..((middle + reach) as usize + 1).min(canvas.height);
    let first = start + glyph.left - 2.0 * glyph.scale - lean;
    let last = start + glyph.left + (width + 2.0) * glyph.scale + lean;
    let columns = first.max(0.0) as usize..(last.max(0.0) as usize + 1).min(canvas.width);
    let at = |x: isize, y: isize| -> f32 {
        let inside = (0..glyph.source[0] as isize).contains(&x)
            && (0..glyph.source[1] as isize).contains(&y);
        if !inside {
            return 0.0;
        }
        f32::from(glyph.pixels[y as usize * glyph.source[0] + x as usize]) / 255.0
    };
    for y in rows {
        for x in columns.clone() {
            let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
            let straight = px + slant * (py - middle);
            let u = (straight - start - glyph.left) / glyph.scale + left - 0.5;
            let v = (py - middle) / glyph.scale + top + 0.5 * height - 0.5;
            let (u0, v0) = (u.floor(), v.floor());
            let (du, dv) = (u - u0, v - v0);
            let (u0, v0) = (u0 as isize, v0 as isize);
            let upper = at(u0, v0) * (1.0 - du) + at(u0 + 1, v0) * du;
            let lower = at(u0, v0 + 1) * (1.0 - du) + at(u0 + 1, v0 + 1) * du;
            let ink = &mut canvas.ink[y * canvas.width + x];
            *ink = ink.max(upper * (1.0 - dv) + lower * dv);
        }
    }
}

fn specks(size: f32, rng: &mut ChaCha8Rng) -> Canvas {
    let mut canvas = paper_of(size, 0.0, rng);
    for _ in 0..rng.random_range(5..150) {
        let at = [
            rng.random_range(0.0..canvas.width as f32),
            rng.random_range(0.0..canvas.height as f32),
        ];
        let (half, strength) = (rng.random_range(0.3..1.8), rng.random_range(0.3..1.0));
        stroke(&mut canvas, at, at, half, strength);
    }
    canvas
}

/// Strokes through random points.
fn curves(size: f32, rng: &mut ChaCha8Rng) -> Canvas {
    let mut canvas = paper_of(size, 0.0, rng);
    let (width, height) = (canvas.width as f32, canvas.height as f32);
    let half = rng.random_range(1.0..0.07 * size);
    let top = 0.5 * (height - size);
    for _ in 0..rng.random_range(1..6) {
        let left = rng.random_range(0.0..(width - size).max(1.0));
        let mut points: Vec<[f32; 2]> = (0..rng.random_range(3..6))
            .map(|_| {
                [
                    left + size * rng.random_range(0.0..1.0),
                    top + size * rng.random_range(0.0..1.0),
                ]
            })
            .collect();
        points = rounded(points);
        for pair in points.windows(2) {
            stroke(&mut canvas, pair[0], pair[1], half, 1.0);
        }
    }
    canvas
}

fn dashes(size: f32, rng: &mut ChaCha8Rng) -> Canvas {
    let mut canvas = paper_of(size, 0.0, rng);
    let half = rng.random_range(1.0..0.08 * size);
    let middle = 0.5 * canvas.height as f32;
    let mut left = size;
    for _ in 0..rng.random_range(1..7) {
        let length = size * rng.random_range(0.3..0.9);
        if left + length > canvas.width as f32 - 0.5 * size {
            break;
        }
        let y = middle + size * rng.random_range(-0.2..0.2);
        let drop = length * rng.random_range(-0.15..0.15);
        stroke(&mut canvas, [left, y], [left + length, y + drop], half, 1.0);
        left += length + size * rng.random_range(0.3..0.8);
    }
    canvas
}

#[cfg(test)]
mod tests {
    use super::*;
    use shuzi_data::fixture;

    fn config(content: Content) -> StringsConfig {
        StringsConfig {
            content,
            lengths: 4..=12,
            seed: 1,
        }
    }

    #[test]
    fn pictures_are_whole_and_their_labels_as_long_as_asked_for() {
        let (_, data) = fixture::load();
        for (content, name, _) in Content::ALL {
            assert_eq!(Content::named(name), Some(content));
            for index in 0..50 {
                let image = string_image(&data, &config(content), index);
                assert_eq!(image.pixels.len(), image.width * image.height);
                let digits = match content {
                    Content::Digits | Content::Touching => 4..=12,
                    _ => 0..=0,
                };
                assert!(
                    digits.contains(&image.label.len()),
                    "{content:?} {}",
                    image.label
                );
                assert_eq!(image, string_image(&data, &config(content), index));
                assert_ne!(image, string_image(&data, &config(content), index + 1));
            }
        }
    }

    /// Columns without ink part the digits where they do not touch, and none
    /// is lost at the edge of the paper.
    #[test]
    fn every_digit_is_on_the_paper() {
        let (_, data) = fixture::load();
        let mut rng = generator(1, RngStream::Strings, 0, 0);
        for _ in 0..50 {
            let (canvas, label) = digits(&data, &config(Content::Touching), 40.0, &mut rng);
            let ink = |x: usize, y: usize| canvas.ink[y * canvas.width + x] > 0.2;
            let edge = (0..canvas.height).any(|y| ink(0, y) || ink(canvas.width - 1, y))
                || (0..canvas.width).any(|x| ink(x, 0) || ink(x, canvas.height - 1));
            assert!(!edge, "{label}");
            let inked = canvas.ink.iter().filter(|ink| **ink > 0.5).count();
            assert!(inked > 50 * label.len(), "{label}: {inked}");
        }
    }
}
