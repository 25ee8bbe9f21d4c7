//! Numbers that are known: one of them is meant.

use std::collections::BTreeSet;

use super::trie::{Prefix, Trie};
use shuzi_line::Symbol;

use crate::lattice::Acceptor;

/// Accepts the numbers of a list. Signs are passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lexicon {
    trie: Trie,
}

/// Why a text is no list of numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LexiconError {
    /// A line has no digit.
    #[error("line {line}: expected a number, got {text:?}")]
    Line {
        /// Which, from 1.
        line: usize,
        /// What it says.
        text: String,
    },
    /// There is no number.
    #[error("expected at least one number")]
    Empty,
}

impl Lexicon {
    /// One number a line; what is no digit (spaces, hyphens) is passed over, and so are empty
    /// lines.
    ///
    /// # Errors
    /// If a line has letters but no digits, or there is no number at all.
    pub fn parse(text: &str) -> Result<Self, LexiconError> {
        let mut numbers = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            if text.trim().is_empty() {
                continue;
            }
            let symbols = text.chars().filter_map(Symbol::from_char);
            let digits: Vec<Symbol> = symbols.filter(|symbol| symbol.digit().is_some()).collect();
            if digits.is_empty() {
                let text = text.to_owned();
                return Err(LexiconError::Line { line, text });
            }
            numbers.push(digits);
        }
        if numbers.is_empty() {
            return Err(LexiconError::Empty);
        }
        Ok(Self {
            trie: Trie::new(numbers),
        })
    }

    /// How many numbers there are.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.trie.numbers().len()
    }

    /// How many digits its numbers have.
    pub fn lengths(&self) -> BTreeSet<usize> {
        self.trie.numbers().iter().map(Vec::len).collect()
    }
}

impl Acceptor for Lexicon {
    type State = Prefix;

    fn starts(&self) -> Vec<Prefix> {
        vec![self.trie.root()]
    }

    fn step(&self, prefix: &Prefix, symbol: Symbol) -> Option<(Prefix, f64)> {
        match symbol.digit() {
            Some(_) => Some((self.trie.narrow(*prefix, symbol)?, 0.0)),
            None => Some((*prefix, 0.0)),
        }
    }

    fn end(&self, prefix: &Prefix) -> Option<f64> {
        self.trie.is_whole(*prefix).then_some(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lattice::symbols::of_text;

    #[test]
    fn a_list_accepts_its_numbers_and_no_others() {
        let lexicon = Lexicon::parse("7-2-3\n\n 72\n99\n7 2 3\n").unwrap();
        assert_eq!(lexicon.len(), 3);
        assert_eq!(lexicon.lengths(), BTreeSet::from([2, 3]));
        let accepted: Vec<usize> = (0..10_000)
            .filter(|number: &usize| lexicon.weight(&of_text(&number.to_string())) == 0.0)
            .collect();
        assert_eq!(accepted, [72, 99, 723]);
    }

    #[test]
    fn lists_without_numbers_are_refused() {
        assert_eq!(Lexicon::parse(" \n"), Err(LexiconError::Empty));
        let error = Lexicon::parse("12\nname\n").unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }
}
