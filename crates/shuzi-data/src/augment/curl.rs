//! A curled 9 out of MNIST's: its foot bent to the left.
//!
//! MNIST's writers end their 9 in a straight stem. Much of Europe bends it into a hook.
//! Here the stem is wound on a circle to the left of it, as one bends a wire, which
//! keeps the thickness of the pen; what is above stays as it is.

use rand::Rng;

use super::affine::{Affine, centre};
use super::ink::{self, Ink};
use super::uniform::between;

/// Height at which the bend starts, from the top, as a share of the digit's.
const START: [f32; 2] = [0.5, 0.68];

/// Radius of the bend as a share of the digit's height.
const RADIUS: [f32; 2] = [0.13, 0.3];

/// How far the stem is wound on the circle, in radians: less than half a turn, so that
/// it ends below the loop.
const TURN: [f32; 2] = [0.9, 3.0];

/// A stem that would have to shrink to less than this is wound further.
const SHORTEST: f32 = 0.7;

/// Ink below the bend's start is a stem if all of it is this near to its middle, as a
/// share of the digit's height.
const STEM: f32 = 0.22;

/// A stem wound on a circle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Curl {
    /// Where the bend starts, `[x, y]` in pixels.
    start: [f32; 2],
    /// Columns to the right for a row down, as the digit leans.
    slant: f32,
    radius: f32,
    /// Length on the circle of a row of the stem.
    stretch: f32,
}

impl Curl {
    /// Draws a curl for the digit in `image` `[h, w]`, and the map that brings the curled
    /// digit to the place and the height that it had; `None` if it has no stem.
    pub(super) fn draw(
        image: &[u8],
        height: usize,
        width: usize,
        random: &mut impl Rng,
    ) -> Option<(Self, Affine)> {
        let [start, radius, turn] = [START, RADIUS, TURN].map(|range| between(range, random));
        let slant = Ink::of(image.iter().map(|&pixel| f32::from(pixel)), width)?.slant;
        let strong = || {
            let pixels = ink::strong(image, width);
            pixels.map(|(place, pixel)| (place.map(|at| at as f32), f32::from(pixel)))
        };
        let before = Extent::of(strong())?;
        let tall = before.size()[1];
        let y = before.low[1] + start * tall;
        let radius = radius * tall;
        // The stem's pixels as if it stood upright.
        let stem = || {
            let below = strong().filter(|([_, row], _)| *row >= y);
            below.map(|([x, row], mass)| ([x - slant * (row - y), row], mass))
        };
        let upright = Extent::of(stem())?;
        let [x, _] = upright.middle;
        if (upright.high[0] - x).max(x - upright.low[0]) > STEM * tall {
            return None;
        }
        let rest = before.high[1] + 1.0 - y;
        let stretch = (radius * turn / rest).max(SHORTEST);
        if stretch * rest > radius * TURN[1] {
            return None; // would meet the loop
        }
        let curl = Self {
            start: [x, y],
            slant,
            radius,
            stretch,
        };
        let after = Extent::of(strong().map(|(point, mass)| (curl.bent(point), mass)))?;
        let longer = |extent: &Extent| extent.size()[0].max(extent.size()[1]);
        let zoom = longer(&before) / longer(&after);
        let middle = |extent: &Extent| {
            let [x, y] = extent.middle;
            [x - centre(width), y - centre(height)]
        };
        let ([from_x, from_y], to) = (middle(&after), middle(&before));
        let fit = Affine::zoom([zoom; 2])
            .after(&Affine::identity().shifted([-from_x, -from_y]))
            .shifted(to);
        Some((curl, fit))
    }

    /// Where the digit's point `[x, y]` goes.
    fn bent(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let [start_x, start_y] = self.start;
        let down = y - start_y;
        if down <= 0.0 {
            return [x, y];
        }
        let across = x - self.slant * down - start_x;
        let (sin, cos) = (self.stretch * down / self.radius).sin_cos();
        let from_middle = self.radius + across;
        let (right, down) = (from_middle * cos - self.radius, from_middle * sin);
        [start_x + right + self.slant * down, start_y + down]
    }

    /// Which point of the digit comes to `[x, y]`.
    pub(super) fn source(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let [start_x, start_y] = self.start;
        let down = y - start_y;
        if down <= 0.0 {
            return [x, y];
        }
        // From the circle's middle.
        let right = x - self.slant * down - start_x + self.radius;
        let across = right.hypot(down) - self.radius;
        let down = down.atan2(right) * self.radius / self.stretch;
        [start_x + across + self.slant * down, start_y + down]
    }
}

/// The box around points with a mass, and their middle, `[x, y]`.
struct Extent {
    low: [f32; 2],
    high: [f32; 2],
    middle: [f32; 2],
}

impl Extent {
    fn of(points: impl Iterator<Item = ([f32; 2], f32)>) -> Option<Self> {
        let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
        let (mut sum, mut total) = ([0.0; 2], 0.0);
        for (point, mass) in points {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
                sum[axis] += mass * point[axis];
            }
            total += mass;
        }
        let middle = sum.map(|sum| sum / total);
        (total > 0.0).then_some(Self { low, high, middle })
    }

    /// Pixels from the first to the last.
    fn size(&self) -> [f32; 2] {
        [0, 1].map(|axis| self.high[axis] - self.low[axis] + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::Augmentation;
    use crate::augment::tests::on_the_fixture;
    use crate::rng::{RngStream, generator};

    const SIDE: usize = 28;

    #[test]
    fn the_source_of_a_bent_point_is_the_point() {
        let curl = Curl {
            start: [15.0, 14.0],
            slant: -0.3,
            radius: 4.0,
            stretch: 1.2,
        };
        // Up to half a turn, about the circle's middle.
        for y in 4..24 {
            for x in [12.5, 15.0, 17.5f32] {
                let point = [x + curl.slant * (y as f32 - 14.0), y as f32];
                let back = curl.source(curl.bent(point));
                for (back, point) in back.iter().zip(point) {
                    assert!((back - point).abs() < 1e-3, "{back}, expected {point}");
                }
            }
        }
        // A quarter of a turn: beneath the circle's middle, a radius lower.
        let quarter = 14.0 + 4.0 * std::f32::consts::FRAC_PI_2 / 1.2;
        let upright = Curl { slant: 0.0, ..curl };
        let [x, y] = upright.bent([15.0, quarter]);
        assert!(
            (x - 11.0).abs() < 1e-4 && (y - 18.0).abs() < 1e-4,
            "{x}, {y}"
        );
    }

    #[test]
    fn nines_get_a_foot_to_the_left_and_keep_size_and_place() {
        let augmentation = Augmentation {
            curled_nine_probability: 1.0,
            ..Augmentation::none()
        };
        let (mut curled, mut straight) = (0, 0);
        on_the_fixture(&augmentation, |i, label, plain, output| {
            if output == plain {
                straight += usize::from(label == 9);
                return;
            }
            assert_eq!(label, 9, "image {i}, a {label}, has changed");
            curled += 1;
            let extent = |values: &[f32]| {
                let points = values.iter().enumerate().filter(|(_, value)| **value > 0.5);
                Extent::of(points.map(|(i, v)| ([(i % SIDE) as f32, (i / SIDE) as f32], *v)))
                    .unwrap()
            };
            let (before, after) = (extent(plain), extent(output));
            let longer = |extent: &Extent| extent.size()[0].max(extent.size()[1]);
            assert!(
                (longer(&before) - longer(&after)).abs() <= 3.0,
                "{i}: {:?} to {:?}",
                before.size(),
                after.size()
            );
            for (before, after) in before.middle.iter().zip(after.middle) {
                // The map is found as if a stem that is drawn out had no more ink.
                assert!((before - after).abs() < 2.5, "{i}: {before} to {after}");
            }
        });
        assert_eq!(curled + straight, 100);
        assert!(curled >= 70, "{curled}");
    }

    #[test]
    fn what_has_no_stem_is_not_bent() {
        for image in [vec![0; SIDE * SIDE], vec![255; SIDE * SIDE]] {
            let mut random = generator(1, RngStream::Augment, 0, 0);
            assert_eq!(Curl::draw(&image, SIDE, SIDE, &mut random), None);
        }
    }
}
