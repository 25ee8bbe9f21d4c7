//! Sheets from templates.

mod code;
mod drawing;
mod pdf;
mod pixels;
mod svg;

pub use self::{
    code::{CodeError, PageCode},
    drawing::{Drawing, Mark, PrintError, sheet},
    pdf::{MOST_SHEETS, pdf},
    pixels::pixels,
    svg::svg,
};
