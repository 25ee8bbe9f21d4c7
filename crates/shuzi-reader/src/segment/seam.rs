//! Ways from above to below through as little ink as possible: where digits
//! that touch are cut.

use serde::{Deserialize, Serialize};

use crate::binarize::Ink;

/// Where strokes may be cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeamParams {
    /// Least distance of a seam from the next and from the end, in heights.
    pub apart: f64,
    /// Least ink between two seams: a stroke of so many heights.
    pub least_ink: f64,
    /// Most ink along a seam, in strokes.
    pub thickest: f64,
    /// How far a seam may wander to either side, in heights.
    pub wander: f64,
    /// What a step to the side costs, in pixels of ink.
    pub aside: f32,
    /// What a row costs for each column that a seam is off its middle, in pixels of ink.
    pub off: f32,
    /// How far from the middle two digits may meet, in shares of their width.
    pub off_middle: f64,
    /// Most seams through one piece.
    pub most: usize,
    /// Seams that are tried, to a height.
    pub tried: f64,
}

impl Default for SeamParams {
    /// The first four and what steps cost were chosen on made digits that touch and on cheque
    /// amounts (development) by hand; the others are guesses.
    fn default() -> Self {
        Self {
            apart: 0.12,
            least_ink: 0.3,
            thickest: 2.5,
            wander: 0.14,
            aside: 0.1,
            off: 0.004,
            off_middle: 0.25,
            most: 12,
            tried: 30.0,
        }
    }
}

/// A way through strokes from the topmost row to the lowest.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seam {
    top: usize,
    /// For each row the last sheared column to its left.
    columns: Vec<i64>,
    /// Ink on it, in strokes.
    pub(super) cost: f64,
}

impl Seam {
    /// The last sheared column to its left in row `y`.
    pub(super) fn at(&self, y: usize) -> i64 {
        let row = y.saturating_sub(self.top).min(self.columns.len() - 1);
        self.columns[row]
    }
}

/// Strokes with their slant taken out.
pub(super) struct Deslanted {
    /// Column and row of the grid's corner.
    left: i64,
    top: usize,
    width: usize,
    height: usize,
    /// `[height, width]`, in shares of full ink.
    ink: Vec<f32>,
}

impl Deslanted {
    /// From pixels: sheared column, row, coverage.
    pub(super) fn new(pixels: &[(i64, usize, u8)]) -> Self {
        let inner = || pixels.iter().filter(|pixel| pixel.2 >= Ink::EDGE);
        let columns = || inner().map(|pixel| pixel.0);
        let rows = || inner().map(|pixel| pixel.1);
        let left = columns().min().unwrap_or(0);
        let width = columns()
            .max()
            .map_or(0, |right| (right + 1 - left) as usize);
        let top = rows().min().unwrap_or(0);
        let height = rows().max().map_or(0, |bottom| bottom + 1 - top);
        let mut ink = vec![0.0; width * height];
        for &(column, row, coverage) in pixels {
            let inside =
                (left..left + width as i64).contains(&column) && (top..top + height).contains(&row);
            if inside {
                ink[(row - top) * width + (column - left) as usize] = f32::from(coverage) / 255.0;
            }
        }
        Self {
            left,
            top,
            width,
            height,
            ink,
        }
    }

    pub(super) fn columns(&self) -> usize {
        self.width
    }

    /// First column and past the last.
    pub(super) fn extent(&self) -> [f64; 2] {
        [self.left as f64, self.left as f64 + self.width as f64]
    }

    /// Where the strokes may be cut, from left to right; digits are about
    /// `height` high.
    pub(super) fn seams(&self, height: f64, params: &SeamParams) -> Vec<Seam> {
        let apart = (params.apart * height).max(2.0) as usize;
        if self.width <= 2 * apart {
            return Vec::new();
        }
        let stroke = self.stroke();
        let step = (height / params.tried).max(1.0) as usize;
        let mut seams: Vec<(usize, Seam)> = (apart..self.width - apart)
            .step_by(step)
            .map(|base| (base, self.seam(base, height, params)))
            .collect();
        for (_, seam) in &mut seams {
            seam.cost /= stroke;
        }
        seams.retain(|(_, seam)| seam.cost <= params.thickest);
        seams.sort_by(|a, b| a.1.cost.total_cmp(&b.1.cost));
        let least = params.least_ink * height * stroke;
        let mut chosen: Vec<(usize, Seam)> = Vec::new();
        for (base, seam) in seams {
            if chosen.len() == params.most {
                break;
            }
            let place = chosen.partition_point(|(other, _)| *other < base);
            // The more ink is on it the less it should be one of many.
            let distance = (apart as f64 * seam.cost.max(1.0)) as usize;
            let near = |(other, _): &(usize, Seam)| other.abs_diff(base) < distance;
            let before = place.checked_sub(1).and_then(|i| chosen.get(i));
            let after = chosen.get(place);
            if before.is_some_and(near) || after.is_some_and(near) {
                continue;
            }
            // Both sides of it must be able to hold a part of a digit.
            let [before, after] = [before, after].map(|chosen| chosen.map(|(_, seam)| seam));
            let sides = [(before, Some(&seam)), (Some(&seam), after)];
            if sides
                .iter()
                .all(|(left, right)| self.ink_between(*left, *right) >= least)
            {
                chosen.insert(place, (base, seam));
            }
        }
        chosen.into_iter().map(|(_, seam)| seam).collect()
    }

    /// The seam near the middle that crosses least ink, if there is one.
    pub(super) fn middle_seam(&self, height: f64, params: &SeamParams) -> Option<Seam> {
        let middle = self.left as f64 + 0.5 * self.width as f64;
        let near = |seam: &Seam| {
            let sum: i64 = seam.columns.iter().sum();
            let off = sum as f64 / seam.columns.len() as f64 - middle;
            off.abs() < params.off_middle * self.width as f64
        };
        let seams = self.seams(height, params).into_iter().filter(near);
        seams.min_by(|a, b| a.cost.total_cmp(&b.cost))
    }

    /// Ink between two seams, or from an end to one.
    fn ink_between(&self, left: Option<&Seam>, right: Option<&Seam>) -> f64 {
        let mut sum = 0.0;
        for y in 0..self.height {
            let column = |seam: &Seam| (seam.at(self.top + y) + 1 - self.left).max(0) as usize;
            let from = left.map_or(0, column);
            let to = right.map_or(self.width, column).min(self.width);
            if from < to {
                sum += self.ink[y * self.width + from..y * self.width + to]
                    .iter()
                    .sum::<f32>();
            }
        }
        f64::from(sum)
    }

    /// Median length of the vertical runs of ink: about the stroke's width.
    fn stroke(&self) -> f64 {
        let edge = f32::from(Ink::EDGE) / 255.0;
        let mut lengths = Vec::new();
        for x in 0..self.width {
            let mut run = 0usize;
            for y in 0..=self.height {
                if y < self.height && self.ink[y * self.width + x] >= edge {
                    run += 1;
                } else if run > 0 {
                    lengths.push(run);
                    run = 0;
                }
            }
        }
        lengths.sort_unstable();
        lengths.get(lengths.len() / 2).map_or(1.0, |&n| n as f64)
    }

    /// The cheapest way from the top to the bottom near column `base`, with the
    /// ink on it as its cost.
    fn seam(&self, base: usize, height: f64, params: &SeamParams) -> Seam {
        let wander = (params.wander * height).max(1.0) as usize;
        let first = base.saturating_sub(wander);
        let n = (base + wander + 1).min(self.width) - first;
        let mut costs = vec![0f32; n];
        let mut next = vec![0f32; n];
        // From which neighbour each cell is reached: -1, 0 or 1.
        let mut back = vec![0i8; n * self.height];
        for y in 0..self.height {
            let row = &self.ink[y * self.width + first..y * self.width + first + n];
            for i in 0..n {
                let mut best = (costs[i], 0i8);
                if y > 0 {
                    if i > 0 && costs[i - 1] + params.aside < best.0 {
                        best = (costs[i - 1] + params.aside, -1);
                    }
                    if i + 1 < n && costs[i + 1] + params.aside < best.0 {
                        best = (costs[i + 1] + params.aside, 1);
                    }
                }
                let off = params.off * (first + i).abs_diff(base) as f32;
                next[i] = best.0 + row[i] + off;
                back[y * n + i] = best.1;
            }
            std::mem::swap(&mut costs, &mut next);
        }
        let mut at = (0..n)
            .min_by(|&a, &b| costs[a].total_cmp(&costs[b]))
            .unwrap_or(0);
        let cost = costs.get(at).copied().unwrap_or(0.0);
        let mut columns = vec![0; self.height.max(1)];
        for y in (0..self.height).rev() {
            columns[y] = self.left + (first + at) as i64;
            at = at.saturating_add_signed(isize::from(back[y * n + at]));
        }
        Seam {
            top: self.top,
            columns,
            cost: f64::from(cost),
        }
    }
}
