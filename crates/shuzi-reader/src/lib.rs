//! From an image of handwritten digits to the number it shows.
//!
//! The way of an image, each stage a folder:
//!
//! | stage | from | to |
//! |---|---|---|
//! | [`image`] | bytes of a PNG, JPEG, TIFF, BMP, PNM, WebP or GIF | [`Picture`]: grey pixels |
//! | [`binarize`] | [`Picture`] | [`Ink`](binarize::Ink): how much of each pixel is ink |
//! | [`form_removal`] | ink | ink without print, [`Form`](form_removal::Form): what the print was |
//! | [`segment`] | ink | [`Components`](segment::components::Components), [`TextLine`](text_line::TextLine)s, every run of segments that may be a digit |
//! | [`classify`] | a [`Hypothesis`](text_line::Hypothesis) | its crop of 28×28, its posterior, what its geometry adds |
//! | [`lattice`] | what each hypothesis may be | the likeliest number that obeys the constraints |
//!
//! A [`Page`] holds all of it; each stage fills it further. [`Reader`] asks the networks.
//!
//! [`LabelledLines`](labelled::LabelledLines) are what its network is trained on as whole numbers.
//!
//! ```
//! use shuzi_models::{Model, PAIRS, READER};
//! use shuzi_nn::Threads;
//! use shuzi_reader::{Reader, ReaderConfig};
//!
//! let [reader, pairs] = [READER, PAIRS].map(Model::load);
//! let reader = reader?.classifier(Threads::single())?;
//! let pairs = pairs?.classifier(Threads::single())?;
//! let mut reader = Reader::new(reader, ReaderConfig::default())?.with_bigrams(pairs)?;
//! // A grey 64×64 image without any ink.
//! let mut blank = b"P5 64 64 255\n".to_vec();
//! blank.extend([200; 64 * 64]);
//! assert_eq!(reader.read(&blank)?.text, "");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod account;
pub mod binarize;
pub mod calibration;
pub mod classify;
pub mod decode;
pub mod error;
pub mod explain;
pub mod fit;
pub mod form_removal;
pub mod image;
pub mod labelled;
pub mod lattice;
pub mod mark;
pub mod page;
pub mod params;
pub mod reader;
pub mod reading;
pub mod recognize;
pub mod record;
pub mod reject;
pub mod segment;
pub mod text_line;

pub use decode::CombinationParams;
pub use error::{DecodeError, ReadError};
pub use image::{
    decode::{CutOff, Limits, Picture},
    pages::Pages,
    pixels::Pixels,
};
pub use mark::{Mark, Role};
pub use page::Page;
pub use params::StageParams;
pub use reader::{Reader, ReaderConfig, Readers};
pub use reading::{Digit, Number, Reading, RunnerUp};
pub use record::{PageNumber, Record};
pub use reject::RejectReason;
