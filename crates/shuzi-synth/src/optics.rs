//! What a lens, a sensor and a file make of a picture.

use std::{io::Cursor, ops::Range};

use image::{ExtendedColorType, ImageEncoder, ImageFormat, codecs::jpeg::JpegEncoder};
use serde::{Deserialize, Serialize};

use crate::random::Chance;

/// How pictures are taken and kept. Lengths in pixels of the picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OpticsParams {
    /// Share of pictures without any blur or noise: drawings, screenshots.
    pub clean: f32,
    /// Blur (deviation).
    pub blur: Range<f32>,
    /// Share that the camera moved over, and how far it did.
    pub motion: (f32, Range<f32>),
    /// Grain of the sensor in grey levels (deviation).
    pub noise: Range<f32>,
    /// Share that was sharpened, and how much.
    pub sharpened: (f32, Range<f32>),
    /// Share scanned to black and white, as faxes are.
    pub bilevel: f32,
    /// Share kept as JPEG, and its quality.
    pub jpeg: (f32, Range<f32>),
    /// Share of contrast that haze and a cheap sensor take.
    pub haze: Range<f32>,
    /// Share of pictures with light ink on dark paper.
    pub inverted: f32,
}

impl Default for OpticsParams {
    fn default() -> Self {
        Self {
            clean: 0.08,
            blur: 0.2..1.1,
            motion: (0.05, 1.0..4.0),
            noise: 0.0..8.0,
            sharpened: (0.12, 0.3..1.2),
            bilevel: 0.03,
            jpeg: (0.5, 30.0..95.0),
            haze: 0.0..0.15,
            inverted: 0.06,
        }
    }
}

/// One picture's way to a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Optics {
    blur: f32,
    motion: Option<(f32, bool)>,
    noise: f32,
    sharpened: Option<f32>,
    /// Share of the contrast that ink must have, and how far around it paper is looked for.
    bilevel: Option<(f32, f32)>,
    jpeg: Option<u8>,
    haze: f32,
    pub(crate) inverted: bool,
}

impl Optics {
    /// `scale` is how many pixels a digit's height has and `faintest` the least light that a
    /// glyph takes: what is finer than a stroke may blur, glyphs may not vanish.
    pub(crate) fn new(
        params: &OpticsParams,
        scale: f32,
        faintest: f32,
        chance: &mut Chance,
    ) -> Self {
        let clean = chance.maybe(params.clean);
        let some = |chance: &mut Chance, (share, range): &(f32, Range<f32>)| {
            (!clean && chance.maybe(*share)).then(|| chance.between(range))
        };
        // A third of the thinnest strokes' width.
        let blur = chance.between(&params.blur).min(0.032 * scale);
        // Grain of a seventh of the weakest ink's contrast, on paper of 200: more in larger
        // pictures, where it is averaged.
        let most = 28.0 * faintest * (scale / 24.0).max(0.7);
        let noise =
            params.noise.start + (params.noise.end - params.noise.start) * chance.unit().powi(2);
        Self {
            blur: if clean { 0.0 } else { blur },
            motion: some(chance, &params.motion).map(|by| (by.min(0.1 * scale), chance.maybe(0.5))),
            noise: if clean { 0.0 } else { noise.min(most) },
            sharpened: some(chance, &params.sharpened),
            bilevel: (chance.maybe(params.bilevel) && faintest > 0.35)
                .then(|| (chance.between(&(0.08..0.18)), (0.5 * scale).min(14.0))),
            // Blocks of eight pixels would swallow what is small or weak.
            jpeg: some(chance, &params.jpeg).map(|quality| {
                let hard = scale < 22.0 || faintest < 0.3;
                quality.max(if hard { 55.0 } else { 0.0 }) as u8
            }),
            haze: if clean {
                0.0
            } else {
                chance.between(&params.haze)
            },
            inverted: chance.maybe(params.inverted),
        }
    }

    /// What a lens makes of the light that ink leaves, `[height, width]`.
    pub(crate) fn spread(&self, plane: &mut [f32], width: usize) {
        blurred(plane, width, self.blur);
        if let Some((by, level)) = self.motion {
            moved(plane, width, by, level);
        }
    }

    /// Light `[channels, height, width]` as the pixels `[height, width, channels]` of a
    /// file; `channels` is 1 or 3.
    pub(crate) fn seen(
        &self,
        mut light: Vec<f32>,
        width: usize,
        channels: usize,
        chance: &mut Chance,
    ) -> Vec<u8> {
        let pixels = light.len() / channels;
        for plane in light.chunks_exact_mut(pixels) {
            self.spread(plane, width);
            if let Some(amount) = self.sharpened {
                let mut soft = plane.to_vec();
                blurred(&mut soft, width, 1.2);
                for (value, soft) in plane.iter_mut().zip(&soft) {
                    *value += amount * (*value - soft);
                }
            }
            for value in plane.iter_mut() {
                *value = 255.0 * (self.haze * 0.7 + (1.0 - self.haze) * *value);
            }
            if self.noise > 0.0 {
                chance.grain(plane, self.noise);
            }
            if let Some((share, reach)) = self.bilevel {
                bilevel(plane, width, share, reach);
            }
        }
        let mut out = vec![0; light.len()];
        for (channel, plane) in light.chunks_exact(pixels).enumerate() {
            for (at, value) in plane.iter().enumerate() {
                let value = value.round().clamp(0.0, 255.0) as u8;
                out[at * channels + channel] = if self.inverted { 255 - value } else { value };
            }
        }
        match self.jpeg {
            Some(quality) => kept(&out, width, channels, quality).unwrap_or(out),
            None => out,
        }
    }
}

/// Gauss's blur in both directions.
pub(crate) fn blurred(plane: &mut [f32], width: usize, deviation: f32) {
    if deviation < 0.15 {
        return;
    }
    let reach = (2.5 * deviation).ceil() as usize;
    let weight = |i: usize| (-0.5 * (i as f32 / deviation).powi(2)).exp();
    let mut kernel: Vec<f32> = (0..=reach).map(weight).collect();
    let sum = kernel[0] + 2.0 * kernel[1..].iter().sum::<f32>();
    kernel.iter_mut().for_each(|weight| *weight /= sum);
    across(plane, width, &kernel);
    let height = plane.len() / width;
    // Down: a row of sums at a time.
    let source = plane.to_vec();
    for (y, row) in plane.chunks_exact_mut(width).enumerate() {
        let line = |y: usize| &source[y * width..][..width];
        for (to, from) in row.iter_mut().zip(line(y)) {
            *to = kernel[0] * from;
        }
        for (i, weight) in kernel.iter().enumerate().skip(1) {
            let (above, below) = (line(y.saturating_sub(i)), line((y + i).min(height - 1)));
            for ((to, a), b) in row.iter_mut().zip(above).zip(below) {
                *to += weight * (a + b);
            }
        }
    }
}

/// One direction of a blur, kernel from the middle outwards.
fn across(plane: &mut [f32], width: usize, kernel: &[f32]) {
    let reach = kernel.len() - 1;
    let mut padded = vec![0.0; width + 2 * reach];
    for row in plane.chunks_exact_mut(width) {
        padded[..reach].fill(row[0]);
        padded[reach..reach + width].copy_from_slice(row);
        padded[reach + width..].fill(row[width - 1]);
        for (to, from) in row.iter_mut().zip(&padded[reach..]) {
            *to = kernel[0] * from;
        }
        for (i, weight) in kernel.iter().enumerate().skip(1) {
            let pairs = padded[reach - i..].iter().zip(&padded[reach + i..]);
            for (to, (a, b)) in row.iter_mut().zip(pairs) {
                *to += weight * (a + b);
            }
        }
    }
}

/// The mean over a way across or down.
fn moved(plane: &mut [f32], width: usize, by: f32, level: bool) {
    let reach = (by.round() as usize).max(1);
    let source = plane.to_vec();
    let height = plane.len() / width;
    for (at, value) in plane.iter_mut().enumerate() {
        let (x, y) = (at % width, at / width);
        let sum: f32 = (0..=reach)
            .map(|i| {
                let (x, y) = if level {
                    ((x + i).min(width - 1), y)
                } else {
                    (x, (y + i).min(height - 1))
                };
                source[y * width + x]
            })
            .sum();
        *value = sum / (reach + 1) as f32;
    }
}

/// Black and white: black is what is darker than its surroundings by a share of all
/// contrast, from the darkest pixels to paper.
fn bilevel(plane: &mut [f32], width: usize, share: f32, reach: f32) {
    let mut sorted = plane.to_vec();
    sorted.sort_by(f32::total_cmp);
    let at = |share: f32| sorted[((sorted.len() - 1) as f32 * share) as usize];
    let less = share * (at(0.8) - at(0.005));
    let mut around = plane.to_vec();
    blurred(&mut around, width, reach);
    for (value, around) in plane.iter_mut().zip(&around) {
        *value = if *value < around - less { 0.0 } else { 255.0 };
    }
}

/// Pixels as a JPEG gives them back; `None` if it cannot hold them.
fn kept(pixels: &[u8], width: usize, channels: usize, quality: u8) -> Option<Vec<u8>> {
    let height = pixels.len() / width / channels;
    let colour = if channels == 1 {
        ExtendedColorType::L8
    } else {
        ExtendedColorType::Rgb8
    };
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, quality)
        .write_image(
            pixels,
            u32::try_from(width).ok()?,
            u32::try_from(height).ok()?,
            colour,
        )
        .ok()?;
    let back = image::load(Cursor::new(file), ImageFormat::Jpeg).ok()?;
    let back = if channels == 1 {
        back.into_luma8().into_raw()
    } else {
        back.into_rgb8().into_raw()
    };
    (back.len() == pixels.len()).then_some(back)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shuzi_data::rng::RngStream;

    #[test]
    fn blur_keeps_what_is_even_and_the_sum_of_a_point() {
        let mut even = vec![0.6; 20 * 12];
        blurred(&mut even, 20, 1.3);
        assert!(even.iter().all(|v| (v - 0.6).abs() < 1e-5));
        let mut point = vec![0.0; 21 * 21];
        point[10 * 21 + 10] = 1.0;
        blurred(&mut point, 21, 1.0);
        assert!((point.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        assert!((point[10 * 21 + 9] - point[9 * 21 + 10]).abs() < 1e-6);
    }

    #[test]
    fn pictures_keep_their_size_and_ink_stays_darker_unless_inverted() {
        for channels in [1, 3] {
            for index in 0..60 {
                let mut chance = Chance::new(1, RngStream::TextLine, index);
                let optics = Optics::new(&OpticsParams::default(), 30.0, 0.8, &mut chance);
                let (width, height) = (64, 32);
                let one: Vec<f32> = (0..width * height)
                    .map(|at| if at % width / 8 % 2 == 0 { 0.2 } else { 0.9 })
                    .collect();
                let light = one.repeat(channels);
                let seen = optics.seen(light, width, channels, &mut chance);
                assert_eq!(seen.len(), channels * width * height);
                let at = |x: usize| i32::from(seen[(16 * width + x) * channels]);
                let dark = at(4) < at(12);
                assert_eq!(dark, !optics.inverted, "{optics:?}");
            }
        }
    }
}
