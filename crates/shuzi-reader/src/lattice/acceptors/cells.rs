//! A row of printed cells, at most one digit in each.

use shuzi_line::Symbol;

use crate::lattice::{Acceptor, Mark};

/// Accepts at most one digit in each printed cell, from left to right, and none beside them;
/// where a cell begins the lattice has a [`Mark`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cells;

impl Acceptor for Cells {
    /// The cell at hand, if it is one, and the first that is still free.
    type State = (Option<usize>, usize);

    fn starts(&self) -> Vec<Self::State> {
        vec![(None, 0)]
    }

    fn step(&self, &(cell, free): &Self::State, symbol: Symbol) -> Option<(Self::State, f64)> {
        if symbol.digit().is_none() {
            return Some(((cell, free), 0.0));
        }
        let here = cell.filter(|cell| *cell >= free)?;
        Some(((cell, here + 1), 0.0))
    }

    fn mark(&self, &(cell, free): &Self::State, mark: Mark) -> Option<(Self::State, f64)> {
        let cell = match mark {
            Mark::Cell(index) => Some(index),
            Mark::BesideCells => None,
            Mark::Point => cell,
        };
        Some(((cell, free), 0.0))
    }

    fn end(&self, _: &Self::State) -> Option<f64> {
        Some(0.0)
    }
}
