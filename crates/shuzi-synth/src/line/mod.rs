//! Made text lines: the image that a network is given and the signs that it shows.

mod compose;
mod draw;
mod stream;

pub(crate) use compose::{Drawing, Line, Place, Placed, Spacing, compose, ring_around};
pub(crate) use draw::{Inks, draw_glyphs, draw_mark};
pub use stream::{CutParams, InkParams, LineParams, Lines, TextLineSample};
pub(crate) use stream::{ink_strength, strike_marks, weaker};
