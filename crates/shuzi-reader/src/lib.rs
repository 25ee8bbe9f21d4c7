//! From an image of handwritten digits to the number it shows.
//!
//! The way of an image, each stage a public function with its own type:
//!
//! | stage | from | to |
//! |---|---|---|
//! | [`decode`], [`Pages`] | bytes of a PNG, JPEG, TIFF, BMP, PNM, WebP or GIF | [`Picture`]: grey pixels |
//! | [`binarize`] | [`Picture`] | [`Ink`]: how much of each pixel is ink |
//! | [`find_components`] | [`Ink`] | [`Components`]: regions for digits, in reading order |
//! | [`over_segment`] | [`Components`] | [`TextLine`]s: every digit that may be there |
//! | [`normalize_digit`], [`normalize_bigram`] | one [`Region`] | [`Crop`]: 28×28 as MNIST made its images, or of two digits |
//! | [`number::decode`] | what each digit may be | the likeliest number that obeys the rules |
//! | [`Reader`] | all of it | [`Reading`]: the number with its confidence |
//!
//! [`LabelledLines`] are what its network is trained on as whole numbers.
//!
//! ```
//! use shuzi_models::{Model, PAIRS, READER};
//! use shuzi_nn::Threads;
//! use shuzi_reader::{Reader, ReaderConfig};
//!
//! let [reader, pairs] = [READER, PAIRS].map(Model::load);
//! let reader = reader?.classifier(Threads::single())?;
//! let pairs = pairs?.classifier(Threads::single())?;
//! let mut reader = Reader::new(reader, ReaderConfig::default())?.with_pairs(pairs)?;
//! // A grey 64×64 image without any ink.
//! let mut blank = b"P5 64 64 255\n".to_vec();
//! blank.extend([200; 64 * 64]);
//! assert_eq!(reader.read(&blank)?.text, "");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod binarize;
mod classify;
mod decode;
mod error;
mod explain;
pub mod fit;
mod form_removal;
mod image;
mod labelled;
pub mod lattice;
pub mod number;
mod prepared;
mod reader;
mod reading;
mod reject;
mod segment;

pub use binarize::{Ink, Polarity, binarize, surroundings::binarize_within_surroundings};
pub use classify::{
    bigram::Pair,
    crop::{Crop, SIDE, normalize_bigram, normalize_digit},
    segment_model::{FEATURE_COUNT, FEATURE_NAMES, GARBAGE_ODDS, Geometry, Posterior, WEIGHTS},
};
pub use error::{DecodeError, ReadError};
pub use explain::{Explanation, explain};
pub use image::{
    decode::{CutOff, Limits, Picture, decode},
    pages::Pages,
    pixels::Pixels,
    rectangle::Rectangle,
};
pub use labelled::{LabelledLine, LabelledLines, LinesError, Piece, expect_pieces};
pub use number::ways::ANSWERS;
pub use prepared::{CutImage, Prepared, prepare, prepare_picture};
pub use reader::{Reader, ReaderConfig, Trace};
pub use reading::{Digit, Reading, RunnerUp};
pub use reject::RejectReason;
pub use segment::{
    components::{Components, Region, find_components},
    over_segmentation::{Hypothesis, SplitPolicy, TextLine, over_segment},
};
