//! Thin straight ink, from one side of a picture towards the other, that may be a side of a box.

use serde::{Deserialize, Serialize};

use super::{
    PrintParams,
    run_length::{BinaryImage, Runs, ScanLine},
};

/// What the sides of boxes, combs and grids are like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SideParams {
    /// Least length in pixels.
    pub shortest: usize,
    /// How many times longer than thick one is at least.
    pub slimmest: f64,
    /// Slopes that are tried, pixels across to a pixel along.
    pub slopes: [f64; 9],
    /// Share of its length that is no thicker than usual: what crosses it
    /// takes the rest.
    pub free: f64,
    /// Sides that are looked at, the longest first.
    pub most: usize,
}

impl Default for SideParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            shortest: 24,
            slimmest: 14.0,
            slopes: [0.0, -0.015, 0.015, -0.03, 0.03, -0.05, 0.05, -0.07, 0.07],
            free: 0.6,
            most: 300,
        }
    }
}

/// Straight thin ink, from one side of the picture towards the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Side {
    /// First pixel along it, and past the last.
    pub(super) from: usize,
    pub(super) to: usize,
    line: ScanLine,
    thickness: usize,
}

impl Side {
    pub(super) fn at(&self, along: usize) -> isize {
        self.line.at(along)
    }

    pub(super) fn length(&self) -> usize {
        self.to - self.from
    }

    /// How far from where it should be an end may lie.
    pub(super) fn slack(&self) -> isize {
        2 + self.thickness as isize
    }

    fn as_thick_as(&self, other: &Self) -> bool {
        let (thin, thick) = if self.thickness < other.thickness {
            (self.thickness, other.thickness)
        } else {
            (other.thickness, self.thickness)
        };
        // A pixel more is the grid's doing.
        2 * thick <= 3 * thin + 2
    }

    /// Whether this upright side and the level one make a sharp corner at `end`,
    /// the upright's first or last pixel: those of a 0 are round.
    pub(super) fn meets(&self, level: &Self, end: usize, view: &BinaryImage) -> bool {
        let slack = self.slack().max(level.slack());
        let x = self.at(end);
        let covered = level.from as isize - slack <= x && x < level.to as isize + slack;
        let Ok(x) = usize::try_from(x.max(0)) else {
            return false;
        };
        let y = level.at(x);
        let corner = (-1..=1).any(|dy| {
            let columns = x.saturating_sub(1)..(x + 2).min(view.width);
            columns.into_iter().any(|x| view.inked(x, y + dy))
        });
        covered && corner && (y - end as isize).abs() <= slack && self.as_thick_as(level)
    }

    /// Whether they cross or touch.
    pub(super) fn crosses(&self, level: &Self) -> bool {
        let slack = self.slack().max(level.slack());
        let middle = (level.from + level.to) / 2;
        let y = level.at(usize::try_from(self.at(middle)).unwrap_or(0));
        let x = self.at(usize::try_from(y).unwrap_or(0));
        level.from as isize - slack <= x
            && x < level.to as isize + slack
            && self.from as isize - slack <= y
            && y < self.to as isize + slack
            && self.as_thick_as(level)
    }
}

impl BinaryImage {
    /// All thin straight sides that lie nearly level, the longest first, each
    /// once.
    pub(super) fn sides(&self, print: &PrintParams, params: &SideParams) -> Vec<Side> {
        let runs = Runs {
            length: params.shortest,
            gap: print.gap,
        };
        let mut found = Vec::new();
        for line in params
            .slopes
            .into_iter()
            .flat_map(|slope| self.lines(slope))
        {
            self.runs(runs, line, [0, self.width], |[from, to]| {
                let side = Side {
                    from,
                    to,
                    line,
                    thickness: 0,
                };
                found.extend(self.thin(side, print, params));
            });
        }
        found.sort_by_key(|side| std::cmp::Reverse(side.length()));
        let mut sides: Vec<Side> = Vec::new();
        for side in found {
            if sides.len() == params.most {
                break;
            }
            let ends = [side.from, side.to].map(|along| (along, side.at(along)));
            let same = |other: &Side| {
                let within = |(along, _): (usize, isize)| (other.from..=other.to).contains(&along);
                let near =
                    |(along, at): (usize, isize)| (other.at(along) - at).abs() <= other.slack();
                ends.into_iter().any(within) && ends.into_iter().all(near)
            };
            if !sides.iter().any(same) {
                sides.push(side);
            }
        }
        sides
    }

    /// The side with its thickness, if it is thin nearly everywhere.
    fn thin(&self, side: Side, print: &PrintParams, params: &SideParams) -> Option<Side> {
        let mut lengths: Vec<usize> = (side.from..side.to)
            .filter_map(|x| self.across(x, side.at(x)))
            .map(|(first, end)| end - first)
            .collect();
        if lengths.is_empty() {
            return None;
        }
        // What crosses it makes the longer half longer.
        let usual = lengths.len() * 2 / 5;
        let thickness = *lengths.select_nth_unstable(usual).1;
        let free = lengths
            .iter()
            .filter(|length| **length <= print.most(thickness));
        let thin = params.slimmest * thickness as f64 <= side.length() as f64
            && free.count() as f64 >= params.free * lengths.len() as f64;
        thin.then_some(Side { thickness, ..side })
    }

    /// Every pixel of a side that nothing crosses, soft edge included.
    pub(super) fn pixels(&self, side: &Side, print: &PrintParams) -> Vec<(usize, usize)> {
        let slack = side.slack() as usize;
        let along = side.from.saturating_sub(slack)..(side.to + slack).min(self.width);
        let mut pixels = Vec::new();
        for x in along {
            let Some((first, end)) = self.across(x, side.at(x)) else {
                continue;
            };
            if end - first <= print.most(side.thickness) {
                let rows = first.saturating_sub(1)..(end + 1).min(self.height);
                pixels.extend(rows.map(|y| (x, y)));
            }
        }
        pixels
    }
}
