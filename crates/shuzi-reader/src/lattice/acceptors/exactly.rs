//! One number alone, the texts that have its digits, or all other numbers.

use super::trie::{Prefix, Trie};
use shuzi_line::Symbol;

use crate::lattice::Acceptor;

/// Accepts one number alone, its signs and all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exactly<'a>(pub &'a [Symbol]);

impl Acceptor for Exactly<'_> {
    /// Symbols so far.
    type State = usize;

    fn starts(&self) -> Vec<usize> {
        vec![0]
    }

    fn step(&self, read: &usize, symbol: Symbol) -> Option<(usize, f64)> {
        (self.0.get(*read) == Some(&symbol)).then_some((read + 1, 0.0))
    }

    fn end(&self, read: &usize) -> Option<f64> {
        (*read == self.0.len()).then_some(0.0)
    }
}

/// Accepts the texts whose digits are these, whatever signs stand among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WithDigits<'a>(pub &'a [Symbol]);

impl Acceptor for WithDigits<'_> {
    /// Digits so far.
    type State = usize;

    fn starts(&self) -> Vec<usize> {
        vec![0]
    }

    fn step(&self, read: &usize, symbol: Symbol) -> Option<(usize, f64)> {
        match symbol.digit() {
            Some(_) => (self.0.get(*read) == Some(&symbol)).then_some((read + 1, 0.0)),
            None => Some((*read, 0.0)),
        }
    }

    fn end(&self, read: &usize) -> Option<f64> {
        (*read == self.0.len()).then_some(0.0)
    }
}

/// Accepts all numbers but some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Except {
    trie: Trie,
}

impl Except {
    /// All but `numbers`, their signs and all.
    pub fn new(numbers: Vec<Vec<Symbol>>) -> Self {
        Self {
            trie: Trie::new(numbers),
        }
    }
}

impl Acceptor for Except {
    /// Those that it may still be; `None` once it is another.
    type State = Option<Prefix>;

    fn starts(&self) -> Vec<Self::State> {
        vec![Some(self.trie.root())]
    }

    fn step(&self, prefix: &Self::State, symbol: Symbol) -> Option<(Self::State, f64)> {
        let next = prefix.and_then(|prefix| self.trie.narrow(prefix, symbol));
        Some((next, 0.0))
    }

    fn end(&self, prefix: &Self::State) -> Option<f64> {
        let is_one = prefix.is_some_and(|prefix| self.trie.is_whole(prefix));
        (!is_one).then_some(0.0)
    }
}
