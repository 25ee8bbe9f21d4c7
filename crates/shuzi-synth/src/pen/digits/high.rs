//! 5, 6, 8 and 9.

use super::{Style, any, european};
use crate::{
    geometry::Path,
    pen::{
        Pen,
        curve::{arc, smooth, straight, then},
    },
};

pub(super) const FIVES: &[Style] = &[
    any(five, 3.0),
    any(like_s, 2.0),
    any(roofless, 0.8),
    any(leaning_five, 1.0),
];
pub(super) const SIXES: &[Style] = &[
    any(six, 4.0),
    any(six_like_g, 0.8),
    any(six_like_c, 0.6),
    any(wide_six, 1.5),
];
pub(super) const EIGHTS: &[Style] = &[
    any(closed_eight, 4.0),
    any(two_rings, 1.5),
    any(open_eight, 1.5),
    any(like_b, 0.5),
];
pub(super) const NINES: &[Style] = &[
    any(plain_nine, 3.5),
    any(like_p, 0.6),
    any(open_nine, 1.3),
    european(curled_nine, 3.0),
    any(ribbon_nine, 0.9),
];

/// A 5; its bar joined, apart or bent.
fn five(pen: &mut Pen<'_>) -> Vec<Path> {
    let top = pen.between(0.02, 0.12);
    let body = then(&[
        straight(&[[-0.18, top], [-0.24, 0.42]]),
        smooth(&[
            [-0.24, 0.43],
            [0.05, pen.between(0.34, 0.42)],
            [0.27, 0.65],
            [0.05, 0.97],
            [-0.28, pen.between(0.86, 0.96)],
        ]),
    ]);
    let lift = pen.between(-0.02, 0.12);
    let roof = smooth(&[
        [-0.2 + lift, top - lift / 2.0],
        [0.05, 0.03],
        [pen.between(0.18, 0.4), pen.between(-0.06, 0.05)],
    ]);
    vec![body, roof]
}

/// A 5 in one go.
fn like_s(pen: &mut Pen<'_>) -> Vec<Path> {
    let end = [-0.3, pen.between(0.84, 0.97)];
    if pen.maybe(0.5) {
        let roof = straight(&[
            [pen.between(0.2, 0.38), pen.between(-0.03, 0.06)],
            [-0.16, 0.02],
            [-0.22, 0.42],
        ]);
        let bowl = smooth(&[[-0.22, 0.42], [0.06, 0.38], [0.27, 0.66], [0.04, 0.98], end]);
        return vec![then(&[roof, bowl])];
    }
    vec![smooth(&[
        [0.28, pen.between(0.0, 0.1)],
        [-0.05, 0.02],
        [-0.25, 0.22],
        [0.02, 0.45],
        [0.25, 0.7],
        [0.0, 0.98],
        end,
    ])]
}

/// A 5 without a roof.
fn roofless(pen: &mut Pen<'_>) -> Vec<Path> {
    let start = [pen.between(-0.16, 0.1), pen.between(0.0, 0.06)];
    let corner = [-pen.between(0.16, 0.26), pen.between(0.38, 0.48)];
    let bowl = smooth(&[
        corner,
        [0.08, corner[1] - 0.03],
        [0.26, 0.68],
        [0.04, 0.99],
        [-0.3, pen.between(0.86, 0.98)],
    ]);
    vec![then(&[straight(&[start, corner]), bowl])]
}

/// A 5 whose stem leans so far that its bar begins over its middle.
fn leaning_five(pen: &mut Pen<'_>) -> Vec<Path> {
    let (top, foot) = (pen.between(-0.08, 0.1), pen.between(-0.2, -0.05));
    let body = then(&[
        straight(&[[top, 0.03], [foot, 0.4]]),
        smooth(&[
            [foot, 0.41],
            [0.1, 0.4],
            [0.27, 0.66],
            [0.05, 0.97],
            [-0.28, pen.between(0.85, 0.97)],
        ]),
    ]);
    let roof = smooth(&[
        [top - pen.between(0.0, 0.15), pen.between(0.02, 0.08)],
        [pen.between(0.25, 0.45), pen.between(-0.04, 0.04)],
    ]);
    vec![body, roof]
}

/// A 6 with a ring of any size, closed or nearly.
fn six(pen: &mut Pen<'_>) -> Vec<Path> {
    let (tall, wide) = (pen.between(0.15, 0.28), pen.between(0.2, 0.32));
    let end = if pen.maybe(0.7) {
        pen.between(-0.6, -0.4)
    } else {
        -0.3
    };
    let ring = arc([0.0, 1.0 - tall], [wide, tall], 0.5, end);
    let start = [pen.between(-0.1, 0.25), pen.between(0.0, 0.08)];
    vec![then(&[
        smooth(&[start, [-wide * 0.7, 0.3], [-wide, 1.0 - tall]]),
        ring,
    ])]
}

/// A 6 like a G: its arc is as high as it is, its ring small or only a hook.
fn six_like_g(pen: &mut Pen<'_>) -> Vec<Path> {
    let wide = pen.between(0.26, 0.44);
    let ring = arc(
        [0.0, 0.5],
        [wide, 0.5],
        -pen.between(0.02, 0.2),
        -pen.between(0.82, 1.0),
    );
    let [x, y] = ring[ring.len() - 1];
    let inner = [x - wide * pen.between(0.5, 1.3), y - pen.between(0.0, 0.3)];
    let bend = [
        x - wide * pen.between(0.05, 0.25),
        y - pen.between(0.05, 0.2),
    ];
    let mut hook = vec![[x, y], bend, inner];
    if pen.maybe(0.5) {
        hook.push([
            inner[0] - wide * pen.between(0.0, 0.3),
            inner[1] + pen.between(0.12, 0.3),
        ]);
    }
    vec![then(&[ring, smooth(&hook)])]
}

/// A 6 like a C, its ring a small hook.
fn six_like_c(pen: &mut Pen<'_>) -> Vec<Path> {
    let end = [pen.between(-0.04, 0.1), pen.between(0.66, 0.86)];
    vec![smooth(&[
        [pen.between(0.05, 0.25), pen.between(0.0, 0.05)],
        [-0.2, 0.45],
        [-0.15, 0.9],
        [0.04, 1.0],
        [0.19, 0.87],
        end,
    ])]
}

/// A 6 that is nearly all ring, its stem short.
fn wide_six(pen: &mut Pen<'_>) -> Vec<Path> {
    let (wide, tall) = (pen.between(0.26, 0.4), pen.between(0.27, 0.37));
    let ring = arc(
        [0.0, 1.0 - tall],
        [wide, tall],
        0.5,
        pen.between(-0.65, -0.38),
    );
    let stem = smooth(&[
        [pen.between(0.08, 0.35), 0.0],
        [-wide * 0.55, 1.0 - 1.85 * tall],
        [-wide, 1.0 - tall],
    ]);
    vec![then(&[stem, ring])]
}

/// An 8 of one stroke that crosses itself.
fn closed_eight(pen: &mut Pen<'_>) -> Vec<Path> {
    let (upper, lower) = (pen.between(0.16, 0.26), pen.between(0.2, 0.32));
    let waist = pen.between(0.4, 0.52);
    let (begin, over) = (pen.between(-0.02, 0.14), pen.between(-0.06, 0.08));
    vec![smooth(&[
        [begin, 0.02 + 0.3 * begin],
        [-0.6 * upper, 0.04],
        [-upper, 0.45 * waist],
        [0.0, waist],
        [lower, 0.5 + 0.5 * waist],
        [0.0, 1.0],
        [-lower, 0.5 + 0.5 * waist],
        [0.0, waist],
        [upper, 0.45 * waist],
        [begin + over, 0.02],
    ])]
}

/// An 8 of two rings.
fn two_rings(pen: &mut Pen<'_>) -> Vec<Path> {
    let waist = pen.between(0.4, 0.52);
    let (upper, lower) = (pen.between(0.15, 0.25), pen.between(0.2, 0.3));
    let shift = pen.between(-0.05, 0.05);
    let begin = pen.between(0.0, 1.0);
    let touch = pen.between(-0.02, 0.04);
    vec![
        arc(
            [0.0, waist / 2.0],
            [upper, waist / 2.0],
            begin,
            begin + pen.between(0.95, 1.05),
        ),
        arc(
            [shift, 0.5 + waist / 2.0],
            [lower, 0.5 - waist / 2.0 + touch],
            begin,
            begin + pen.between(0.95, 1.05),
        ),
    ]
}

/// An 8 that begins at the right and ends before it is closed.
fn open_eight(pen: &mut Pen<'_>) -> Vec<Path> {
    let end = [pen.between(0.05, 0.25), pen.between(0.06, 0.36)];
    vec![smooth(&[
        [pen.between(0.1, 0.28), pen.between(0.02, 0.15)],
        [-0.03, 0.0],
        [-0.24, 0.2],
        [0.0, 0.46],
        [0.27, 0.72],
        [0.0, 1.0],
        [-0.27, 0.74],
        [0.0, 0.48],
        end,
    ])]
}

/// An 8 with a straight left side, as a B.
fn like_b(pen: &mut Pen<'_>) -> Vec<Path> {
    let (x, waist) = (pen.between(0.2, 0.3), pen.between(0.4, 0.52));
    let end = [-x + pen.between(0.0, 0.12), pen.between(0.9, 1.0)];
    let side = smooth(&[
        [-x, 0.0],
        [-x - pen.between(-0.05, 0.08), 0.5],
        [-x, pen.between(0.85, 1.0)],
    ]);
    let bowls = smooth(&[
        [-x, 0.03],
        [0.05, 0.0],
        [0.2, 0.2],
        [-0.05, waist],
        [0.28, 0.7],
        [0.05, 0.98],
        end,
    ]);
    vec![side, bowls]
}

/// A 9 with a ring and a straight or slightly bent stem.
fn plain_nine(pen: &mut Pen<'_>) -> Vec<Path> {
    let (wide, tall) = (pen.between(0.16, 0.28), pen.between(0.17, 0.29));
    let begin = -pen.between(0.0, 0.15);
    let around = pen.between(0.92, 1.05);
    let bowl = arc([0.0, tall], [wide, tall], begin, begin - around);
    let last = bowl[bowl.len() - 1];
    let foot = [wide - pen.between(-0.05, 0.22), 1.0];
    let stem = smooth(&[
        last,
        [wide, tall * 1.2],
        [0.5 * (wide + foot[0]) + 0.03, 0.62],
        foot,
    ]);
    vec![then(&[bowl, stem])]
}

/// A 9 whose stem is on its left, as that of a P.
fn like_p(pen: &mut Pen<'_>) -> Vec<Path> {
    let bowl = pen.between(0.4, 0.6);
    vec![smooth(&[
        [-0.15, bowl * 0.95],
        [0.1, bowl],
        [0.27, bowl / 2.0],
        [0.05, 0.0],
        [-0.17, 0.15],
        [-0.12, 0.5],
        [pen.between(-0.15, 0.1), 1.0],
    ])]
}

/// A 9 that is not closed, or swings back like an S.
fn open_nine(pen: &mut Pen<'_>) -> Vec<Path> {
    let end = [0.2, pen.between(0.28, 0.42)];
    let top = smooth(&[
        [pen.between(0.15, 0.28), pen.between(0.02, 0.12)],
        [0.0, 0.0],
        [-0.26, 0.25],
        [-0.02, 0.5],
        end,
    ]);
    let foot = smooth(&[
        end,
        [0.22, 0.65],
        [0.1, 0.95],
        [-pen.between(0.1, 0.35), pen.between(0.85, 1.0)],
    ]);
    vec![then(&[top, foot])]
}

/// A closed 9 whose foot swings far back and up.
fn curled_nine(pen: &mut Pen<'_>) -> Vec<Path> {
    let (wide, tall) = (pen.between(0.16, 0.27), pen.between(0.18, 0.28));
    let begin = -pen.between(0.0, 0.15);
    let around = pen.between(0.95, 1.05);
    let bowl = arc([0.0, tall], [wide, tall], begin, begin - around);
    let up = pen.between(0.65, 0.92);
    let mut foot = vec![
        bowl[bowl.len() - 1],
        [wide * 0.95, 0.6],
        [wide * 0.5, 0.9],
        [-0.1, 1.0],
        [-pen.between(0.2, 0.4), up + 0.03],
    ];
    if pen.maybe(0.3) {
        foot.push([-pen.between(0.05, 0.2), up]);
    }
    vec![then(&[bowl, smooth(&foot)])]
}

/// A 9 whose ring is a loop that crosses itself, as a ribbon's; its foot straight or as an S's.
fn ribbon_nine(pen: &mut Pen<'_>) -> Vec<Path> {
    let (waist, wide) = (pen.between(0.38, 0.55), pen.between(0.14, 0.26));
    let mut points = vec![
        [-pen.between(-0.02, 0.25), waist + pen.between(-0.06, 0.05)],
        [wide * 0.7, waist - 0.08],
        [wide, waist * 0.4],
        [0.0, 0.0],
        [-wide, waist * 0.45],
        [-wide * 0.3, waist],
    ];
    if pen.maybe(0.5) {
        points.extend([
            [pen.between(0.15, 0.27), pen.between(0.68, 0.8)],
            [0.0, 1.0],
            [-pen.between(0.15, 0.35), pen.between(0.87, 1.0)],
        ]);
    } else {
        points.extend([
            [pen.between(0.05, 0.25), pen.between(0.65, 0.75)],
            [pen.between(0.0, 0.3), 1.0],
        ]);
    }
    vec![smooth(&points)]
}
