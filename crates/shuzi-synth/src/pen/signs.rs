//! Signs.

use shuzi_line::Symbol;

use super::{
    Pen,
    curve::{arc, smooth, straight},
};
use crate::geometry::{Path, Point};

/// The strokes of a sign that is neither digit nor gap; none for one that is.
pub(crate) fn sign(symbol: Symbol, pen: &mut Pen<'_>) -> Vec<Path> {
    match symbol {
        Symbol::Minus => vec![minus(pen)],
        Symbol::Plus => plus(pen),
        Symbol::Point => vec![dot([0.0, 0.96 + pen.between(-0.05, 0.05)], pen)],
        Symbol::MiddleDot => vec![dot([0.0, pen.between(0.42, 0.62)], pen)],
        Symbol::Comma => vec![comma(pen)],
        Symbol::Colon => {
            let (high, low) = (pen.between(0.3, 0.5), pen.between(0.75, 0.97));
            vec![
                dot([0.0, high], pen),
                dot([pen.between(-0.03, 0.03), low], pen),
            ]
        }
        Symbol::Slash => vec![slash(pen)],
        Symbol::Times => times(pen),
        Symbol::Division => {
            let y = pen.between(0.48, 0.6);
            let gap = pen.between(0.13, 0.24);
            let mut strokes = vec![level(y, pen)];
            let middle = 0.5 * (strokes[0][0][0] + strokes[0][strokes[0].len() - 1][0]);
            for side in [-1.0, 1.0] {
                let x = middle + pen.between(-0.05, 0.05);
                strokes.push(dot([x, y + side * gap], pen));
            }
            strokes
        }
        Symbol::Equals => {
            let (y, gap) = (pen.between(0.36, 0.52), pen.between(0.12, 0.25));
            let second = level(y + gap, pen);
            vec![level(y, pen), second]
        }
        Symbol::Percent => percent(pen),
        _ => Vec::new(),
    }
}

/// A point of the pen, as a dot, a dash or a small ring.
fn dot([x, y]: Point, pen: &mut Pen<'_>) -> Path {
    if pen.maybe(0.12) {
        let size = pen.between(0.02, 0.04);
        return arc([x, y], [size, size], 0.0, 1.0);
    }
    let length = pen.between(0.0, 0.06);
    let lean = pen.between(-1.0, 1.0) * length;
    straight(&[
        [x - lean / 2.0, y - length / 2.0],
        [x + lean / 2.0, y + length / 2.0],
    ])
}

/// A line across at a height, a little uneven.
fn level(y: f32, pen: &mut Pen<'_>) -> Path {
    let (length, drop) = (pen.between(0.22, 0.62), pen.between(-0.09, 0.06));
    let bend = pen.between(-0.04, 0.04);
    smooth(&[
        [0.0, y],
        [length / 2.0, y + drop / 2.0 + bend],
        [length, y + drop],
    ])
}

fn minus(pen: &mut Pen<'_>) -> Path {
    let y = pen.between(0.4, 0.72);
    let length = if pen.maybe(0.25) {
        pen.between(0.6, 1.3)
    } else {
        pen.between(0.2, 0.6)
    };
    let drop = length * pen.between(-0.22, 0.14);
    let bend = pen.between(-0.08, 0.08);
    let end = [length, y + drop];
    if pen.maybe(0.15) {
        // A wave.
        let up = pen.between(0.03, 0.1);
        return smooth(&[
            [0.0, y],
            [length * 0.3, y - up],
            [length * 0.7, y + up],
            end,
        ]);
    }
    smooth(&[[0.0, y], [length / 2.0, y + drop / 2.0 + bend], end])
}

fn plus(pen: &mut Pen<'_>) -> Vec<Path> {
    let (y, across, high) = (
        pen.between(0.45, 0.62),
        pen.between(0.32, 0.62),
        pen.between(0.32, 0.62),
    );
    let x = across * pen.between(0.4, 0.6);
    let tilt = pen.between(-0.06, 0.06);
    let bar = smooth(&[[0.0, y + tilt], [across, y - tilt]]);
    let lean = pen.between(-0.05, 0.05);
    let stem = smooth(&[[x + lean, y - high / 2.0], [x - lean, y + high / 2.0]]);
    vec![stem, bar]
}

fn comma(pen: &mut Pen<'_>) -> Path {
    let (top, length) = (pen.between(0.84, 0.98), pen.between(0.12, 0.38));
    let left = length * pen.between(0.1, 0.7);
    let bend = pen.between(0.0, 0.06);
    smooth(&[
        [0.0, top],
        [bend, top + length / 2.0],
        [-left, top + length],
    ])
}

fn slash(pen: &mut Pen<'_>) -> Path {
    let (top, foot) = (pen.between(-0.25, 0.08), pen.between(0.95, 1.3));
    let across = pen.between(0.12, 0.6);
    let bend = pen.between(-0.04, 0.04);
    smooth(&[
        [across, top],
        [across / 2.0 + bend, 0.5 * (top + foot)],
        [0.0, foot],
    ])
}

fn times(pen: &mut Pen<'_>) -> Vec<Path> {
    let (across, high, y) = (
        pen.between(0.28, 0.55),
        pen.between(0.3, 0.58),
        pen.between(0.5, 0.68),
    );
    let uneven = pen.between(-0.05, 0.05);
    let (top, foot) = (y - high / 2.0, y + high / 2.0);
    if pen.maybe(0.2) {
        // A curved x of one go, or of two bows.
        let left = smooth(&[
            [0.0, top],
            [across * 0.4, top + 0.05],
            [across * 0.4, foot],
            [0.0, foot],
        ]);
        let right = smooth(&[
            [across, top],
            [across * 0.55, top + 0.05],
            [across * 0.55, foot],
            [across, foot],
        ]);
        return vec![left, right];
    }
    vec![
        straight(&[[0.0, top + uneven], [across, foot]]),
        straight(&[[across, top], [uneven, foot]]),
    ]
}

fn percent(pen: &mut Pen<'_>) -> Vec<Path> {
    let wide = pen.between(0.5, 0.85);
    let ring = [pen.between(0.09, 0.15), pen.between(0.12, 0.2)];
    let begin = pen.between(-0.4, 0.0);
    let around = pen.between(0.9, 1.1);
    let high = arc([ring[0], 0.05 + ring[1]], ring, begin, begin - around);
    let low = arc(
        [wide - ring[0], 0.97 - ring[1]],
        ring,
        begin,
        begin - around,
    );
    let lean = pen.between(0.0, 0.15);
    vec![high, straight(&[[wide - lean, 0.0], [lean, 1.0]]), low]
}
