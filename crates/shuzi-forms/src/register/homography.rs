//! Plane perspective, fitted to points by robust least squares.

use crate::geometry::{Point, distance};

/// A map from the page's millimetres to a picture's pixels, or between any two planes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Homography {
    /// Rows; the last number is 1 where the map was fitted.
    m: [[f64; 3]; 3],
}

/// Unknowns of a homography.
const N: usize = 8;

/// Rounds of reweighting: each halves what an outlier still pulls.
const ROUNDS: usize = 12;

impl Homography {
    /// The map that fits pairs best by squares of distances, wild pairs counting little
    /// (Huber's weights, from `scale` in units of the second plane). `None` if there are
    /// fewer than four, or they lie on a line.
    ///
    /// ```
    /// use shuzi_forms::register::Homography;
    ///
    /// let from = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]];
    /// let to = [[5.0, 5.0], [25.0, 5.0], [25.0, 25.0], [5.0, 25.0]];
    /// let map = Homography::fit(from.into_iter().zip(to), 1.0).ok_or("on a line")?;
    /// assert!((map.apply([5.0, 5.0])[0] - 15.0).abs() < 1e-9);
    /// # Ok::<(), &str>(())
    /// ```
    pub fn fit(pairs: impl IntoIterator<Item = (Point, Point)>, scale: f64) -> Option<Self> {
        let pairs: Vec<(Point, Point)> = pairs.into_iter().collect();
        if pairs.len() < 4 {
            return None;
        }
        let from = Normal::of(pairs.iter().map(|pair| pair.0))?;
        let to = Normal::of(pairs.iter().map(|pair| pair.1))?;
        let normal: Vec<(Point, Point)> = pairs
            .iter()
            .map(|(a, b)| (from.apply(*a), to.apply(*b)))
            .collect();
        let mut weights = vec![1.0; pairs.len()];
        let mut best = None;
        let rounds = if pairs.len() == 4 { 1 } else { ROUNDS };
        for _ in 0..rounds {
            let map = Self::weighted(&normal, &weights)?;
            for ((a, b), weight) in normal.iter().zip(&mut weights) {
                let [x, y, w] = map.project(*a);
                if w.abs() < 1e-9 {
                    return None;
                }
                let off = distance([x / w, y / w], *b) / to.scale;
                let huber = if off <= scale { 1.0 } else { scale / off };
                // What is solved has each row times w.
                *weight = huber / (w * w);
            }
            best = Some(map);
        }
        best.map(|map| map.between(&from, &to))
            .filter(Self::is_finite)
    }

    fn weighted(pairs: &[(Point, Point)], weights: &[f64]) -> Option<Self> {
        let mut normal = [[0.0; N + 1]; N];
        for (&([x, y], [u, v]), &weight) in pairs.iter().zip(weights) {
            for row in [
                [x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u],
                [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v],
            ] {
                for i in 0..N {
                    for j in 0..=N {
                        normal[i][j] += weight * row[i] * row[j];
                    }
                }
            }
        }
        let h = solve(normal)?;
        Some(Self {
            m: [[h[0], h[1], h[2]], [h[3], h[4], h[5]], [h[6], h[7], 1.0]],
        })
    }

    /// The map between planes, given that between their normal forms.
    fn between(&self, from: &Normal, to: &Normal) -> Self {
        let back = Self {
            m: [
                [1.0 / to.scale, 0.0, to.middle[0]],
                [0.0, 1.0 / to.scale, to.middle[1]],
                [0.0, 0.0, 1.0],
            ],
        };
        let forth = Self {
            m: [
                [from.scale, 0.0, -from.scale * from.middle[0]],
                [0.0, from.scale, -from.scale * from.middle[1]],
                [0.0, 0.0, 1.0],
            ],
        };
        back.after(self).after(&forth)
    }

    /// First the other, then this one.
    #[must_use]
    pub fn after(&self, first: &Self) -> Self {
        let m = std::array::from_fn(|i| {
            std::array::from_fn(|j| (0..3).map(|k| self.m[i][k] * first.m[k][j]).sum())
        });
        Self { m }
    }

    fn is_finite(&self) -> bool {
        self.m.iter().flatten().all(|value| value.is_finite())
    }

    fn project(&self, [x, y]: Point) -> [f64; 3] {
        self.m.map(|[a, b, c]| a * x + b * y + c)
    }

    /// Where a point comes to lie.
    pub fn apply(&self, point: Point) -> Point {
        let [x, y, w] = self.project(point);
        [x / w, y / w]
    }

    /// The map back; `None` if it flattens the plane.
    pub fn inverse(&self) -> Option<Self> {
        let [[a, b, c], [d, e, f], [g, h, i]] = self.m;
        let cofactors = [
            [e * i - f * h, c * h - b * i, b * f - c * e],
            [f * g - d * i, a * i - c * g, c * d - a * f],
            [d * h - e * g, b * g - a * h, a * e - b * d],
        ];
        let det = a * cofactors[0][0] + b * cofactors[1][0] + c * cofactors[2][0];
        let inverse = Self {
            m: cofactors.map(|row| row.map(|value| value / det)),
        };
        (det.abs() > 1e-15 && inverse.is_finite()).then_some(inverse)
    }

    /// How one unit to the right, and one down, lie at a point.
    pub fn jacobian(&self, point: Point) -> [Point; 2] {
        let [x, y, w] = self.project(point);
        std::array::from_fn(|axis| {
            let by = |row: usize, value: f64| {
                (self.m[row][axis] * w - value * self.m[2][axis]) / (w * w)
            };
            [by(0, x), by(1, y)]
        })
    }

    /// How many times larger areas are at a point; negative if the plane is seen from behind.
    pub fn area(&self, point: Point) -> f64 {
        let [[a, b], [c, d]] = self.jacobian(point);
        a * d - b * c
    }
}

/// Points moved to their middle and scaled to a mean distance of √2 (Hartley 1997).
struct Normal {
    middle: Point,
    scale: f64,
}

impl Normal {
    fn of(points: impl Iterator<Item = Point> + Clone) -> Option<Self> {
        let n = points.clone().count() as f64;
        let sum = points
            .clone()
            .fold([0.0, 0.0], |[a, b], [x, y]| [a + x, b + y]);
        let middle = sum.map(|sum| sum / n);
        let mean = points.map(|point| distance(point, middle)).sum::<f64>() / n;
        let scale = std::f64::consts::SQRT_2 / mean;
        scale.is_finite().then_some(Self { middle, scale })
    }

    fn apply(&self, point: Point) -> Point {
        std::array::from_fn(|axis| (point[axis] - self.middle[axis]) * self.scale)
    }
}

/// Solves equations by elimination with pivots; `None` if they leave something open.
fn solve<const M: usize>(mut rows: [[f64; M]; N]) -> Option<[f64; N]> {
    for column in 0..N {
        let largest =
            (column..N).max_by(|&a, &b| rows[a][column].abs().total_cmp(&rows[b][column].abs()))?;
        rows.swap(column, largest);
        let pivot = rows[column];
        if pivot[column].abs() < 1e-10 {
            return None;
        }
        for (index, row) in rows.iter_mut().enumerate() {
            if index != column {
                let factor = row[column] / pivot[column];
                for (value, pivot) in row.iter_mut().zip(pivot) {
                    *value -= factor * pivot;
                }
            }
        }
    }
    Some(std::array::from_fn(|i| rows[i][M - 1] / rows[i][i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tilted(point: Point) -> Point {
        let [x, y] = point;
        let w = 1.0 + 4e-4 * x - 7e-4 * y;
        [
            (3.1 * x - 0.4 * y + 90.0) / w,
            (0.5 * x + 2.9 * y + 40.0) / w,
        ]
    }

    fn grid() -> Vec<Point> {
        let at = |i: usize| [(i % 6) as f64 * 38.0, (i / 6) as f64 * 55.0];
        (0..36).map(at).collect()
    }

    #[test]
    fn perspective_is_found_and_undone() {
        let map = Homography::fit(grid().into_iter().map(|p| (p, tilted(p))), 1.0).unwrap();
        let back = map.inverse().unwrap();
        for point in [[3.0, 7.0], [180.0, 270.0], [90.0, 1.0]] {
            assert!(distance(map.apply(point), tilted(point)) < 1e-6);
            assert!(distance(back.apply(map.apply(point)), point) < 1e-8);
            let [right, _] = map.jacobian(point);
            let near = map.apply([point[0] + 1e-4, point[1]]);
            let numeric = (near[0] - map.apply(point)[0]) / 1e-4;
            assert!((right[0] - numeric).abs() < 1e-3, "{right:?} {numeric}");
        }
    }

    #[test]
    fn a_wild_pair_hardly_pulls() {
        let mut pairs: Vec<_> = grid().into_iter().map(|p| (p, tilted(p))).collect();
        pairs[7].1[0] += 300.0;
        let map = Homography::fit(pairs, 1.0).unwrap();
        for point in grid() {
            assert!(distance(map.apply(point), tilted(point)) < 3.0, "{point:?}");
        }
    }

    #[test]
    fn points_on_a_line_fit_nothing() {
        let line = (0..6).map(|i| ([f64::from(i), 2.0], [f64::from(i), 5.0]));
        assert_eq!(Homography::fit(line, 1.0), None);
        assert_eq!(Homography::fit([([0.0; 2], [0.0; 2]); 3], 1.0), None);
        assert_eq!(Homography::fit([([0.0; 2], [0.0; 2]); 9], 1.0), None);
    }
}
