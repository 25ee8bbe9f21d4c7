//! Grey pixels to ink: background removed, polarity found.

pub mod background;
mod contrast;
pub mod illumination;
mod otsu;
pub mod page_crop;
pub mod surroundings;
pub mod threshold;
pub mod weak;

use serde::{Deserialize, Serialize};

use crate::{
    binarize::{
        background::BackgroundParams, illumination::IlluminationParams, page_crop::PageCropParams,
        surroundings::SurroundingsParams, threshold::ThresholdParams, weak::WeakParams,
    },
    image::decode::Picture,
};

pub(crate) use contrast::{Contrast, background_of};

/// How ink is told from paper. A rule that is `None` is not applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BinarizeParams {
    /// A bright sheet is cut out of what is dark around it. Off: the whole picture is the page.
    pub page_crop: Option<PageCropParams>,
    /// Light that falls off to one side is evened out. Off: the page is taken as it is lit.
    pub illumination: Option<IlluminationParams>,
    /// The paper's brightness is that of tiles. Off: it is the median of the page everywhere.
    pub background: Option<BackgroundParams>,
    /// From which contrast on a pixel is ink.
    pub threshold: ThresholdParams,
    /// A second look finds digits in weaker ink beside others. Off: these are no ink.
    pub weak: Option<WeakParams>,
    /// Where all ink reaches the picture's edge, what surrounds the writing is left out. Off: it
    /// is ink.
    pub surroundings: Option<SurroundingsParams>,
}

impl Default for BinarizeParams {
    /// All rules, each as it is by default.
    fn default() -> Self {
        Self {
            page_crop: Some(PageCropParams::default()),
            illumination: Some(IlluminationParams::default()),
            background: Some(BackgroundParams::default()),
            threshold: ThresholdParams::default(),
            weak: Some(WeakParams::default()),
            surroundings: Some(SurroundingsParams::default()),
        }
    }
}

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

/// Finds the ink of a picture.
///
/// The paper's brightness is estimated by the median of large tiles, then
/// again in smaller ones without what looks like ink, and interpolated; ink
/// is what departs from it to the side that departs more, and what is fainter but
/// goes on from there. `None` if nothing departs by more than noise does.
pub fn binarize(picture: &Picture, params: &BinarizeParams) -> Option<Ink> {
    binarize_with_contrast(picture, params).map(|(ink, _)| ink)
}

/// As [`binarize`], with what a second look is for.
pub(crate) fn binarize_with_contrast(
    picture: &Picture,
    params: &BinarizeParams,
) -> Option<(Ink, Contrast)> {
    let contrast = Contrast::of(picture, &[], params)?;
    let threshold = &params.threshold;
    let levels = contrast.levels(threshold.least_contrast, threshold)?;
    Some((contrast.ink(&levels, threshold), contrast))
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The ink of a picture as it is found by default.
    pub(crate) fn binarize(picture: &Picture) -> Option<Ink> {
        super::binarize(picture, &BinarizeParams::default())
    }

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
