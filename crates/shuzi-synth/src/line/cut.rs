//! Where a line is written and what of it is cut out.

use std::ops::Range;

use super::{Line, Spacing, params::CutParams};
use crate::{
    geometry::{Bounds, Map},
    random::Chance,
    text::{Glyph, Text},
    writer::Writer,
};

impl CutParams {
    /// Whether a text is written into cells, where people write more upright.
    pub(crate) fn spacing(&self, text: &Text, writer: &mut Writer, chance: &mut Chance) -> Spacing {
        let (share, width) = &self.cells;
        if !cellular(text) || !chance.maybe(*share) {
            return Spacing::Free;
        }
        writer.slant *= 0.5;
        writer.uphill = 0.0;
        writer.joins = [0.0; 2];
        Spacing::Cells(chance.between(width))
    }

    /// The way from the line's measure to pixels: scaled, a little turned and tilted.
    pub(crate) fn map(&self, window: Bounds, scale: f32, chance: &mut Chance) -> Map {
        let params = self;
        let [x, y] = window.middle();
        // A long line that is turned by much was cut turned.
        let most = 0.15 * window.height() / window.width().max(1.0);
        let turn = chance
            .normal(0.0, params.turn)
            .to_radians()
            .clamp(-most, most);
        let (share, tilt) = params.tilt;
        let tilt = if chance.maybe(share) {
            tilt / 10.0 * chance.between(&(-1.0..1.0)) / (window.width() / 10.0).max(1.0)
        } else {
            0.0
        };
        let stretch = chance.between(&(0.93..1.08));
        let (sin, cos) = turn.sin_cos();
        let (sx, sy) = (scale * stretch, scale);
        let flat = |tilt: f32| {
            let middle = [0.5 * window.width() * scale, 0.5 * window.height() * scale];
            let a = [[sx * cos, -sx * sin], [sy * sin, sy * cos]];
            let row = |k: usize| {
                // The window's middle comes to the picture's, whatever the tilt.
                let by = a[k][0] * x + a[k][1] * y;
                [
                    a[k][0] + tilt * middle[k],
                    a[k][1],
                    middle[k] * (1.0 - tilt * x) - by,
                ]
            };
            Map::new([row(0), row(1)], [tilt / (1.0 - tilt * x).max(0.1), 0.0])
        };
        let plain = Map::new(
            [
                [scale, 0.0, -scale * window.left],
                [0.0, scale, -scale * window.top],
            ],
            [0.0; 2],
        );
        match flat(tilt).or(plain) {
            Some(map) => map,
            None => Map::IDENTITY,
        }
    }

    /// The part of a line that is cut out.
    pub(crate) fn window(&self, line: &Line<'_>, chance: &mut Chance) -> Bounds {
        let params = self;
        let mut bounds = if line.bounds.is_none() {
            Bounds::of([[0.0, 0.0], [1.0, 1.0]])
        } else {
            line.bounds
        };
        let least = chance.between(&params.least);
        let grow = 0.5 * (least - bounds.height()).max(0.0);
        bounds.top -= grow;
        bounds.bottom += grow;
        let high = bounds.height();
        let mut room = |range: &Range<f32>, tight: f32| {
            if chance.maybe(tight) {
                chance.between(&(range.start..0.0))
            } else {
                chance.between(&(0.0..range.end))
            }
        };
        bounds.top -= high * room(&params.room, params.tight);
        bounds.bottom += high * room(&params.room, params.tight);
        // A cut takes no more than two fifths of any sign: the label holds what is seen.
        for glyph in &line.glyphs {
            let part = 0.4 * glyph.bounds.height();
            bounds.top = bounds.top.min(glyph.bounds.top + part);
            bounds.bottom = bounds.bottom.max(glyph.bounds.bottom - part);
        }
        bounds.left -= high * room(&params.sides, 0.1);
        bounds.right += high * room(&params.sides, 0.1);
        let (share, over) = &params.over_edge;
        if line.glyphs.len() > 1 && chance.maybe(*share) {
            let over = chance.between(over);
            let (first, last) = (&line.glyphs[0], &line.glyphs[line.glyphs.len() - 1]);
            if chance.maybe(0.5) {
                bounds.left = first.bounds.left + over * first.bounds.width();
            } else {
                bounds.right = last.bounds.right - over * last.bounds.width();
            }
        }
        bounds.right = bounds.right.max(bounds.left + 0.2);
        bounds
    }
}

/// Whether a text is one that forms have cells for.
fn cellular(text: &Text) -> bool {
    let plain = |glyph| matches!(glyph, Glyph::Digit(_) | Glyph::Gap);
    text.0.iter().all(|item| plain(item.glyph) && !item.struck)
}
