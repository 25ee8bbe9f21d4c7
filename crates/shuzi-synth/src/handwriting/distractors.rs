//! What stands between digits and is none: points, dashes, bars, letters.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{
    sheet::{OTHER, Sheet},
    writer::Writer,
};
use crate::canvas::rounded;

/// Something that is no digit, and where the next may begin.
pub(super) fn mark(
    sheet: &mut Sheet,
    writer: &Writer,
    x: f32,
    baseline: f32,
    rng: &mut ChaCha8Rng,
) -> f32 {
    let size = writer.size;
    let mut lines: Vec<Vec<[f32; 2]>> = Vec::new();
    let y = |share: f32| baseline - share * size;
    let x = x + size * rng.random_range(-0.1..0.15);
    let kind = if rng.random_bool(writer.distractors.high()) {
        rng.random_range(6..9)
    } else {
        rng.random_range(0..6)
    };
    let advance = match kind {
        // A point or a comma, low or high.
        0..3 => {
            let up = if rng.random_bool(0.2) { 0.8 } else { 0.0 };
            let tail = size * rng.random_range(0.0..0.25);
            let lean = tail * rng.random_range(0.0..0.6);
            lines.push(vec![[x + lean, y(up + 0.05)], [x, y(up + 0.05) + tail]]);
            0.15
        }
        // Dashes, one or two.
        3..6 => {
            let length = size * rng.random_range(0.25..1.1);
            let drop = length * rng.random_range(-0.25..0.15);
            let middle = rng.random_range(0.3..0.65);
            let lift = rng.random_range(0.15..0.3);
            for i in 0..rng.random_range(1..3) {
                let y = y(middle) - lift * size * i as f32;
                lines.push(vec![[x, y], [x + length, y + drop]]);
            }
            length / size + 0.1
        }
        // A slash or a bar.
        6 => {
            let lean = size * rng.random_range(-0.1..0.6);
            let over = rng.random_range(0.9..1.4);
            lines.push(vec![[x, y(1.0 - over)], [x + lean, y(over)]]);
            0.4
        }
        // Something like a letter.
        _ => {
            let wide = rng.random_range(0.3..1.2);
            for _ in 0..rng.random_range(1..3) {
                let points = (0..rng.random_range(3..7)).map(|_| {
                    let across = rng.random_range(0.0..wide);
                    [x + size * across, y(rng.random_range(-0.2..1.1))]
                });
                lines.push(rounded(points.collect()));
            }
            wide + 0.1
        }
    };
    for line in lines {
        sheet.trace(OTHER, &line, writer.half);
    }
    x + advance * size
}
