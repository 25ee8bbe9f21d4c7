//! How a pen's line is wide.

use crate::geometry::Point;

/// A pen's point: half the width of its line, and how it varies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Nib {
    /// Half the width of the line.
    pub(crate) half: f32,
    /// Share by which a broad nib's line is thinner along its edge; 0 is a ball.
    pub(crate) broad: f32,
    /// Direction of the nib's edge in radians.
    pub(crate) edge: f32,
    /// Share by which the line is thinner where the pen sets down and lifts.
    pub(crate) taper: f32,
    /// Share by which pressure comes and goes along a stroke.
    pub(crate) pressure: f32,
}

impl Nib {
    /// Half the width along a stroke, at each of its points; `phase` is where pressure begins.
    pub(crate) fn along(&self, points: &[Point], phase: f32) -> Vec<f32> {
        let last = points.len().saturating_sub(1);
        let width = |i: usize| {
            let (a, b) = (points[i.saturating_sub(1)], points[(i + 1).min(last)]);
            let direction = (b[1] - a[1]).atan2(b[0] - a[0]);
            let along = if last == 0 {
                0.5
            } else {
                i as f32 / last as f32
            };
            let nib = 1.0 - self.broad * (direction - self.edge).cos().powi(2);
            // The outer eighths of a stroke.
            let end = 1.0 - (8.0 * along.min(1.0 - along)).min(1.0);
            let press = 1.0 + self.pressure * (phase + 5.0 * along).sin();
            self.half * nib * (1.0 - self.taper * end) * press
        };
        (0..points.len()).map(width).collect()
    }
}
