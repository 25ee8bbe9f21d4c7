//! Printed letters: a font of 8×8 points, its steps smoothed.

use font8x8::UnicodeFonts;

use crate::{
    geometry::Point,
    outline::{Outline, band},
};

/// Rows over the baseline.
const ASCENT: f32 = 7.0;

/// A printed character.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Print {
    /// Rows of points; the lowest bit is left.
    rows: [u8; 8],
    /// How much bolder than the font it is, in points.
    pub(crate) weight: f32,
}

impl Print {
    /// A character of the font, if it has it.
    pub(crate) fn new(char: char, weight: f32) -> Option<Self> {
        let rows = font8x8::BASIC_FONTS
            .get(char)
            .or_else(|| font8x8::LATIN_FONTS.get(char))?;
        rows.iter()
            .any(|row| *row != 0)
            .then_some(Self { rows, weight })
    }

    fn point(&self, x: isize, y: isize) -> f32 {
        let inside = (0..8).contains(&x) && (0..8).contains(&y);
        if inside && self.rows[y as usize] >> x & 1 == 1 {
            1.0
        } else {
            0.0
        }
    }

    /// Ink at a point of its own measure, the baseline at 1 and capitals 1 high; `gain` is
    /// how many pixels a point of the font has.
    pub(crate) fn at(&self, [u, v]: Point, gain: f32) -> f32 {
        let (x, y) = (u * ASCENT - 0.5, v * ASCENT - 0.5);
        let (x0, y0) = (x.floor(), y.floor());
        let (dx, dy) = (x - x0, y - y0);
        let (x0, y0) = (x0 as isize, y0 as isize);
        let upper = self.point(x0, y0) * (1.0 - dx) + self.point(x0 + 1, y0) * dx;
        let lower = self.point(x0, y0 + 1) * (1.0 - dx) + self.point(x0 + 1, y0 + 1) * dx;
        let ink = upper * (1.0 - dy) + lower * dy;
        0.5 + (ink - 0.5 + 0.5 * self.weight) * gain.max(1.0)
    }

    /// How far it reaches, upright.
    pub(crate) fn outline(&self) -> Outline {
        let mut outline = Outline::NONE;
        for y in 0..8 {
            for x in 0..8 {
                if self.point(x, y) > 0.0 {
                    let left = x as f32 / ASCENT;
                    outline.add(band((y as f32 + 0.5) / ASCENT), [left, left + 1.0 / ASCENT]);
                }
            }
        }
        outline
    }

    /// Its box in its own measure, with room for a bolder weight.
    pub(crate) const BOX: [[f32; 2]; 2] = [[-0.1, -0.1], [8.1 / ASCENT, 8.1 / ASCENT]];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_ink_and_spaces_none() {
        let letter = Print::new('T', 0.0).unwrap();
        assert!(letter.at([0.5, 0.5], 3.0) > 0.9, "stem");
        assert!(letter.at([0.1, 0.8], 3.0) < 0.1, "beside it");
        assert!(letter.outline().span().is_some());
        assert!(Print::new(' ', 0.0).is_none());
        assert!(Print::new('数', 0.0).is_none());
    }
}
