//! How far a glyph reaches to the left and right, by height: people space letters by the
//! ink's distance, not by boxes.

/// Strips of a glyph's height.
pub(crate) const BANDS: usize = 16;

/// Top of the first strip and height of all, digits being 1 high with their foot at 1.
const TOP: f32 = -0.5;
const TALL: f32 = 2.0;

/// The strip of a height.
pub(crate) fn band(y: f32) -> usize {
    let at = (y - TOP) / TALL * BANDS as f32;
    (at.max(0.0) as usize).min(BANDS - 1)
}

/// Left and right end of the ink in every strip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Outline([[f32; 2]; BANDS]);

impl Outline {
    /// No ink.
    pub(crate) const NONE: Self = Self([[f32::INFINITY, f32::NEG_INFINITY]; BANDS]);

    /// The middle height of a strip.
    pub(crate) fn row(at: usize) -> f32 {
        TOP + TALL * (at as f32 + 0.5) / BANDS as f32
    }

    pub(crate) fn add(&mut self, at: usize, [left, right]: [f32; 2]) {
        let band = &mut self.0[at];
        *band = [band[0].min(left), band[1].max(right)];
    }

    pub(crate) fn shift(&mut self, at: usize, by: f32) {
        self.0[at] = self.0[at].map(|x| x + by);
    }

    pub(crate) fn moved(mut self, by: f32) -> Self {
        for at in 0..BANDS {
            self.shift(at, by);
        }
        self
    }

    /// Scaled from the foot of a digit, with its left and right.
    pub(crate) fn scaled(&self, across: f32, along: f32, down: f32) -> Self {
        let mut out = Self::NONE;
        for at in 0..BANDS {
            // The strip's own height comes to lie over several.
            let half = 0.5 * TALL / BANDS as f32;
            let y = |y: f32| 1.0 + down + along * (y - 1.0);
            let (low, high) = (y(Self::row(at) - half), y(Self::row(at) + half));
            for to in band(low + 1e-3)..=band(high - 1e-3) {
                out.add(to, self.0[at].map(|x| x * across));
            }
        }
        out
    }

    /// Left and right end of all.
    pub(crate) fn span(&self) -> Option<[f32; 2]> {
        let left = self
            .0
            .iter()
            .map(|band| band[0])
            .fold(f32::INFINITY, f32::min);
        let right = self
            .0
            .iter()
            .map(|band| band[1])
            .fold(f32::NEG_INFINITY, f32::max);
        (left <= right).then_some([left, right])
    }

    /// The least way to the right from this ink to another's, in strips that are no more
    /// than one apart; from end to end where they have none.
    pub(crate) fn distance(&self, next: &Self) -> Option<f32> {
        let mut least = f32::INFINITY;
        for (at, band) in self.0.iter().enumerate() {
            for other in &next.0[at.saturating_sub(1)..(at + 2).min(BANDS)] {
                least = least.min(other[0] - band[1]);
            }
        }
        if least.is_finite() {
            return Some(least);
        }
        Some(next.span()?[0] - self.span()?[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(left: f32, right: f32, top: f32, bottom: f32) -> Outline {
        let mut outline = Outline::NONE;
        for at in band(top)..=band(bottom) {
            outline.add(at, [left, right]);
        }
        outline
    }

    #[test]
    fn distance_is_that_of_ink_side_by_side() {
        let seven = block(0.0, 0.6, 0.0, 0.1);
        let dot = block(0.0, 0.1, 0.95, 1.0);
        assert_eq!(seven.distance(&dot), Some(-0.6));
        assert_eq!(seven.distance(&block(0.8, 1.0, 0.0, 1.0)), Some(0.8 - 0.6));
        assert_eq!(Outline::NONE.distance(&dot), None);
    }

    #[test]
    fn scaling_keeps_the_foot() {
        let low = block(0.0, 0.5, 0.8, 0.99).scaled(2.0, 0.5, 0.0);
        let (at, over) = (band(0.97), band(0.4));
        assert_eq!(low.0[at], [0.0, 1.0]);
        assert_eq!(low.0[over], Outline::NONE.0[over]);
    }
}
