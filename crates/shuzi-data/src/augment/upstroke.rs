//! A European 1 out of MNIST's: an up-stroke grown on a plain vertical stroke.
//!
//! MNIST's writers made their 1 of one stroke. Much of Europe starts it with an
//! up-stroke from the lower left. Here that is the digit's own stroke once more,
//! shortened and turned to the left about its top; no image of another source is used.

use rand::Rng;

use super::affine::{Affine, centre};
use super::ink::Ink;
use super::stroke_insertion::InsertedStroke;
use super::uniform::between;

/// Angle between stem and up-stroke, in degrees.
const ANGLE: [f32; 2] = [20.0, 55.0];

/// Most degrees of an up-stroke from straight down: one that lies flatter, as it
/// would on a slanted stem, makes a 7.
const FLATTEST: f32 = 58.0;

/// Length of the up-stroke as a share of the stem's.
const LENGTH: [f32; 2] = [0.25, 0.85];

/// A 1 is plain if its ink's deviation across the stroke is below this share of
/// that along it: with a foot or a flag it is not, and gets no up-stroke.
const PLAIN: f32 = 0.25;

/// The stroke of the 1 in `image` `[h, w]`, and the map that makes an up-stroke of it;
/// `None` if it is no plain stroke, or leans too far to the right.
pub(super) fn upstroke(
    image: &[u8],
    height: usize,
    width: usize,
    random: &mut impl Rng,
) -> Option<InsertedStroke> {
    let ink = Ink::of(image.iter().map(|&pixel| f32::from(pixel) / 255.0), width)?;
    let [lengthwise, across] = ink.deviations;
    if across >= PLAIN * lengthwise {
        return None;
    }
    let [dx, dy] = ink.along;
    let lean = (-dx).atan2(dy).to_degrees();
    let widest = ANGLE[1].min(FLATTEST - lean);
    if widest < ANGLE[0] {
        return None;
    }
    let (angle, length) = (between([ANGLE[0], widest], random), between(LENGTH, random));
    let [x, y] = top(image, width, &ink)?;
    let shorten = Affine {
        matrix: [
            [1.0 + (length - 1.0) * dx * dx, (length - 1.0) * dx * dy],
            [(length - 1.0) * dx * dy, 1.0 + (length - 1.0) * dy * dy],
        ],
        ..Affine::identity()
    };
    let map = Affine::rotation(angle).after(&shorten);
    Some(InsertedStroke {
        rows: height,
        // Maps are about the image's centre, this one about the top.
        map: map.about([x - centre(width), y - centre(height)]),
    })
}

/// The middle of the stroke's upper end, as deep within as the stroke is thick.
fn top(image: &[u8], width: usize, ink: &Ink) -> Option<[f32; 2]> {
    let [dx, dy] = ink.along;
    let strong = image.iter().max()? / 2;
    let places = || {
        let pixels = image.iter().enumerate();
        pixels.filter(|(_, pixel)| **pixel > strong).map(|(i, _)| {
            let (x, y) = ((i % width) as f32, (i / width) as f32);
            let along = (x - ink.middle[0]) * dx + (y - ink.middle[1]) * dy;
            ([x, y], along)
        })
    };
    let end = places().map(|(_, along)| along).reduce(f32::min)?;
    // A bar of even ink is √12 deviations wide.
    let thickness = 12f32.sqrt() * ink.deviations[1];
    let (mut n, mut sum) = (0.0, [0.0; 2]);
    for ([x, y], along) in places() {
        if along <= end + thickness {
            n += 1.0;
            sum = [sum[0] + x, sum[1] + y];
        }
    }
    Some(sum.map(|sum| sum / n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::stroke_insertion::StrokeInsertion;
    use crate::augment::tests::on_the_fixture;
    use crate::augment::{Augmentation, Augmenter};
    use crate::rng::{RngStream, generator};

    const SIDE: usize = 28;

    /// A bar from (10, 5) to (12, 22), both inclusive.
    fn bar() -> Vec<u8> {
        let inside = |i: usize| (10..=12).contains(&(i % SIDE)) && (5..=22).contains(&(i / SIDE));
        (0..SIDE * SIDE)
            .map(|i| 255 * u8::from(inside(i)))
            .collect()
    }

    fn upstrokes(probability: f32) -> Augmenter {
        let augmentation = Augmentation {
            upstroke_probability: probability,
            ..Augmentation::none()
        };
        Augmenter::new(&augmentation, SIDE, SIDE).unwrap()
    }

    #[test]
    fn a_bar_gets_a_stroke_from_the_left_up_to_its_top() {
        let bar = bar();
        for seed in 0..50 {
            let mut random = generator(seed, RngStream::Augment, 0, 0);
            let mut insertion = StrokeInsertion::new(SIDE, SIDE);
            let stroke = upstroke(&bar, SIDE, SIDE, &mut random).unwrap();
            let recentre = insertion.insert(&bar, &stroke).unwrap();
            let grown = insertion.image();
            let added = |i: &usize| bar[*i] == 0 && grown[*i] > 0.5;
            let places: Vec<_> = (0..grown.len()).filter(added).collect();
            // A quarter to seven eighths of 54 pixels, less where they overlap.
            assert!((5..45).contains(&places.len()), "{}", places.len());
            for i in places {
                let (x, y) = (i % SIDE, i / SIDE);
                assert!((x < 10 || y < 5) && x <= 12 && y < 20, "{x}, {y}");
            }
            // It was put in without taking any ink away.
            assert!(
                bar.iter()
                    .zip(grown)
                    .all(|(&b, &g)| g >= f32::from(b) / 255.0)
            );
            // All new ink is left of the middle and above it, so it has to go back.
            let [x, y] = recentre.shift;
            assert!(x > 0.1 && y > 0.0, "{recentre:?}");
        }
    }

    #[test]
    fn a_slanted_stroke_is_followed() {
        let mut slanted = vec![0.0; SIDE * SIDE];
        crate::augment::warp(&bar(), SIDE, SIDE, &Affine::rotation(25.0), &mut slanted);
        let ink = Ink::of(slanted.iter().copied(), SIDE).unwrap();
        let [dx, dy] = ink.along;
        // Down turned clockwise by 25 degrees: left of straight down.
        let (sin, cos) = 25f32.to_radians().sin_cos();
        assert!(
            (dx + sin).abs() < 0.02 && (dy - cos).abs() < 0.02,
            "{dx}, {dy}"
        );
        // 18 pixels long, 3 wide: √((n² − 1) / 12).
        let expected = [323f32, 8.0].map(|n| (n / 12.0).sqrt());
        for (got, expected) in ink.deviations.iter().zip(expected) {
            assert!((got - expected).abs() < 0.3, "{got}, expected {expected}");
        }
    }

    #[test]
    fn only_plain_ones_grow() {
        let augmentation = Augmentation {
            upstroke_probability: 1.0,
            ..Augmentation::none()
        };
        let (mut grown, mut kept) = (0, 0);
        on_the_fixture(&augmentation, |i, label, plain, output| {
            match (label, output == plain) {
                (1, false) => grown += 1,
                (1, true) => kept += 1,
                (_, same) => assert!(same, "image {i}, a {label}, has changed"),
            }
        });
        let mut output = vec![0.0; SIDE * SIDE];
        assert!(grown >= 70 && grown + kept == 100, "{grown} of 100");
        // Nothing, a dot, all ink: no stroke to turn.
        for image in [vec![0; SIDE * SIDE], vec![255; SIDE * SIDE]] {
            upstrokes(1.0).apply(
                &image,
                Some(1),
                &mut generator(1, RngStream::Augment, 0, 0),
                &mut output,
            );
            assert!(
                image
                    .iter()
                    .zip(&output)
                    .all(|(&p, &v)| f32::from(p) / 255.0 == v)
            );
        }
    }

    #[test]
    fn the_probability_is_that_asked_for() {
        let (bar, mut augmenter) = (bar(), upstrokes(0.3));
        let mut output = vec![0.0; SIDE * SIDE];
        let mut grown = 0;
        for seed in 0..1000 {
            let mut random = generator(seed, RngStream::Augment, 0, 0);
            augmenter.apply(&bar, Some(1), &mut random, &mut output);
            grown += usize::from(
                bar.iter()
                    .zip(&output)
                    .any(|(&p, &v)| f32::from(p) / 255.0 != v),
            );
        }
        // A deviation of 14.5.
        assert!((240..360).contains(&grown), "{grown}");
    }
}
