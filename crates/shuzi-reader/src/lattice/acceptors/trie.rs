//! Numbers by their beginnings.

use shuzi_line::Symbol;

/// Numbers, each once and in order: those that begin alike lie side by side, so that a
/// range of them is a node of their trie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trie {
    numbers: Vec<Vec<Symbol>>,
}

/// The numbers that begin with what was read: from one to before another, and how many
/// symbols that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prefix {
    from: u32,
    to: u32,
    length: u32,
}

impl Trie {
    pub(super) fn new(mut numbers: Vec<Vec<Symbol>>) -> Self {
        numbers.sort_unstable();
        numbers.dedup();
        Self { numbers }
    }

    pub(super) fn numbers(&self) -> &[Vec<Symbol>] {
        &self.numbers
    }

    /// All numbers: nothing was read yet.
    pub(super) fn root(&self) -> Prefix {
        Prefix {
            from: 0,
            to: self.numbers.len() as u32,
            length: 0,
        }
    }

    /// Those of them that go on with `symbol`; `None` if none does.
    pub(super) fn narrow(&self, prefix: Prefix, symbol: Symbol) -> Option<Prefix> {
        let among = &self.numbers[prefix.from as usize..prefix.to as usize];
        let next = |number: &Vec<Symbol>| number.get(prefix.length as usize).copied();
        let before = among.partition_point(|number| next(number) < Some(symbol));
        let upto = among.partition_point(|number| next(number) <= Some(symbol));
        (before < upto).then_some(Prefix {
            from: prefix.from + before as u32,
            to: prefix.from + upto as u32,
            length: prefix.length + 1,
        })
    }

    /// Whether what was read is all of a number.
    pub(super) fn is_whole(&self, prefix: Prefix) -> bool {
        // The shortest of those that begin alike comes first.
        let first = self.numbers[prefix.from as usize..prefix.to as usize].first();
        first.is_some_and(|number| number.len() == prefix.length as usize)
    }
}
