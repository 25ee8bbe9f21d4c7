//! What people add to a number: strikes, underlines, rings.

use super::{Layer, Mark, MarkInk, Scene, strokes};
use crate::{
    geometry::{Bounds, Path},
    line::ring_around,
    pen::{smooth, straight},
    random::Chance,
    role::Role,
};

/// Strokes over a box that was struck out.
pub(crate) fn strikes(bounds: Bounds, half: f32, chance: &mut Chance) -> Mark {
    let Bounds {
        left,
        top,
        right,
        bottom,
    } = bounds;
    let (wide, high) = (bounds.width(), bounds.height());
    let over = |chance: &mut Chance| chance.between(&(-0.05..0.35));
    let level = |at: f32, chance: &mut Chance| {
        let y = top + at * high;
        let (from, to) = ([left - over(chance), y], [right + over(chance), y]);
        let tilt = chance.normal(0.0, 0.06) * high;
        let bend = chance.normal(0.0, 0.06);
        smooth(&[
            [from[0], from[1] + tilt],
            [0.5 * (from[0] + to[0]), y + bend],
            [to[0], to[1] - tilt],
        ])
    };
    let mut paths: Vec<Path> = Vec::new();
    let middle = chance.between(&(0.38..0.64));
    match chance.below(12) {
        0..4 => paths.push(level(middle, chance)),
        4 | 5 => {
            let gap = chance.between(&(0.1..0.28));
            paths.push(level(middle - gap / 2.0, chance));
            paths.push(level(middle + gap / 2.0, chance));
        }
        6 => {
            // A cross.
            let o = over(chance) * 0.5;
            paths.push(straight(&[[left - o, top - o], [right + o, bottom + o]]));
            paths.push(straight(&[[right + o, top - o], [left - o, bottom + o]]));
        }
        7 => {
            // Slashes.
            let n = ((wide / chance.between(&(0.15..0.4))) as usize).clamp(2, 20);
            let lean = chance.between(&(0.1..0.5)) * chance.sign();
            for i in 0..n {
                let x = left + wide * (i as f32 + 0.5) / n as f32 + chance.normal(0.0, 0.04);
                let o = over(chance) * 0.4;
                paths.push(straight(&[
                    [x + lean / 2.0, top - o],
                    [x - lean / 2.0, bottom + o],
                ]));
            }
        }
        8 | 9 => {
            // To and fro without lifting.
            let n = ((wide / chance.between(&(0.06..0.2))) as usize).clamp(4, 60);
            let (high_end, low_end) = (chance.between(&(0.0..0.3)), chance.between(&(0.7..1.0)));
            let points: Vec<_> = (0..=n)
                .map(|i| {
                    let x = left + wide * i as f32 / n as f32;
                    let at = if i % 2 == 0 { high_end } else { low_end };
                    [x, top + high * (at + chance.normal(0.0, 0.06))]
                })
                .collect();
            paths.push(if chance.maybe(0.5) {
                smooth(&points)
            } else {
                straight(&points)
            });
        }
        10 => {
            // Loops.
            let turns = (wide / chance.between(&(0.12..0.3))).clamp(2.0, 20.0);
            let (middle, radius) = (
                top + high * middle,
                0.5 * high * chance.between(&(0.4..0.9)),
            );
            let n = (turns * 14.0) as usize;
            let point = |i: usize| {
                let t = i as f32 / n as f32;
                let angle = std::f32::consts::TAU * turns * t;
                [
                    left + wide * t + 0.12 * angle.cos(),
                    middle + radius * angle.sin(),
                ]
            };
            paths.push((0..=n).map(point).collect());
        }
        _ => {
            // Several hasty lines.
            for _ in 0..chance.count(3..=7) {
                let at = chance.between(&(0.15..0.85));
                paths.push(level(at, chance));
            }
        }
    }
    let half = half * chance.between(&(0.8..1.5));
    let ink = if chance.maybe(0.8) {
        MarkInk::Own
    } else {
        MarkInk::Takes(chance.between(&(0.35..0.9)))
    };
    strokes(Role::Strike, paths, half, ink, Layer::Over)
}

/// A line under the number, or under a part.
pub(super) fn underline(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Mark> {
    let text = scene.text;
    let mut left = text.left + chance.between(&(-0.25..0.3));
    let mut right = text.right + chance.between(&(-0.3..0.35));
    if chance.maybe(0.25) {
        let middle = 0.5 * (left + right);
        if chance.maybe(0.5) {
            left = middle;
        } else {
            right = middle;
        }
    }
    if right - left < 0.3 {
        right = left + 0.5;
    }
    let y = text.bottom + chance.between(&(-0.04..0.2));
    let tilt = chance.normal(0.0, 0.03);
    let sag = chance.normal(0.0, 0.05);
    let one = |y: f32| {
        let mut points = vec![
            [left, y + tilt],
            [0.5 * (left + right), y + sag],
            [right, y - tilt],
        ];
        if sag.abs() > 0.06 {
            // A flourish that comes back.
            points.push([right + 0.05, y - tilt + 0.08]);
        }
        smooth(&points)
    };
    let mut paths = vec![one(y)];
    if chance.maybe(0.25) {
        paths.push(one(y + chance.between(&(0.07..0.18))));
    }
    let half = scene.writer.nib.half * chance.between(&(0.6..1.2));
    vec![strokes(
        Role::Underline,
        paths,
        half,
        MarkInk::Own,
        Layer::Over,
    )]
}

/// A ring around the number or one of its glyphs.
pub(super) fn ring(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Mark> {
    let glyphs = &scene.line.glyphs;
    let bounds = if chance.maybe(0.5) {
        scene.text
    } else {
        match glyphs.get(chance.below(glyphs.len())) {
            Some(glyph) => glyph.bounds,
            None => return Vec::new(),
        }
    };
    let room = chance.between(&(-0.1..0.3));
    let path = ring_around(bounds, room, chance);
    let half = scene.writer.nib.half * chance.between(&(0.6..1.4));
    let ink = if chance.maybe(0.5) {
        MarkInk::Own
    } else {
        MarkInk::Takes(chance.between(&(0.25..0.8)))
    };
    vec![strokes(Role::Ring, vec![path], half, ink, Layer::Over)]
}
