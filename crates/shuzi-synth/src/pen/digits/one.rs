//! 1.

use super::{Style, american, any, european};
use crate::{
    geometry::Path,
    pen::{
        Pen,
        curve::{smooth, straight, then},
    },
};

pub(super) const ONES: &[Style] = &[
    american(bar, 3.0),
    any(short_flag, 2.5),
    european(flagged, 3.0),
    any(based, 1.0),
    any(looped, 0.8),
    european(arched, 0.9),
    any(curled, 0.5),
    european(checked, 0.8),
];

/// A 1 of one stroke.
fn bar(pen: &mut Pen<'_>) -> Vec<Path> {
    let (lean, bend) = (pen.between(-0.04, 0.1), pen.between(-0.03, 0.03));
    vec![smooth(&[[lean, 0.0], [bend + lean / 2.0, 0.5], [0.0, 1.0]])]
}

/// A 1 with a short flag.
fn short_flag(pen: &mut Pen<'_>) -> Vec<Path> {
    let (x, y) = (pen.between(0.06, 0.2), pen.between(0.08, 0.28));
    let bend = pen.between(-0.02, 0.02);
    vec![then(&[
        straight(&[[-x, y], [0.0, 0.0]]),
        smooth(&[[0.0, 0.0], [bend, 0.5], [bend, 1.0]]),
    ])]
}

/// A 1 whose flag goes far down and away, like an arrow's head.
fn flagged(pen: &mut Pen<'_>) -> Vec<Path> {
    let (x, y) = (pen.between(0.12, 0.55), pen.between(0.25, 1.0));
    let bend = pen.between(-0.08, 0.08);
    vec![then(&[
        smooth(&[[-x, y], [-x / 2.0 + bend, y / 2.0], [0.0, 0.0]]),
        smooth(&[[0.0, 0.0], [bend / 2.0, 0.5], [0.0, 1.0]]),
    ])]
}

/// A 1 with a flag and a line to stand on.
fn based(pen: &mut Pen<'_>) -> Vec<Path> {
    let (left, right) = (pen.between(0.12, 0.4), pen.between(0.12, 0.45));
    let flag = [-pen.between(0.08, 0.3), pen.between(0.1, 0.4)];
    let base = [
        [-left, pen.between(0.95, 1.03)],
        [right, pen.between(0.93, 1.03)],
    ];
    vec![straight(&[flag, [0.0, 0.0], [0.0, 1.0]]), smooth(&base)]
}

/// A 1 that starts with a loop, as a written l.
fn looped(pen: &mut Pen<'_>) -> Vec<Path> {
    let (x, low, wide) = (
        pen.between(0.1, 0.4),
        pen.between(0.35, 0.75),
        pen.between(0.05, 0.18),
    );
    let high = pen.between(0.1, 0.25);
    let mut points = vec![
        [-x, low],
        [-0.02, low * 0.6],
        [wide, high],
        [wide * 0.6, 0.0],
        [-0.03, high],
        [-0.04, 0.6],
        [0.0, 0.97],
    ];
    if pen.maybe(0.3) {
        points.push([pen.between(0.02, 0.1), 0.99]);
        points.push([pen.between(0.1, 0.25), pen.between(0.85, 0.95)]);
    }
    vec![smooth(&points)]
}

/// A 1 like an n: its flag is nearly as long as its stem, its top round or pointed.
fn arched(pen: &mut Pen<'_>) -> Vec<Path> {
    let (wide, low, lean) = (
        pen.between(0.14, 0.36),
        pen.between(0.75, 1.05),
        pen.between(-0.12, 0.04),
    );
    if pen.maybe(0.5) {
        return vec![smooth(&[
            [-wide + lean, low],
            [-wide * 0.75, 0.35],
            [-wide * 0.4, 0.04],
            [-0.02, 0.12],
            [0.02, 0.5],
            [0.0, 1.0],
        ])];
    }
    vec![straight(&[[-wide + lean, low], [-0.04, 0.0], [0.0, 1.0]])]
}

/// A 1 whose flag begins with a curl.
fn curled(pen: &mut Pen<'_>) -> Vec<Path> {
    let (x, y, back) = (
        pen.between(0.14, 0.34),
        pen.between(0.2, 0.5),
        pen.between(0.03, 0.12),
    );
    let flag = smooth(&[
        [-x + back, y + 0.02],
        [-x - back / 2.0, y + 0.06],
        [-x - back / 2.0, y - 0.08],
        [-x + back, y - 0.12],
        [0.0, 0.0],
    ]);
    let stem = smooth(&[[0.0, 0.0], [pen.between(-0.03, 0.03), 0.5], [0.0, 1.0]]);
    vec![then(&[flag, stem])]
}

/// A 1 that begins low with a short stroke down, as a tick does.
fn checked(pen: &mut Pen<'_>) -> Vec<Path> {
    let (x, y) = (pen.between(0.25, 0.5), pen.between(0.45, 0.95));
    let start = [-x - pen.between(0.02, 0.12), y - pen.between(0.08, 0.2)];
    let flag = smooth(&[start, [-x, y], [-x / 3.0, y / 3.0], [0.0, 0.0]]);
    let stem = smooth(&[[0.0, 0.0], [pen.between(-0.04, 0.04), 0.5], [0.0, 1.0]]);
    vec![then(&[flag, stem])]
}
