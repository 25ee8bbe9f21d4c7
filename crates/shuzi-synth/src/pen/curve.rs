//! Curves through points.

use std::f32::consts::TAU;

use crate::geometry::{Path, Point};

/// Pieces from one point to the next: a digit of 60 pixels still looks round.
const FINE: usize = 8;

/// A stroke that bends through its points (Catmull and Rom 1974).
pub(crate) fn smooth(points: &[Point]) -> Path {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Path::new();
    };
    let mut out = Path::with_capacity(FINE * points.len());
    for i in 1..points.len() {
        let a = if i == 1 { *first } else { points[i - 2] };
        let (b, c) = (points[i - 1], points[i]);
        let d = points.get(i + 1).unwrap_or(last);
        for step in 0..FINE {
            let t = step as f32 / FINE as f32;
            out.push([0, 1].map(|k| {
                let (a, b, c, d) = (a[k], b[k], c[k], d[k]);
                0.5 * (2.0 * b
                    + (c - a) * t
                    + (2.0 * a - 5.0 * b + 4.0 * c - d) * t * t
                    + (3.0 * b - a - 3.0 * c + d) * t * t * t)
            }));
        }
    }
    out.push(*last);
    out
}

/// A stroke with corners at its points.
pub(crate) fn straight(points: &[Point]) -> Path {
    let mut out = Path::with_capacity(FINE * points.len());
    for pair in points.windows(2) {
        for step in 0..FINE / 2 {
            let t = step as f32 / (FINE / 2) as f32;
            out.push([0, 1].map(|k| pair[0][k] + t * (pair[1][k] - pair[0][k])));
        }
    }
    out.extend(points.last());
    out
}

/// A part of an ellipse between two angles in turns: 0 is right, 0.25 below.
pub(crate) fn arc([x, y]: Point, [across, along]: Point, begin: f32, end: f32) -> Path {
    let pieces = 3 * FINE;
    let at = |i: usize| {
        let angle = TAU * (begin + (end - begin) * i as f32 / pieces as f32);
        [x + across * angle.cos(), y + along * angle.sin()]
    };
    (0..=pieces).map(at).collect()
}

/// Strokes without lifting the pen.
pub(crate) fn then<const N: usize>(strokes: &[Path; N]) -> Path {
    strokes.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_begin_and_end_at_their_points_and_go_through_them() {
        let points = [[0.0, 0.0], [0.5, 1.0], [1.0, 0.25]];
        for path in [smooth(&points), straight(&points)] {
            assert_eq!(path[0], points[0]);
            assert_eq!(path[path.len() - 1], points[2]);
            assert!(path.contains(&points[1]));
        }
        assert!(smooth(&[]).is_empty());
        let ring = arc([1.0, 1.0], [0.5, 0.25], 0.0, 1.0);
        assert!((ring[0][0] - 1.5).abs() < 1e-6 && (ring[24][0] - 1.5).abs() < 1e-5);
    }
}
