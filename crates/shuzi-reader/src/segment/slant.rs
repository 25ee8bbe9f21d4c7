//! What a region is drawn with, and how it leans.

use serde::{Deserialize, Serialize};

use super::{
    components::{Components, Region},
    seam::{Deslanted, Seam},
};
use crate::{binarize::Ink, image::rectangle::Rectangle, text_line::Segment};

/// How a line's slant is found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SlantParams {
    /// Slants that are tried, columns to a row.
    pub slants: [f64; 13],
}

impl Default for SlantParams {
    /// Guesses: a hand leans right rather than left.
    fn default() -> Self {
        Self {
            slants: [
                -0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9,
            ],
        }
    }
}

/// The pixels of a region.
pub(super) struct StrokePixels {
    /// Index in the picture, column, row and coverage.
    pixels: Vec<(usize, usize, usize, u8)>,
    bounds: Rectangle,
}

impl StrokePixels {
    pub(super) fn of(ink: &Ink, components: &Components, region: &Region) -> Self {
        let [columns, rows] = region.with_soft_edge(ink);
        let mut pixels = Vec::new();
        for y in rows {
            for x in columns.clone() {
                let at = y * ink.width + x;
                if region.labels.contains(&components.labels[at]) {
                    pixels.push((at, x, y, ink.coverage[at]));
                }
            }
        }
        Self {
            pixels,
            bounds: region.bounds,
        }
    }

    /// Pixels that are more than soft edge.
    fn inner(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let inner = self.pixels.iter().filter(|pixel| pixel.3 >= Ink::EDGE);
        inner.map(|&(_, x, y, _)| (x, y))
    }

    /// Row about which they are sheared.
    fn middle(&self) -> f64 {
        self.bounds.middle()[1]
    }

    /// First row, and by how many columns each row from it on is shifted to take the slant out.
    fn shifts(&self, slant: f64) -> (usize, Vec<i64>) {
        let top = self.pixels.first().map_or(0, |pixel| pixel.2);
        let end = self.pixels.last().map_or(0, |pixel| pixel.2 + 1);
        let middle = self.middle();
        let shift = |y: usize| (slant * (y as f64 - middle)).round() as i64;
        (top, (top..end).map(shift).collect())
    }

    /// Runs along the rows of pixels that are more than soft edge: row, first column and past
    /// the last.
    fn runs(&self) -> Vec<(usize, [usize; 2])> {
        let mut runs: Vec<(usize, [usize; 2])> = Vec::new();
        for (x, y) in self.inner() {
            match runs.last_mut() {
                Some((row, [_, end])) if (*row, *end) == (y, x) => *end += 1,
                _ => runs.push((y, [x, x + 1])),
            }
        }
        runs
    }

    /// How upright the strokes, whose `runs` these are, stand at a slant: the sum of the squares
    /// of the sheared columns' pixels.
    fn sharpness(&self, runs: &[(usize, [usize; 2])], slant: f64) -> f64 {
        let (top, shifts) = self.shifts(slant);
        let ends = |(y, ends): &(usize, [usize; 2])| ends.map(|x| x as i64 + shifts[y - top]);
        let first = runs.iter().map(|run| ends(run)[0]).min();
        let last = runs.iter().map(|run| ends(run)[1]).max();
        let (Some(first), Some(last)) = (first, last) else {
            return 0.0;
        };
        // By how many pixels more or fewer a column has than the one before.
        let mut changes = vec![0i32; (last - first) as usize + 1];
        for run in runs {
            let [from, to] = ends(run).map(|column| (column - first) as usize);
            changes[from] += 1;
            changes[to] -= 1;
        }
        let mut count = 0;
        let squares = changes.into_iter().map(|change| {
            count += change;
            f64::from(count).powi(2)
        });
        squares.sum()
    }

    /// The strokes with the slant taken out.
    pub(super) fn sheared(&self, slant: f64) -> Deslanted {
        let (top, shifts) = self.shifts(slant);
        let pixels = self.pixels.iter();
        let pixels: Vec<(i64, usize, u8)> = pixels
            .map(|&(_, x, y, coverage)| (x as i64 + shifts[y - top], y, coverage))
            .collect();
        Deslanted::new(&pixels)
    }

    /// Gives what lies between the seams of this `component` labels of its own, from
    /// `label` on, and says what that is; a part without ink is left out.
    pub(super) fn relabel(
        &self,
        component: usize,
        slant: f64,
        seams: &[Seam],
        label: u32,
        labels: &mut [u32],
    ) -> Vec<Segment> {
        let mut parts: Vec<Option<(Rectangle, [f64; 2])>> = vec![None; seams.len() + 1];
        let (top, shifts) = self.shifts(slant);
        for &(at, x, y, coverage) in &self.pixels {
            let column = x as i64 + shifts[y - top];
            let part = seams.iter().filter(|seam| seam.at(y) < column).count();
            labels[at] = label + part as u32;
            if coverage >= Ink::EDGE {
                let pixel = Rectangle::pixel(x, y);
                let own = [column as f64, column as f64 + 1.0];
                parts[part] = Some(parts[part].map_or((pixel, own), |(bounds, extent)| {
                    let extent = [extent[0].min(own[0]), extent[1].max(own[1])];
                    (bounds.union(&pixel), extent)
                }));
            }
        }
        let mut segments: Vec<Segment> = Vec::new();
        for (part, found) in parts.into_iter().enumerate() {
            let Some((bounds, extent)) = found else {
                continue;
            };
            let cut_before = (!segments.is_empty()).then(|| seams[part - 1].cost);
            segments.push(Segment {
                labels: vec![label + part as u32],
                component,
                bounds,
                extent,
                cut_before,
            });
        }
        segments
    }
}

/// The slant at which the strokes stand most upright: their columns are then
/// fullest and emptiest.
pub(super) fn slant_of(strokes: &[StrokePixels], params: &SlantParams) -> f64 {
    let runs: Vec<_> = strokes.iter().map(StrokePixels::runs).collect();
    let sharpness = |slant: f64| -> f64 {
        let all = strokes.iter().zip(&runs);
        all.map(|(strokes, runs)| strokes.sharpness(runs, slant))
            .sum()
    };
    let scored = params.slants.map(|slant| (slant, sharpness(slant)));
    let best = scored.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    best.map_or(0.0, |(slant, _)| *slant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{binarize::tests::ink_of as ink, segment::components::tests::find_components};

    #[test]
    fn sharpness_is_the_sum_of_the_squares_of_sheared_columns() {
        let ink = ink(&["##.#", "#..#", "####", "..##"], 5);
        let components = find_components(&ink);
        let strokes = StrokePixels::of(&ink, &components, &components.regions[0]);
        for slant in SlantParams::default().slants {
            let mut counts = std::collections::BTreeMap::new();
            for (x, y) in strokes.inner() {
                let shift = (slant * (y as f64 - strokes.middle())).round();
                *counts.entry(x as i64 + shift as i64).or_insert(0u32) += 1;
            }
            let expected: u32 = counts.values().map(|count| count * count).sum();
            let found = strokes.sharpness(&strokes.runs(), slant);
            assert_eq!(found, f64::from(expected), "{slant}");
        }
    }

    #[test]
    fn slanted_strokes_are_found_upright() {
        let rows: Vec<String> = (0..10)
            .map(|row| format!("{}##{}", ".".repeat(12 - row), ".".repeat(4 + row)))
            .collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let ink = ink(&rows, 3);
        let components = find_components(&ink);
        let strokes = StrokePixels::of(&ink, &components, &components.regions[0]);
        // A column to the right for each row up.
        assert_eq!(slant_of(&[strokes], &SlantParams::default()), 0.9);
    }
}
