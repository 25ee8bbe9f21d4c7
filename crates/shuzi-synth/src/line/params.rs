//! How lines vary.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use shuzi_line::Normalization;

use crate::{
    marks::MarkParams, optics::OpticsParams, paper::PaperParams, text::TextParams,
    writer::WriterParams,
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
