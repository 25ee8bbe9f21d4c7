//! A second, lower look: a digit in weaker ink beside others has a threshold of its own.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Contrast, Ink};
use crate::image::{
    morphology::{Blob, connected, dilate, neighbours},
    rectangle::Rectangle,
    weighted_median::weighted_median,
};

/// What a weak mark must be like to be taken for writing. Heights are in those of the ink's
/// usual pieces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeakParams {
    /// What its pixels are at least.
    pub pixels: WeakPixelParams,
    /// Its height: that of a digit.
    pub heights: Range<f64>,
    /// Least height in pixels.
    pub least_height: usize,
    /// Its greatest width: it is one digit, or two.
    pub width: f64,
    /// Share of its rectangle that strokes cover at most, unless it is slim.
    pub fill: f64,
    /// Greatest width, in its own heights, of what is as slim as a 1.
    pub slim: f64,
    /// Share of its columns that are those of stronger ink in the same rows at most.
    pub covered: f64,
    /// How far from stronger ink it stands at most.
    pub away: f64,
    /// How much weak ink is around it at most, as a share of its own: print of the paper goes
    /// on, a digit stands by itself.
    pub around: f64,
    /// How far around it that ink is looked for.
    pub margin: f64,
    /// More of them are texture.
    pub most: usize,
}

impl Default for WeakParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            pixels: WeakPixelParams::default(),
            heights: 0.6..1.4,
            least_height: 10,
            width: 2.0,
            fill: 0.65,
            slim: 0.4,
            covered: 0.3,
            away: 3.0,
            around: 0.3,
            margin: 0.25,
            most: 8,
        }
    }
}

/// What the pixels of a weak mark must be like. Contrasts are in those of ink at least.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeakPixelParams {
    /// Least contrast of each.
    pub least: f32,
    /// How far each departs from the paper beyond noise, as a multiple of that.
    pub beyond_noise: f32,
    /// Least contrast of its strongest quarter: blur takes the rest.
    pub full: f32,
    /// Pixels around stronger ink that are its soft edge: one more than from a stroke's edge to
    /// its full ink.
    pub beside: usize,
}

impl Default for WeakPixelParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            least: 0.5,
            beyond_noise: 1.4,
            full: 0.8,
            beside: 4,
        }
    }
}

impl Contrast {
    /// Adds to `ink` marks that are weaker than it, as high as a digit of it, stand beside it by
    /// themselves, and are strokes; `printed` are pixels of print that was taken out of it,
    /// `least_contrast` is that of ink.
    pub(crate) fn add_weak_marks(
        &self,
        ink: &mut Ink,
        printed: &[usize],
        params: &WeakParams,
        least_contrast: f32,
    ) {
        let size @ [width, height] = [ink.width, ink.height];
        let strong: Vec<bool> = ink.coverage.iter().map(|c| *c >= Ink::EDGE).collect();
        let mut inked = strong.clone();
        for &at in printed {
            inked[at] = true;
        }
        let beside = dilate(&inked, size, [params.pixels.beside; 2]);
        let pixels = &params.pixels;
        let least = (pixels.least * least_contrast).max(pixels.beyond_noise * self.floor);
        let values = self.values.iter().zip(&beside);
        let weak: Vec<bool> = values.map(|(v, beside)| !beside && *v >= least).collect();
        if !weak.contains(&true) {
            return;
        }
        let strong = connected(strong, size);
        let usual = usual_height(&strong);
        let tall = |bounds: &Rectangle| params.heights.contains(&(bounds.height as f64 / usual));
        let writing: Vec<Rectangle> = strong.iter().map(|blob| blob.bounds).filter(tall).collect();
        let found: Vec<(Blob, f32)> = connected(weak.clone(), size)
            .into_iter()
            .filter(|blob| tall(&blob.bounds) && blob.bounds.height >= params.least_height)
            .filter(|blob| params.is_strokes(blob, usual))
            .filter(|blob| params.stands_beside(blob, &writing, usual))
            .filter(|blob| {
                let margin = (params.margin * usual) as usize;
                let bounds = &blob.bounds;
                let columns = bounds.x.saturating_sub(margin)..(bounds.right() + margin).min(width);
                let rows = bounds.y.saturating_sub(margin)..(bounds.bottom() + margin).min(height);
                let row = |y: usize| &weak[y * width + columns.start..y * width + columns.end];
                let all = rows.flat_map(row).filter(|weak| **weak).count();
                let own = blob.pixels.len();
                (all - own) as f64 <= params.around * own as f64
            })
            .map(|blob| {
                let full = self.full_of(&blob);
                (blob, full)
            })
            .filter(|(_, full)| *full >= pixels.full * least_contrast)
            .take(params.most.saturating_add(1))
            .collect();
        if found.len() > params.most {
            return;
        }
        for (blob, full) in found {
            let mut all = blob.pixels.clone();
            // With its soft edge.
            all.extend(blob.pixels.iter().flat_map(|at| neighbours(*at, size)));
            for at in all {
                let coverage = (256.0 * self.values[at] / full).clamp(0.0, 255.0) as u8;
                ink.coverage[at] = ink.coverage[at].max(coverage);
            }
        }
    }

    /// The contrast that a quarter of a blob exceeds: that of its full ink.
    fn full_of(&self, blob: &Blob) -> f32 {
        let mut values: Vec<f32> = blob.pixels.iter().map(|at| self.values[*at]).collect();
        let middle = 3 * values.len() / 4;
        let (_, full, _) = values.select_nth_unstable_by(middle, f32::total_cmp);
        *full
    }
}

/// The height that half of the ink is in pieces at least as high as.
fn usual_height(blobs: &[Blob]) -> f64 {
    let heights = blobs
        .iter()
        .map(|blob| (blob.bounds.height, blob.pixels.len()));
    weighted_median(heights.collect()).map_or(1.0, |height| height as f64)
}

impl WeakParams {
    /// Whether it is as wide as a digit or two and lets paper through.
    fn is_strokes(&self, blob: &Blob, usual: f64) -> bool {
        let bounds = &blob.bounds;
        let [width, height] = [bounds.width, bounds.height].map(|side| side as f64);
        let fill = blob.pixels.len() as f64 / bounds.area() as f64;
        width <= self.width * usual && (fill <= self.fill || width <= self.slim * height)
    }

    /// Whether it stands in the rows of stronger ink, near it, and in columns of its own.
    fn stands_beside(&self, blob: &Blob, writing: &[Rectangle], usual: f64) -> bool {
        let bounds = &blob.bounds;
        let level = |other: &&Rectangle| 2 * bounds.shared_rows(other) > bounds.height;
        let mut near = false;
        for other in writing.iter().filter(level) {
            let covered = bounds.shared_columns(other) as f64;
            if covered > self.covered * bounds.width as f64 {
                return false;
            }
            let right = other.x.saturating_sub(bounds.right());
            let left = bounds.x.saturating_sub(other.right());
            near |= (left.max(right) as f64) <= self.away * usual;
        }
        near
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binarize::{BinarizeParams, binarize_with_contrast, tests::picture};

    /// A ring 40 pixels high at column `x`, five pixels thick.
    fn ring(x: usize, [at, y]: [usize; 2]) -> bool {
        let [dx, dy] = [at as f64 - x as f64, y as f64 - 50.0];
        (15.0..20.0).contains(&(1.5 * dx).hypot(dy))
    }

    /// The ink at the middle one of three rings, the others of which are black.
    fn middle(paper: impl Fn(usize, usize) -> u8, ink: u8) -> usize {
        let page = picture(200, 100, |x, y| match (x, y) {
            at if ring(50, at.into()) || ring(150, at.into()) => 30,
            at if ring(100, at.into()) => ink,
            (x, y) => paper(x, y),
        });
        let params = BinarizeParams::default();
        let (mut ink, contrast) = binarize_with_contrast(&page, &params).unwrap();
        let (weak, least) = (params.weak.unwrap(), params.threshold.least_contrast);
        contrast.add_weak_marks(&mut ink, &[], &weak, least);
        let middle = |at: &usize| (75..125).contains(&(at % 200));
        let inked = (0..ink.coverage.len()).filter(|at| ink.coverage[*at] >= Ink::EDGE);
        inked.filter(middle).count()
    }

    #[test]
    fn one_digit_in_weaker_ink_does_not_vanish() {
        let drawn = (0..200 * 100)
            .filter(|at| ring(100, [at % 200, at / 200]))
            .count();
        for weak in [110, 150, 190, 215] {
            let found = middle(|_, _| 250, weak);
            assert!(
                found.abs_diff(drawn) * 5 < drawn,
                "{weak}: {found} of {drawn}"
            );
        }
    }

    #[test]
    fn texture_of_the_paper_is_no_weak_digit() {
        let printed = |x: usize, y: usize| if (x + y) % 9 < 3 { 215 } else { 250 };
        assert_eq!(middle(printed, 250), 0);
    }

    #[test]
    fn paper_alone_has_no_weak_digit() {
        assert_eq!(middle(|x, y| 246 + ((x * 7 + y * 13) % 5) as u8, 248), 0);
    }
}
