//! An acceptor's states as numbers, found and followed once each.

use std::collections::BTreeMap;

use shuzi_line::Symbol;

use super::{Acceptor, Label, Mark};

/// A step that was taken before, that can't be taken, or of which nothing is known yet.
#[derive(Clone, Copy)]
enum Step {
    Unknown,
    Dead,
    To(u32, f64),
}

/// The part of an acceptor that a search has met: a deterministic automaton made on the way.
pub(super) struct Automaton<'a, A: Acceptor> {
    acceptor: &'a A,
    numbers: BTreeMap<A::State, u32>,
    states: Vec<A::State>,
    /// Of each state, the step for each symbol.
    steps: Vec<[Step; Symbol::ALL.len()]>,
    starts: Vec<u32>,
}

impl<'a, A: Acceptor> Automaton<'a, A> {
    pub(super) fn new(acceptor: &'a A) -> Self {
        let mut automaton = Self {
            acceptor,
            numbers: BTreeMap::new(),
            states: Vec::new(),
            steps: Vec::new(),
            starts: Vec::new(),
        };
        let starts = acceptor.starts().into_iter();
        automaton.starts = starts.map(|state| automaton.number(state)).collect();
        automaton
    }

    pub(super) fn acceptor(&self) -> &'a A {
        self.acceptor
    }

    /// The states before the first symbol.
    pub(super) fn starts(&self) -> &[u32] {
        &self.starts
    }

    /// How many states were met.
    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    /// Weight of a number that ends in a state; negative infinity if none does.
    pub(super) fn end(&self, state: u32) -> f64 {
        let end = self.acceptor.end(&self.states[state as usize]);
        end.unwrap_or(f64::NEG_INFINITY)
    }

    /// The state after an edge and what the acceptor adds to its weight.
    pub(super) fn follow(&mut self, state: u32, label: Label) -> Option<(u32, f64)> {
        match label {
            Label::Epsilon => Some((state, 0.0)),
            Label::One(symbol) => self.step(state, symbol),
            Label::Two([first, second]) => {
                let (between, a) = self.step(state, first)?;
                let (after, b) = self.step(between, second)?;
                Some((after, a + b))
            }
            Label::Mark(mark) => self.mark(state, mark),
        }
    }

    fn step(&mut self, state: u32, symbol: Symbol) -> Option<(u32, f64)> {
        match self.steps[state as usize][usize::from(symbol.class()) - 1] {
            Step::To(next, weight) => return Some((next, weight)),
            Step::Dead => return None,
            Step::Unknown => {}
        }
        let next = self.acceptor.step(&self.states[state as usize], symbol);
        let next = next.filter(|(_, weight)| *weight > f64::NEG_INFINITY);
        let next = next.map(|(next, weight)| (self.number(next), weight));
        self.steps[state as usize][usize::from(symbol.class()) - 1] = match next {
            Some((next, weight)) => Step::To(next, weight),
            None => Step::Dead,
        };
        next
    }

    // Marks are few: nothing is kept of them.
    fn mark(&mut self, state: u32, mark: Mark) -> Option<(u32, f64)> {
        let (next, weight) = self.acceptor.mark(&self.states[state as usize], mark)?;
        Some((self.number(next), weight))
    }

    /// The number of a state, a new one if it was not met before.
    fn number(&mut self, state: A::State) -> u32 {
        if let Some(number) = self.numbers.get(&state) {
            return *number;
        }
        let number = self.states.len() as u32;
        self.states.push(state.clone());
        self.steps.push([Step::Unknown; Symbol::ALL.len()]);
        self.numbers.insert(state, number);
        number
    }
}
