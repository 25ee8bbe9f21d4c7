//! What is known of a number before it is read.

use std::collections::BTreeSet;

use super::{
    Acceptor,
    acceptors::{
        Cells, Check, CheckDigits, Groups, Length, Lexicon, NumberModel, Pattern, PatternDigits,
        Range,
    },
};

/// Most digits that are told apart where lengths are compared.
const MOST_DIGITS: usize = 1000;

/// What is known of a number before it is read. All of it holds together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constraints {
    /// How many digits it has.
    pub length: Option<Length>,
    /// What it looks like.
    pub pattern: Option<Pattern>,
    /// The rule of its check digit.
    pub check: Option<Check>,
    /// How many cells were printed for it, a digit or none in each: the reader
    /// marks in the lattice where each begins.
    pub cells: Option<usize>,
    /// All numbers that it may be.
    pub lexicon: Option<Lexicon>,
    /// Between which values it lies.
    pub range: Option<Range>,
}

/// Why no number can obey constraints.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConstraintsError {
    /// Two of them ask for different lengths.
    #[error("the constraints contradict each other: {first} digits and {second} digits")]
    Lengths {
        /// One of them, or the shortest of several.
        first: usize,
        /// The other, or the shortest of several.
        second: usize,
    },
    /// It would have more digits than cells.
    #[error("the constraints contradict each other: {digits} digits in {cells} cells")]
    Cells {
        /// Fewest digits that the others ask for.
        digits: usize,
        /// Cells.
        cells: usize,
    },
}

/// How likely numbers are that may stand here, whatever is asked for.
type Expected = (Option<Cells>, (Option<Groups>, Option<NumberModel>));

/// What is asked of them.
type Asked<'a> = (
    (Option<Length>, Option<PatternDigits<'a>>),
    ((Option<CheckDigits>, Option<&'a Lexicon>), Option<Range>),
);

impl Constraints {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Checks that some number may obey all of them, by how many digits it would have.
    ///
    /// # Errors
    /// If two of them ask for different lengths, or for more digits than cells.
    pub fn validate(&self) -> Result<(), ConstraintsError> {
        let all = || 0..=MOST_DIGITS;
        let length = self
            .length
            .map(|length| all().filter(|n| length.allows(*n)).collect());
        let check = self.check.map(Check::lengths).map(|lengths| match lengths {
            [] => all().collect(),
            lengths => lengths.iter().copied().collect(),
        });
        let range = self
            .range
            .map(|range| (range.fewest_digits()..=MOST_DIGITS).collect());
        let asked: [Option<BTreeSet<usize>>; 5] = [
            length,
            self.pattern.as_ref().map(Pattern::lengths),
            check,
            self.lexicon.as_ref().map(Lexicon::lengths),
            range,
        ];
        let mut allowed: BTreeSet<usize> = all().collect();
        for lengths in asked.into_iter().flatten() {
            let both: BTreeSet<usize> = allowed.intersection(&lengths).copied().collect();
            if both.is_empty() {
                let least = |lengths: &BTreeSet<usize>| lengths.first().copied().unwrap_or(0);
                return Err(ConstraintsError::Lengths {
                    first: least(&allowed),
                    second: least(&lengths),
                });
            }
            allowed = both;
        }
        match (allowed.first(), self.cells) {
            (Some(&digits), Some(cells)) if digits > cells => {
                Err(ConstraintsError::Cells { digits, cells })
            }
            _ => Ok(()),
        }
    }

    /// Whether they are those of codes, which neither count nor measure anything: a check digit
    /// or a list is, and printed cells mostly are.
    fn are_of_codes(&self) -> bool {
        self.check.is_some() || self.lexicon.is_some() || self.cells.is_some()
    }

    /// Whether points say how many digits follow.
    pub(crate) fn weigh_groups(&self) -> bool {
        !self.are_of_codes()
    }

    /// Weighs numbers by what is likely on paper.
    pub(super) fn expected(&self) -> impl Acceptor + use<> {
        let expected: Expected = (
            self.cells.map(|_| Cells),
            (
                self.weigh_groups().then(Groups::default),
                (!self.are_of_codes()).then(NumberModel::default),
            ),
        );
        expected
    }

    /// Accepts the numbers that obey.
    pub(super) fn asked(&self) -> impl Acceptor + use<'_> {
        let asked: Asked<'_> = (
            (self.length, self.pattern.as_ref().map(Pattern::digits)),
            (
                (self.check.map(CheckDigits), self.lexicon.as_ref()),
                self.range,
            ),
        );
        asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(digits: usize) -> Constraints {
        Constraints {
            length: Some(Length::exactly(digits)),
            ..Constraints::default()
        }
    }

    #[test]
    fn lengths_that_contradict_each_other_are_refused() {
        let check = |check| Constraints {
            check: Some(check),
            ..length(12)
        };
        assert_eq!(check(Check::Luhn).validate(), Ok(()));
        assert_eq!(check(Check::Ean).validate(), Ok(()));
        let error = ConstraintsError::Lengths {
            first: 12,
            second: 13,
        };
        assert_eq!(check(Check::Isbn13).validate(), Err(error));
        let pattern = |text: &str| Constraints {
            pattern: Some(text.parse().unwrap()),
            ..length(4)
        };
        assert_eq!(pattern(r"\d{3,5}").validate(), Ok(()));
        assert!(pattern(r"\d{5}").validate().is_err());
        let list = |text: &str| Constraints {
            lexicon: Some(Lexicon::parse(text).unwrap()),
            ..length(4)
        };
        assert_eq!(list("123\n1234").validate(), Ok(()));
        assert!(list("123\n12345").validate().is_err());
        let range = |least, most| Constraints {
            range: Range::new(least, most),
            ..length(2)
        };
        assert_eq!(range(0, 5).validate(), Ok(()), "with a zero before it");
        assert!(range(100, 200).validate().is_err());
        let cells = |cells| Constraints {
            cells: Some(cells),
            ..length(4)
        };
        assert_eq!(cells(4).validate(), Ok(()));
        let error = ConstraintsError::Cells {
            digits: 4,
            cells: 3,
        };
        assert_eq!(cells(3).validate(), Err(error));
    }
}
