//! 7.

use super::{Style, american, any, european};
use crate::{
    geometry::Path,
    pen::{
        Pen,
        curve::{smooth, straight, then},
    },
};

pub(super) const SEVENS: &[Style] = &[
    american(plain_seven, 3.0),
    european(barred_seven, 4.0),
    any(hooked_seven, 1.0),
    any(seven_with_loop, 0.7),
    european(script_seven, 0.8),
];

/// The roof and the stem of a 7.
fn seven(pen: &mut Pen<'_>, hook: f32) -> Path {
    let wide = pen.between(0.16, 0.36);
    let mut top = vec![
        [-wide, pen.between(0.0, 0.1)],
        [0.0, pen.between(0.0, 0.12)],
        [wide, 0.0],
    ];
    if hook > 0.0 {
        top.insert(0, [-wide - pen.between(-0.06, 0.05), top[0][1] + hook]);
    }
    let foot = [-pen.between(-0.08, 0.16), 1.0];
    let mut stem = vec![[wide, 0.0], [wide * 0.4, 0.45], foot];
    if pen.maybe(0.15) {
        let out = pen.between(-0.22, 0.2);
        stem[2] = [foot[0], 0.9];
        stem.push([foot[0] + out, 1.0]);
    }
    let roof = if pen.maybe(0.6) {
        straight(&top)
    } else {
        smooth(&top)
    };
    then(&[roof, smooth(&stem)])
}

/// A bar through a 7.
fn bar(pen: &mut Pen<'_>) -> Path {
    let (y, left, right) = (
        pen.between(0.4, 0.65),
        pen.between(0.12, 0.32),
        pen.between(0.18, 0.4),
    );
    let drop = pen.between(-0.1, 0.05);
    smooth(&[[-left, y - drop], [right, y + drop]])
}

fn plain_seven(pen: &mut Pen<'_>) -> Vec<Path> {
    vec![seven(pen, 0.0)]
}

/// A 7 with a bar, one in two begins with a stroke down.
fn barred_seven(pen: &mut Pen<'_>) -> Vec<Path> {
    let hook = if pen.maybe(0.5) {
        pen.between(0.06, 0.3)
    } else {
        0.0
    };
    vec![seven(pen, hook), bar(pen)]
}

/// A 7 that begins with a stroke down.
fn hooked_seven(pen: &mut Pen<'_>) -> Vec<Path> {
    let hook = pen.between(0.08, 0.35);
    vec![seven(pen, hook)]
}

/// A 7 whose corner is a loop, with a bar or not, its start bent.
fn seven_with_loop(pen: &mut Pen<'_>) -> Vec<Path> {
    let (left, high, wide) = (
        pen.between(0.22, 0.42),
        pen.between(0.15, 0.35),
        pen.between(0.02, 0.12),
    );
    let mut points = vec![
        [-left, high],
        [-left * 0.4, high + 0.05],
        [0.1, high - 0.02],
        [0.22 + wide, 0.06],
        [0.2, -0.02],
        [0.12, 0.12],
        [0.06, 0.45],
        [pen.between(-0.18, 0.1), 1.0],
    ];
    if pen.maybe(0.6) {
        points.insert(0, [-left - 0.02, high - pen.between(0.1, 0.22)]);
    }
    let mut strokes = vec![smooth(&points)];
    if pen.maybe(0.6) {
        strokes.push(bar(pen));
    }
    strokes
}

/// A barred 7 like a written y: it begins as a v and its foot is bent.
fn script_seven(pen: &mut Pen<'_>) -> Vec<Path> {
    let (left, low, wide) = (
        pen.between(0.2, 0.38),
        pen.between(0.12, 0.35),
        pen.between(0.15, 0.35),
    );
    let start = [
        [-left, pen.between(0.0, 0.1)],
        [-left + 0.03, low],
        [-left * 0.2, low + pen.between(-0.03, 0.06)],
        [wide, pen.between(0.0, 0.08)],
    ];
    let mut stem = vec![start[3], [wide * 0.4, 0.45]];
    if pen.maybe(0.4) {
        stem.extend([
            [-0.1, 0.95],
            [-pen.between(0.2, 0.4), pen.between(0.88, 1.0)],
        ]);
    } else {
        stem.push([-pen.between(0.0, 0.2), 1.0]);
    }
    vec![then(&[smooth(&start), smooth(&stem)]), bar(pen)]
}
