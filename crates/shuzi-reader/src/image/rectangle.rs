//! Upright rectangles of pixels.

use serde::{Serialize, Serializer};

/// An upright rectangle of whole pixels, never empty. As JSON:
/// `[x, y, width, height]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rectangle {
    /// Leftmost column.
    pub x: usize,
    /// Topmost row.
    pub y: usize,
    /// Columns, at least 1.
    pub width: usize,
    /// Rows, at least 1.
    pub height: usize,
}

impl Rectangle {
    /// The pixel at column `x` and row `y`.
    pub fn pixel(x: usize, y: usize) -> Self {
        Self {
            x,
            y,
            width: 1,
            height: 1,
        }
    }

    /// First column to the right of it.
    pub fn right(&self) -> usize {
        self.x + self.width
    }

    /// First row below it.
    pub fn bottom(&self) -> usize {
        self.y + self.height
    }

    /// Column and row of its middle.
    pub fn middle(&self) -> [f64; 2] {
        [
            self.x as f64 + 0.5 * self.width as f64,
            self.y as f64 + 0.5 * self.height as f64,
        ]
    }

    /// The longer of width and height.
    pub fn longest(&self) -> usize {
        self.width.max(self.height)
    }

    /// Pixels in it.
    pub fn area(&self) -> usize {
        self.width * self.height
    }

    /// The smallest rectangle that holds both.
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

    /// Whether `other` lies in it whole.
    pub fn encloses(&self, other: &Self) -> bool {
        self.union(other) == *self
    }

    /// Whether it touches an edge of a picture of such a size.
    pub fn touches_edge(&self, width: usize, height: usize) -> bool {
        self.x == 0 || self.y == 0 || self.right() >= width || self.bottom() >= height
    }

    /// Columns that both have.
    pub fn shared_columns(&self, other: &Self) -> usize {
        shared((self.x, self.right()), (other.x, other.right()))
    }

    /// Rows that both have.
    pub fn shared_rows(&self, other: &Self) -> usize {
        shared((self.y, self.bottom()), (other.y, other.bottom()))
    }

    /// It in a picture `scale` times as large, whose size is
    /// `width` × `height`.
    #[must_use]
    pub(crate) fn scaled(&self, scale: f64, width: usize, height: usize) -> Self {
        let span = |from: usize, to: usize, limit: usize| {
            let from = ((from as f64 * scale).round() as usize).min(limit.saturating_sub(1));
            let to = ((to as f64 * scale).round() as usize).clamp(from + 1, limit.max(from + 1));
            (from, to - from)
        };
        let (x, width) = span(self.x, self.right(), width);
        let (y, height) = span(self.y, self.bottom(), height);
        Self {
            x,
            y,
            width,
            height,
        }
    }
}

fn shared(a: (usize, usize), b: (usize, usize)) -> usize {
    a.1.min(b.1).saturating_sub(a.0.max(b.0))
}

impl Serialize for Rectangle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.x, self.y, self.width, self.height].serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_stays_inside_and_is_never_empty() {
        let bounds = Rectangle {
            x: 9,
            y: 0,
            width: 1,
            height: 10,
        };
        let scaled = bounds.scaled(0.1, 1, 1);
        assert_eq!(scaled, Rectangle::pixel(0, 0));
        let scaled = bounds.scaled(2.5, 25, 24);
        assert_eq!((scaled.x, scaled.right()), (23, 25));
        assert_eq!((scaled.y, scaled.bottom()), (0, 24));
    }

    #[test]
    fn overlaps_are_counted_in_pixels() {
        let a = Rectangle {
            x: 0,
            y: 5,
            width: 4,
            height: 2,
        };
        let b = Rectangle {
            x: 3,
            y: 8,
            width: 4,
            height: 2,
        };
        assert_eq!((a.shared_columns(&b), a.shared_rows(&b)), (1, 0));
        assert_eq!(a.union(&b).area(), 7 * 5);
    }
}
