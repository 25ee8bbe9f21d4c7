//! What surrounds a sheet: a desk, a shadow's edge, a dark thing beside it.

use serde::{Deserialize, Serialize};

use super::{BinarizeParams, Contrast, Ink};
use crate::{image::decode::Picture, image::morphology::flood_fill};

/// What surrounds a sheet. What is less broad, deep or dark is a rule or a digit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SurroundingsParams {
    /// Least contrast of ink within it: without what surrounds it the texture of empty paper is
    /// left, which has up to 0.15.
    pub least_contrast: f32,
    /// How many times the contrast of writing what is around it has at least.
    pub darker: f32,
    /// Least share of a side of the picture that it takes.
    pub broad: f64,
    /// How far it reaches into the picture, as a share of it.
    pub deep: f64,
}

impl Default for SurroundingsParams {
    /// Guesses, tried on cheque amounts beside a desk (development).
    fn default() -> Self {
        Self {
            least_contrast: 0.2,
            darker: 1.4,
            broad: 0.3,
            deep: 0.03,
        }
    }
}

/// Finds the ink of a picture as [`binarize`](super::binarize) does, as if what surrounds the
/// writing were not there: the desk or a dark thing beside a sheet, next to which the writing
/// is taken for paper. `None` also if nothing does, all is as dark, or the rule is off.
pub(crate) fn binarize_within_surroundings(
    picture: &Picture,
    params: &BinarizeParams,
) -> Option<Ink> {
    let own = params.surroundings.as_ref()?;
    let threshold = &params.threshold;
    let contrast = Contrast::of(picture, &[], params)?;
    let levels = contrast.levels(threshold.least_contrast, threshold)?;
    let first = contrast.ink(&levels, threshold);
    let outside = contrast.around_the_writing(&first, own);
    let ink = |at: &&usize| first.coverage[**at] >= Ink::EDGE;
    let dark: Vec<f32> = outside
        .iter()
        .filter(ink)
        .map(|&at| contrast.values[at])
        .collect();
    if dark.is_empty() {
        return None;
    }
    let within = Contrast::of(picture, &outside, params)?;
    let levels = within.levels(own.least_contrast, threshold)?;
    let darkness = dark.iter().sum::<f32>() / dark.len() as f32;
    let stands_out = within.polarity != first.polarity || darkness >= own.darker * levels.full;
    stands_out.then(|| within.ink(&levels, threshold))
}

/// A side of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Top,
    Bottom,
    Left,
    Right,
}

const SIDES: [Side; 4] = [Side::Top, Side::Bottom, Side::Left, Side::Right];

impl Side {
    /// Pixels along it of a picture `[width, height]`, and from it to the opposite one.
    fn lengths(self, [width, height]: [usize; 2]) -> [usize; 2] {
        match self {
            Self::Top | Self::Bottom => [width, height],
            Self::Left | Self::Right => [height, width],
        }
    }

    /// Index of the pixel so far along it and so far from it.
    fn pixel(self, along: usize, away: usize, [width, height]: [usize; 2]) -> usize {
        let (x, y) = match self {
            Self::Top => (along, away),
            Self::Bottom => (along, height - 1 - away),
            Self::Left => (away, along),
            Self::Right => (width - 1 - away, along),
        };
        y * width + x
    }
}

impl Contrast {
    /// The pixels of what surrounds the writing, in their order: all that is `ink` and joins
    /// what is broad along a side of the picture, and its soft edge, which pales with every
    /// pixel. Pale strokes that touch it do not, and stay.
    fn around_the_writing(&self, ink: &Ink, params: &SurroundingsParams) -> Vec<usize> {
        let starts = SIDES.into_iter().flat_map(|side| broad(ink, side, params));
        let seen = flood_fill(starts, [self.width, self.height], |at, next| {
            let pales = self.floor < self.values[next] && self.values[next] < self.values[at];
            ink.coverage[next] >= Ink::EDGE || pales
        });
        (0..seen.len()).filter(|&at| seen[at]).collect()
    }
}

/// The pixels of `ink` along a side, if they are many and most reach deep into the picture.
fn broad(ink: &Ink, side: Side, params: &SurroundingsParams) -> Vec<usize> {
    let size = [ink.width, ink.height];
    let [length, across] = side.lengths(size);
    let inked =
        |along: usize, away: usize| ink.coverage[side.pixel(along, away, size)] >= Ink::EDGE;
    let mut found: Vec<usize> = (0..length).filter(|&along| inked(along, 0)).collect();
    let deep = (params.deep * across as f64).ceil() as usize;
    let reaches = |along: &&usize| (0..deep).all(|away| inked(**along, away));
    let are_many = found.len() as f64 >= params.broad * length as f64;
    if !are_many || 2 * found.iter().filter(reaches).count() < found.len() {
        return Vec::new();
    }
    for at in &mut found {
        *at = side.pixel(*at, 0, size);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binarize::tests::{binarize, inked, picture};

    const SIZE: usize = 120;

    fn binarize_within_surroundings(picture: &Picture) -> Option<Ink> {
        super::binarize_within_surroundings(picture, &BinarizeParams::default())
    }

    /// A pale stroke on paper.
    fn stroke(x: usize, y: usize) -> bool {
        (60..66).contains(&x) && (20..80).contains(&y)
    }

    fn pale(around: impl Fn(usize, usize) -> bool) -> Picture {
        picture(SIZE, SIZE, |x, y| match (around(x, y), stroke(x, y)) {
            (true, _) => 10,
            (_, true) => 130,
            _ => 200,
        })
    }

    #[test]
    fn pale_writing_beside_a_dark_desk_is_ink() {
        let sides: [fn(usize, usize) -> bool; 4] = [
            |_, y| y < 9,
            |_, y| y >= SIZE - 30,
            |x, _| x < 9,
            |x, y| x + y / 8 >= SIZE - 5,
        ];
        let expected: Vec<bool> = (0..SIZE * SIZE)
            .map(|at| stroke(at % SIZE, at / SIZE))
            .collect();
        for (number, desk) in sides.into_iter().enumerate() {
            let picture = pale(desk);
            let first = binarize(&picture).unwrap();
            assert!(inked(&first) != expected, "side {number} hides nothing");
            let within = binarize_within_surroundings(&picture).unwrap();
            assert!(inked(&within) == expected, "side {number}");
        }
    }

    #[test]
    fn a_pale_stroke_that_touches_the_desk_stays() {
        let stroke = |x: usize, y: usize| (50..56).contains(&y) && x < 80;
        let picture = picture(SIZE, SIZE, |x, y| match (x < 12, stroke(x, y)) {
            (true, _) => 10,
            (_, true) => 130,
            _ => 200,
        });
        assert!(binarize(&picture).is_some());
        let within = inked(&binarize_within_surroundings(&picture).unwrap());
        let lost = (0..SIZE * SIZE).filter(|at| {
            let (x, y) = (at % SIZE, at / SIZE);
            x >= 12 && within[*at] != stroke(x, y)
        });
        assert!(lost.count() <= 12);
    }

    #[test]
    fn rules_and_digits_that_reach_the_edge_surround_nothing() {
        let reaching: [fn(usize, usize) -> bool; 3] = [
            // A rule, a rule along the side, a stroke from edge to edge.
            |_, y| (90..93).contains(&y),
            |_, y| y >= SIZE - 3,
            |x, _| (20..35).contains(&x),
        ];
        for (number, reaching) in reaching.into_iter().enumerate() {
            let picture = pale(reaching);
            assert!(binarize(&picture).is_some());
            assert_eq!(binarize_within_surroundings(&picture), None, "{number}");
        }
    }

    #[test]
    fn what_is_as_dark_as_the_writing_is_left() {
        let picture = picture(
            SIZE,
            SIZE,
            |x, y| {
                if x < 20 || stroke(x, y) { 40 } else { 200 }
            },
        );
        assert!(binarize(&picture).is_some());
        assert_eq!(binarize_within_surroundings(&picture), None);
    }
}
