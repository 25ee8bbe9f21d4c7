//! 0 and 2 to 4.

use super::{Style, any, european};
use crate::{
    geometry::Path,
    pen::{
        Pen,
        curve::{arc, smooth, straight, then},
    },
};

pub(super) const ZEROS: &[Style] = &[
    any(ring, 5.0),
    any(run_on, 2.0),
    any(slashed, 0.4),
    any(egg, 1.5),
];
pub(super) const TWOS: &[Style] = &[
    any(plain_two, 4.0),
    any(two_with_loops, 2.5),
    any(like_z, 0.8),
];
pub(super) const THREES: &[Style] = &[any(round_three, 4.0), any(flat_three, 1.2)];
pub(super) const FOURS: &[Style] = &[
    any(open_four, 3.0),
    any(closed_four, 2.0),
    any(like_h, 0.7),
    any(like_y, 1.0),
    european(lightning, 1.0),
    european(round_four, 0.7),
    any(four_like_k, 0.7),
];

/// A 0 of any width, closed or nearly.
fn ring(pen: &mut Pen<'_>) -> Vec<Path> {
    let (wide, begin) = (pen.between(0.22, 0.5), pen.between(-0.4, -0.12));
    let around = pen.between(0.93, 1.1);
    vec![arc([0.0, 0.5], [wide, 0.5], begin, begin - around)]
}

/// A 0 narrower at one end, as ovals by hand are.
fn egg(pen: &mut Pen<'_>) -> Vec<Path> {
    let (wide, narrow) = (pen.between(0.22, 0.4), pen.between(0.1, 0.3));
    let (lean, gap) = (pen.between(-0.1, 0.1), pen.between(-0.06, 0.1));
    vec![smooth(&[
        [0.02, 0.01],
        [-narrow, 0.15],
        [-wide, 0.55],
        [-0.5 * wide + lean, 0.95],
        [0.4 * wide + lean, 0.97],
        [wide, 0.5],
        [narrow, 0.1],
        [gap, gap.abs() * 0.6],
    ])]
}

/// A 0 whose stroke goes on to its right or ends within it.
fn run_on(pen: &mut Pen<'_>) -> Vec<Path> {
    let (wide, begin) = (pen.between(0.25, 0.5), pen.between(-0.35, -0.1));
    let around = pen.between(0.95, 1.1);
    let round = arc([0.0, 0.5], [wide, 0.5], begin, begin - around);
    let [x, y] = round[round.len() - 1];
    let out = if pen.maybe(0.7) {
        pen.between(0.05, 0.35)
    } else {
        -pen.between(0.1, 0.3)
    };
    let tail = smooth(&[
        [x, y],
        [x + out / 2.0, y + pen.between(0.0, 0.1)],
        [x + out, y + pen.between(-0.1, 0.15)],
    ]);
    vec![then(&[round, tail])]
}

/// A 0 with a stroke through it.
fn slashed(pen: &mut Pen<'_>) -> Vec<Path> {
    let mut strokes = ring(pen);
    let (over, lean) = (pen.between(-0.12, 0.12), pen.between(0.15, 0.4));
    strokes.push(straight(&[[lean, -over], [-lean, 1.0 + over]]));
    strokes
}

/// A 2 with a round top and a flat or waved foot.
fn plain_two(pen: &mut Pen<'_>) -> Vec<Path> {
    let (wide, low) = (pen.between(0.2, 0.34), pen.between(0.9, 1.02));
    let neck = [pen.between(-0.05, 0.12), pen.between(0.6, 0.75)];
    let foot = [-wide - pen.between(-0.04, 0.08), 1.0];
    let end = wide + pen.between(0.0, 0.15);
    let top = smooth(&[
        [-wide, pen.between(0.15, 0.35)],
        [-wide * 0.3, 0.0],
        [wide, pen.between(0.18, 0.32)],
        neck,
        foot,
    ]);
    let base = smooth(&[foot, [0.0, pen.between(0.93, 1.03)], [end, low]]);
    vec![then(&[top, base])]
}

/// A 2 whose top or foot is a loop.
fn two_with_loops(pen: &mut Pen<'_>) -> Vec<Path> {
    let mut points = if pen.maybe(0.5) {
        vec![[-0.05, pen.between(0.3, 0.5)], [-0.28, 0.25]]
    } else {
        vec![[-0.28, 0.22]]
    };
    if pen.maybe(0.3) {
        let low = pen.between(0.93, 1.03);
        points.extend([[-0.02, 0.0], [0.26, 0.25], [0.0, 0.65], [-0.35, 1.0]]);
        return vec![then(&[
            smooth(&points),
            smooth(&[[-0.35, 1.0], [0.4, low]]),
        ])];
    }
    let (ring, end) = (pen.between(0.76, 0.86), pen.between(0.88, 1.0));
    points.extend([[-0.02, 0.0], [0.26, 0.25], [0.05, 0.65]]);
    points.extend([
        [-0.15, 0.98],
        [-0.32, 0.95],
        [-0.2, ring],
        [0.1, 0.97],
        [0.4, end],
    ]);
    vec![smooth(&points)]
}

/// A 2 with corners.
fn like_z(pen: &mut Pen<'_>) -> Vec<Path> {
    vec![straight(&[
        [-0.3, pen.between(0.0, 0.1)],
        [0.28, 0.0],
        [-0.32, 1.0],
        [0.35, pen.between(0.95, 1.0)],
    ])]
}

/// A 3 with round bows, its waist a point or a loop.
fn round_three(pen: &mut Pen<'_>) -> Vec<Path> {
    let (upper, lower) = (pen.between(0.18, 0.28), pen.between(0.24, 0.34));
    let waist = [pen.between(-0.12, 0.02), pen.between(0.4, 0.5)];
    let start = [-pen.between(0.2, 0.3), pen.between(0.08, 0.25)];
    let end = [-pen.between(0.25, 0.36), pen.between(0.8, 0.97)];
    let low = smooth(&[waist, [lower, 0.68], [0.05, 1.0], end]);
    let high = smooth(&[start, [0.0, 0.0], [upper, 0.2], waist]);
    if pen.maybe(0.25) {
        let [x, y] = waist;
        let knot = smooth(&[
            start,
            [0.0, 0.0],
            [upper, 0.2],
            [x, y],
            [x - 0.08, y - 0.05],
            [x, y - 0.08],
            [lower, 0.68],
            [0.05, 1.0],
            end,
        ]);
        return vec![knot];
    }
    vec![then(&[high, low])]
}

/// A 3 with a flat top.
fn flat_three(pen: &mut Pen<'_>) -> Vec<Path> {
    let top = straight(&[[-0.28, pen.between(0.0, 0.08)], [0.25, 0.0], [-0.05, 0.42]]);
    let low = smooth(&[
        [-0.05, 0.42],
        [0.3, 0.62],
        [0.1, 0.97],
        [-0.32, pen.between(0.85, 0.97)],
    ]);
    vec![then(&[top, low])]
}

/// A 4 with an open top.
fn open_four(pen: &mut Pen<'_>) -> Vec<Path> {
    let (bar, right) = (pen.between(0.48, 0.68), pen.between(0.08, 0.25));
    let left = straight(&[
        [-pen.between(0.1, 0.26), pen.between(0.0, 0.12)],
        [-pen.between(0.26, 0.36), bar],
        [
            right + pen.between(0.05, 0.25),
            bar - pen.between(-0.03, 0.12),
        ],
    ]);
    let top = pen.between(0.02, 0.35);
    let lean = pen.between(-0.04, 0.12);
    vec![
        left,
        smooth(&[[right + lean, top], [right, 0.6], [right - lean, 1.0]]),
    ]
}

/// A 4 as printed ones are.
fn closed_four(pen: &mut Pen<'_>) -> Vec<Path> {
    let (bar, right) = (pen.between(0.58, 0.75), pen.between(0.08, 0.2));
    let left = -pen.between(0.26, 0.4);
    let end = right + pen.between(0.05, 0.25);
    let top = [right - pen.between(-0.02, 0.06), 0.0];
    if pen.maybe(0.5) {
        return vec![straight(&[
            [right, 1.0],
            top,
            [left, bar],
            [end, bar - pen.between(-0.02, 0.08)],
        ])];
    }
    let flag = straight(&[top, [left, bar], [end, bar]]);
    vec![flag, straight(&[top, [right, 1.0]])]
}

/// A 4 whose right stroke begins at its bar or little above, or bends out of its left one.
fn like_h(pen: &mut Pen<'_>) -> Vec<Path> {
    let (bar, right, lean) = (
        pen.between(0.45, 0.7),
        pen.between(0.12, 0.3),
        pen.between(-0.1, 0.25),
    );
    if pen.maybe(0.4) {
        let foot = [-0.28, bar + pen.between(0.02, 0.2)];
        let arch = smooth(&[
            foot,
            [-0.1, bar - 0.08],
            [right, bar],
            [right - 0.02, 0.75],
            [right - pen.between(0.05, 0.2), 1.0],
        ]);
        return vec![then(&[straight(&[[lean, 0.0], foot]), arch])];
    }
    let left = straight(&[
        [lean - 0.1, 0.0],
        [-0.3, bar],
        [right + pen.between(0.0, 0.15), bar - pen.between(0.0, 0.15)],
    ]);
    let stem = smooth(&[
        [right, bar - pen.between(0.0, 0.25)],
        [right - pen.between(0.0, 0.15), 1.0],
    ]);
    vec![left, stem]
}

/// A 4 whose left side is round.
fn like_y(pen: &mut Pen<'_>) -> Vec<Path> {
    let low = pen.between(0.4, 0.6);
    let cup = smooth(&[
        [-0.3, pen.between(0.0, 0.15)],
        [-0.33, low * 0.7],
        [-0.1, low],
        [0.25, low - pen.between(0.05, 0.2)],
    ]);
    let stem = smooth(&[
        [pen.between(0.25, 0.38), pen.between(0.0, 0.15)],
        [0.2, 0.5],
        [pen.between(-0.1, 0.2), 1.0],
    ]);
    vec![cup, stem]
}

/// A 4 in one go: down, across and down.
fn lightning(pen: &mut Pen<'_>) -> Vec<Path> {
    let (bar, right) = (pen.between(0.5, 0.65), pen.between(0.15, 0.35));
    let back = pen.between(-0.05, 0.15);
    vec![straight(&[
        [pen.between(-0.2, 0.05), 0.0],
        [-0.3, bar],
        [right, bar - pen.between(0.03, 0.15)],
        [right - back, 1.0],
    ])]
}

/// A 4 in one go whose left is round and whose right goes on from the bar.
fn round_four(pen: &mut Pen<'_>) -> Vec<Path> {
    let (bar, right) = (pen.between(0.42, 0.6), pen.between(0.15, 0.3));
    let left = smooth(&[
        [pen.between(-0.05, 0.2), 0.0],
        [-0.26, 0.28],
        [-0.25, bar + 0.08],
        [0.0, bar + 0.02],
    ]);
    let mut points = vec![
        [0.0, bar + 0.02],
        [right - 0.03, bar - pen.between(0.0, 0.08)],
        [right, bar + 0.2],
    ];
    if pen.maybe(0.5) {
        points.push([right + pen.between(0.0, 0.06), 0.97]);
        points.push([right + pen.between(0.1, 0.2), 0.9]);
    } else {
        points.push([right - pen.between(0.0, 0.1), 1.0]);
    }
    vec![then(&[left, smooth(&points)])]
}

/// A 4 whose right stroke leans to the left and crosses the bar far from its end.
fn four_like_k(pen: &mut Pen<'_>) -> Vec<Path> {
    let (bar, end) = (pen.between(0.45, 0.6), pen.between(0.2, 0.4));
    let cup = smooth(&[
        [pen.between(-0.15, 0.05), 0.0],
        [-0.3, bar * 0.8],
        [-0.16, bar + 0.08],
        [end, bar - pen.between(0.0, 0.12)],
    ]);
    let stem = smooth(&[
        [pen.between(0.1, 0.32), pen.between(0.03, 0.2)],
        [0.0, bar],
        [-0.06, 0.85],
        [pen.between(-0.12, 0.15), 1.0],
    ]);
    vec![cup, stem]
}
