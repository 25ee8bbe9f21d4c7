//! Stamps: rings, boxes, letters, worn and of one colour.

use super::{Layer, Mark, MarkInk, MarkShape, Scene, form::printed_word, strokes};
use crate::{
    geometry::Path,
    pen::{arc, straight},
    random::Chance,
    role::Role,
};

/// A stamp that lies over the line or at its side.
pub(super) fn stamp(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Mark> {
    let window = scene.window;
    let ink = MarkInk::Takes(chance.between(&(0.15..0.6)));
    let size = chance.between(&(0.6..2.2));
    let at = [
        chance.between(&(window.left - 0.3..window.right + 0.3)),
        chance.between(&(window.top - 0.6 * size..window.bottom + 0.6 * size)),
    ];
    let half = chance.between(&(0.015..0.06));
    let mut paths: Vec<Path> = Vec::new();
    let mut words = Vec::new();
    if chance.maybe(0.6) {
        let flat = chance.between(&(0.5..1.0));
        let rings = chance.count(1..=2);
        for i in 0..rings {
            let radius = size * (1.0 - 0.15 * i as f32);
            // Worn: a part did not print.
            let begin = chance.unit();
            let end = begin + chance.between(&(0.75..1.0));
            paths.push(arc(at, [radius, radius * flat], begin, end));
        }
    } else {
        let (x, y) = (size, size * chance.between(&(0.3..0.6)));
        let turn = chance.normal(0.0, 0.12);
        let corner = |sx: f32, sy: f32| {
            [
                at[0] + sx * x - turn * sy * y,
                at[1] + sy * y + turn * sx * x,
            ]
        };
        let corners = [
            corner(-1.0, -1.0),
            corner(1.0, -1.0),
            corner(1.0, 1.0),
            corner(-1.0, 1.0),
        ];
        for i in 0..4 {
            paths.push(straight(&[corners[i], corners[(i + 1) % 4]]));
        }
    }
    if chance.maybe(0.5) {
        let word = chance.pick(["PAID", "COPY", "VOID", "BANK", "REC'D", "POST"]);
        let height = size * chance.between(&(0.2..0.35));
        let start = [at[0] - 2.0 * height, at[1] + 0.5 * height];
        words = printed_word(word, start, height, chance);
    }
    let mut marks = vec![strokes(Role::Stamp, paths, half, ink, Layer::Over)];
    if !words.is_empty() {
        marks.push(Mark {
            role: Role::Stamp,
            shape: MarkShape::Print(words),
            ink,
            layer: Layer::Over,
        });
    }
    marks
}
