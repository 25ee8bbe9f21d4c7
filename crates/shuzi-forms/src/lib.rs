//! Filled forms to tables.
//!
//! One [`Template`] says what stands where on a form and what is known of it. It prints the
//! form and reads it:
//!
//! | module | from | to |
//! |---|---|---|
//! | [`template`] | TOML or JSON | pages, fields, boxes, rules; what of it can't work |
//! | [`mod@print`] | a template | PDF, SVG, pixels |
//! | [`register`] | a picture, a page's marks | where each millimetre of the page lies on it |
//! | [`cells`] | a registered picture | what is in each box: a digit, nothing, a cross … |
//! | [`decode`] | what boxes say, what is known | values, whether they are sure, rules judged |
//! | [`output`] | values | rows of CSV and JSON lines |
//! | [`reader`] | pictures | rows: all of it |

pub mod cells;
pub mod decode;
pub mod geometry;
pub mod output;
pub mod print;
pub mod reader;
pub mod register;
pub mod template;

pub use reader::{FormReader, FormReaderConfig};
pub use template::{Template, TemplateError};
