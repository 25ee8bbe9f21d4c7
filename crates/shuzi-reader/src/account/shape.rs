//! Shapes of signs that are as large as digits.

use serde::{Deserialize, Serialize};

use crate::image::morphology::Blob;

/// What counts as ink on the arms of a sign, as shares of its sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ArmParams {
    /// How near the middle of an arm its ink is.
    pub arm: f64,
    /// How near the sides of its rectangle a frame's ink is.
    pub side: f64,
}

impl Default for ArmParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            arm: 0.2,
            side: 0.05,
        }
    }
}

/// How much of the ink of a piece lies on the arms of a sign.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arms {
    /// On an upright and a level arm that cross in the middle.
    pub(crate) plus: f64,
    /// On both diagonals.
    pub(crate) times: f64,
    /// On that from the lower left.
    pub(crate) slash: f64,
    /// Along the four sides of the rectangle around it.
    pub(crate) frame: f64,
}

impl Arms {
    /// Of a piece in a picture of such a width.
    pub(crate) fn of(piece: &Blob, width: usize, params: &ArmParams) -> Self {
        let ArmParams { arm, side } = *params;
        let bounds = &piece.bounds;
        let mut counts = [0usize; 4];
        // Whether each of the corners and of the middles of the sides has ink.
        let (mut corners, mut sides, mut square) = ([false; 4], [false; 4], [false; 4]);
        for at in &piece.pixels {
            let u = ((at % width - bounds.x) as f64 + 0.5) / bounds.width as f64;
            let v = ((at / width - bounds.y) as f64 + 0.5) / bounds.height as f64;
            let [x, y] = [(u - 0.5).abs(), (v - 0.5).abs()];
            let [falls, rises] = [(u - v).abs() < arm, (u + v - 1.0).abs() < arm];
            counts[0] += usize::from(x < arm || y < arm);
            counts[1] += usize::from(falls || rises);
            counts[2] += usize::from(rises);
            counts[3] += usize::from(x.max(y) > 0.5 - side);
            let corner = usize::from(u > 0.5) + 2 * usize::from(v > 0.5);
            square[corner] |= x.min(y) > 0.5 - 2.0 * side;
            if x > 0.3 && y > 0.3 {
                corners[corner] = true;
            } else if x > 0.4 || y > 0.4 {
                sides[usize::from(x > y) + 2 * usize::from(u + v > 1.0)] = true;
            }
        }
        let [plus, times, slash, frame] =
            counts.map(|count| count as f64 / piece.pixels.len().max(1) as f64);
        let if_all = |all: bool, share: f64| if all { share } else { 0.0 };
        Self {
            plus: if_all(sides == [true; 4] && corners == [false; 4], plus),
            times: if_all(corners == [true; 4], times),
            slash: if_all(
                corners[1] && corners[2] && !corners[0] && !corners[3],
                slash,
            ),
            // One side may lie outside of the picture.
            frame: if_all(square.iter().filter(|seen| **seen).count() >= 3, frame),
        }
    }
}
