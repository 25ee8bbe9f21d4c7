//! Points, boxes and the way from a line's own measure to pixels.

/// Right and down.
pub(crate) type Point = [f32; 2];

/// A line that a pen draws, by the points it goes through.
pub(crate) type Path = Vec<Point>;

/// A box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) right: f32,
    pub(crate) bottom: f32,
}

impl Bounds {
    /// The box of nothing: any point makes it one.
    pub(crate) const NONE: Self = Self {
        left: f32::INFINITY,
        top: f32::INFINITY,
        right: f32::NEG_INFINITY,
        bottom: f32::NEG_INFINITY,
    };

    pub(crate) fn of(points: impl IntoIterator<Item = Point>) -> Self {
        let mut bounds = Self::NONE;
        for [x, y] in points {
            bounds.left = bounds.left.min(x);
            bounds.right = bounds.right.max(x);
            bounds.top = bounds.top.min(y);
            bounds.bottom = bounds.bottom.max(y);
        }
        bounds
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    pub(crate) fn grown(self, by: f32) -> Self {
        Self {
            left: self.left - by,
            top: self.top - by,
            right: self.right + by,
            bottom: self.bottom + by,
        }
    }

    pub(crate) fn moved(self, [x, y]: Point) -> Self {
        Self {
            left: self.left + x,
            top: self.top + y,
            right: self.right + x,
            bottom: self.bottom + y,
        }
    }

    pub(crate) fn is_none(self) -> bool {
        self.left > self.right
    }

    pub(crate) fn width(self) -> f32 {
        (self.right - self.left).max(0.0)
    }

    pub(crate) fn height(self) -> f32 {
        (self.bottom - self.top).max(0.0)
    }

    pub(crate) fn middle(self) -> Point {
        [
            0.5 * (self.left + self.right),
            0.5 * (self.top + self.bottom),
        ]
    }

    pub(crate) fn corners(self) -> [Point; 4] {
        let Self {
            left,
            top,
            right,
            bottom,
        } = self;
        [[left, top], [right, top], [right, bottom], [left, bottom]]
    }
}

/// A projective map of the plane, rows of a 3×3 matrix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Map {
    forth: [[f32; 3]; 3],
    back: [[f32; 3]; 3],
}

impl Map {
    /// Every point where it is.
    pub(crate) const IDENTITY: Self = {
        let same = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        Self {
            forth: same,
            back: same,
        }
    };

    /// From an affine part `[[a, b, x], [c, d, y]]` and a tilt: how much nearer what is a
    /// unit right or down comes. `None` if it is flat.
    pub(crate) fn new(affine: [[f32; 3]; 2], tilt: Point) -> Option<Self> {
        let forth = [affine[0], affine[1], [tilt[0], tilt[1], 1.0]];
        Some(Self {
            forth,
            back: inverse(forth)?,
        })
    }

    /// The map of a measure whose origin lies at a point of this one's.
    pub(crate) fn moved(&self, [x, y]: Point) -> Self {
        let forth = self.forth.map(|[a, b, c]| [a, b, a * x + b * y + c]);
        // Rows of the inverse: back first, then away from the point.
        let [first, second, last] = self.back;
        let less = |row: [f32; 3], by: f32| [0, 1, 2].map(|k| row[k] - by * last[k]);
        Self {
            forth,
            back: [less(first, x), less(second, y), last],
        }
    }

    /// To pixels.
    pub(crate) fn apply(&self, point: Point) -> Point {
        project(&self.forth, point)
    }

    /// From pixels.
    pub(crate) fn inverse(&self, point: Point) -> Point {
        project(&self.back, point)
    }

    /// Pixels a unit at a point.
    pub(crate) fn scale(&self, point: Point) -> f32 {
        let step = 1e-2;
        let [x, y] = self.apply(point);
        let [right, down] = [[step, 0.0], [0.0, step]].map(|[dx, dy]| {
            let [u, v] = self.apply([point[0] + dx, point[1] + dy]);
            [u - x, v - y]
        });
        let area = right[0] * down[1] - right[1] * down[0];
        area.abs().sqrt() / step
    }
}

fn project(m: &[[f32; 3]; 3], [x, y]: Point) -> Point {
    let [u, v, w] = [0, 1, 2].map(|i| m[i][0] * x + m[i][1] * y + m[i][2]);
    // What is behind the camera is far away.
    let w = w.max(1e-3);
    [u / w, v / w]
}

fn inverse(m: [[f32; 3]; 3]) -> Option<[[f32; 3]; 3]> {
    let minor = |r: usize, c: usize| {
        let (r0, r1) = ((r + 1) % 3, (r + 2) % 3);
        let (c0, c1) = ((c + 1) % 3, (c + 2) % 3);
        m[r0][c0] * m[r1][c1] - m[r0][c1] * m[r1][c0]
    };
    let whole: f32 = (0..3).map(|c| m[0][c] * minor(0, c)).sum();
    if !whole.is_finite() || whole.abs() < 1e-9 {
        return None;
    }
    let mut out = [[0.0; 3]; 3];
    for (r, row) in out.iter_mut().enumerate() {
        for (c, value) in row.iter_mut().enumerate() {
            *value = minor(c, r) / whole;
        }
    }
    // Points keep their sign: the last row is 1 at the origin's image.
    let last = out[2][2];
    (last.abs() > 1e-12).then(|| out.map(|row| row.map(|value| value / last)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_map_and_its_inverse_lead_back(
            turn in -0.3f32..0.3, scale in 10f32..80.0, shift in -50f32..50.0,
            tilt in -0.01f32..0.01, x in -8f32..8.0, y in -2f32..2.0,
        ) {
            let (sin, cos) = turn.sin_cos();
            let affine = [[scale * cos, -scale * sin, shift], [scale * sin, scale * cos, 3.0]];
            let map = Map::new(affine, [tilt, tilt / 2.0]).unwrap();
            let [u, v] = map.inverse(map.apply([x, y]));
            prop_assert!((u - x).abs() < 1e-2 && (v - y).abs() < 1e-2, "{u} {v}");
        }
    }

    #[test]
    fn a_moved_map_leads_to_and_from_the_same_pixels() {
        let map = Map::new([[20.0, 1.0, 5.0], [-2.0, 18.0, 7.0]], [0.003, 0.001]).unwrap();
        let moved = map.moved([3.0, -2.0]);
        let pixel = map.apply([4.0, -1.0]);
        let [x, y] = moved.apply([1.0, 1.0]);
        assert!(
            (x - pixel[0]).abs() < 1e-3 && (y - pixel[1]).abs() < 1e-3,
            "{x} {y}"
        );
        let [u, v] = moved.inverse(pixel);
        assert!((u - 1.0).abs() < 1e-3 && (v - 1.0).abs() < 1e-3, "{u} {v}");
    }

    #[test]
    fn a_flat_map_is_none() {
        assert_eq!(Map::new([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]], [0.0; 2]), None);
    }
}
