//! Reads handwritten numbers off pictures.
//!
//! ```
//! # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples"))?;
//! let mut reader = shuzi::Reader::open()?;
//! let reading = reader.read("line-7210414959.png")?;
//! assert_eq!(reading.text, "7210414959");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The networks are inside: nothing is fetched or installed. A [`Reading`] has the number, the
//! probability that it is right as a whole, and whether that is enough
//! ([`accepted`](Reading::accepted)). What is known of the number, such as its length or its
//! check digit, is told to the [`ReaderBuilder`] and makes readings surer.
//!
//! | feature | what |
//! |---|---|
//! | `cli` (default) | the command line, `shuzi`, also as [`command_line`] |
//! | `download` (default) | its command that fetches MNIST |
//! | `forms` (default) | its command that reads forms |
//! | `serve` (default) | its commands that answer over HTTP: `serve`, `review` |
//!
//! The library needs neither: `shuzi = { version = "…", default-features = false }`. The
//! stages of reading are in [`shuzi_reader`], networks in [`shuzi_nn`] and [`shuzi_models`].

mod builder;
mod calibration;
mod error;
mod reader;
mod source;

// The command line's alone.
#[cfg(feature = "cli")]
mod args;
#[cfg(feature = "cli")]
mod command_line;
#[cfg(feature = "cli")]
mod commands;
#[cfg(feature = "cli")]
mod context;
#[cfg(feature = "cli")]
mod format;
#[cfg(feature = "cli")]
mod outcome;
#[cfg(feature = "cli")]
mod output;
#[cfg(feature = "cli")]
mod progress;
#[cfg(feature = "cli")]
mod temperature;

pub use builder::ReaderBuilder;
pub use calibration::shipped_calibration;
#[cfg(feature = "cli")]
pub use command_line::command_line;
pub use error::Error;
pub use reader::Reader;
#[doc(no_inline)]
pub use shuzi_reader::calibration::{Calibration, CalibrationError};
#[doc(no_inline)]
pub use shuzi_reader::{
    CutOff, Digit, Limits, Number, Pixels, Readers, Reading, RejectReason, RunnerUp, lattice,
};
pub use source::Source;
