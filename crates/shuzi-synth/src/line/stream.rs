//! The stream of made lines.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use shuzi_data::rng::RngStream;
use shuzi_line::{LineError, LineImage, Normalization, Polarity, Symbol, Window};

use super::{Inks, Line, Spacing, compose, draw_glyphs, draw_mark};
use crate::{
    bank::Bank,
    geometry::{Bounds, Map},
    marks::{Layer, Mark, MarkParams, Scene, cells, marks, strikes},
    optics::{Optics, OpticsParams},
    paper::{Paper, PaperParams},
    random::Chance,
    raster::{Ink, Raster},
    role::Role,
    text::{Glyph, Text, TextParams, text},
    writer::{Writer, WriterParams},
};

/// How ink is dark. Shares of the light that it takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct InkParams {
    /// Weights of black ink, of grey or coloured ink, and of weak ink.
    pub kinds: [f32; 3],
    /// What each of them takes.
    pub takes: [Range<f32>; 3],
    /// Least that any glyph takes: what people still see.
    pub least: f32,
    /// Share of lines where one glyph is weaker than the others.
    pub one_weak: f32,
    /// Share of lines where every glyph's ink differs.
    pub varies: f32,
    /// Share of dry pens and pencils, and how much the paper's tooth leaves out.
    pub dry: (f32, Range<f32>),
}

impl Default for InkParams {
    fn default() -> Self {
        Self {
            kinds: [0.62, 0.26, 0.12],
            takes: [0.6..0.97, 0.35..0.65, 0.2..0.38],
            least: 0.2,
            one_weak: 0.08,
            varies: 0.15,
            dry: (0.3, 0.1..0.75),
        }
    }
}

/// How a line finder cuts lines. Shares of the ink's height.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CutParams {
    /// Room above and below the ink; below nought the cut takes some of it.
    pub room: Range<f32>,
    /// Share of cuts that take ink; the others leave room.
    pub tight: f32,
    /// Room at the sides.
    pub sides: Range<f32>,
    /// Share of lines whose first or last glyph goes over the picture's edge, and how much
    /// of a digit does.
    pub over_edge: (f32, Range<f32>),
    /// Least height of a cut in digits: of a dash or a point alone.
    pub least: Range<f32>,
    /// Rows of a line in its picture: scans at 200 to 300 dpi and photos; more rows look
    /// alike when they are brought to those of a line.
    pub rows: Range<f32>,
    /// Share of lines in small pictures, and their rows.
    pub small: (f32, Range<f32>),
    /// Turn of the picture that the line finder left, in degrees (deviation).
    pub turn: f32,
    /// Share of pictures in perspective, and how much nearer one end of ten digits is.
    pub tilt: (f32, f32),
    /// Share of lines written in cells, and a cell's width.
    pub cells: (f32, Range<f32>),
    /// Share of lines that the finder took for light ink on dark paper, or the other way.
    pub wrong_polarity: f32,
}

impl Default for CutParams {
    fn default() -> Self {
        Self {
            room: -0.15..0.25,
            tight: 0.15,
            sides: -0.03..0.8,
            over_edge: (0.04, 0.04..0.25),
            least: 0.45..1.1,
            rows: 32.0..76.0,
            small: (0.22, 14.0..32.0),
            turn: 1.2,
            tilt: (0.15, 0.15),
            cells: (0.1, 0.72..1.5),
            wrong_polarity: 0.01,
        }
    }
}

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
        let most = 0.35 * window.height() / window.width().max(1.0);
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
}

/// Everything that varies between made lines.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LineParams {
    /// What is written.
    pub text: TextParams,
    /// Who writes.
    pub writer: WriterParams,
    /// With what ink.
    pub ink: InkParams,
    /// What else is on the paper.
    pub marks: MarkParams,
    /// On what paper.
    pub paper: PaperParams,
    /// Seen by what camera.
    pub optics: OpticsParams,
    /// And cut how.
    pub cut: CutParams,
    /// How contrast is evened.
    pub normalization: Normalization,
    /// Whether samples have the writing's ink, too.
    pub with_ink: bool,
}

/// A made line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLineSample {
    /// What a network is given: `[HEIGHT, width]`, ink bright.
    pub image: LineImage,
    /// The signs that it shows, from left to right; empty if there are none.
    pub label: Vec<Symbol>,
    /// What else is on the paper.
    pub marks: Vec<Role>,
    /// Coverage by the writing's ink, `[HEIGHT, width]`, 255 = covered, if it was asked for
    /// ([`LineParams::with_ink`]): truth, which no reader of real pictures has.
    pub ink: Option<Vec<u8>>,
}

/// A stream of made lines without end: the `index`-th line of a seed is always the same.
#[derive(Debug, Clone)]
pub struct Lines {
    banks: Vec<Bank>,
    params: LineParams,
}

impl Lines {
    /// Lines whose digits come from `banks` and from the pen; without banks all come from
    /// the pen.
    pub fn new(banks: Vec<Bank>, params: LineParams) -> Self {
        Self { banks, params }
    }

    /// What the lines vary by.
    pub fn params(&self) -> &LineParams {
        &self.params
    }

    /// The `index`-th line of `seed`.
    ///
    /// # Errors
    ///
    /// [`LineError`] if parameters make a picture that holds no line: no such default is
    /// known.
    ///
    /// ```
    /// use shuzi_synth::{LineParams, Lines};
    ///
    /// let lines = Lines::new(Vec::new(), LineParams::default());
    /// let line = lines.sample(1, 7)?;
    /// assert_eq!(line.image.pixels.len(), 32 * line.image.width);
    /// assert_eq!(line, lines.sample(1, 7)?);
    /// # Ok::<(), shuzi_line::LineError>(())
    /// ```
    pub fn sample(&self, seed: u64, index: u64) -> Result<TextLineSample, LineError> {
        let chance = &mut Chance::new(seed, RngStream::TextLine, index);
        let params = &self.params;
        let text = text(&params.text, chance);
        let label = text.label();
        let mut writer = Writer::new(&params.writer, self.banks.len(), chance);
        let spacing = params.cut.spacing(&text, &mut writer, chance);
        let mut line = compose(&text, &writer, &self.banks, spacing, chance);
        let mut over = strike_marks(&text, &line, &writer, chance);
        for mark in &over {
            line.bounds = line.bounds.and(mark.bounds());
        }
        let window = cut(&params.cut, &line, chance);
        let scene = Scene {
            line: &line,
            writer: &writer,
            text: line.bounds,
            window,
        };
        let mut all = marks(&params.marks, &scene, chance);
        all.append(&mut cells(&params.marks, &scene, chance));
        // Strikes come before what lies over all.
        over.append(&mut all);
        let picture = self.picture(&text, &line, &writer, window, &over, chance);
        let whole = Window {
            left: 0.0,
            top: 0.0,
            width: picture.width as f64,
            height: picture.height as f64,
        };
        let size = [picture.width, picture.height];
        let light = picture.inverted != chance.maybe(params.cut.wrong_polarity);
        let polarity = if light {
            Polarity::LightInk
        } else {
            Polarity::DarkInk
        };
        let image = LineImage::cut(&picture.grey, size, whole, polarity, &params.normalization)?;
        let ink = picture
            .ink
            .map(|ink| LineImage::resized(&ink, size, whole).map(|line| line.pixels))
            .transpose()?;
        Ok(TextLineSample {
            image,
            label,
            marks: over.iter().map(|mark| mark.role).collect(),
            ink,
        })
    }

    fn picture(
        &self,
        text: &Text,
        line: &Line<'_>,
        writer: &Writer,
        window: Bounds,
        marks: &[Mark],
        chance: &mut Chance,
    ) -> Picture {
        let params = &self.params;
        let (small, few) = &params.cut.small;
        let rows = if chance.maybe(*small) {
            few
        } else {
            &params.cut.rows
        };
        let rows = chance.log_between(rows);
        let scale = rows / window.height().max(0.1);
        let height = rows.round().max(8.0) as usize;
        let width = (window.width() * scale).round().max(8.0) as usize;
        let map = params.cut.map(window, scale, chance);
        let paper = Paper::new(&params.paper, chance);
        let inks = inks(&params.ink, text, &paper, chance);
        let optics = Optics::new(&params.optics, scale, inks.faintest(), chance);
        let mut raster = Raster::new(width, height, 1);
        raster.light = paper.light(width, height, scale, chance);
        if let Some(print) = &paper.print {
            raster.cover(&print.taken(width, height, scale), 0);
        }
        if params.with_ink {
            raster.written = Some(vec![0.0; width * height]);
        }
        for mark in marks.iter().filter(|mark| mark.layer == Layer::Under) {
            draw_mark(&mut raster, &map, mark, &inks, 0);
        }
        draw_glyphs(&mut raster, &map, line, &writer.nib, &inks, |_| 0, chance);
        for mark in marks.iter().filter(|mark| mark.layer == Layer::Over) {
            draw_mark(&mut raster, &map, mark, &inks, 0);
        }
        let ink = raster.written.take().map(|written| {
            let byte = |cover: f32| (255.0 * cover).round() as u8;
            written.into_iter().map(byte).collect()
        });
        Picture {
            grey: optics.seen(raster.light, width, 1, chance),
            ink,
            width,
            height,
            inverted: optics.inverted,
        }
    }
}

/// A grey picture of a line.
struct Picture {
    grey: Vec<u8>,
    ink: Option<Vec<u8>>,
    width: usize,
    height: usize,
    inverted: bool,
}

/// Whether a text is one that forms have cells for.
fn cellular(text: &Text) -> bool {
    let plain = |glyph| matches!(glyph, Glyph::Digit(_) | Glyph::Gap);
    text.0.iter().all(|item| plain(item.glyph) && !item.struck)
}

/// A strike over every run of glyphs that is struck out.
pub(crate) fn strike_marks(
    text: &Text,
    line: &Line<'_>,
    writer: &Writer,
    chance: &mut Chance,
) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut run = Bounds::NONE;
    let mut last = None;
    for glyph in &line.glyphs {
        let is_struck = text.0[glyph.item].struck;
        // Gaps within a strike have no glyph, but are struck.
        let goes_on =
            last.is_some_and(|last| text.0[last..glyph.item].iter().all(|item| item.struck));
        if !run.is_none() && (!is_struck || !goes_on) {
            marks.push(strikes(run, writer.nib.half, chance));
            run = Bounds::NONE;
        }
        if is_struck {
            run = run.and(glyph.bounds);
            last = Some(glyph.item);
        } else {
            last = None;
        }
    }
    if !run.is_none() {
        marks.push(strikes(run, writer.nib.half, chance));
    }
    marks
}

/// The part of a line that is cut out.
fn cut(params: &CutParams, line: &Line<'_>, chance: &mut Chance) -> Bounds {
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

/// The inks of a line.
fn inks(params: &InkParams, text: &Text, paper: &Paper, chance: &mut Chance) -> Inks {
    let (takes, dryness) = ink_strength(params, paper, chance);
    let absorbs = [takes; 3];
    Inks {
        own: Ink {
            absorbs,
            dryness,
            tooth: chance.bits() as u32,
        },
        weaker: weaker(params, text, absorbs, paper, chance),
        other: [1.0; 3],
    }
}

/// How much light a writer's ink takes, as strong as the paper's print lets it be seen, and
/// how dry the pen is.
pub(crate) fn ink_strength(params: &InkParams, paper: &Paper, chance: &mut Chance) -> (f32, f32) {
    let kind = chance.weighted(&params.kinds).min(2);
    let least = params.least + paper.print_strength();
    let takes = chance.between(&params.takes[kind]).max(least).min(0.97);
    let (dry, dryness) = &params.dry;
    let dryness = if chance.maybe(*dry) {
        chance.between(dryness)
    } else {
        0.0
    };
    (takes, dryness * (1.0 - least))
}

/// How much weaker than the writer's own the ink of each item is.
pub(crate) fn weaker(
    params: &InkParams,
    text: &Text,
    absorbs: [f32; 3],
    paper: &Paper,
    chance: &mut Chance,
) -> Vec<f32> {
    let takes = absorbs.into_iter().fold(0.0, f32::max);
    let least = params.least + paper.print_strength();
    let n = text.0.len();
    let mut weaker = vec![1.0; n];
    if chance.maybe(params.varies) {
        let spread = chance.between(&(0.1..0.5));
        weaker.fill_with(|| 1.0 - spread * chance.unit());
    }
    if n > 1 && chance.maybe(params.one_weak) {
        weaker[chance.below(n)] = chance.between(&(0.2..0.7));
    }
    for weak in &mut weaker {
        *weak = weak.max(least / takes).min(1.0);
    }
    weaker
}
