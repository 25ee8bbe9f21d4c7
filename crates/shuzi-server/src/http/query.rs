//! The options of reading, as a request's query has them.

use std::fmt::Display;

use axum::{extract::Query, http::Uri};
use serde::Deserialize;
use shuzi_reader::{
    CutOff, ReaderConfig,
    lattice::{Constraints, acceptors::Lexicon},
};
use utoipa::IntoParams;

use super::{App, Problem};

/// Most cells of a number.
const MOST_CELLS: usize = 1000;

/// The options of reading: those of `shuzi read`, and their values are written as there.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadQuery {
    /// Its digits obey this check digit's rule
    #[param(example = "luhn")]
    check: Option<String>,
    /// It has so many digits, or from one number of them to another: 1-3
    #[param(example = "1-3")]
    length: Option<String>,
    /// It lies between two values, both of them allowed
    #[param(example = "0..9999999999")]
    range: Option<String>,
    /// It stands in a row of so many printed boxes, a digit or none in each
    #[param(minimum = 1, maximum = 1000)]
    cells: Option<usize>,
    /// It looks like this: \d is a digit, [0-3] one of some, other signs stand between digits
    #[param(example = r"\d+")]
    pattern: Option<String>,
    /// It is one of these, with commas between them
    #[param(example = "7210414959,12")]
    lexicon: Option<String>,
    /// Least confidence of a number that is accepted, 0 to 1
    #[param(minimum = 0, maximum = 1)]
    min_confidence: Option<f32>,
    /// Whether to find the next likeliest number, too
    runner_up: Option<bool>,
    /// Whether files that end early are read as far as they go
    allow_damaged: Option<bool>,
    /// Which page of a TIFF, from 1; by default one file's first, and of a batch all
    #[param(minimum = 1)]
    page: Option<usize>,
}

/// What a query asks for.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) config: ReaderConfig,
    /// Which page, from 1.
    pub(crate) page: Option<usize>,
}

/// Takes a query apart.
pub(crate) fn asked(uri: &Uri, app: &App) -> Result<Asked, Problem> {
    let query = Query::<ReadQuery>::try_from_uri(uri);
    let Query(query) = query.map_err(|error| Problem::Query(error.body_text()))?;
    if query.page == Some(0) {
        return Err(Problem::Query("page: expected a number from 1".into()));
    }
    if query
        .cells
        .is_some_and(|cells| !(1..=MOST_CELLS).contains(&cells))
    {
        let message = format!("cells: expected a number from 1 to {MOST_CELLS}");
        return Err(Problem::Query(message));
    }
    let least = query.min_confidence.unwrap_or(app.config.min_confidence);
    if !(0.0..=1.0).contains(&least) {
        let message = "min_confidence: expected a number from 0 to 1";
        return Err(Problem::Query(message.into()));
    }
    let lexicon = query.lexicon.as_ref();
    let lexicon = lexicon.map(|list| Lexicon::parse(&list.replace(',', "\n")));
    let constraints = Constraints {
        length: parsed("length", query.length.as_deref())?,
        pattern: parsed("pattern", query.pattern.as_deref())?,
        check: parsed("check", query.check.as_deref())?,
        cells: query.cells,
        lexicon: lexicon.transpose().map_err(wrong("lexicon"))?,
        range: parsed("range", query.range.as_deref())?,
    };
    let checked = constraints.validate();
    checked.map_err(|error| Problem::Constraints(error.to_string()))?;
    let mut limits = app.config.limits;
    match query.allow_damaged {
        Some(true) => limits.cut_off = CutOff::Read,
        Some(false) => limits.cut_off = CutOff::Refuse,
        None => {}
    }
    let config = ReaderConfig {
        limits,
        min_confidence: least,
        constraints,
        runner_up: query.runner_up.unwrap_or(false),
        ..ReaderConfig::default()
    };
    Ok(Asked {
        config,
        page: query.page,
    })
}

/// The value of an option, as the command line reads it.
fn parsed<T>(name: &'static str, text: Option<&str>) -> Result<Option<T>, Problem>
where
    T: std::str::FromStr<Err: Display>,
{
    text.map(str::parse).transpose().map_err(wrong(name))
}

fn wrong<E: Display>(name: &'static str) -> impl Fn(E) -> Problem {
    move |error| Problem::Query(format!("{name}: {error}"))
}
