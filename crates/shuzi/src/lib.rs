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
//! | `cli` (default) | the command line, `shuzi` |
//! | `download` (default) | its command that fetches MNIST |
//! | `forms` (default) | its command that reads forms |
//! | `serve` (default) | its command that answers over HTTP |
//!
//! The library needs neither: `shuzi = { version = "…", default-features = false }`. The
//! stages of reading are in [`shuzi_reader`], networks in [`shuzi_nn`] and [`shuzi_models`].

mod builder;
mod calibration;
mod error;
mod reader;
mod source;

pub use builder::ReaderBuilder;
pub use calibration::shipped_calibration;
pub use error::Error;
pub use reader::Reader;
#[doc(no_inline)]
pub use shuzi_reader::calibration::{Calibration, CalibrationError};
#[doc(no_inline)]
pub use shuzi_reader::{
    CutOff, Digit, Limits, Number, Pixels, Readers, Reading, RejectReason, RunnerUp, lattice,
};
pub use source::Source;
