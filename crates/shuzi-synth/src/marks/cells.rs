//! Boxes and combs for a digit each.

use super::{Layer, Mark, MarkInk, MarkParams, Scene, strokes};
use crate::{geometry::Path, pen::straight, random::Chance, role::Role};

/// What parts the cells that a text was written into.
pub(crate) fn cells(params: &MarkParams, scene: &Scene<'_>, chance: &mut Chance) -> Vec<Mark> {
    let walls = &scene.line.walls;
    let (Some(first), Some(last)) = (walls.first(), walls.last()) else {
        return Vec::new();
    };
    let window = scene.window;
    let text = scene.text;
    let half = chance.log_between(&params.line_half);
    let ink = MarkInk::Takes(chance.between(&params.line_ink));
    let lean = chance.normal(0.0, 0.012);
    let y = |x: f32, y: f32| y + lean * (x - first);
    // The cells' lines lie beyond the writing or cut its outermost ink.
    let top = text.top - chance.between(&(-0.04..0.25));
    let bottom = text.bottom + chance.between(&(-0.04..0.25));
    let upright = |x: f32, from: f32| straight(&[[x, y(x, from)], [x, y(x, bottom)]]);
    let level = |at: f32| straight(&[[*first, y(*first, at)], [*last, y(*last, at)]]);
    let mut paths: Vec<Path> = Vec::new();
    match chance.below(6) {
        // A comb.
        0 | 1 => {
            let from = bottom - chance.between(&(0.12..0.5)) * (bottom - top);
            paths.extend(walls.iter().map(|x| upright(*x, from)));
            paths.push(level(bottom));
        }
        // Boxes apart.
        2 => {
            let gap = chance.between(&(0.03..0.12));
            for pair in walls.windows(2) {
                let (l, r) = (pair[0] + gap, pair[1] - gap);
                paths.push(upright(l, top));
                paths.push(upright(r, top));
                for at in [top, bottom] {
                    paths.push(straight(&[[l, y(l, at)], [r, y(r, at)]]));
                }
            }
        }
        // Walls alone.
        3 => paths.extend(walls.iter().map(|x| upright(*x, window.top - 0.2))),
        _ => {
            paths.extend(walls.iter().map(|x| upright(*x, top)));
            paths.extend([level(top), level(bottom)]);
        }
    }
    vec![strokes(Role::Frame, paths, half, ink, Layer::Under)]
}
