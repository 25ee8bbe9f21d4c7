//! Where boxes' walls lie, for what a homography leaves: paper that bends.

use shuzi_reader::Picture;

use super::{Registration, profile::across};
use crate::{
    geometry::{Point, Rect},
    template::ExpandedField,
};

/// How walls are looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WallParams {
    /// How far from their places, in millimetres.
    pub reach: f64,
    /// Steps, in millimetres.
    pub step: f64,
    /// Least contrast of a wall to the paper beside it, as a share of the paper.
    pub contrast: f64,
    /// From how far away walls tell of a place, as a standard deviation in millimetres.
    pub spread: f64,
    /// By how much neighbours may differ, in millimetres.
    pub agree: f64,
    /// Least share of boxes whose walls must be seen, where a page has some.
    pub seen: f64,
}

impl Default for WallParams {
    fn default() -> Self {
        Self {
            reach: 1.6,
            step: 0.1,
            contrast: 0.06,
            spread: 14.0,
            agree: 0.5,
            seen: 0.5,
        }
    }
}

/// What was seen of a box's walls.
struct Seen {
    shift: Point,
    /// Darkness of the walls, as a share of the paper's brightness.
    darkness: f64,
}

/// Moves a registration to the walls of boxes. Gives the share of boxes whose walls were seen,
/// and how dark walls are, as a share of the paper's brightness.
pub(super) fn settle(
    picture: &Picture,
    registration: &mut Registration,
    fields: &[ExpandedField],
    params: WallParams,
) -> (f64, f64) {
    let cells: Vec<Rect> = fields
        .iter()
        .filter(|field| !field.is_line())
        .flat_map(|field| field.cells.iter().map(|cell| cell.rect))
        .collect();
    if cells.is_empty() {
        return (1.0, 0.0);
    }
    let mut darkness = Vec::new();
    let mut share = 0.0;
    for _ in 0..2 {
        let seen: Vec<Option<Seen>> = cells
            .iter()
            .map(|cell| look(picture, registration, cell, params))
            .collect();
        share = seen.iter().flatten().count() as f64 / cells.len() as f64;
        darkness = seen.iter().flatten().map(|seen| seen.darkness).collect();
        let shifts: Vec<(Point, Point)> = cells
            .iter()
            .zip(&seen)
            .filter_map(|(cell, seen)| Some((cell.middle(), seen.as_ref()?.shift)))
            .collect();
        registration.bend(&shifts, params.spread, params.agree);
    }
    darkness.sort_by(f64::total_cmp);
    let median = darkness.get(darkness.len() / 2).copied().unwrap_or(0.0);
    (share, median)
}

fn look(
    picture: &Picture,
    registration: &Registration,
    cell: &Rect,
    params: WallParams,
) -> Option<Seen> {
    let steps = (params.reach / params.step).round() as i64;
    let offsets = || (-steps..=steps).map(|step| step as f64 * params.step);
    let [a, b, c, d] = cell.corners();
    let place = registration.near(cell.middle());
    let profile = |line: [Point; 2]| {
        let values = across(picture, line, offsets(), &place);
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let paper = sorted[sorted.len() * 3 / 4].max(1.0);
        values
            .into_iter()
            .map(|value| 1.0 - value / paper)
            .collect::<Vec<f64>>()
    };
    // Both walls of a pair move alike: normals to the right, and down.
    let pair = |lines: [[Point; 2]; 2]| -> Option<(f64, f64)> {
        let [first, second] = lines.map(profile);
        // The fainter counts: both must be there.
        let both = |index: usize| {
            let (a, b) = (first[index], second[index]);
            let near = 1.0 - 0.1 * offsets().nth(index).unwrap_or(0.0).abs() / params.reach;
            (a.min(b) + 0.25 * a.max(b).min(3.0 * a.min(b).max(0.0))) * near
        };
        let best = (0..first.len()).max_by(|&a, &b| both(a).total_cmp(&both(b)))?;
        let darkness = first[best].min(second[best]);
        let shift = (best as i64 - steps) as f64 * params.step;
        (darkness >= params.contrast).then_some((shift, darkness))
    };
    let (dx, upright) = pair([[a, d], [b, c]])?;
    let (dy, level) = pair([[b, a], [c, d]])?;
    Some(Seen {
        shift: [dx, dy],
        darkness: 0.5 * (upright + level),
    })
}
