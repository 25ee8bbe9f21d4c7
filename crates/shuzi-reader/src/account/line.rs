//! The digits of a line as a measure for what stands among them.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::{
    account::{
        Glyph, Scene,
        strike::{Dark, StrikeParams},
    },
    image::{morphology::Blob, rectangle::Rectangle},
};

/// What tells a line of print that strikes digits out. Lengths in the digits' height.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PrintedStrikeParams {
    /// Share of a digit's height, from above and below, in which a line across it is no strike.
    pub margin: f64,
    /// How far a strike goes on beyond the digits.
    pub beyond: f64,
    /// Highest piece of a strike.
    pub thickest: f64,
    /// How much of the digits' width it goes along.
    pub along: f64,
    /// How much of that is seen between the strokes of all and of each.
    pub drawn: f64,
}

impl Default for PrintedStrikeParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            margin: 0.2,
            beyond: 0.7,
            thickest: 0.35,
            along: 0.7,
            drawn: 0.25,
        }
    }
}

/// What tells an upright that was read as a 1 and is none: the wall of a cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WallParams {
    /// How many times as high as the others it is.
    pub high: f64,
    /// The same of one that alone runs to the picture's edge.
    pub high_at_edge: f64,
    /// Its width in its height.
    pub slim: f64,
}

impl Default for WallParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            high: 1.35,
            high_at_edge: 1.1,
            slim: 0.25,
        }
    }
}

/// The digits of one line, from left to right.
pub(super) struct DigitLine<'a> {
    pub(super) glyphs: Vec<Glyph<'a>>,
    /// Median of their heights, in pixels.
    pub(super) height: f64,
}

/// Lines in their order.
pub(super) fn lines<'a>(glyphs: &[Glyph<'a>]) -> Vec<DigitLine<'a>> {
    let lines = glyphs.chunk_by(|a, b| a.region.line == b.region.line);
    let line = |glyphs: &[Glyph<'a>]| DigitLine {
        height: median(glyphs.iter().map(|glyph| glyph.region.bounds.height as f64)),
        glyphs: glyphs.to_vec(),
    };
    lines.map(line).collect()
}

/// The lower median; 1 of none.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
        .get(values.len().saturating_sub(1) / 2)
        .map_or(1.0, |median| median.max(1.0))
}

impl DigitLine<'_> {
    /// Which line of the page it is.
    pub(super) fn index(&self) -> usize {
        self.glyphs.first().map_or(0, |glyph| glyph.region.line)
    }

    /// Around all digits.
    pub(super) fn bounds(&self) -> Rectangle {
        let all = self.glyphs.iter().map(|glyph| glyph.region.bounds);
        let whole = all.reduce(|a, b| a.union(&b));
        whole.unwrap_or_else(|| Rectangle::pixel(0, 0))
    }

    /// Rows of the middle of the digits beside column `x`.
    pub(super) fn middle(&self, x: f64) -> f64 {
        let middles = || self.glyphs.iter().map(|glyph| glyph.region.bounds.middle());
        let before = middles().rfind(|middle| middle[0] <= x);
        let after = middles().find(|middle| middle[0] > x);
        match (before, after) {
            (Some(a), Some(b)) => 0.5 * (a[1] + b[1]),
            (Some(one), None) | (None, Some(one)) => one[1],
            (None, None) => 0.0,
        }
    }

    /// How many digits are to the left of column `x`.
    pub(super) fn position(&self, x: f64) -> usize {
        let before = |glyph: &&Glyph<'_>| glyph.region.bounds.middle()[0] <= x;
        self.glyphs.iter().filter(before).count()
    }

    /// The line of print that strikes digits out, if there is one: it goes through the middle
    /// of several in a row, and little further. Where strokes cross it, it is in pieces.
    pub(super) fn strike(
        &self,
        printed: &[Blob],
        params: &PrintedStrikeParams,
    ) -> Option<Rectangle> {
        let middle = params.margin..1.0 - params.margin;
        let reach = (params.beyond * self.height) as usize;
        let through = printed.iter().map(|print| print.bounds).filter(|bounds| {
            let [x, y] = bounds.middle();
            let row = (y - self.middle(x)) / self.height + 0.5;
            middle.contains(&row) && (bounds.height as f64) < params.thickest * self.height
        });
        let through: Vec<Rectangle> = through.collect();
        let crossed = |glyph: &&Glyph<'_>| {
            let digit = &glyph.region.bounds;
            let drawn: usize = through
                .iter()
                .map(|bounds| bounds.shared_columns(digit))
                .sum();
            drawn as f64 >= params.drawn * digit.width as f64
        };
        let struck = self.glyphs.iter().filter(crossed);
        let bounds = struck.clone().map(|glyph| glyph.region.bounds);
        let digits = bounds.reduce(|a, b| a.union(&b))?;
        let beside = |bounds: &&Rectangle| {
            bounds.right() + reach >= digits.x && bounds.x <= digits.right() + reach
        };
        let own = through.iter().filter(beside).copied();
        let drawn: usize = own.clone().map(|bounds| bounds.width).sum();
        let strike = own.reduce(|a, b| a.union(&b))?;
        let flat = strike.width > 4 * strike.height;
        let ends = strike.x + reach >= digits.x && strike.right() <= digits.right() + reach;
        let along = strike.shared_columns(&digits) as f64 >= params.along * digits.width as f64;
        let drawn = drawn as f64 >= params.drawn * digits.width as f64;
        (struck.count() > 1 && flat && ends && along && drawn).then_some(strike)
    }

    /// Neighbours that a straight line goes through, if some hang together by one.
    pub(super) fn joined_by_strike(
        &self,
        dark: &impl Deref<Target = Dark>,
        params: &StrikeParams,
    ) -> Option<Rectangle> {
        let bounds = |glyph: &Glyph<'_>| glyph.region.bounds;
        let pairs = self
            .glyphs
            .windows(2)
            .map(|pair| [bounds(&pair[0]), bounds(&pair[1])]);
        // What is apart is not joined.
        let touching = pairs.filter(|[a, b]| b.x <= a.right() + 1);
        let whole = touching.map(|[a, b]| a.union(&b));
        let struck = whole.filter(|whole| dark.is_struck_beyond(whole, params));
        struck.reduce(|a, b| a.union(&b))
    }

    /// Uprights that were read as a 1 though they are far higher than the other digits, or
    /// run to the picture's edge where no other digit does.
    pub(super) fn walls(
        &self,
        scene: &Scene<'_>,
        params: &WallParams,
    ) -> impl Iterator<Item = Rectangle> + use<> {
        let WallParams {
            high,
            high_at_edge,
            slim,
        } = *params;
        let at_edge = |bounds: &Rectangle| bounds.y == 0 || bounds.bottom() >= scene.ink.height;
        let edges = self
            .glyphs
            .iter()
            .filter(|glyph| at_edge(&glyph.region.bounds));
        let alone = edges.count() == 1;
        let others = self.glyphs.iter().filter(|glyph| glyph.value != 1);
        let height = median(others.map(|glyph| glyph.region.bounds.height as f64));
        let known = self.glyphs.iter().any(|glyph| glyph.value != 1);
        let uprights = self.glyphs.iter().filter(|glyph| glyph.value == 1);
        let uprights = uprights
            .map(|glyph| glyph.region.bounds)
            .filter(move |bounds| {
                let [width, own] = [bounds.width, bounds.height].map(|side| side as f64);
                let least = if alone && at_edge(bounds) {
                    high_at_edge
                } else {
                    high
                };
                known && width < slim * own && own > least * height
            });
        uprights.collect::<Vec<_>>().into_iter()
    }
}
