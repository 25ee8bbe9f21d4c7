//! Grey pixels to ink: background removed, polarity found.

pub(crate) mod background;
mod illumination;
mod otsu;
mod page_crop;
pub(crate) mod surroundings;
mod weak;

use std::borrow::Cow;

use crate::{
    binarize::background::Field,
    binarize::illumination::flatten_illumination,
    binarize::otsu::{Split, otsu},
    binarize::page_crop::crop_page,
    image::decode::Picture,
    image::morphology::{dilate, flood_fill},
};

/// Which of ink and paper is brighter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polarity {
    /// Ink darker than its paper.
    DarkOnLight,
    /// Ink brighter than its ground: a blackboard, a screen, an MNIST image.
    LightOnDark,
}

/// How much of each pixel is ink.
#[derive(Clone, Debug, PartialEq)]
pub struct Ink {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `[height, width]`, 0 paper to 255 ink; strokes keep their soft edges,
    /// and [`Ink::EDGE`] is where they end.
    pub coverage: Vec<u8>,
    /// Which way round it was.
    pub polarity: Polarity,
}

impl Ink {
    /// Least coverage of a pixel that belongs to a stroke.
    pub const EDGE: u8 = 128;

    /// Least coverage of a pixel that may be the soft edge of a stroke.
    pub const SOFT: u8 = 26;
}

/// Least contrast of ink, as a share of its paper's brightness.
const LEAST_CONTRAST: f32 = 0.12;

/// Contrast that paper has by itself, and JPEG adds.
const PAPER: f32 = 0.04;

/// How far noise reaches, in standard deviations.
const NOISE: f32 = 2.5;

/// Least side of a background tile in pixels.
const LEAST_TILE: usize = 32;

/// Least contrast of a stroke that has grown faint, as a share of the edge's and
/// of what noise reaches.
const FAINT: f32 = 0.55;
const FAINT_NOISE: f32 = 0.8;

/// Pixels from the edge of a stroke to its full ink.
const SOFTNESS: usize = 3;

/// Finds the ink of a picture.
///
/// The paper's brightness is estimated by the median of large tiles, then
/// again in smaller ones without what looks like ink, and interpolated; ink
/// is what departs from it to the side that departs more, and what is fainter but
/// goes on from there. `None` if nothing departs by more than noise does.
pub fn binarize(picture: &Picture) -> Option<Ink> {
    binarize_with_contrast(picture).map(|(ink, _)| ink)
}

/// As [`binarize`], with what a second look is for.
pub(crate) fn binarize_with_contrast(picture: &Picture) -> Option<(Ink, Contrast)> {
    let contrast = Contrast::of(picture, &[])?;
    let ink = contrast.ink(&contrast.levels(LEAST_CONTRAST)?);
    Some((ink, contrast))
}

/// How far each pixel departs from its paper.
pub(crate) struct Contrast {
    width: usize,
    height: usize,
    /// `[height, width]`, towards ink, as a share of the way to black or white.
    values: Vec<f32>,
    /// How far noise does.
    floor: f32,
    polarity: Polarity,
}

impl Contrast {
    /// As if `outside`, indices of pixels, were paper; `None` if nothing departs by more than
    /// noise does.
    fn of(picture: &Picture, outside: &[usize]) -> Option<Self> {
        let (width, height) = (picture.width, picture.height);
        if width == 0 || height == 0 {
            return None;
        }
        let page = evened(picture);
        let (paper, polarity, floor) = background(&page, outside)?;
        let pixels = page.pixels.iter().zip(paper);
        let mut values: Vec<f32> = pixels
            .map(|(&pixel, paper)| polarity.contrast(f32::from(pixel), paper))
            .collect();
        for &at in outside {
            values[at] = 0.0;
        }
        Some(Self {
            width,
            height,
            values,
            floor,
            polarity,
        })
    }

    /// `None` if what departs does so by less than `least`: it is too faint to be ink.
    fn levels(&self, least: f32) -> Option<Levels> {
        levels(&self.values, self.floor, least)
    }

    fn ink(&self, levels: &Levels) -> Ink {
        Ink {
            width: self.width,
            height: self.height,
            coverage: levels.coverage(&self.values, [self.width, self.height]),
            polarity: self.polarity,
        }
    }
}

impl Polarity {
    /// How far a pixel departs from its paper towards ink, as a share of the
    /// way to black or white.
    fn contrast(self, pixel: f32, paper: f32) -> f32 {
        match self {
            Self::DarkOnLight => (paper - pixel) / paper.max(1.0),
            Self::LightOnDark => (pixel - paper) / (255.0 - paper).max(1.0),
        }
    }
}

/// The page of a picture without its surroundings, evenly lit.
fn evened(picture: &Picture) -> Cow<'_, Picture> {
    let page = crop_page(picture).map_or(Cow::Borrowed(picture), Cow::Owned);
    match flatten_illumination(&page) {
        Some(lit) => Cow::Owned(lit),
        None => page,
    }
}

/// The brightness of the paper at each pixel of a page, to which side ink departs from it,
/// but for what is `outside`, and how far noise does. `None` if that is all there is.
fn background(page: &Picture, outside: &[usize]) -> Option<(Vec<f32>, Polarity, f32)> {
    let (width, height) = (page.width, page.height);
    let large = (width.min(height) / 3).max(LEAST_TILE);
    let paper = Field::new(width, height, large, |tile| Some(tile.median(page)))?;
    let paper = paper.without_odd_tiles().brightness();
    let (polarity, floor) = departure(page, &paper, outside)?;
    // Once more without the ink, so that light may change faster.
    let small = (large / 4).max(LEAST_TILE);
    let refined = Field::new(width, height, small, |tile| {
        tile.mean_of_paper(page, &paper, floor)
    });
    let paper = refined.map_or(paper, |refined| refined.brightness());
    Some((paper, polarity, floor))
}

/// What ink is told from, for [`explain`](crate::explain).
pub(crate) struct Background {
    /// The page without its surroundings, evenly lit.
    pub(crate) page: Picture,
    /// `[height, width]`: brightness of the paper.
    pub(crate) brightness: Vec<f32>,
}

/// The background of a picture; `None` if nothing departs from it.
pub(crate) fn background_of(picture: &Picture) -> Option<Background> {
    let page = evened(picture);
    let (brightness, ..) = background(&page, &[])?;
    let page = page.into_owned();
    Some(Background { page, brightness })
}

/// To which side the picture departs from its `paper`, the brightness of that at each pixel,
/// but for what is `outside`, and how far noise does: `None` if that is all there is.
fn departure(picture: &Picture, paper: &[f32], outside: &[usize]) -> Option<(Polarity, f32)> {
    // Differences of -255..=255.
    let mut histogram = [0u64; 511];
    // To the nearest, without the call that rounding is on most machines.
    let bin = |pixel: u8, paper: f32| {
        let difference = (f32::from(pixel) - paper).clamp(-255.0, 255.0);
        (difference + 255.5) as usize
    };
    for (&pixel, &paper) in picture.pixels.iter().zip(paper) {
        histogram[bin(pixel, paper)] += 1;
    }
    for &at in outside {
        histogram[bin(picture.pixels[at], paper[at])] -= 1;
    }
    let total: u64 = histogram.iter().sum();
    let count = |difference: usize| match difference {
        0 => histogram[255],
        _ => histogram[255 - difference] + histogram[255 + difference],
    };
    let mut seen = 0;
    let median = (0..=255)
        .find(|&difference| {
            seen += count(difference);
            2 * seen >= total
        })
        .unwrap_or(255);
    // 1.4826: from the median absolute deviation to the standard deviation.
    let floor = (NOISE * 1.4826 * median as f32 / 255.0).max(PAPER);
    let energy = |side: fn(usize) -> usize| -> f64 {
        (1..=255)
            .filter(|&difference| difference as f32 / 255.0 > floor)
            .map(|difference| {
                let share = difference as f64 / 255.0;
                histogram[side(difference)] as f64 * share * share
            })
            .sum()
    };
    let (dark, light) = (energy(|d| 255 - d), energy(|d| 255 + d));
    if dark == 0.0 && light == 0.0 {
        return None;
    }
    let polarity = if dark >= light {
        Polarity::DarkOnLight
    } else {
        Polarity::LightOnDark
    };
    Some((polarity, floor))
}

/// Contrasts that tell ink from paper.
#[derive(Clone, Copy, Debug)]
struct Levels {
    /// Least of what is ink wherever it stands.
    edge: f32,
    /// Least of a stroke that has grown faint.
    faint: f32,
    /// That of full ink.
    full: f32,
}

/// Finds them: the edge is Otsu's threshold among what exceeds `floor`, full ink
/// the mean above it. `None` if that is too faint to be ink.
fn levels(contrast: &[f32], floor: f32, least: f32) -> Option<Levels> {
    const BINS: usize = 256;
    let mut histogram = [0u64; BINS];
    for &value in contrast {
        if value > floor {
            histogram[((value * BINS as f32) as usize).min(BINS - 1)] += 1;
        }
    }
    let contrast = |bin: f64| (bin + 0.5) / BINS as f64;
    let (threshold, full) = match otsu(&histogram) {
        Some(Split { means, .. }) => {
            let [below, above] = means.map(contrast);
            ((below + above) / 2.0, above)
        }
        // All have one contrast.
        None => (
            0.0,
            contrast(histogram.iter().rposition(|count| *count > 0)? as f64),
        ),
    };
    // Strokes without soft edges end half-way to their paper.
    let edge = threshold.min(full * 0.6).max(f64::from(floor)) as f32;
    let full = full as f32;
    (full >= least && edge < full).then_some(Levels {
        edge,
        faint: (FAINT * edge).max(FAINT_NOISE * floor).min(edge),
        full,
    })
}

impl Levels {
    /// Coverage of pixels of such `contrast`, `[height, width]`. A stroke that
    /// is fainter than the edge counts where it touches one that is not
    /// (hysteresis, Canny 1986), up to half of its own contrast.
    fn coverage(&self, contrast: &[f32], size: [usize; 2]) -> Vec<u8> {
        let peaks = dilate(contrast, size, [SOFTNESS; 2]);
        let own_edge = |at: usize| (0.5 * peaks[at]).clamp(self.faint, self.edge);
        let starts = (0..contrast.len()).filter(|&at| contrast[at] >= self.edge);
        let kept = flood_fill(starts, size, |_, next| contrast[next] >= own_edge(next));
        let beside = dilate(&kept, size, [1; 2]);
        let share = |at: usize| {
            let contrast = contrast[at];
            // Most pixels are paper.
            if !beside[at] && contrast <= 2.0 * self.edge - self.full {
                return 0.0;
            }
            let (edge, full) = if beside[at] {
                let edge = own_edge(at);
                (edge, peaks[at].clamp(1.2 * edge, self.full.max(1.2 * edge)))
            } else {
                (self.edge, self.full)
            };
            // The edge at half coverage, full ink at full coverage.
            let none = (2.0 * edge - full).max(0.0);
            if contrast < edge {
                0.5 * (contrast - none) / (edge - none)
            } else {
                0.5 + 0.5 * (contrast - edge) / (full - edge)
            }
        };
        (0..contrast.len())
            .map(|at| (share(at).clamp(0.0, 1.0) * 255.0 + 0.5) as u8)
            .collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Ink from rows of text: `#` ink, `+` soft edge, anything else paper;
    /// every character `scale` pixels wide and high.
    pub(crate) fn ink_of(rows: &[&str], scale: usize) -> Ink {
        let width = rows[0].len() * scale;
        let coverage = rows
            .iter()
            .flat_map(|row| std::iter::repeat_n(row, scale))
            .flat_map(|row| {
                row.bytes()
                    .flat_map(|byte| std::iter::repeat_n(byte, scale))
            })
            .map(|byte| match byte {
                b'#' => 255,
                b'+' => 60,
                _ => 0,
            })
            .collect();
        Ink {
            width,
            height: rows.len() * scale,
            coverage,
            polarity: Polarity::DarkOnLight,
        }
    }

    pub(crate) fn picture(
        width: usize,
        height: usize,
        pixel: impl Fn(usize, usize) -> u8,
    ) -> Picture {
        let pixels = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .map(|(x, y)| pixel(x, y))
            .collect();
        Picture {
            width,
            height,
            pixels,
            original_width: width,
            original_height: height,
        }
    }

    /// A bar 6 pixels wide in the middle of 60×60.
    fn bar(x: usize, y: usize) -> bool {
        (27..33).contains(&x) && (15..45).contains(&y)
    }

    pub(crate) fn inked(ink: &Ink) -> Vec<bool> {
        ink.coverage
            .iter()
            .map(|&coverage| coverage >= Ink::EDGE)
            .collect()
    }

    #[test]
    fn either_polarity_gives_the_same_ink() {
        let dark = binarize(&picture(60, 60, |x, y| if bar(x, y) { 30 } else { 200 })).unwrap();
        let light = binarize(&picture(60, 60, |x, y| if bar(x, y) { 225 } else { 55 })).unwrap();
        assert_eq!(dark.polarity, Polarity::DarkOnLight);
        assert_eq!(light.polarity, Polarity::LightOnDark);
        assert_eq!(dark.coverage, light.coverage);
        let expected: Vec<bool> = (0..3600).map(|i| bar(i % 60, i / 60)).collect();
        assert_eq!(inked(&dark), expected);
    }

    #[test]
    fn one_colour_has_no_ink() {
        for colour in [0, 1, 128, 254, 255] {
            assert_eq!(binarize(&picture(40, 30, |_, _| colour)), None);
        }
    }

    #[test]
    fn faint_noise_is_no_ink() {
        let noisy = picture(200, 200, |x, y| 180 + ((x * 7919 + y * 104_729) % 13) as u8);
        assert_eq!(binarize(&noisy), None);
    }

    #[test]
    fn a_tile_on_something_else_does_not_change_its_neighbours_paper() {
        // A black band, broader than half of the tiles it is on.
        let ink = binarize(&picture(240, 240, |x, y| match (y >= 190, bar(x, y)) {
            (true, _) => 10,
            (_, true) => 60,
            _ => 200,
        }))
        .unwrap();
        let expected: Vec<bool> = (0..240 * 240)
            .map(|at| bar(at % 240, at / 240) || at / 240 >= 190)
            .collect();
        assert!(inked(&ink) == expected);
    }

    #[test]
    fn a_shadow_is_no_ink() {
        // Light falls from 230 to 90 across the picture; ink takes 60 % of it.
        let light = |x: usize| 230.0 - 140.0 * x as f32 / 300.0;
        let written = |x: usize, y: usize| {
            (20..40).contains(&(x % 75)) && (40..80).contains(&y) && x % 75 < 26
        };
        let ink = binarize(&picture(300, 120, |x, y| {
            (light(x) * if written(x, y) { 0.4 } else { 1.0 }) as u8
        }))
        .unwrap();
        let expected: Vec<bool> = (0..300 * 120).map(|i| written(i % 300, i / 300)).collect();
        assert_eq!(inked(&ink), expected);
    }

    proptest! {
        #[test]
        fn any_pixels_give_ink_of_their_size(
            width in 1usize..70,
            height in 1usize..70,
            seed in any::<u32>(),
        ) {
            let noise = |x: usize, y: usize| {
                (seed.wrapping_mul(x as u32 * 31 + y as u32 * 17 + 1) >> 13) as u8
            };
            if let Some(ink) = binarize(&picture(width, height, noise)) {
                prop_assert_eq!(ink.coverage.len(), width * height);
            }
        }
    }
}
