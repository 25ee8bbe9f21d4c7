//! Printed boxes, combs and grids: straight thin lines that meet as strokes of
//! a hand do not.

use super::{
    most,
    run_length::{BinaryImage, GAP, Runs, ScanLine},
};
use crate::binarize::Ink;

/// Shortest side of a box in pixels.
const SHORTEST: usize = 24;

/// How many times longer than thick a side is at least.
const SLIM: f64 = 14.0;

/// Slopes that are tried, pixels across to a pixel along.
const SLOPES: [f64; 9] = [0.0, -0.015, 0.015, -0.03, 0.03, -0.05, 0.05, -0.07, 0.07];

/// Share of a side's length that is no thicker than usual: what crosses it
/// takes the rest.
const FREE: f64 = 0.6;

/// Sides that are looked at, the longest first.
const MOST: usize = 300;

/// How much the distances of a comb's teeth may differ from their mean.
const UNEVEN: f64 = 0.12;

/// LineFit thin ink, from one side of the picture towards the other.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Side {
    /// First pixel along it, and past the last.
    from: usize,
    to: usize,
    line: ScanLine,
    thickness: usize,
}

impl Side {
    fn at(&self, along: usize) -> isize {
        self.line.at(along)
    }

    fn length(&self) -> usize {
        self.to - self.from
    }

    /// How far from where it should be an end may lie.
    fn slack(&self) -> isize {
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
    fn meets(&self, level: &Self, end: usize, view: &BinaryImage) -> bool {
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
    fn crosses(&self, level: &Self) -> bool {
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
    fn sides(&self) -> Vec<Side> {
        let runs = Runs {
            length: SHORTEST,
            gap: GAP,
        };
        let mut found = Vec::new();
        for line in SLOPES.into_iter().flat_map(|slope| self.lines(slope)) {
            self.runs(runs, line, [0, self.width], |[from, to]| {
                let thickness = 0;
                found.extend(self.thin(Side {
                    from,
                    to,
                    line,
                    thickness,
                }));
            });
        }
        found.sort_by_key(|side| std::cmp::Reverse(side.length()));
        let mut sides: Vec<Side> = Vec::new();
        for side in found {
            if sides.len() == MOST {
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
    fn thin(&self, side: Side) -> Option<Side> {
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
        let free = lengths.iter().filter(|length| **length <= most(thickness));
        let thin = SLIM * thickness as f64 <= side.length() as f64
            && free.count() as f64 >= FREE * lengths.len() as f64;
        thin.then_some(Side { thickness, ..side })
    }

    /// Every pixel of a side that nothing crosses, soft edge included.
    fn pixels(&self, side: &Side) -> Vec<(usize, usize)> {
        let slack = side.slack() as usize;
        let along = side.from.saturating_sub(slack)..(side.to + slack).min(self.width);
        let mut pixels = Vec::new();
        for x in along {
            let Some((first, end)) = self.across(x, side.at(x)) else {
                continue;
            };
            if end - first <= most(side.thickness) {
                let rows = first.saturating_sub(1)..(end + 1).min(self.height);
                pixels.extend(rows.map(|y| (x, y)));
            }
        }
        pixels
    }
}

/// Takes boxes, combs and grids out of the ink; strokes that cross them stay
/// whole. Gives the cells: the first column and past the last, from left to
/// right.
pub(super) fn remove_boxes(ink: &mut Ink) -> Vec<[usize; 2]> {
    let view = BinaryImage::of(ink);
    let levels = view.sides();
    if levels.is_empty() {
        // Every frame has one: the search for uprights takes as long again.
        return Vec::new();
    }
    let uprights = view.transposed().sides();
    let mut is_level = vec![false; levels.len()];
    let mut is_upright = vec![false; uprights.len()];
    boxes(&view, &levels, &uprights, &mut is_level, &mut is_upright);
    combs(&view, &levels, &uprights, &mut is_level, &mut is_upright);
    grids(&levels, &uprights, &mut is_level, &mut is_upright);
    let chosen = |sides: &[Side], is: &[bool]| -> Vec<Side> {
        let kept = sides.iter().zip(is).filter(|(_, is)| **is);
        kept.map(|(side, _)| *side).collect()
    };
    let levels = chosen(&levels, &is_level);
    let uprights = chosen(&uprights, &is_upright);
    for (x, y) in levels.iter().flat_map(|side| view.pixels(side)) {
        ink.coverage[y * ink.width + x] = 0;
    }
    if uprights.is_empty() {
        return Vec::new();
    }
    // Where they cross, the uprights now end.
    let transposed = BinaryImage::of(ink).transposed();
    for (y, x) in uprights.iter().flat_map(|side| transposed.pixels(side)) {
        ink.coverage[y * ink.width + x] = 0;
    }
    cells(&levels, &uprights)
}

/// Two uprights from the same level side to the same other one.
fn boxes(
    view: &BinaryImage,
    levels: &[Side],
    uprights: &[Side],
    is_level: &mut [bool],
    is_upright: &mut [bool],
) {
    let meeting = |end: fn(&Side) -> usize| -> Vec<Vec<usize>> {
        let of = |upright: &Side| {
            let met = |level: &usize| upright.meets(&levels[*level], end(upright), view);
            (0..levels.len()).filter(met).collect()
        };
        uprights.iter().map(of).collect()
    };
    let above = meeting(|side| side.from);
    let below = meeting(|side| side.to);
    for a in 0..uprights.len() {
        for b in a + 1..uprights.len() {
            let both =
                |met: &[Vec<usize>]| met[a].iter().find(|level| met[b].contains(level)).copied();
            let apart = uprights[a].at(uprights[a].from) - uprights[b].at(uprights[a].from);
            let wide = apart.unsigned_abs() >= SHORTEST / 2;
            if let (Some(top), Some(bottom)) = (both(&above), both(&below))
                && top != bottom
                && wide
            {
                is_level[top] = true;
                is_level[bottom] = true;
                is_upright[a] = true;
                is_upright[b] = true;
            }
        }
    }
}

/// Three uprights or more of one height that stand on a level side at even
/// distances, from its one end to the other.
fn combs(
    view: &BinaryImage,
    levels: &[Side],
    uprights: &[Side],
    is_level: &mut [bool],
    is_upright: &mut [bool],
) {
    for (level, is_level) in levels.iter().zip(is_level) {
        let mut teeth: Vec<(isize, usize)> = (0..uprights.len())
            .filter(|index| uprights[*index].meets(level, uprights[*index].to, view))
            .map(|index| (uprights[index].at(uprights[index].to), index))
            .collect();
        teeth.sort_unstable();
        let (Some(first), Some(last)) = (teeth.first(), teeth.last()) else {
            continue;
        };
        let pitch = (last.0 - first.0) as f64 / (teeth.len() as f64 - 1.0).max(1.0);
        let even = teeth
            .windows(2)
            .all(|pair| ((pair[1].0 - pair[0].0) as f64 - pitch).abs() <= UNEVEN * pitch);
        let ends = [first.0 - level.from as isize, level.to as isize - last.0];
        let to_its_ends = ends.iter().all(|rest| (*rest as f64).abs() <= 0.25 * pitch);
        let lengths = || teeth.iter().map(|(_, index)| uprights[*index].length());
        let (Some(low), Some(high)) = (lengths().min(), lengths().max()) else {
            continue;
        };
        if teeth.len() >= 3 && even && to_its_ends && 10 * low >= 8 * high {
            *is_level = true;
            for (_, index) in teeth {
                is_upright[index] = true;
            }
        }
    }
}

/// An upright that crosses three level sides, and they in turn three such.
fn grids(levels: &[Side], uprights: &[Side], is_level: &mut [bool], is_upright: &mut [bool]) {
    let crossed: Vec<Vec<usize>> = uprights
        .iter()
        .map(|upright| {
            let crosses = |level: &usize| upright.crosses(&levels[*level]);
            (0..levels.len()).filter(crosses).collect()
        })
        .collect();
    let busy = |level: &usize| {
        crossed
            .iter()
            .filter(|met| met.len() >= 3 && met.contains(level))
            .count()
            >= 3
    };
    for (index, met) in crossed.iter().enumerate() {
        let met: Vec<usize> = met.iter().copied().filter(busy).collect();
        if met.len() >= 3 {
            is_upright[index] = true;
            for level in met {
                is_level[level] = true;
            }
        }
    }
}

/// What lies between neighbouring uprights over or under a common level side.
fn cells(levels: &[Side], uprights: &[Side]) -> Vec<[usize; 2]> {
    let middle = |side: &Side| usize::try_from(side.at((side.from + side.to) / 2)).unwrap_or(0);
    let mut places: Vec<(usize, usize)> = uprights
        .iter()
        .map(|side| (middle(side), side.to))
        .collect();
    places.sort_unstable();
    let mut cells = Vec::new();
    for pair in places.windows(2) {
        let [(left, bottom), (right, _)] = [pair[0], pair[1]];
        let between = (left + right) / 2;
        let joined = levels.iter().any(|level| {
            (level.from..level.to).contains(&between)
                && (level.at(between) - bottom as isize).abs() <= 2 * level.slack()
        });
        if joined && right - left >= SHORTEST / 2 {
            cells.push([left, right]);
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{binarize::Polarity, segment::components::find_components};

    /// Lines from point to point, each so many pixels to either side.
    fn drawn(width: usize, height: usize, lines: &[([f64; 4], f64)]) -> Ink {
        let at = |x: usize, y: usize| {
            let near = |([x0, y0, x1, y1], half): &([f64; 4], f64)| {
                let (px, py) = (x as f64 + 0.5 - x0, y as f64 + 0.5 - y0);
                let (dx, dy) = (x1 - x0, y1 - y0);
                let along = ((px * dx + py * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
                (px - along * dx).hypot(py - along * dy) <= *half
            };
            if lines.iter().any(near) { 255 } else { 0 }
        };
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Ink {
            width,
            height,
            coverage: pixels.map(|(x, y)| at(x, y)).collect(),
            polarity: Polarity::DarkOnLight,
        }
    }

    /// A 4 that is 60 pixels high, its left at `x`.
    fn four(x: f64, y: f64) -> Vec<([f64; 4], f64)> {
        vec![
            ([x + 8.0, y, x, y + 36.0], 2.5),
            ([x, y + 36.0, x + 40.0, y + 36.0], 2.5),
            ([x + 30.0, y + 10.0, x + 26.0, y + 60.0], 2.5),
        ]
    }

    /// Pixels that differ, as a share of the ink that is left.
    fn differing(a: &Ink, b: &Ink) -> f64 {
        let differing = a.coverage.iter().zip(&b.coverage).filter(|(a, b)| a != b);
        let ink = b.coverage.iter().filter(|c| **c > 0).count();
        differing.count() as f64 / ink.max(1) as f64
    }

    #[test]
    fn removing_the_grid_does_not_split_a_four() {
        let mut grid: Vec<([f64; 4], f64)> = Vec::new();
        for k in 0..9 {
            let at = 12.0 + 22.0 * f64::from(k);
            grid.push(([4.0, at, 196.0, at + 1.5], 1.0));
            grid.push(([at, 4.0, at - 1.5, 196.0], 1.0));
        }
        for (x, y) in [(62.0, 60.0), (70.0, 71.0), (77.0, 66.0)] {
            let written = drawn(200, 200, &four(x, y));
            let mut both = drawn(200, 200, &[grid.clone(), four(x, y)].concat());
            remove_boxes(&mut both);
            let regions = find_components(&both).regions;
            assert_eq!(regions.len(), 1, "at {x}, {y}");
            let alone = &find_components(&written).regions[0].bounds;
            let found = &regions[0].bounds;
            assert!(
                found.height.abs_diff(alone.height) <= 4,
                "{found:?} {alone:?}"
            );
            assert!(
                found.width.abs_diff(alone.width) <= 4,
                "{found:?} {alone:?}"
            );
            assert!(differing(&both, &written) < 0.2, "at {x}, {y}");
        }
    }

    fn side(x0: f64, y0: f64, x1: f64, y1: f64) -> ([f64; 4], f64) {
        ([x0, y0, x1, y1], 1.0)
    }

    #[test]
    fn boxes_around_digits_that_touch_them_go() {
        // Two boxes apart; the second digit stands on its box's lower side.
        let square = |x: f64| {
            [
                side(x, 20.0, x + 70.0, 20.0),
                side(x, 100.0, x + 70.0, 100.0),
                side(x, 20.0, x, 100.0),
                side(x + 70.0, 20.0, x + 70.0, 100.0),
            ]
        };
        let frames = [square(20.0), square(110.0)].concat();
        let digits = [four(32.0, 28.0), four(125.0, 42.0)].concat();
        let mut both = drawn(200, 120, &[frames.clone(), digits.clone()].concat());
        assert_eq!(remove_boxes(&mut both).len(), 2);
        assert_eq!(find_components(&both).regions.len(), 2);
        assert!(differing(&both, &drawn(200, 120, &digits)) < 0.15);
        let mut empty = drawn(200, 120, &frames);
        remove_boxes(&mut empty);
        assert!(empty.coverage.iter().all(|coverage| *coverage == 0));
    }

    #[test]
    fn a_comb_goes_and_tells_its_cells() {
        let mut comb = vec![side(20.0, 100.0, 260.0, 100.0)];
        comb.extend(
            (0..5)
                .map(|k| f64::from(k) * 60.0 + 20.0)
                .map(|x| side(x, 70.0, x, 100.0)),
        );
        let digits = [four(30.0, 38.0), four(205.0, 33.0)].concat();
        let mut both = drawn(280, 120, &[comb, digits.clone()].concat());
        let cells = remove_boxes(&mut both);
        assert_eq!(cells.len(), 4);
        for (cell, left) in cells.iter().zip([20, 80, 140, 200]) {
            assert!(cell[0].abs_diff(left) <= 2 && cell[1].abs_diff(left + 60) <= 2);
        }
        assert!(differing(&both, &drawn(280, 120, &digits)) < 0.1);
    }

    #[test]
    fn thin_straight_digits_are_no_frames() {
        // 1 1 1 and a 7, as thin as the rule that two of them stand on.
        let digits = [
            side(30.0, 20.0, 28.0, 100.0),
            side(70.0, 22.0, 69.0, 99.0),
            side(120.0, 20.0, 118.0, 96.0),
            side(150.0, 20.0, 190.0, 20.0),
            side(190.0, 20.0, 185.0, 100.0),
            side(10.0, 100.0, 240.0, 100.0),
        ];
        let before = drawn(250, 120, &digits);
        let mut after = before.clone();
        assert!(remove_boxes(&mut after).is_empty());
        assert!(after == before);
    }
}
