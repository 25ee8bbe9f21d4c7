//! What a number looks like: `\d{4}-\d{4}`, as a regular expression without captures.

mod nfa;
mod parse;

use std::{collections::BTreeSet, str::FromStr};

use self::nfa::{Nfa, Node};
use shuzi_line::Symbol;

use crate::lattice::Acceptor;

/// Most digits of a pattern.
const MOST_DIGITS: usize = 1000;

/// A regular expression of digits and of signs that stand between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    nfa: Nfa,
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// Something that a pattern can't have.
    #[error("at character {at} of the pattern: {problem}")]
    Syntax {
        /// Where, from 1.
        at: usize,
        /// What is wrong there.
        problem: String,
    },
    /// The pattern has no digits.
    #[error("expected a pattern of at least one digit")]
    NoDigits,
    /// All its numbers have too many digits.
    #[error("expected a pattern of numbers of at most {most} digits")]
    Digits {
        /// Most digits.
        most: usize,
    },
    /// Written out, repetitions make it too long.
    #[error("expected a pattern of at most {most} parts, repetitions written out")]
    Size {
        /// Most parts.
        most: usize,
    },
}

/// Whether the signs of a pattern are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signs {
    /// The lattice has digits alone; signs are printed, or passed over.
    #[default]
    PassedOver,
    /// Signs are read where the lattice has symbols of them.
    Read,
}

impl Pattern {
    /// Digits that a number may have, up to `MOST_DIGITS`.
    pub fn lengths(&self) -> BTreeSet<usize> {
        let is_digit = |node: &Node| matches!(node, Node::Digit(..));
        let is_sign = |node: &Node| matches!(node, Node::Sign(..));
        let mut lengths = BTreeSet::new();
        let mut state = Some(self.nfa.closure([self.nfa.start()], is_sign));
        for length in 0..=MOST_DIGITS {
            let Some(here) = state else { break };
            if self.nfa.accepts(&here) {
                lengths.insert(length);
            }
            state = self.nfa.after(&here, is_digit, is_sign);
        }
        lengths
    }

    /// The acceptor of what the pattern says of digits.
    pub fn digits(&self) -> PatternDigits<'_> {
        PatternDigits {
            pattern: self,
            signs: Signs::PassedOver,
        }
    }

    /// The acceptor of numbers with their signs.
    pub fn signs(&self) -> PatternDigits<'_> {
        PatternDigits {
            pattern: self,
            signs: Signs::Read,
        }
    }

    /// The digits with what stands between them: as few signs as the pattern allows, since an
    /// optional one was not seen. Of digits that it does not allow nothing else.
    pub fn format(&self, digits: &[u8]) -> String {
        let plain = || {
            digits
                .iter()
                .map(|digit| char::from(b'0' + digit))
                .collect()
        };
        self.nfa.shortest(digits).unwrap_or_else(plain)
    }
}

/// `\d` or a set like `[0-3]` or `[579]` is one digit, a digit is itself, `{n}`, `{n,m}`, `?`,
/// `+` and `*` repeat what is before them, `(…)` makes one of several, `|` stands between two
/// of which one is meant, `\` takes away the next character's meaning, anything else stands
/// between digits.
impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let pattern = Self {
            nfa: parse::parse(text)?,
        };
        let most = pattern.lengths().last().copied();
        match most {
            None => Err(PatternError::Digits { most: MOST_DIGITS }),
            Some(0) => Err(PatternError::NoDigits),
            Some(_) => Ok(pattern),
        }
    }
}

/// Accepts the numbers of a [`Pattern`].
#[derive(Clone, Copy, Debug)]
pub struct PatternDigits<'a> {
    pattern: &'a Pattern,
    signs: Signs,
}

impl PatternDigits<'_> {
    /// Whether a node is passed without a symbol.
    fn passes(&self, node: &Node) -> bool {
        match node {
            Node::Sign(sign, _) => self.signs == Signs::PassedOver || !is_read(*sign),
            _ => false,
        }
    }
}

impl Acceptor for PatternDigits<'_> {
    /// The nodes that may be next, in order.
    type State = Vec<u32>;

    fn starts(&self) -> Vec<Self::State> {
        let nfa = &self.pattern.nfa;
        vec![nfa.closure([nfa.start()], |node| self.passes(node))]
    }

    fn step(&self, state: &Self::State, symbol: Symbol) -> Option<(Self::State, f64)> {
        let reads = |node: &Node| match (node, symbol.digit()) {
            (Node::Digit(set, _), Some(digit)) => set & 1 << digit != 0,
            (Node::Sign(sign, _), None) => *sign == symbol.char(),
            _ => false,
        };
        let nfa = &self.pattern.nfa;
        Some((nfa.after(state, reads, |node| self.passes(node))?, 0.0))
    }

    fn end(&self, state: &Self::State) -> Option<f64> {
        self.pattern.nfa.accepts(state).then_some(0.0)
    }
}

/// Whether a character of a pattern is a sign that may be read.
fn is_read(sign: char) -> bool {
    // The characters of the last two stand for more than themselves.
    let symbol = Symbol::from_char(sign);
    symbol.is_some_and(|symbol| !matches!(symbol, Symbol::Other | Symbol::Struck))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lattice::symbols::{of_digits, of_text};

    fn pattern(text: &str) -> Pattern {
        text.parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// The numbers of up to four digits that a pattern allows.
    fn allowed(pattern: &Pattern) -> Vec<String> {
        let numbers = (0..=4usize).flat_map(|length| {
            let all = (0..10usize.pow(length as u32)).map(move |n| format!("{n:0length$}"));
            all.map(move |text| if length == 0 { String::new() } else { text })
        });
        numbers
            .filter(|text| pattern.digits().weight(&of_text(text)) == 0.0)
            .collect()
    }

    #[test]
    fn digits_sets_and_separators() {
        let pattern = pattern(r"\d{2}-[0-15]7\.\d");
        assert_eq!(pattern.lengths(), BTreeSet::from([5]));
        let accepts = |text: &str| pattern.digits().weight(&of_text(text)) == 0.0;
        assert!(accepts("12579") && accepts("99070"));
        assert!(!accepts("12279") && !accepts("12589") && !accepts("1257") && !accepts("125790"));
        assert_eq!(pattern.format(&[1, 2, 5, 7, 9]), "12-57.9");
        assert_eq!(pattern.format(&[1, 2]), "12", "not of the pattern");
    }

    #[test]
    fn repetitions_and_choices() {
        for (text, expected) in [
            (r"[12]?3", &["3", "13", "23"][..]),
            (r"1{2,3}", &["11", "111"]),
            (r"7+", &["7", "77", "777", "7777"]),
            (r"7*", &["", "7", "77", "777", "7777"]),
            (r"1|2[3-4]|", &["", "1", "23", "24"]),
            (r"(1|23)(4|)", &["1", "14", "23", "234"]),
            (r"(1-?){2}9", &["119"]),
            (r"1{0,1}[89]", &["8", "9", "18", "19"]),
            (r"[^0-8]", &["9"]),
            (r"[0-9--[1-9]]5", &["05"]),
            (r"(12)*", &["", "12", "1212"]),
            (r"(|1)+", &["", "1", "11", "111", "1111"]),
        ] {
            assert_eq!(allowed(&pattern(text)), expected, "{text}");
        }
        let lengths = |text: &str| pattern(text).lengths();
        assert_eq!(
            lengths(r"\d{1,3}(\d{4})?"),
            BTreeSet::from([1, 2, 3, 5, 6, 7])
        );
        assert_eq!(lengths(r"\d+").len(), MOST_DIGITS);
    }

    #[test]
    fn signs_that_may_be_left_out_are() {
        for (text, digits, expected) in [
            (r"-?\d", &[4][..], "4"),
            (r"-\d", &[4], "-4"),
            (r"\d{1,2}(/\d{2})?", &[4, 5], "45"),
            (r"\d{1,2}(/\d{2})?", &[4, 5, 6], "4/56"),
            (r"\d{2}/\d{2}|\d{4}", &[1, 2, 3, 4], "1234"),
            (r"№ \d+", &[1, 2], "№ 12"),
        ] {
            assert_eq!(pattern(text).format(digits), expected, "{text}");
        }
    }

    #[test]
    fn signs_are_looked_for_where_the_lattice_has_them() {
        let accepts =
            |text: &str, number: &str| pattern(text).signs().weight(&of_text(number)) == 0.0;
        assert!(accepts(r"-\d", "-2") && !accepts(r"-\d", "2"));
        assert!(accepts(r"-?\d", "-2") && accepts(r"-?\d", "2"));
        assert!(accepts(r"\d{2}[/.:]\d{2}", "12:30") && !accepts(r"\d{2}[/.:]\d{2}", "12,30"));
        // A letter is no symbol of a lattice: it is printed.
        assert!(accepts(r"Nr\d", "7") && accepts(r"\?\d", "7"));
        // Of digits alone, signs are passed over, and none is read.
        assert_eq!(pattern(r"-\d").digits().weight(&of_text("2")), 0.0);
        assert_eq!(
            pattern(r"-\d").digits().weight(&of_text("-2")),
            f64::NEG_INFINITY
        );
    }

    #[test]
    fn what_is_no_pattern_is_refused_where_it_goes_wrong() {
        for (text, at) in [
            (r"\d{", 3),
            (r"\d{0}", 3),
            (r"\w", 1),
            (r"7\", 2),
            ("[3-1]", 2),
            ("5[]", 2),
            ("[12", 1),
            ("12)", 3),
            ("+7", 1),
            (r"\d.", 3),
            (r"^\d", 1),
            (r"é\d.", 4),
            (r"(?i)\d", 1),
            (r"[1a]", 1),
        ] {
            match text.parse::<Pattern>() {
                Err(PatternError::Syntax { at: got, .. }) => assert_eq!(got, at, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        for text in ["--", "", "-?"] {
            assert_eq!(
                text.parse::<Pattern>(),
                Err(PatternError::NoDigits),
                "{text}"
            );
        }
        let many = r"\d{600}\d{600}".parse::<Pattern>();
        assert_eq!(many, Err(PatternError::Digits { most: MOST_DIGITS }));
        let huge = r"((\d{1000}){1000}){1000}".parse::<Pattern>();
        assert!(matches!(huge, Err(PatternError::Size { .. })), "{huge:?}");
    }

    proptest! {
        #[test]
        fn any_text_is_a_pattern_or_an_error(text in "[0-9d\\\\{},\\[\\]()|?+*\\-x. ]{0,20}") {
            if let Ok(pattern) = text.parse::<Pattern>() {
                for length in pattern.lengths().into_iter().take(3) {
                    let digits = vec![0; length];
                    prop_assert!(pattern.format(&digits).len() >= digits.len());
                }
            }
        }

        /// What is formatted is read again as the same number.
        #[test]
        fn formatted_numbers_obey_with_their_signs(digits in prop::collection::vec(0u8..10, 1..6)) {
            for text in [r"\d{1,3}([-/]?\d{2})*", r"(\d{1,3}\.)?\d+", r"\+?\d:?\d*"] {
                let pattern = pattern(text);
                if pattern.digits().weight(&of_digits(&digits)) == 0.0 {
                    let formatted = pattern.format(&digits);
                    prop_assert_eq!(pattern.signs().weight(&of_text(&formatted)), 0.0);
                }
            }
        }
    }
}
