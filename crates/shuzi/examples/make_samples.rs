//! Makes the images of `samples/` from MNIST test digits.
//!
//! ```text
//! cargo run --release -p shuzi --example make_samples
//! ```
//!
//! The digits are the first ones of the test set, in its order; none was
//! chosen by how well it is read.

use std::{fs, fs::File, io::BufWriter, path::Path};

use anyhow::Context;
use image::{
    DynamicImage, GrayImage, Luma, Rgb, RgbImage,
    codecs::jpeg::JpegEncoder,
    imageops::{FilterType, resize},
};
use shuzi_data::{Dataset, fixture};

fn main() -> anyhow::Result<()> {
    let (_, test) = fixture::load();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples");
    fs::create_dir_all(&folder)?;

    let one = page(&line(&test, 4..5, 9, 0), 420, 360, 40, 60);
    let (label, ten) = (labels(&test, 0..10), line(&test, 0..10, 4, 10));
    let strip = page(&ten, ten.width() + 60, ten.height() + 50, 30, 25);
    let short = line(&test, 10..14, 3, 6);
    let short = page(&short, short.width() + 40, short.height() + 40, 20, 20);
    let short_label = labels(&test, 10..14);
    let board = ink_on(&line(&test, 20..26, 3, 12), 38, 205);

    let save = |image: DynamicImage, name: String| -> anyhow::Result<()> {
        let path = folder.join(name);
        image
            .save(&path)
            .with_context(|| path.display().to_string())
    };
    save(one.into(), format!("digit-{}.png", labels(&test, 4..5)))?;
    save(strip.into(), format!("line-{label}.png"))?;
    save(
        GrayImage::from_pixel(320, 120, Luma([238])).into(),
        "blank.png".into(),
    )?;
    save(
        board.into(),
        format!("inverted-{}.png", labels(&test, 20..26)),
    )?;
    for ending in ["bmp", "pgm", "tif", "webp"] {
        save(short.clone().into(), format!("line-{short_label}.{ending}"))?;
    }
    let photo = photo(&line(&test, 30..37, 9, 40));
    let path = folder.join(format!("photo-{}.jpg", labels(&test, 30..37)));
    let out = BufWriter::new(File::create(&path)?);
    JpegEncoder::new_with_quality(out, 70).encode_image(&photo)?;
    Ok(())
}

fn labels(data: &Dataset, range: std::ops::Range<usize>) -> String {
    data.labels()[range]
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// Digits side by side, ink 255: each `scale` times as large as in MNIST,
/// `gap` pixels between the 28×28 images, every other one a little lower.
fn line(data: &Dataset, range: std::ops::Range<usize>, scale: u32, gap: u32) -> GrayImage {
    let (side, n) = (28 * scale, range.len() as u32);
    let drop = 2 * scale;
    let mut strip = GrayImage::new(n * side + (n - 1) * gap, side + drop);
    for (place, index) in (0..n).zip(range) {
        let Some((pixels, _)) = data.get(index) else {
            continue;
        };
        let digit = GrayImage::from_fn(28, 28, |x, y| Luma([pixels[(y * 28 + x) as usize]]));
        let digit = resize(&digit, side, side, FilterType::CatmullRom);
        let (left, top) = (place * (side + gap), place % 2 * drop);
        image::imageops::replace(&mut strip, &digit, i64::from(left), i64::from(top));
    }
    strip
}

/// Dark ink on a light page of the size given, the strip's corner at `left`,
/// `top`.
fn page(strip: &GrayImage, width: u32, height: u32, left: u32, top: u32) -> GrayImage {
    let mut ink = GrayImage::new(width, height);
    image::imageops::replace(&mut ink, strip, i64::from(left), i64::from(top));
    ink_on(&ink, 244, 52)
}

/// The strip with a colour for the ground and one for the ink.
fn ink_on(strip: &GrayImage, ground: u8, ink: u8) -> GrayImage {
    let mut image = strip.clone();
    for pixel in image.pixels_mut() {
        let share = f32::from(pixel.0[0]) / 255.0;
        pixel.0[0] = mix(f32::from(ground), f32::from(ink), share) as u8;
    }
    image
}

fn mix(from: f32, to: f32, share: f32) -> f32 {
    from + (to - from) * share
}

/// Blue ink on a yellowish sheet, lit from one side, with a soft shadow across
/// it and the grain of a sensor.
fn photo(strip: &GrayImage) -> RgbImage {
    let (width, height) = (2400, 1600);
    let (left, top) = ((width - strip.width()) / 2 - 60, 700);
    let (paper, ink) = ([232.0, 226.0, 205.0], [38.0, 52.0, 120.0]);
    RgbImage::from_fn(width, height, |x, y| {
        // The line climbs a little: one pixel in forty.
        let down = y + x / 40;
        let inside = (left..left + strip.width()).contains(&x)
            && (top..top + strip.height()).contains(&down);
        let share = if inside {
            f32::from(strip.get_pixel(x - left, down - top).0[0]) / 255.0
        } else {
            0.0
        };
        let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
        let light = 1.0 - 0.35 * u - 0.15 * v;
        // An edge from the upper left to the lower right, some 60 pixels soft.
        let edge = ((u + 0.6 * v - 0.9) * 40.0).clamp(-1.0, 1.0);
        let shadow = 1.0 - 0.15 * (1.0 + edge);
        let grain = 6.0 * (noise(x, y) - 0.5);
        let channel = |c: usize| mix(paper[c], ink[c], share) * light * shadow + grain;
        Rgb([0, 1, 2].map(|c| channel(c).clamp(0.0, 255.0) as u8))
    })
}

/// A value of 0 to 1 for each pixel.
fn noise(x: u32, y: u32) -> f32 {
    let mut hash = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77);
    hash ^= hash >> 15;
    hash = hash.wrapping_mul(0xc2b2_ae3d);
    hash ^= hash >> 13;
    (hash & 0xffff) as f32 / 65535.0
}
