//! What is known of a number before it is read.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use shuzi_reader::lattice::{
    Constraints,
    acceptors::{Check, Length, Lexicon, Pattern, Range},
};

/// Most digits that are told of.
#[cfg(feature = "serve")]
const LONGEST: usize = 100;

/// The options that say what is known.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "What is known of the number (the likeliest that obeys is read)")]
pub(super) struct ConstraintArgs {
    /// Its digits obey this check digit's rule
    #[arg(long, value_name = "RULE", value_parser = checks())]
    check: Option<Check>,
    /// It has so many digits, or from one number of them to another: 1-3
    #[arg(long, value_name = "N")]
    length: Option<Length>,
    /// It lies between two values, both of them allowed, zeros before it or not
    #[arg(long, value_name = "A..B")]
    range: Option<Range>,
    /// It stands in a row of so many printed boxes, a digit or none in each
    ///
    /// Where no boxes are found, so many equal parts of the line. A box without a
    /// digit adds nothing to the number; between two that have one, the number is
    /// not accepted.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    cells: Option<u16>,
    /// It looks like this: \d is a digit, [0-3] one of some, other signs stand
    /// between digits
    ///
    /// As a regular expression: {4} and {1,3} repeat what is before them, ? makes it
    /// optional, + and * repeat it any number of times, a|b is one of two, (…) makes one
    /// of several, \ takes away a sign's meaning: \. is a point. Signs are not read:
    /// they are printed with the digits, and optional ones left out.
    #[arg(long, value_name = "PATTERN")]
    pattern: Option<Pattern>,
    /// It is one of those in this file, one a line
    #[arg(long, value_name = "FILE")]
    lexicon: Option<PathBuf>,
}

fn checks() -> impl TypedValueParser<Value = Check> {
    PossibleValuesParser::new(Check::names()).try_map(|name| name.parse::<Check>())
}

impl ConstraintArgs {
    /// The options as they were given, for people.
    #[cfg(feature = "serve")]
    pub(super) fn in_words(&self) -> Option<String> {
        let lengths = |length: Length| {
            let mut allowed = (0..=LONGEST).filter(|digits| length.allows(*digits));
            let least = allowed.next().unwrap_or(0);
            format!("{least} to {} digits", allowed.next_back().unwrap_or(least))
        };
        let words = [
            self.check
                .map(|check| format!("check digit {}", check.name())),
            self.length.map(lengths),
            self.range
                .map(|range| format!("{} to {}", range.least(), range.most())),
            self.cells.map(|cells| format!("{cells} cells")),
            self.pattern.as_ref().map(|_| "a pattern".to_owned()),
            self.lexicon
                .as_ref()
                .map(|path| format!("one of {}", path.display())),
        ];
        let words: Vec<String> = words.into_iter().flatten().collect();
        (!words.is_empty()).then(|| words.join(", "))
    }

    pub(super) fn load(&self) -> anyhow::Result<Constraints> {
        let lexicon = self.lexicon.as_ref().map(|path| {
            let text = fs::read_to_string(path).map_err(anyhow::Error::from);
            text.and_then(|text| Ok(Lexicon::parse(&text)?))
                .with_context(|| format!("can't use the lexicon {}", path.display()))
        });
        let constraints = Constraints {
            length: self.length,
            pattern: self.pattern.clone(),
            check: self.check,
            cells: self.cells.map(usize::from),
            lexicon: lexicon.transpose()?,
            range: self.range,
        };
        constraints.validate()?;
        Ok(constraints)
    }
}
