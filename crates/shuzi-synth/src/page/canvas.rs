//! A page in the making.

use shuzi_line::Symbol;

use super::{PageMark, PageParams, PageSample, Written};
use crate::{
    geometry::{Bounds, Map},
    line::{Inks, Placed, draw_glyphs, draw_mark},
    marks::{Layer, Mark},
    optics::Optics,
    paper::Paper,
    random::Chance,
    raster::{Owners, Raster},
    role::Role,
    text::{Glyph, Text},
};

/// A page in the making.
pub(super) struct Canvas {
    raster: Raster,
    /// Every mark drawn, whether it owns a pixel or not.
    marks: Vec<PageMark>,
}

impl Canvas {
    /// Paper of a tint.
    pub(super) fn new(
        window: Bounds,
        scale: f32,
        paper: &Paper,
        params: &PageParams,
        chance: &mut Chance,
    ) -> Self {
        let size = |length: f32| (length * scale).round().max(8.0) as usize;
        let (width, height) = (size(window.width()), size(window.height()));
        let mut raster = Raster::new(width, height, 3);
        let light = paper.light(width, height, scale, chance);
        let tint = if chance.maybe(params.coloured[1]) {
            tint(chance)
        } else {
            [1.0; 3]
        };
        for (plane, part) in raster.light.chunks_exact_mut(width * height).zip(tint) {
            for (to, from) in plane.iter_mut().zip(&light) {
                *to = from * part;
            }
        }
        raster.owners = Some(Owners::new(width * height));
        Self {
            raster,
            marks: Vec::new(),
        }
    }

    /// Notes a mark and gives its number.
    fn note(&mut self, role: Role, symbol: Option<Symbol>, group: Option<u16>) -> u16 {
        self.marks.push(PageMark {
            role,
            bounds: [0; 4],
            symbol,
            group,
        });
        self.marks.len() as u16
    }

    pub(super) fn pattern(&mut self, paper: &Paper, scale: f32) {
        let Some(print) = &paper.print else { return };
        let owner = self.note(Role::Pattern, None, None);
        let taken = print.taken(self.raster.width, self.raster.height, scale);
        self.raster.cover(&taken, owner);
    }

    pub(super) fn mark(&mut self, map: &Map, mark: &Mark, inks: &Inks, group: Option<u16>) {
        let owner = self.note(mark.role, None, group);
        draw_mark(&mut self.raster, map, mark, inks, owner);
    }

    pub(super) fn write(
        &mut self,
        written: &Written<'_>,
        map: &Map,
        group: u16,
        chance: &mut Chance,
    ) {
        let map = map.moved(written.at);
        let under = |mark: &&Mark| mark.layer == Layer::Under;
        for mark in written.beside.iter().filter(under) {
            self.mark(&map, mark, &written.inks, Some(group));
        }
        let before = self.marks.len();
        let glyphs = &written.line.glyphs;
        for glyph in glyphs {
            let symbol = written.text.symbol(glyph.item);
            self.note(role(&written.text, glyph), Some(symbol), Some(group));
        }
        let owner = |item: usize| {
            let at = glyphs.iter().position(|glyph| glyph.item == item);
            at.map_or(0, |at| (before + at + 1) as u16)
        };
        let (line, nib) = (&written.line, &written.writer.nib);
        draw_glyphs(
            &mut self.raster,
            &map,
            line,
            nib,
            &written.inks,
            owner,
            chance,
        );
        let over = written
            .beside
            .iter()
            .filter(|mark| mark.layer == Layer::Over);
        for mark in written.strikes.iter().chain(over) {
            self.mark(&map, mark, &written.inks, Some(group));
        }
    }

    /// Seen by a camera, every pixel of ink with its owner.
    pub(super) fn finished(
        self,
        optics: &Optics,
        texts: Vec<Vec<Symbol>>,
        table: Option<[usize; 2]>,
        least: f32,
        chance: &mut Chance,
    ) -> PageSample {
        let Self { raster, mut marks } = self;
        let (width, height) = (raster.width, raster.height);
        let owners = raster.owners.unwrap_or_else(|| Owners::new(width * height));
        let mut left = owners.left.clone();
        optics.spread(&mut left, width);
        let mut owner = owners.settled(&left, width, least);
        // What owns nothing is no mark of this page.
        let mut numbers = vec![0u16; marks.len() + 1];
        for (at, own) in owner.iter().enumerate() {
            let own = usize::from(*own);
            let Some(mark) = own.checked_sub(1).and_then(|own| marks.get_mut(own)) else {
                continue;
            };
            let (x, y) = (at % width, at / width);
            let [l, t, r, b] = mark.bounds;
            mark.bounds = if numbers[own] == 0 {
                [x, y, x + 1, y + 1]
            } else {
                [l.min(x), t.min(y), r.max(x + 1), b.max(y + 1)]
            };
            numbers[own] = 1;
        }
        let mut next = 0;
        for number in numbers.iter_mut().filter(|number| **number > 0) {
            next += 1;
            *number = next;
        }
        for own in &mut owner {
            *own = numbers[usize::from(*own)];
        }
        let mut kept = numbers.iter().skip(1).map(|number| *number > 0);
        marks.retain(|_| kept.next().unwrap_or(false));
        PageSample {
            width,
            height,
            pixels: optics.seen(raster.light, width, 3, chance),
            light_ink: optics.inverted,
            texts,
            table,
            marks,
            owner,
        }
    }
}

/// A colour of paper: mostly yellowish, some bluish, greenish or pink.
fn tint(chance: &mut Chance) -> [f32; 3] {
    let (near, far) = (chance.between(&(0.9..1.0)), chance.between(&(0.72..0.95)));
    match chance.below(20) {
        0..3 => [far, near, 1.0],
        3..5 => [near * near, 1.0, near],
        5 => [1.0, far, near],
        _ => [1.0, near, far],
    }
}

/// The role of a glyph.
fn role(text: &Text, glyph: &Placed<'_>) -> Role {
    let item = text.0[glyph.item];
    match item.glyph {
        _ if item.printed => Role::Print,
        Glyph::Digit(_) => Role::Digit,
        Glyph::Sign(_) => Role::Sign,
        Glyph::Letter(_) | Glyph::Gap => Role::Letter,
    }
}
