//! Points and rectangles on a page, in millimetres from its top left corner.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A point: right and down.
pub type Point = [f64; 2];

/// An upright rectangle in millimetres.
///
/// ```
/// use shuzi_forms::geometry::Rect;
///
/// let rect = Rect::new([10.0, 20.0], [6.0, 8.0]);
/// assert_eq!(rect.middle(), [13.0, 24.0]);
/// assert!(rect.grown(1.0).contains([9.5, 19.5]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Rect {
    /// From its top left corner and its size.
    pub fn new([x, y]: Point, [width, height]: [f64; 2]) -> Self {
        Self {
            x,
            y,
            width,
            height,
        }
    }

    /// Around its middle.
    pub fn around([x, y]: Point, [width, height]: [f64; 2]) -> Self {
        Self::new([x - 0.5 * width, y - 0.5 * height], [width, height])
    }

    /// Right edge.
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// Bottom edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// Its middle.
    pub fn middle(&self) -> Point {
        [self.x + 0.5 * self.width, self.y + 0.5 * self.height]
    }

    /// Top left, top right, bottom right, bottom left.
    pub fn corners(&self) -> [Point; 4] {
        [
            [self.x, self.y],
            [self.right(), self.y],
            [self.right(), self.bottom()],
            [self.x, self.bottom()],
        ]
    }

    /// With every edge moved out; in, if `by` is negative.
    #[must_use]
    pub fn grown(&self, by: f64) -> Self {
        Self {
            x: self.x - by,
            y: self.y - by,
            width: (self.width + 2.0 * by).max(0.0),
            height: (self.height + 2.0 * by).max(0.0),
        }
    }

    /// Whether a point lies in it.
    pub fn contains(&self, [x, y]: Point) -> bool {
        x >= self.x && x < self.right() && y >= self.y && y < self.bottom()
    }

    /// Whether two share an area, beyond a hair's breadth.
    pub fn overlaps(&self, other: &Self) -> bool {
        /// Millimetres by which neighbours may share a wall.
        const HAIR: f64 = 0.05;
        self.x + HAIR < other.right()
            && other.x + HAIR < self.right()
            && self.y + HAIR < other.bottom()
            && other.y + HAIR < self.bottom()
    }

    /// The smallest that holds both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Self {
            x,
            y,
            width: self.right().max(other.right()) - x,
            height: self.bottom().max(other.bottom()) - y,
        }
    }
}

/// How far two points are apart.
pub fn distance(a: Point, b: Point) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}
