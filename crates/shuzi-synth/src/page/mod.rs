//! Made pages with the role of every mark and the owner of every pixel of ink.

mod canvas;
mod table;

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
mod tests {
    use super::*;

    fn pages() -> Pages {
        let params = PageParams {
            scale: 14.0..30.0,
            ..PageParams::default()
        };
        Pages::new(vec![Bank::numbers_ch().unwrap()], params)
    }

    #[test]
    fn the_same_seed_gives_the_same_page() {
        let pages = pages();
        assert_eq!(pages.sample(3, 5), pages.sample(3, 5));
        assert_ne!(pages.sample(3, 5), pages.sample(4, 5));
    }

    #[test]
    fn owners_part_the_ink_and_stay_in_their_boxes() {
        let pages = pages();
        for index in 0..40 {
            let page = pages.sample(1, index);
            assert_eq!(page.pixels.len(), 3 * page.width * page.height);
            let mut seen = vec![0usize; page.marks.len() + 1];
            for (at, own) in page.owner.iter().enumerate() {
                seen[usize::from(*own)] += 1;
                if let Some(own) = usize::from(*own).checked_sub(1) {
                    let [l, t, r, b] = page.marks[own].bounds;
                    let (x, y) = (at % page.width, at / page.width);
                    assert!((l..r).contains(&x) && (t..b).contains(&y), "page {index}");
                }
            }
            assert!(
                seen.iter().skip(1).all(|n| *n > 0),
                "page {index}: {seen:?}"
            );
        }
    }

    #[test]
    fn unstruck_signs_of_the_texts_are_marks_of_their_group() {
        let pages = pages();
        for index in 0..40 {
            let page = pages.sample(2, index);
            for (group, text) in page.texts.iter().enumerate() {
                let of = |symbol: Symbol| {
                    let own = |mark: &&PageMark| {
                        mark.symbol == Some(symbol) && mark.group == Some(group as u16)
                    };
                    page.marks.iter().filter(own).count()
                };
                for digit in text.iter().filter(|symbol| symbol.digit().is_some()) {
                    let wanted = text.iter().filter(|symbol| *symbol == digit).count();
                    // A stamp or a strip may hide one whole.
                    assert!(of(*digit) + 1 >= wanted, "page {index}: {text:?}");
                }
            }
        }
    }

    #[test]
    fn tables_have_a_text_for_every_cell_in_its_column() {
        let params = PageParams {
            table: (1.0, [4, 3]),
            scale: 14.0..20.0,
            ..PageParams::default()
        };
        let pages = Pages::new(Vec::new(), params);
        for index in 0..30 {
            let page = pages.sample(6, index);
            let [rows, columns] = page.table.unwrap();
            assert!((2..=4).contains(&rows) && (1..=3).contains(&columns));
            assert_eq!(page.texts.len(), rows * columns);
            // A cell's digits lie left of those of the next in its row.
            let span = |group: usize| {
                let of = page
                    .marks
                    .iter()
                    .filter(|mark| mark.group == Some(group as u16) && mark.role == Role::Digit);
                of.map(|mark| (mark.bounds[0], mark.bounds[2]))
                    .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
            };
            for group in 0..page.texts.len() - 1 {
                if (group + 1) % columns == 0 {
                    continue;
                }
                if let (Some(left), Some(right)) = (span(group), span(group + 1)) {
                    assert!(
                        left.0 < right.0 && left.1 < right.1,
                        "page {index}, {group}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_role_that_a_page_can_have_occurs() {
        let pages = pages();
        let mut roles = std::collections::BTreeSet::new();
        for index in 0..400 {
            roles.extend(pages.sample(7, index).marks.iter().map(|mark| mark.role));
        }
        for role in [
            Role::Digit,
            Role::Sign,
            Role::Letter,
            Role::Strike,
            Role::Underline,
            Role::Ruling,
            Role::Wall,
            Role::Frame,
            Role::Ring,
            Role::Stamp,
            Role::Pattern,
            Role::Print,
            Role::Speck,
            Role::Strip,
        ] {
            assert!(roles.contains(&role), "{role:?} in {roles:?}");
        }
    }
}
