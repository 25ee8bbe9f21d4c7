//! Made text lines: the image that a network is given and the signs that it shows.

mod compose;
mod cut;
mod draw;
mod ink;
mod params;
mod shape;
mod stream;

pub(crate) use compose::{Drawing, Line, Place, Placed, Spacing, compose, ring_around};
pub(crate) use draw::{Inks, draw_glyphs, draw_mark};
pub(crate) use ink::{ink_strength, weaker};
pub use params::{CutParams, InkParams, LineParams};
pub(crate) use stream::strike_marks;
pub use stream::{Lines, TextLineSample};
