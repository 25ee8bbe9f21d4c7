//! The way that a line of digits takes across the paper.

use crate::{image::line_fit::LineFit, image::rectangle::Rectangle, segment::components::Region};

/// How far below the middle of a line a point or a comma stands, in the line's heights.
const POINT_BELOW: std::ops::Range<f64> = 0.2..0.75;

/// Least height, in the line's, of what shows where its middle runs, and the
/// steepest way of it, rows to a column.
const HIGH: f64 = 0.6;
const STEEPEST: f64 = 0.3;

/// How high the digits of a line are, and where its middle runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Midline {
    pub(super) height: f64,
    middle: LineFit,
}

impl Midline {
    /// Through the middles of a line's high regions.
    pub(super) fn of(members: &[&Region], height: f64) -> Self {
        let high = members.iter().map(|region| region.bounds);
        let high = high.filter(|bounds| bounds.height as f64 >= HIGH * height);
        let middles: Vec<[f64; 2]> = high.map(|bounds| bounds.middle()).collect();
        // Two digits do not make a slope.
        let steepest = if middles.len() < 3 { 0.0 } else { STEEPEST };
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
    pub(super) fn has_point(&self, point: &Rectangle) -> bool {
        POINT_BELOW.contains(&(self.below(point) / self.height))
    }
}
