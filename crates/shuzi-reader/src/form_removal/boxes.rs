//! Printed boxes, combs and grids: straight thin lines that meet as strokes of
//! a hand do not.

use serde::{Deserialize, Serialize};

use super::{
    PrintParams,
    run_length::BinaryImage,
    sides::{Side, SideParams},
};
use crate::binarize::Ink;

/// What boxes, combs and grids are like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BoxParams {
    /// Their sides.
    pub sides: SideParams,
    /// Uprights of one height on a level side are a comb. Off: they stay.
    pub combs: Option<CombParams>,
    /// Sides that cross many others are a grid. Off: they stay, but for those of boxes.
    pub grids: Option<GridParams>,
}

impl Default for BoxParams {
    /// All rules, each as it is by default.
    fn default() -> Self {
        Self {
            sides: SideParams::default(),
            combs: Some(CombParams::default()),
            grids: Some(GridParams::default()),
        }
    }
}

/// What combs are like: uprights that stand on a level side at even distances, from its one end
/// to the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CombParams {
    /// Fewest teeth.
    pub fewest: usize,
    /// How much the distances of its teeth may differ from their mean, as a share of it.
    pub uneven: f64,
    /// How far from the end of the level side the last tooth may stand, in distances of teeth.
    pub end: f64,
    /// Least length of a tooth, in those of the longest.
    pub shortest: f64,
}

impl Default for CombParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            fewest: 3,
            uneven: 0.12,
            end: 0.25,
            shortest: 0.8,
        }
    }
}

/// What grids are like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GridParams {
    /// Fewest sides that each side of it crosses.
    pub fewest: usize,
}

impl Default for GridParams {
    /// A guess.
    fn default() -> Self {
        Self { fewest: 3 }
    }
}

/// Takes boxes, combs and grids out of the ink; strokes that cross them stay
/// whole. Gives the cells: the first column and past the last, from left to
/// right.
pub(super) fn remove_boxes(
    ink: &mut Ink,
    print: &PrintParams,
    params: &BoxParams,
) -> Vec<[usize; 2]> {
    let view = BinaryImage::of(ink);
    let levels = view.sides(print, &params.sides);
    if levels.is_empty() {
        // Every frame has one: the search for uprights takes as long again.
        return Vec::new();
    }
    let uprights = view.transposed().sides(print, &params.sides);
    let mut is_level = vec![false; levels.len()];
    let mut is_upright = vec![false; uprights.len()];
    let narrowest = params.sides.shortest / 2;
    let chosen = [&mut is_level[..], &mut is_upright[..]];
    boxes(&view, &levels, &uprights, chosen, narrowest);
    if let Some(params) = &params.combs {
        let chosen = [&mut is_level[..], &mut is_upright[..]];
        combs(&view, &levels, &uprights, chosen, params);
    }
    if let Some(params) = &params.grids {
        let chosen = [&mut is_level[..], &mut is_upright[..]];
        grids(&levels, &uprights, chosen, params);
    }
    let chosen = |sides: &[Side], is: &[bool]| -> Vec<Side> {
        let kept = sides.iter().zip(is).filter(|(_, is)| **is);
        kept.map(|(side, _)| *side).collect()
    };
    let levels = chosen(&levels, &is_level);
    let uprights = chosen(&uprights, &is_upright);
    for (x, y) in levels.iter().flat_map(|side| view.pixels(side, print)) {
        ink.coverage[y * ink.width + x] = 0;
    }
    if uprights.is_empty() {
        return Vec::new();
    }
    // Where they cross, the uprights now end.
    let transposed = BinaryImage::of(ink).transposed();
    for (y, x) in uprights
        .iter()
        .flat_map(|side| transposed.pixels(side, print))
    {
        ink.coverage[y * ink.width + x] = 0;
    }
    cells(&levels, &uprights, narrowest)
}

/// Two uprights from the same level side to the same other one, so many pixels apart at least.
/// Here and below it is marked which level sides and which uprights are chosen.
fn boxes(
    view: &BinaryImage,
    levels: &[Side],
    uprights: &[Side],
    [is_level, is_upright]: [&mut [bool]; 2],
    narrowest: usize,
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
            let wide = apart.unsigned_abs() >= narrowest;
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

/// Some uprights of one height that stand on a level side at even
/// distances, from its one end to the other.
fn combs(
    view: &BinaryImage,
    levels: &[Side],
    uprights: &[Side],
    [is_level, is_upright]: [&mut [bool]; 2],
    params: &CombParams,
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
            .all(|pair| ((pair[1].0 - pair[0].0) as f64 - pitch).abs() <= params.uneven * pitch);
        let ends = [first.0 - level.from as isize, level.to as isize - last.0];
        let to_its_ends = ends
            .iter()
            .all(|rest| (*rest as f64).abs() <= params.end * pitch);
        let lengths = || teeth.iter().map(|(_, index)| uprights[*index].length());
        let (Some(low), Some(high)) = (lengths().min(), lengths().max()) else {
            continue;
        };
        let alike = low as f64 / high as f64 >= params.shortest;
        if teeth.len() >= params.fewest && even && to_its_ends && alike {
            *is_level = true;
            for (_, index) in teeth {
                is_upright[index] = true;
            }
        }
    }
}

/// An upright that crosses some level sides, and they in turn some such.
fn grids(
    levels: &[Side],
    uprights: &[Side],
    [is_level, is_upright]: [&mut [bool]; 2],
    params: &GridParams,
) {
    let fewest = params.fewest;
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
            .filter(|met| met.len() >= fewest && met.contains(level))
            .count()
            >= fewest
    };
    for (index, met) in crossed.iter().enumerate() {
        let met: Vec<usize> = met.iter().copied().filter(busy).collect();
        if met.len() >= fewest {
            is_upright[index] = true;
            for level in met {
                is_level[level] = true;
            }
        }
    }
}

/// What lies between neighbouring uprights over or under a common level side, so many pixels
/// wide at least.
fn cells(levels: &[Side], uprights: &[Side], narrowest: usize) -> Vec<[usize; 2]> {
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
        if joined && right - left >= narrowest {
            cells.push([left, right]);
        }
    }
    cells
}

#[cfg(test)]
mod tests;
