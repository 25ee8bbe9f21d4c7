//! How far pixels depart from their paper.

use std::borrow::Cow;

use super::{
    BinarizeParams, Ink, Polarity,
    background::Field,
    illumination::flatten_illumination,
    page_crop::crop_page,
    threshold::{Levels, ThresholdParams, levels},
};
use crate::image::decode::Picture;

/// How far each pixel departs from its paper.
pub(crate) struct Contrast {
    pub(super) width: usize,
    pub(super) height: usize,
    /// `[height, width]`, towards ink, as a share of the way to black or white.
    pub(super) values: Vec<f32>,
    /// How far noise does.
    pub(super) floor: f32,
    pub(super) polarity: Polarity,
}

impl Contrast {
    /// As if `outside`, indices of pixels, were paper; `None` if nothing departs by more than
    /// noise does.
    pub(super) fn of(
        picture: &Picture,
        outside: &[usize],
        params: &BinarizeParams,
    ) -> Option<Self> {
        let (width, height) = (picture.width, picture.height);
        if width == 0 || height == 0 {
            return None;
        }
        let page = evened(picture, params);
        let (paper, polarity, floor) = background(&page, outside, params)?;
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
    pub(super) fn levels(&self, least: f32, params: &ThresholdParams) -> Option<Levels> {
        levels(&self.values, self.floor, least, params)
    }

    pub(super) fn ink(&self, levels: &Levels, params: &ThresholdParams) -> Ink {
        let size = [self.width, self.height];
        Ink {
            width: self.width,
            height: self.height,
            coverage: levels.coverage(&self.values, size, params.faint.as_ref()),
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
fn evened<'a>(picture: &'a Picture, params: &BinarizeParams) -> Cow<'a, Picture> {
    let crop = params.page_crop.as_ref();
    let page = crop.and_then(|crop| crop_page(picture, crop));
    let page = page.map_or(Cow::Borrowed(picture), Cow::Owned);
    let light = params.illumination.as_ref();
    match light.and_then(|light| flatten_illumination(&page, light)) {
        Some(lit) => Cow::Owned(lit),
        None => page,
    }
}

/// The brightness of the paper at each pixel of a page, to which side ink departs from it,
/// but for what is `outside`, and how far noise does. `None` if that is all there is.
fn background(
    page: &Picture,
    outside: &[usize],
    params: &BinarizeParams,
) -> Option<(Vec<f32>, Polarity, f32)> {
    let (width, height) = (page.width, page.height);
    let tiles = params.background.as_ref();
    let large = tiles.map_or(width.max(height), |tiles| {
        (width.min(height) / tiles.across.max(1)).max(tiles.least)
    });
    let paper = Field::new(width, height, large, |tile| Some(tile.median(page)))?;
    let paper = match tiles.and_then(|tiles| tiles.odd.as_ref()) {
        Some(odd) => paper.without_odd_tiles(odd),
        None => paper,
    };
    let paper = paper.brightness();
    let (polarity, floor) = departure(page, &paper, outside, &params.threshold)?;
    // Once more without the ink, so that light may change faster.
    let refined = tiles.and_then(|tiles| {
        let finer = tiles.finer.as_ref()?;
        let small = (large / finer.across.max(1)).max(tiles.least);
        Field::new(width, height, small, |tile| {
            tile.mean_of_paper(page, &paper, floor, finer)
        })
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
pub(crate) fn background_of(picture: &Picture, params: &BinarizeParams) -> Option<Background> {
    let page = evened(picture, params);
    let (brightness, ..) = background(&page, &[], params)?;
    let page = page.into_owned();
    Some(Background { page, brightness })
}

/// To which side the picture departs from its `paper`, the brightness of that at each pixel,
/// but for what is `outside`, and how far noise does: `None` if that is all there is.
fn departure(
    picture: &Picture,
    paper: &[f32],
    outside: &[usize],
    params: &ThresholdParams,
) -> Option<(Polarity, f32)> {
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
    let floor = (params.noise * 1.4826 * median as f32 / 255.0).max(params.paper);
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
