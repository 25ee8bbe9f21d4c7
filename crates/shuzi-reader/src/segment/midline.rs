//! The way that a line of digits takes across the paper.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::{image::line_fit::LineFit, image::rectangle::Rectangle, segment::components::Region};

/// Where the middle of a line runs, and where points stand on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MidlineParams {
    /// Least height, in the line's, of what shows where its middle runs.
    pub high: f64,
    /// The steepest way of the middle, rows to a column.
    pub steepest: f64,
    /// Fewest digits that make a slope: through fewer the middle is level.
    pub fewest: usize,
    /// How far below the middle of a line a point or a comma stands, in the line's heights.
    /// Off: no point is on a line.
    pub points: Option<Range<f64>>,
}

impl Default for MidlineParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            high: 0.6,
            steepest: 0.3,
            fewest: 3,
            points: Some(0.2..0.75),
        }
    }
}

/// How high the digits of a line are, and where its middle runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Midline {
    pub(super) height: f64,
    middle: LineFit,
}

impl Midline {
    /// Through the middles of a line's high regions.
    pub(super) fn of(members: &[&Region], height: f64, params: &MidlineParams) -> Self {
        let high = members.iter().map(|region| region.bounds);
        let high = high.filter(|bounds| bounds.height as f64 >= params.high * height);
        let middles: Vec<[f64; 2]> = high.map(|bounds| bounds.middle()).collect();
        let steepest = if middles.len() < params.fewest {
            0.0
        } else {
            params.steepest.max(0.0)
        };
        Self {
            height,
            middle: LineFit::through(&middles, steepest),
        }
    }

    /// How far below the middle of the line it is.
    pub(super) fn below(&self, bounds: &Rectangle) -> f64 {
        self.middle.below(bounds.middle())
    }

    /// Whether a point is where one stands on a line.
    pub(super) fn has_point(&self, point: &Rectangle, params: &MidlineParams) -> bool {
        let below = self.below(point) / self.height;
        params.points.as_ref().is_some_and(|at| at.contains(&below))
    }
}
