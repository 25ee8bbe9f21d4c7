//! Made handwriting with its ground truth, for training and measuring a reader.
//!
//! | module | room for |
//! |---|---|
//! | [`handwriting`] | lines of digits by one writer each, which say whose ink a pixel is |
//! | [`strings`] | pictures of whole numbers, and of none, and folders of them |
//! | [`Writers`] | pages of several kinds by the digits of several data sets |
//! | [`GroundTruth`] | what a part of a page shows |
//! | [`Lines`] | text lines as a network sees them, with the signs that they show |
//! | [`Pages`] | pages of numbers with every mark's role and the owner of every pixel of ink |
//! | [`Bank`] | digits of data sets that lines are written with |
//! | `pen` | digits, signs and letters drawn stroke by stroke, in the styles people have |
//! | `text`, `writer` | what people write where a number is asked for, and how |
//! | `marks`, `pattern` | print, other ink and dirt beside it |
//! | `paper`, `optics` | what it is written on, and seen by |
//!
//! Digits are taken from a [`shuzi_data::Dataset`] or drawn. Everything random derives from
//! a seed: the same seed and index give the same picture, whatever the number of threads.
//! Nothing is stored, and nothing here reads a picture.
//!
//! # Example
//!
//! ```
//! use shuzi_data::{ClassScheme, Dataset, idx::{Images, Labels}};
//! use shuzi_synth::handwriting::{DistractorRate, page};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Black squares for digits; MNIST gives real ones.
//! let mut pixels = vec![0; 10 * 28 * 28];
//! for image in pixels.chunks_mut(28 * 28) {
//!     for row in image.chunks_mut(28).skip(6).take(16) {
//!         row[8..20].fill(255);
//!     }
//! }
//! let images = Images::new(28, 28, pixels)?;
//! let writer = Dataset::new(images, Labels::new((0..10).collect())?, ClassScheme::Digits)?;
//! let page = page(&[&writer], DistractorRate::Low, 1, 0);
//! assert_eq!(page.pixels.len(), page.width * page.height);
//! assert_eq!(page.instances.len(), page.pixels.len());
//! # Ok(())
//! # }
//! ```

mod bank;
mod canvas;
mod error;
mod geometry;
mod ground_truth;
pub mod handwriting;
mod jpeg;
mod line;
mod marks;
mod optics;
mod outline;
mod page;
mod paper;
mod pattern;
mod pen;
mod print;
mod random;
mod raster;
mod role;
pub mod strings;
mod text;
mod writer;
mod writers;

pub use bank::Bank;
pub use error::SynthError;
pub use ground_truth::{Coverage, GroundTruth};
pub use jpeg::jpeg;
pub use line::{CutParams, InkParams, LineParams, Lines, TextLineSample};
pub use marks::MarkParams;
pub use optics::OpticsParams;
pub use page::{PageMark, PageParams, PageSample, Pages, write_pages};
pub use paper::PaperParams;
pub use role::Role;
pub use text::TextParams;
pub use writer::WriterParams;
pub use writers::{PageKind, Writers};
