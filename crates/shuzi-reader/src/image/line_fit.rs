//! A straight line through points.

/// A line that is nowhere upright.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LineFit {
    /// Its row at column 0.
    start: f64,
    /// Rows down to a column across.
    slope: f64,
}

impl LineFit {
    /// Through points, column and row, by least squares, but no steeper than `steepest`;
    /// level through points of one column.
    pub(crate) fn through(points: &[[f64; 2]], steepest: f64) -> Self {
        let n = points.len().max(1) as f64;
        let [x, y] = [0, 1].map(|i| points.iter().map(|point| point[i]).sum::<f64>() / n);
        let spread: f64 = points.iter().map(|point| (point[0] - x).powi(2)).sum();
        let both: f64 = points.iter().map(|p| (p[0] - x) * (p[1] - y)).sum();
        let slope = if spread > 0.0 { both / spread } else { 0.0 };
        let slope = slope.clamp(-steepest, steepest);
        Self {
            start: y - slope * x,
            slope,
        }
    }

    /// How far below the line a point is.
    pub(crate) fn below(&self, [x, y]: [f64; 2]) -> f64 {
        y - self.start - self.slope * x
    }

    /// Its row at a column.
    pub(crate) fn at(&self, x: f64) -> f64 {
        self.start + self.slope * x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_through_the_middle_of_points_and_is_no_steeper_than_asked() {
        let points = [[0.0, 1.0], [1.0, 4.0], [2.0, 4.0], [3.0, 7.0]];
        let line = LineFit::through(&points, f64::INFINITY);
        assert!((line.slope - 1.8).abs() < 1e-12 && (line.at(1.5) - 4.0).abs() < 1e-12);
        let sum: f64 = points.iter().map(|point| line.below(*point)).sum();
        assert!(sum.abs() < 1e-12);
        let level = LineFit::through(&points, 0.0);
        assert_eq!([level.at(0.0), level.at(9.0)], [4.0; 2]);
        let upright = LineFit::through(&[[2.0, 1.0], [2.0, 5.0]], 1.0);
        assert_eq!(upright.at(7.0), 3.0);
        assert_eq!(LineFit::through(&[], 1.0).at(7.0), 0.0);
    }
}
