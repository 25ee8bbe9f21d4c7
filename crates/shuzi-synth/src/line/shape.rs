//! A glyph of a writer, before and after it has its place.

use super::{Drawing, Place, Placed};
use crate::{
    bank::{Bank, Model},
    geometry::{Bounds, Path},
    outline::{Outline, band},
    pen::{Pen, bent, digit, letter, sign},
    print::Print,
    random::Chance,
    text::{Glyph, Item},
    writer::{Source, Writer},
};

/// What is to be drawn.
pub(super) struct Spec {
    pub(super) item: Item,
    pub(super) size: f32,
    pub(super) wide: f32,
    pub(super) slant: f32,
    /// A zero of one stroke, whoever writes.
    pub(super) coil: bool,
}

/// A glyph before it has its place.
pub(super) struct Shape<'a> {
    strokes: Vec<Path>,
    model: Option<(&'a Bank, &'a Model)>,
    print: Option<Print>,
    /// Upright, in the glyph's own measure.
    pub(super) outline: Outline,
}

impl<'a> Shape<'a> {
    pub(super) fn new(
        spec: &Spec,
        writer: &Writer,
        banks: &'a [Bank],
        chance: &mut Chance,
    ) -> Option<Self> {
        if let (true, Glyph::Letter(char)) = (spec.item.printed, spec.item.glyph) {
            // One weight for a word: the writer's habit.
            let weight = (writer.habit % 100) as f32 / 130.0 - 0.2;
            let print = Print::new(char, weight)?;
            return Some(Self {
                strokes: Vec::new(),
                model: None,
                outline: print.outline(),
                print: Some(print),
            });
        }
        if let (Glyph::Digit(value), Source::Bank(at), false) =
            (spec.item.glyph, writer.source, spec.coil)
        {
            let bank = banks.get(at)?;
            if let Some(model) = bank.nearest(value, writer.nib.half, writer.slant, chance) {
                return Some(Self {
                    strokes: Vec::new(),
                    model: Some((bank, model)),
                    print: None,
                    outline: model.outline,
                });
            }
        }
        let strokes = Self::drawn(spec, writer, chance);
        let half = writer.nib.half / spec.size;
        let mut outline = Outline::NONE;
        for [x, y] in strokes.iter().flatten() {
            outline.add(band(*y), [x - half / spec.wide, x + half / spec.wide]);
        }
        outline.span()?;
        Some(Self {
            strokes,
            model: None,
            print: None,
            outline,
        })
    }

    /// The strokes of the pen.
    fn drawn(spec: &Spec, writer: &Writer, chance: &mut Chance) -> Vec<Path> {
        let key = match spec.item.glyph {
            Glyph::Digit(value) => u64::from(value),
            Glyph::Sign(symbol) => 100 + u64::from(symbol.class()),
            Glyph::Letter(letter) => 1000 + u64::from(letter),
            Glyph::Gap => return Vec::new(),
        };
        let habit = writer
            .habit
            .wrapping_add(key.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut strokes = {
            let pen = &mut Pen::new(habit, writer.loose, chance);
            match spec.item.glyph {
                // The first style of a zero is a ring.
                Glyph::Digit(0) if spec.coil => digit(0, 0, pen),
                Glyph::Digit(value) => digit(value, writer.styles[usize::from(value)], pen),
                Glyph::Sign(symbol) => sign(symbol, pen),
                Glyph::Letter(char) => letter(char, pen),
                Glyph::Gap => Vec::new(),
            }
        };
        bent(&mut strokes, writer.bend, chance);
        strokes
    }

    pub(super) fn placed(
        self,
        item: usize,
        place: Place,
        writer: &Writer,
        chance: &mut Chance,
    ) -> Placed<'a> {
        if let Some((bank, model)) = self.model {
            let place = Place {
                slant: place.slant - model.slant * place.size[1],
                ..place
            };
            let mut wave = || {
                [
                    chance.normal(0.0, writer.bend),
                    chance.between(&(2.0..7.0)),
                    chance.between(&(0.0..6.3)),
                ]
            };
            let waves = [wave(), wave()];
            let box_of = Bounds::of([[0.0, 0.0], [Bank::width(model), 1.0]]);
            // A threshold of a half keeps the model's stroke; its edge is some two pixels wide.
            let wanted = writer.nib.half / place.size[0] - model.half;
            let edge = (0.45 - wanted * Bank::pixels(model) * 0.45).clamp(0.16, 0.75);
            return Placed {
                item,
                bounds: Bounds::of(box_of.corners().map(|corner| place.apply(corner))),
                drawing: Drawing::Model {
                    bank,
                    model,
                    place,
                    edge,
                    waves,
                },
            };
        }
        if let Some(print) = self.print {
            let place = Place {
                slant: 0.0,
                ..place
            };
            let [from, to] = Print::BOX;
            return Placed {
                item,
                bounds: Bounds::of([place.apply(from), place.apply(to)]),
                drawing: Drawing::Print { print, place },
            };
        }
        let mut strokes = self.strokes;
        for point in strokes.iter_mut().flatten() {
            *point = place.apply(*point);
        }
        Placed {
            item,
            bounds: Bounds::of(strokes.iter().flatten().copied()).grown(writer.nib.half),
            drawing: Drawing::Strokes(strokes),
        }
    }
}
