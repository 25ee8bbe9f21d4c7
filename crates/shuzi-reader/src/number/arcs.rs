//! The arcs of a line's lattice, and which digit that may be there each stands for.

use crate::{number::Arc, text_line::TextLine};

/// The digit that may be there that an arc stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A hypothesis of the line, by its index.
    Alone(usize),
    /// The first digit of a pair, by its index among those that were asked about.
    First(usize),
    /// The second.
    Second(usize),
}

/// Arcs between the first and the last of `places`.
#[derive(Clone, Debug)]
pub(crate) struct Arcs {
    pub(crate) places: usize,
    pub(crate) arcs: Vec<Arc>,
    /// For each arc what it stands for; `None` if that is no digit.
    pub(crate) origin: Vec<Option<Origin>>,
}

impl Arcs {
    /// Without any.
    pub(crate) fn new(places: usize) -> Self {
        Self {
            places,
            arcs: Vec::new(),
            origin: Vec::new(),
        }
    }

    /// One for each hypothesis of a line, in their order.
    pub(crate) fn of(line: &TextLine, arcs: &[Arc]) -> Self {
        Self {
            places: line.nodes(),
            origin: (0..arcs.len()).map(|i| Some(Origin::Alone(i))).collect(),
            arcs: arcs.to_vec(),
        }
    }

    /// Adds a way from a place to a later one.
    pub(crate) fn push(&mut self, arc: Arc, origin: Option<Origin>) {
        self.arcs.push(arc);
        self.origin.push(origin);
    }

    /// Adds a way on which there is no digit.
    pub(crate) fn pass(&mut self, from: usize, to: usize, skip: f64) {
        let log = [f64::NEG_INFINITY; 10];
        let arc = Arc {
            from,
            to,
            log,
            skip,
        };
        self.push(arc, None);
    }
}
