//! What a form has before it is written on, and what lies around the sheet.

use super::{Layer, Mark, MarkInk, MarkParams, MarkShape, Scene, strokes};
use crate::{
    geometry::{Bounds, Path, Point},
    line::Place,
    pen::straight,
    print::Print,
    random::Chance,
    role::Role,
};

/// A printed line from point to point: solid, dashed or dotted.
fn printed(from: Point, to: Point, chance: &mut Chance) -> Vec<Path> {
    let length = (to[0] - from[0]).hypot(to[1] - from[1]);
    let at = |t: f32| [0, 1].map(|k| from[k] + t * (to[k] - from[k]));
    let (on, off) = match chance.below(10) {
        0 => (chance.between(&(0.08..0.4)), chance.between(&(0.05..0.25))),
        1 => (0.01, chance.between(&(0.06..0.2))),
        _ => return vec![straight(&[from, to])],
    };
    let dashes = ((length / (on + off)) as usize).min(200);
    let dash = |i: usize| {
        let start = i as f32 * (on + off) / length;
        vec![at(start), at((start + on / length).min(1.0))]
    };
    (0..dashes).map(dash).collect()
}

fn ink(params: &MarkParams, chance: &mut Chance) -> MarkInk {
    MarkInk::Takes(chance.between(&params.line_ink))
}

/// A level line over all that is seen.
fn level(window: Bounds, y: f32, slope: f32, chance: &mut Chance) -> Vec<Path> {
    let (left, right) = (window.left - 0.2, window.right + 0.2);
    let half = 0.5 * slope * (right - left);
    printed([left, y - half], [right, y + half], chance)
}

/// Lines to write on; most writing stands on one of them.
pub(super) fn rulings(params: &MarkParams, scene: &Scene<'_>, chance: &mut Chance) -> Vec<Mark> {
    let window = scene.window;
    let slope = chance.normal(0.0, 0.012);
    let base = match chance.below(12) {
        // Through the writing: thin and weak, or nobody could tell it from a strike.
        0 => chance.between(&(0.15..0.9)),
        1 | 2 => window.bottom - chance.between(&(-0.02..0.06)),
        3 => window.top + chance.between(&(-0.02..0.06)),
        _ => chance.between(&(0.97..1.25)),
    };
    let through = (0.15..0.9).contains(&base);
    let half = chance.log_between(&params.line_half) * if through { 0.5 } else { 1.0 };
    let ink = if through {
        MarkInk::Takes(chance.between(&(0.08..0.35)))
    } else {
        ink(params, chance)
    };
    let mut at = vec![base];
    if chance.maybe(0.3) {
        let step = chance.between(&(1.05..2.2));
        let (first, last) = ((window.top - base) / step, (window.bottom - base) / step);
        let others = (first.floor() as i32..=last.ceil() as i32).filter(|at| *at != 0);
        at.extend(others.take(100).map(|i| base + i as f32 * step));
    } else if chance.maybe(0.12) {
        // A double line, as under sums.
        at.push(base + chance.between(&(0.05..0.15)));
    }
    let lines = at.iter().flat_map(|y| level(window, *y, slope, chance));
    vec![strokes(
        Role::Ruling,
        lines.collect(),
        half,
        ink,
        Layer::Under,
    )]
}

/// Squared paper.
pub(super) fn squares(params: &MarkParams, scene: &Scene<'_>, chance: &mut Chance) -> Vec<Mark> {
    let window = scene.window;
    let step = chance.between(&(0.3..1.4));
    let (lean, begin) = (chance.normal(0.0, 0.015), [chance.unit(), chance.unit()]);
    let half = chance.log_between(&params.line_half).min(0.03);
    let ink = MarkInk::Takes(chance.between(&(0.06..0.4)));
    let mut paths = Vec::new();
    let mut y = window.top - begin[1] * step;
    while y < window.bottom + 0.1 && paths.len() < 400 {
        paths.push(straight(&[
            [window.left - 0.2, y],
            [window.right + 0.2, y + lean * window.width()],
        ]));
        y += step;
    }
    let mut x = window.left - begin[0] * step;
    while x < window.right + 0.1 && paths.len() < 400 {
        paths.push(straight(&[
            [x, window.top - 0.2],
            [x - lean * window.height(), window.bottom + 0.2],
        ]));
        x += step;
    }
    vec![strokes(Role::Ruling, paths, half, ink, Layer::Under)]
}

/// Upright lines at the sides of the number: walls of cells, tables, margins; some with a
/// corner, some double, some touch a digit.
pub(super) fn walls(params: &MarkParams, scene: &Scene<'_>, chance: &mut Chance) -> Vec<Mark> {
    let (window, text) = (scene.window, scene.text);
    let ink = ink(params, chance);
    let half = chance.log_between(&(params.line_half.start..1.6 * params.line_half.end));
    let lean = chance.normal(0.0, 0.035);
    let sides: &[f32] = match chance.below(5) {
        0 | 1 => &[-1.0],
        2 | 3 => &[1.0],
        _ => &[-1.0, 1.0],
    };
    let mut paths = Vec::new();
    for side in sides {
        let edge = if *side < 0.0 { text.left } else { text.right };
        let x = edge + side * chance.between(&(-0.06..0.5));
        let up = window.top - 0.2;
        let down = if chance.maybe(0.25) {
            window.bottom - chance.between(&(0.0..0.4))
        } else {
            window.bottom + 0.2
        };
        let upright = |x: f32| [[x + lean * (1.0 - up), up], [x + lean * (1.0 - down), down]];
        let [from, to] = upright(x);
        paths.extend(printed(from, to, chance));
        if chance.maybe(0.15) {
            let [from, to] = upright(x + side * chance.between(&(0.06..0.2)));
            paths.extend(printed(from, to, chance));
        }
        if chance.maybe(0.3) {
            // A corner below or above.
            let y = if chance.maybe(0.6) {
                window.bottom - chance.between(&(-0.02..0.15))
            } else {
                window.top + chance.between(&(-0.02..0.12))
            };
            let away = if *side < 0.0 {
                window.right + 0.2
            } else {
                window.left - 0.2
            };
            paths.extend(printed([x, y], [away, y + lean], chance));
        }
    }
    vec![strokes(Role::Wall, paths, half, ink, Layer::Under)]
}

/// A printed box around all.
pub(super) fn frame(params: &MarkParams, scene: &Scene<'_>, chance: &mut Chance) -> Vec<Mark> {
    let (window, text) = (scene.window, scene.text);
    let mut between = |edge: f32, seen: f32| edge + chance.between(&(0.2..1.1)) * (seen - edge);
    let (left, top, right, bottom) = (
        between(text.left - 0.05, window.left),
        between(text.top - 0.02, window.top),
        between(text.right + 0.05, window.right),
        between(text.bottom + 0.02, window.bottom),
    );
    let lean = chance.normal(0.0, 0.012);
    let along = lean * (right - left);
    let corners = [
        [left, top],
        [right, top + along],
        [right, bottom + along],
        [left, bottom],
    ];
    let mut paths = Vec::new();
    for i in 0..4 {
        paths.extend(printed(corners[i], corners[(i + 1) % 4], chance));
    }
    let half = chance.log_between(&params.line_half);
    vec![strokes(
        Role::Frame,
        paths,
        half,
        ink(params, chance),
        Layer::Under,
    )]
}

/// Words that forms have beside their fields.
const LABELS: [&str; 14] = [
    "Total",
    "No.",
    "Amount",
    "Date",
    "Betrag",
    "CHF",
    "Nr.",
    "Qty",
    "Sum",
    "Page",
    "Account",
    "Trykt for",
    "Name",
    "ID",
];

/// Small print over, under or before the line.
pub(super) fn label(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Mark> {
    let window = scene.window;
    let size = chance.between(&(0.14..0.34));
    let word = chance.pick(LABELS);
    let foot = if chance.maybe(0.6) {
        window.top + size * chance.between(&(0.4..1.3))
    } else {
        window.bottom - size * chance.between(&(-0.3..0.4))
    };
    let start = chance.between(&(window.left - size..window.right - size));
    let letters = printed_word(word, [start, foot], size, chance);
    vec![Mark {
        role: Role::Print,
        shape: MarkShape::Print(letters),
        ink: MarkInk::Takes(chance.between(&(0.3..0.9))),
        layer: Layer::Under,
    }]
}

/// A printed word that begins at a point of its baseline.
pub(super) fn printed_word(
    word: &str,
    start: Point,
    size: f32,
    chance: &mut Chance,
) -> Vec<(Print, Place)> {
    let weight = chance.between(&(-0.25..0.55));
    let wide = chance.between(&(0.75..1.15));
    let slant = if chance.maybe(0.15) { 0.2 } else { 0.0 };
    let letter = |(at, char): (usize, char)| {
        let place = Place {
            origin: [start[0] + at as f32 * size * wide * 1.12, start[1]],
            size: [size, wide],
            slant,
        };
        Some((Print::new(char, weight)?, place))
    };
    word.chars().enumerate().filter_map(letter).collect()
}

/// A dark strip at a side: a book's gutter, a desk, a scanner's lid.
pub(super) fn strip(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Mark> {
    let (window, text) = (scene.window, scene.text);
    let side = chance.below(8);
    let near = chance.between(&(0.02..1.0));
    let part = |edge: f32, seen: f32| edge + near * (seen - edge);
    let middle = window.middle();
    let (at, across) = match side {
        0..3 => ([part(text.left, window.left), middle[1]], [-1.0, 0.0]),
        3..6 => ([part(text.right, window.right), middle[1]], [1.0, 0.0]),
        6 => ([middle[0], part(text.top, window.top)], [0.0, -1.0]),
        _ => ([middle[0], part(text.bottom, window.bottom)], [0.0, 1.0]),
    };
    let turn = chance.normal(0.0, 0.02);
    let [x, y] = across;
    vec![Mark {
        role: Role::Strip,
        shape: MarkShape::Behind(
            at,
            [x - turn * y, y + turn * x],
            chance.log_between(&(0.01..0.3)),
        ),
        ink: MarkInk::Takes(chance.between(&(0.5..0.98))),
        layer: Layer::Over,
    }]
}
