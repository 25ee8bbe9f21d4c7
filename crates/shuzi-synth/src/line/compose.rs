//! A text as a writer puts it on a line.
//!
//! Measure: digits are 1 high, their heads at 0 and their feet at 1, the line begins at 0 and
//! goes to the right.

use super::shape::{Shape, Spec};
use crate::{
    bank::{Bank, Model},
    geometry::{Bounds, Path, Point},
    outline::Outline,
    pen::{arc, smooth},
    print::Print,
    random::Chance,
    text::{Glyph, Item, Text},
    writer::Writer,
};

/// How a glyph lies on the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    /// Left end of its upright outline, and its foot.
    pub(crate) origin: Point,
    /// Height, and width against the model's.
    pub(crate) size: [f32; 2],
    /// Columns to a row.
    pub(crate) slant: f32,
}

impl Place {
    /// From a glyph's own measure, its foot at 1, to the line's.
    pub(crate) fn apply(&self, [u, v]: Point) -> Point {
        let up = self.size[0] * (1.0 - v);
        [
            self.origin[0] + self.size[0] * self.size[1] * u + self.slant * up,
            self.origin[1] - up,
        ]
    }

    /// From the line's measure to the glyph's.
    pub(crate) fn inverse(&self, [x, y]: Point) -> Point {
        let up = self.origin[1] - y;
        [
            (x - self.origin[0] - self.slant * up) / (self.size[0] * self.size[1]),
            1.0 - up / self.size[0],
        ]
    }
}

/// What a glyph is drawn from.
#[derive(Debug, Clone)]
pub(crate) enum Drawing<'a> {
    /// Strokes in the line's measure.
    Strokes(Vec<Path>),
    /// A digit of a data set.
    Model {
        bank: &'a Bank,
        model: &'a Model,
        place: Place,
        /// Ink of the model that becomes the stroke's edge: low is a broad pen.
        edge: f32,
        /// Waves that bend it: amplitude, frequency and phase across and along.
        waves: [[f32; 3]; 2],
    },
    /// A printed character.
    Print { print: Print, place: Place },
}

/// A glyph on the line.
#[derive(Debug, Clone)]
pub(crate) struct Placed<'a> {
    /// Which item of the text it is.
    pub(crate) item: usize,
    pub(crate) drawing: Drawing<'a>,
    /// Where its ink is.
    pub(crate) bounds: Bounds,
}

/// A written line.
#[derive(Debug, Clone)]
pub(crate) struct Line<'a> {
    /// From left to right.
    pub(crate) glyphs: Vec<Placed<'a>>,
    /// Strokes that join two glyphs, and which item they go on from.
    pub(crate) joins: Vec<(usize, Path)>,
    /// Where all ink is.
    pub(crate) bounds: Bounds,
    /// Middles between the cells of boxes or combs, first and last wall included, if the
    /// text was written into cells.
    pub(crate) walls: Vec<f32>,
}

/// How glyphs follow each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Spacing {
    /// By the writer's gaps.
    Free,
    /// One in each cell, so wide.
    Cells(f32),
}

/// Writes a text.
pub(crate) fn compose<'a>(
    text: &Text,
    writer: &Writer,
    banks: &'a [Bank],
    spacing: Spacing,
    chance: &mut Chance,
) -> Line<'a> {
    let mut line = Line {
        glyphs: Vec::new(),
        joins: Vec::new(),
        bounds: Bounds::NONE,
        walls: Vec::new(),
    };
    let mut at = Cursor {
        outline: Outline::NONE,
        end: 0.0,
        gap: 0.0,
        cell: 0,
    };
    let mut last: Option<(Item, Point, bool)> = None;
    for (index, item) in text.0.iter().enumerate() {
        if item.glyph == Glyph::Gap {
            at.space(writer, chance);
            last = None;
            continue;
        }
        // People bend a line as they go, and write smaller or larger.
        let along = index as f32;
        let mut size = (1.0 + writer.growth * along).clamp(0.5, 1.6);
        size *= (1.0 + chance.normal(0.0, writer.uneven)).clamp(0.6, 1.5);
        let follows_digit = last.is_some_and(|(item, ..)| matches!(item.glyph, Glyph::Digit(_)));
        let mut wide = writer.aspect * (1.0 + chance.normal(0.0, 0.05)).clamp(0.7, 1.3);
        let mut foot = 1.0 + chance.normal(0.0, writer.wobble).clamp(-0.25, 0.25);
        let mut coil = false;
        match item.glyph {
            Glyph::Digit(0) if follows_digit => {
                size *= writer.zero_height;
                wide *= writer.zero_width;
                coil = writer.coils;
            }
            Glyph::Digit(4) => foot += writer.descends[0],
            Glyph::Digit(7) => foot += writer.descends[1],
            Glyph::Digit(9) => foot += writer.descends[2],
            _ => {}
        }
        if item.raised {
            size *= 0.62;
            foot -= 0.42;
        }
        let spec = Spec {
            item: *item,
            size,
            wide,
            slant: writer.slant + chance.normal(0.0, 0.035),
            coil,
        };
        let Some(shape) = Shape::new(&spec, writer, banks, chance) else {
            continue;
        };
        let outline = shape.outline.scaled(size * wide, size, foot - 1.0);
        let gap = match spacing {
            Spacing::Cells(_) => 0.0,
            Spacing::Free => gap(*item, last.map(|(item, ..)| item), writer, chance),
        };
        let Some(mut x) = at.next(&outline, gap) else {
            continue;
        };
        if let (Spacing::Cells(pitch), Some([left, right])) = (spacing, outline.span()) {
            let middle = pitch * (at.cell as f32 + 0.5) + chance.normal(0.0, 0.07 * pitch);
            x = middle - 0.5 * (left + right);
            at.cell += 1;
        }
        foot += writer.uphill * x;
        let place = Place {
            origin: [x, foot],
            size: [size, wide],
            slant: spec.slant,
        };
        at.outline = outline.moved(x);
        at.end = at.outline.span().map_or(at.end, |[_, right]| right);
        let placed = shape.placed(index, place, writer, chance);
        let zeros = |item: Item| item.glyph == Glyph::Digit(0);
        let ends = placed.ends();
        if let (Some((before, from, pen)), Some((to, _))) = (last, ends) {
            let both = zeros(before) && zeros(*item);
            let probability = if coil && both {
                0.85
            } else {
                writer.joins[usize::from(both)]
            };
            if matches!(item.glyph, Glyph::Digit(_)) && chance.maybe(probability) {
                line.joins.push((index, join(from, to, pen, both, chance)));
            }
        }
        let pen = matches!(placed.drawing, Drawing::Strokes(_));
        last = ends.map(|(_, end)| (*item, end, pen));
        line.bounds = line.bounds.and(placed.bounds);
        line.glyphs.push(placed);
    }
    for (_, path) in &line.joins {
        line.bounds = line.bounds.and(Bounds::of(path.iter().copied()));
    }
    if let Spacing::Cells(pitch) = spacing {
        line.walls = (0..=at.cell).map(|wall| wall as f32 * pitch).collect();
    }
    line
}

/// Least way from the begin of a glyph to that of the next, and from end to end, in digits'
/// heights: two ones of a fine pen side by side.
const LEAST_STEP: f32 = 0.13;

/// Where the pen is.
struct Cursor {
    /// Ink of the last glyph.
    outline: Outline,
    /// Its right end.
    end: f32,
    /// Room that was left since.
    gap: f32,
    /// Cells that are filled.
    cell: usize,
}

impl Cursor {
    /// Leaves a gap between two numbers: wider than any within them.
    fn space(&mut self, writer: &Writer, chance: &mut Chance) {
        self.gap += writer.gap.max(0.0) * 1.15 + chance.between(&(0.45..1.5));
        self.cell += 1;
    }

    /// Where the next glyph's origin comes to lie.
    fn next(&mut self, outline: &Outline, gap: f32) -> Option<f32> {
        let [left, right] = outline.span()?;
        let Some(before) = self.outline.span() else {
            // The first one.
            return Some(std::mem::take(&mut self.gap) - left);
        };
        let room = std::mem::take(&mut self.gap);
        if room > 0.0 {
            return Some(self.end + room - left);
        }
        let by_ink = gap - self.outline.distance(outline)?;
        // However much ink leaves free, boxes overlap by less than two fifths of the thinner,
        // and no glyph begins or ends with the one before: nobody could tell two ones from one.
        let most = 0.4 * (right - left).min(before[1] - before[0]);
        let least = (before[0] + LEAST_STEP - left).max(before[1] + LEAST_STEP - right);
        Some(by_ink.max(self.end - most - left).max(least))
    }
}

/// The distance between the ink of two neighbours.
fn gap(item: Item, before: Option<Item>, writer: &Writer, chance: &mut Chance) -> f32 {
    let gap = writer.gap + chance.normal(0.0, writer.gap_varies);
    let sign = |item: Item| matches!(item.glyph, Glyph::Sign(_));
    if sign(item) || before.is_some_and(sign) {
        // Signs touch digits less often, and have their own room.
        return gap.max(0.0) * chance.between(&(0.5..1.2)) + chance.between(&(0.01..0.22));
    }
    let both = |digit| {
        item.glyph == Glyph::Digit(digit) && before.is_some_and(|b| b.glyph == Glyph::Digit(digit))
    };
    if both(0) {
        return gap.min(0.35) + chance.normal(0.0, 0.03);
    }
    gap
}

impl Placed<'_> {
    /// Where the pen set down first and lifted last; for models about where it may have.
    fn ends(&self) -> Option<(Point, Point)> {
        match &self.drawing {
            Drawing::Strokes(strokes) => {
                let (first, last) = (strokes.first()?.first()?, strokes.last()?.last()?);
                Some((*first, *last))
            }
            Drawing::Print { .. } => None,
            Drawing::Model { .. } => {
                let Bounds {
                    left,
                    top,
                    right,
                    bottom,
                } = self.bounds;
                let at = |part: f32| top + part * (bottom - top);
                Some(([left + 0.2 * (right - left), at(0.3)], [right, at(0.6)]))
            }
        }
    }
}

/// A stroke from where one digit ends to where the next begins; `pen` says whether both
/// ends are known.
fn join(from: Point, to: Point, pen: bool, zeros: bool, chance: &mut Chance) -> Path {
    let near = |point: Point, by: f32, chance: &mut Chance| {
        [
            point[0] + chance.normal(0.0, 0.4 * by),
            point[1] + chance.normal(0.0, by),
        ]
    };
    let by = if pen { 0.02 } else { 0.12 };
    let (from, to) = (near(from, by, chance), near(to, by, chance));
    let sag = if zeros {
        chance.between(&(-0.12..0.18))
    } else {
        chance.between(&(-0.06..0.08))
    };
    let middle = [0.5 * (from[0] + to[0]), 0.5 * (from[1] + to[1]) + sag];
    smooth(&[from, middle, to])
}

/// A ring around a box, as people draw it: begun and ended anywhere.
pub(crate) fn ring_around(bounds: Bounds, room: f32, chance: &mut Chance) -> Path {
    let [x, y] = bounds.middle();
    let radii = [
        0.5 * bounds.width() * std::f32::consts::SQRT_2 + room,
        0.5 * bounds.height() * std::f32::consts::SQRT_2 + room,
    ];
    let begin = chance.unit();
    let around = chance.between(&(0.93..1.12));
    let mut path = arc([x, y], radii, begin, begin + around);
    let drift = chance.between(&(-0.06..0.08));
    let last = path.len().max(2) - 1;
    for (i, [px, py]) in path.iter_mut().enumerate() {
        let by = 1.0 + drift * i as f32 / last as f32;
        *px = x + (*px - x) * by;
        *py = y + (*py - y) * by;
    }
    path
}
