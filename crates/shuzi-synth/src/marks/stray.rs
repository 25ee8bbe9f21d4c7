//! Ink that is not the line's own.

use super::{Layer, Mark, MarkInk, Scene, strokes};
use crate::{
    geometry::{Bounds, Path},
    pen::{Pen, digit, letter, smooth, styles},
    random::Chance,
    role::Role,
};

/// Glyphs of some writer along a line, in the line's measure with their feet at 1.
fn writing(from: f32, to: f32, chance: &mut Chance) -> Vec<Path> {
    let mut paths = Vec::new();
    let (slant, size) = (chance.normal(0.1, 0.15), chance.between(&(0.75..1.25)));
    let numbers = chance.maybe(0.6);
    let mut x = from + chance.between(&(-0.5..0.5));
    let mut count = 0;
    while x < to && count < 40 {
        let habit = chance.bits();
        let mut strokes = {
            let value = chance.below(10) as u8;
            let style = chance.below(styles(value).len());
            let char = chance.pick([
                'a', 'b', 'e', 'g', 'l', 'm', 'n', 'o', 'p', 'r', 's', 't', 'y', 'A', 'F', 'J',
            ]);
            let pen = &mut Pen::new(habit, 0.0, chance);
            if numbers {
                digit(value, style, pen)
            } else {
                letter(char, pen)
            }
        };
        let own = Bounds::of(strokes.iter().flatten().copied());
        for [px, py] in strokes.iter_mut().flatten() {
            *px = x + size * (*px - own.left) + slant * size * (1.0 - *py);
            *py = 1.0 + size * (*py - 1.0);
        }
        paths.append(&mut strokes);
        x += size * own.width() + chance.between(&(0.05..0.4));
        if chance.maybe(0.2) {
            x += chance.between(&(0.4..2.0));
        }
        count += 1;
    }
    paths
}

fn moved(paths: &mut [Path], by: [f32; 2]) {
    for [x, y] in paths.iter_mut().flatten() {
        *x += by[0];
        *y += by[1];
    }
}

fn similar_ink(chance: &mut Chance) -> MarkInk {
    if chance.maybe(0.7) {
        MarkInk::Own
    } else {
        MarkInk::Takes(chance.between(&(0.2..0.9)))
    }
}

/// The feet of a line above or the heads of one below.
pub(super) fn neighbours(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Mark> {
    let window = scene.window;
    let mut paths = writing(window.left, window.right, chance);
    if paths.is_empty() {
        return Vec::new();
    }
    let reach = chance.between(&(0.02..0.24));
    let bounds = Bounds::of(paths.iter().flatten().copied());
    let down = if chance.maybe(0.55) {
        window.top + reach - bounds.bottom
    } else {
        window.bottom - reach - bounds.top
    };
    moved(&mut paths, [0.0, down]);
    let half = scene.writer.nib.half * chance.between(&(0.7..1.3));
    vec![strokes(
        Role::Neighbour,
        paths,
        half,
        similar_ink(chance),
        Layer::Under,
    )]
}

/// What a cut leaves of writing at a side: less than half a letter.
pub(super) fn beside(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Mark> {
    let window = scene.window;
    let mut paths = writing(0.0, 0.3, chance);
    if paths.is_empty() {
        return Vec::new();
    }
    let bounds = Bounds::of(paths.iter().flatten().copied());
    let seen = chance.between(&(0.03..0.16));
    let by = if chance.maybe(0.6) {
        window.right - seen - bounds.left
    } else {
        window.left + seen - bounds.right
    };
    moved(&mut paths, [by, chance.normal(0.0, 0.4)]);
    let half = scene.writer.nib.half;
    vec![strokes(
        Role::Neighbour,
        paths,
        half,
        similar_ink(chance),
        Layer::Under,
    )]
}

/// Writing of the other side, mirrored and weak.
pub(super) fn bleed(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Mark> {
    let window = scene.window;
    let mut paths = writing(window.left, window.right, chance);
    let sum = window.left + window.right;
    for [x, _] in paths.iter_mut().flatten() {
        *x = sum - *x;
    }
    moved(&mut paths, [0.0, chance.between(&(-0.7..0.7))]);
    let half = scene.writer.nib.half * chance.between(&(1.0..1.8));
    let ink = MarkInk::Takes(chance.between(&(0.03..0.14)));
    vec![strokes(Role::BleedThrough, paths, half, ink, Layer::Under)]
}

/// Dots and short hairs of dirt.
pub(super) fn specks(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Mark> {
    let window = scene.window;
    let speck = |chance: &mut Chance| {
        let [x, y] = [
            chance.between(&(window.left..window.right)),
            chance.between(&(window.top..window.bottom)),
        ];
        // Smaller than a point anyone writes.
        let long = if chance.maybe(0.15) {
            chance.between(&(0.05..0.25))
        } else {
            0.0
        };
        let turn = chance.between(&(0.0..6.3));
        let bend = chance.normal(0.0, 0.2) * long;
        let end = [x + long * turn.cos(), y + long * turn.sin()];
        let path = smooth(&[
            [x, y],
            [0.5 * (x + end[0]) + bend, 0.5 * (y + end[1]) + bend],
            end,
        ]);
        let half = chance.between(&(0.005..0.016));
        let ink = MarkInk::Takes(chance.between(&(0.15..0.8)));
        strokes(Role::Speck, vec![path], half, ink, Layer::Under)
    };
    (0..chance.count(1..=9)).map(|_| speck(chance)).collect()
}
