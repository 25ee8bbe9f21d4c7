//! From an image of handwritten digits to the number it shows.
//!
//! The way of an image, each stage a public function with its own type:
//!
//! | stage | from | to |
//! |---|---|---|
//! | [`decode`], [`Pages`] | bytes of a PNG, JPEG, TIFF, BMP, PNM, WebP or GIF | [`Picture`]: grey pixels |
//! | [`find_ink`] | [`Picture`] | [`Ink`]: how much of each pixel is ink |
//! | [`segment`] | [`Ink`] | [`Segments`]: candidates for digits, in reading order |
//! | [`cut`] | [`Segments`] | [`Line`]s: every digit that may be there |
//! | [`normalize`], [`normalize_pair`] | one [`Candidate`] | [`Crop`]: 28×28 as MNIST made its images, or of two digits |
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

mod arcs;
mod bounds;
mod cells;
mod cut;
mod decode;
mod error;
mod evidence;
mod explain;
pub mod fit;
mod groups;
mod ink;
mod labelled;
mod light;
mod near;
mod normalize;
pub mod number;
mod otsu;
mod pages;
mod pairs;
mod paper;
mod prepared;
mod prior;
mod reader;
mod reading;
mod refusal;
mod resample;
mod rules;
pub mod score;
mod scored;
mod segment;
mod sheet;
mod straight;
mod ways;

pub use bounds::Bounds;
pub use cut::{Cuts, Hypothesis, Line, cut};
pub use decode::{Limits, Picture, decode};
pub use error::{DecodeError, ReadError};
pub use evidence::{FEATURES, NAMES, NONE_FACTOR, Scores, Shape, WEIGHTS};
pub use explain::{Explanation, explain};
pub use ink::{Ink, Polarity, find_ink, find_ink_within};
pub use labelled::{LabelledLine, LabelledLines, LinesError, Piece, expect_pieces};
pub use normalize::{Crop, SIDE, normalize, normalize_pair};
pub use pages::Pages;
pub use pairs::Pair;
pub use prepared::{CutImage, Prepared, prepare, prepare_picture};
pub use reader::{Reader, ReaderConfig, Trace};
pub use reading::{Digit, Reading, RunnerUp};
pub use refusal::Refusal;
pub use segment::{Candidate, Segments, segment};
pub use ways::ANSWERS;
