//! Made pages with the role of every mark and the owner of every pixel of ink.

mod canvas;
mod folder;
mod table;

pub use folder::write_pages;

use std::ops::{Range, RangeInclusive};

use serde::{Deserialize, Serialize};
use shuzi_data::rng::RngStream;
use shuzi_line::Symbol;

use canvas::Canvas;

use crate::{
    bank::Bank,
    geometry::Bounds,
    line::{Inks, Line, LineParams, compose, ink_strength, strike_marks, weaker},
    marks::{Layer, Mark, MarkParams, Scene, cells, marks},
    optics::Optics,
    paper::Paper,
    random::Chance,
    raster::Ink,
    role::Role,
    text::{Text, text},
    writer::Writer,
};

/// What pages are like. Lengths in digits' heights where nothing else is said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PageParams {
    /// What their lines are like; of the cut only turn and tilt are used.
    pub line: LineParams,
    /// Lines of a page.
    pub lines: RangeInclusive<usize>,
    /// From one baseline to the next.
    pub pitch: Range<f32>,
    /// Room around all writing: from its edge to far away.
    pub margin: Range<f32>,
    /// Most by which a line begins further right than the page's left edge.
    pub indent: f32,
    /// A digit's height in pixels.
    pub scale: Range<f32>,
    /// Most pixels of a page: what is larger is scaled down.
    pub largest: usize,
    /// Share of pages that are a ruled table of short numbers, its most rows and columns.
    pub table: (f32, [usize; 2]),
    /// Share of writers with coloured ink, and of papers with a tint.
    pub coloured: [f32; 2],
    /// Least share of a pixel's light that a mark takes where it owns the pixel: what people
    /// see.
    pub least: f32,
}

impl Default for PageParams {
    fn default() -> Self {
        Self {
            line: LineParams::default(),
            lines: 1..=4,
            pitch: 1.5..3.2,
            margin: 0.0..2.5,
            indent: 3.0,
            scale: 14.0..64.0,
            largest: 1_500_000,
            table: (0.12, [6, 5]),
            coloured: [0.5, 0.5],
            least: 0.12,
        }
    }
}

/// A mark of ink on a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageMark {
    /// What it is.
    pub role: Role,
    /// First and one past the last column and row of the pixels that it owns: left, top,
    /// right, bottom.
    pub bounds: [usize; 4],
    /// The sign that it is or is part of; `None` if it is no part of a text.
    pub symbol: Option<Symbol>,
    /// The text that it belongs to, an index of [`PageSample::texts`].
    pub group: Option<u16>,
}

/// A made page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageSample {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `[height, width, 3]`: red, green, blue.
    pub pixels: Vec<u8>,
    /// Whether ink is lighter than paper.
    pub light_ink: bool,
    /// The texts from top to bottom, those of a table's row from left to right, as signs.
    pub texts: Vec<Vec<Symbol>>,
    /// Rows and columns of a table; the texts are its cells, row by row, empty ones without
    /// signs.
    pub table: Option<[usize; 2]>,
    /// Every mark that owns a pixel.
    pub marks: Vec<PageMark>,
    /// `[height, width]`: 0 is paper, `i + 1` ink of `marks[i]`.
    pub owner: Vec<u16>,
}

/// A stream of made pages: the `index`-th page of a seed is always the same.
#[derive(Debug, Clone)]
pub struct Pages {
    banks: Vec<Bank>,
    params: PageParams,
}

/// A text on the page.
struct Written<'a> {
    text: Text,
    writer: Writer,
    line: Line<'a>,
    /// Where the line's measure begins on the page.
    at: [f32; 2],
    strikes: Vec<Mark>,
    beside: Vec<Mark>,
    inks: Inks,
}

/// Marks of a line alone; what covers a page is laid on once.
fn of_line(params: &MarkParams) -> MarkParams {
    MarkParams {
        rulings: 0.0,
        squares: 0.0,
        strip: 0.0,
        specks: 0.0,
        neighbours: 0.0,
        beside: 0.0,
        bleed: 0.0,
        stamp: 0.0,
        ..params.clone()
    }
}

/// Marks of the whole page.
fn of_page(params: &MarkParams) -> MarkParams {
    MarkParams {
        walls: 0.0,
        frame: 0.0,
        underline: 0.0,
        ring: 0.0,
        label: 0.0,
        neighbours: 0.0,
        beside: 0.0,
        // A page shows more of them than a line.
        stamp: 2.0 * params.stamp,
        ..params.clone()
    }
}

impl Pages {
    /// Pages whose digits come from `banks` and from the pen.
    pub fn new(banks: Vec<Bank>, params: PageParams) -> Self {
        Self { banks, params }
    }

    /// What the pages vary by.
    pub fn params(&self) -> &PageParams {
        &self.params
    }

    /// The `index`-th page of `seed`.
    ///
    /// ```
    /// use shuzi_synth::{PageParams, Pages};
    ///
    /// let page = Pages::new(Vec::new(), PageParams::default()).sample(1, 0);
    /// assert_eq!(page.owner.len(), page.width * page.height);
    /// assert!(page.marks.iter().any(|mark| mark.symbol.is_some()));
    /// ```
    pub fn sample(&self, seed: u64, index: u64) -> PageSample {
        let chance = &mut Chance::new(seed, RngStream::MarkedPage, index);
        let params = &self.params;
        let paper = Paper::new(&params.line.paper, chance);
        let (share, most) = &params.table;
        let (lines, table) = if chance.maybe(*share) {
            let table = self.table(*most, &paper, chance);
            (table.cells, Some((table.size, table.rules)))
        } else {
            (self.lines(&paper, chance), None)
        };
        let one = Bounds::of([[0.0, 0.0], [1.0, 1.0]]);
        let all = lines
            .iter()
            .fold(one, |all, written| all.and(written.bounds()));
        let all = table
            .iter()
            .fold(all, |all, (_, rules)| all.and(rules.bounds()));
        let mut window = all;
        let mut margin = || chance.between(&params.margin);
        window.left -= margin();
        window.top -= margin();
        window.right += margin();
        window.bottom += margin();
        let most = (params.largest as f32 / (window.width() * window.height())).sqrt();
        let scale = chance.log_between(&params.scale).min(most);
        let map = params.line.cut.map(window, scale, chance);
        let mut canvas = Canvas::new(window, scale, &paper, params, chance);
        canvas.pattern(&paper, scale);
        let faintest = lines.iter().map(|written| written.inks.faintest());
        let faintest = faintest.fold(1.0, f32::min);
        let optics = Optics::new(&params.line.optics, scale, faintest, chance);
        let Some(first) = lines.first() else {
            return canvas.finished(&optics, Vec::new(), None, params.least, chance);
        };
        let scene = Scene {
            line: &first.line,
            writer: &first.writer,
            text: all.moved([-first.at[0], -first.at[1]]),
            window: window.moved([-first.at[0], -first.at[1]]),
        };
        let sheet = marks(&of_page(&params.line.marks), &scene, chance);
        let lay = |layer: Layer, canvas: &mut Canvas| {
            for mark in sheet.iter().filter(|mark| mark.layer == layer) {
                canvas.mark(&map.moved(first.at), mark, &first.inks, None);
            }
        };
        lay(Layer::Under, &mut canvas);
        if let Some((_, rules)) = &table {
            canvas.mark(&map, rules, &first.inks, None);
        }
        for (group, written) in lines.iter().enumerate() {
            canvas.write(written, &map, group as u16, chance);
        }
        lay(Layer::Over, &mut canvas);
        let texts = lines.iter().map(|written| written.text.label()).collect();
        let size = table.map(|(size, _)| size);
        canvas.finished(&optics, texts, size, params.least, chance)
    }

    /// The page's texts, one below the other.
    fn lines(&self, paper: &Paper, chance: &mut Chance) -> Vec<Written<'_>> {
        let params = &self.params.line;
        let writer = Writer::new(&params.writer, self.banks.len(), chance);
        let own = self.ink(paper, chance);
        let pitch = chance.between(&self.params.pitch);
        let n = chance.count(self.params.lines.clone());
        let mut foot = 0.0;
        let mut all: Vec<Written<'_>> = Vec::with_capacity(n);
        for _ in 0..n {
            let text = text(&params.text, chance);
            let mut written = self.written(text, &writer, own, paper, chance);
            // What is struck out has its correction close by, above or below.
            let correction = all.last().is_some_and(Written::is_struck) || written.is_struck();
            let pitch = if correction && chance.maybe(0.5) {
                chance.between(&(0.95..1.3))
            } else {
                pitch
            };
            // Room for what a writer's slope does to long lines.
            foot += pitch + 0.5 * (written.line.bounds.height() - 1.2).max(0.0);
            written.at = [chance.between(&(0.0..self.params.indent)), foot];
            all.push(written);
        }
        all
    }

    /// A text with its marks, its measure's origin on the page's.
    fn written(
        &self,
        text: Text,
        writer: &Writer,
        own: Ink,
        paper: &Paper,
        chance: &mut Chance,
    ) -> Written<'_> {
        let params = &self.params.line;
        let mut writer = writer.clone();
        let spacing = params.cut.spacing(&text, &mut writer, chance);
        let line = compose(&text, &writer, &self.banks, spacing, chance);
        let strikes = strike_marks(&text, &line, &writer, chance);
        let inks = Inks {
            own,
            weaker: weaker(&params.ink, &text, own.absorbs, paper, chance),
            other: colour(chance),
        };
        let scene = Scene {
            line: &line,
            writer: &writer,
            text: line.bounds,
            window: line.bounds.grown(0.25),
        };
        let mut beside = Vec::new();
        // What stays empty has nothing beside it.
        if !line.bounds.is_none() {
            beside.append(&mut marks(&of_line(&params.marks), &scene, chance));
            beside.append(&mut cells(&params.marks, &scene, chance));
        }
        Written {
            writer,
            text,
            line,
            at: [0.0; 2],
            strikes,
            beside,
            inks,
        }
    }

    /// The writer's ink.
    fn ink(&self, paper: &Paper, chance: &mut Chance) -> Ink {
        let (takes, dryness) = ink_strength(&self.params.line.ink, paper, chance);
        let tint = if chance.maybe(self.params.coloured[0]) {
            colour(chance)
        } else {
            [1.0; 3]
        };
        Ink {
            absorbs: tint.map(|part| part * takes),
            dryness,
            tooth: chance.bits() as u32,
        }
    }
}

/// A colour of ink: the share of each channel's light that it takes, the most being 1.
fn colour(chance: &mut Chance) -> [f32; 3] {
    let low = |chance: &mut Chance| chance.between(&(0.15..0.75));
    let (a, b) = (low(chance), low(chance));
    match chance.below(8) {
        // Black and grey.
        0 | 1 => [1.0; 3],
        // Blue: keeps blue.
        2..5 => [1.0, (a + 1.0) / 2.0, b],
        // Red.
        5 => [a.min(0.4), 1.0, 0.9],
        // Green.
        6 => [1.0, a, 0.9],
        // Orange and brown.
        _ => [a.min(0.4), 0.7, 1.0],
    }
}

impl Written<'_> {
    /// Whether all of it is struck out.
    fn is_struck(&self) -> bool {
        self.text.0.iter().all(|item| item.struck)
    }

    fn bounds(&self) -> Bounds {
        let all = self
            .strikes
            .iter()
            .fold(self.line.bounds, |all, mark| all.and(mark.bounds()));
        let all = if all.is_none() {
            Bounds::of([[0.0, 0.0], [1.0, 1.0]])
        } else {
            all
        };
        all.moved(self.at)
    }
}

#[cfg(test)]
mod tests;
