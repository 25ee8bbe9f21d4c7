//! The options of a reader, named and written as on the command line.

use std::num::NonZeroUsize;

use pyo3::prelude::*;
use shuzi::{
    CutOff, Limits, ReaderBuilder, Readers,
    lattice::{Constraints, acceptors::Lexicon},
};

use crate::error::{read_error, wrong_option};

/// Most cells of a number.
const MOST_CELLS: usize = 1000;

/// Name of no network.
const NONE: &str = "none";

/// What a reader is asked for; `None` is the default of the library.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Options {
    check: Option<String>,
    length: Option<String>,
    range: Option<String>,
    cells: Option<usize>,
    pattern: Option<String>,
    lexicon: Option<Vec<String>>,
    min_confidence: Option<f32>,
    max_error: Option<f64>,
    runner_up: bool,
    max_megapixels: Option<u64>,
    max_pages: Option<usize>,
    allow_damaged: bool,
    model: Option<String>,
    pairs: Option<String>,
    line: Option<String>,
    readers: Option<String>,
    threads: Option<usize>,
}

impl Options {
    /// The constraints that are asked for.
    fn constraints(&self) -> PyResult<Constraints> {
        if self
            .cells
            .is_some_and(|cells| !(1..=MOST_CELLS).contains(&cells))
        {
            return Err(wrong_option("cells")(&format!(
                "expected a number from 1 to {MOST_CELLS}"
            )));
        }
        let lexicon = self.lexicon.as_ref().map(|list| {
            let parsed = Lexicon::parse(&list.join("\n"));
            parsed.map_err(|error| wrong_option("lexicon")(&error))
        });
        Ok(Constraints {
            length: parsed("length", self.length.as_deref())?,
            pattern: parsed("pattern", self.pattern.as_deref())?,
            check: parsed("check", self.check.as_deref())?,
            cells: self.cells,
            lexicon: lexicon.transpose()?,
            range: parsed("range", self.range.as_deref())?,
        })
    }

    fn limits(&self) -> Limits {
        let default = Limits::default();
        let pixels = self.max_megapixels.map(|n| n.saturating_mul(1_000_000));
        Limits {
            pixels: pixels.unwrap_or(default.pixels),
            pages: self.max_pages.unwrap_or(default.pages),
            cut_off: if self.allow_damaged {
                CutOff::Read
            } else {
                CutOff::Refuse
            },
            ..default
        }
    }

    /// The reader that is asked for, without its networks.
    pub(crate) fn builder(&self) -> PyResult<ReaderBuilder> {
        let mut builder = shuzi::Reader::builder()
            .constraints(self.constraints()?)
            .limits(self.limits());
        if let Some(least) = self.min_confidence {
            if !(0.0..=1.0).contains(&least) {
                return Err(wrong_option("min_confidence")(
                    &"expected a number from 0 to 1",
                ));
            }
            builder = builder.min_confidence(least);
        }
        if let Some(share) = self.max_error {
            let calibrated = builder.max_error(share, &shuzi::shipped_calibration());
            builder = calibrated.map_err(|error| read_error(&error))?;
        }
        if self.runner_up {
            builder = builder.runner_up();
        }
        if let Some(model) = &self.model {
            builder = builder.model(model);
        }
        let network = |name: &String| (name != NONE).then(|| name.clone());
        if let Some(pairs) = &self.pairs {
            builder = builder.pairs(network(pairs));
        }
        if let Some(line) = &self.line {
            builder = builder.line(network(line));
        }
        if let Some(readers) = &self.readers {
            builder = builder.readers(match readers.as_str() {
                "lattice" => Readers::Lattice,
                "line" => Readers::Line,
                "both" => Readers::Both,
                _ => {
                    return Err(wrong_option("readers")(&"expected lattice, line or both"));
                }
            });
        }
        Ok(builder.threads(threads(self.threads)?))
    }
}

/// So many threads, or one for each core.
pub(crate) fn threads(count: Option<usize>) -> PyResult<NonZeroUsize> {
    let Some(count) = count else {
        return Ok(std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN));
    };
    NonZeroUsize::new(count).ok_or_else(|| wrong_option("threads")(&"expected at least 1"))
}

/// The value of an option, as the command line reads it.
fn parsed<T>(name: &'static str, text: Option<&str>) -> PyResult<Option<T>>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let value = text.map(str::parse).transpose();
    value.map_err(|error| wrong_option(name)(&error))
}
