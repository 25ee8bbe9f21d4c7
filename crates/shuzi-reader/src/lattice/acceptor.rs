//! Weighted automata over the symbols of a number, closed under product.

use shuzi_line::Symbol;

use super::{Mark, search::log_add};

/// A weighted automaton that reads a number from left to right: which numbers are allowed
/// and how much each weighs, as a logarithm.
///
/// From a state there is at most one step for a symbol, and at most one of the runs from
/// the [starts](Acceptor::starts) accepts a number: an automaton is deterministic but for
/// what it supposes at the start, such as how many digits follow. So a number has one
/// weight, and a sum over the paths of a lattice and the runs of an acceptor counts each
/// path once.
///
/// A product of acceptors, written as a tuple, accepts what all of them do and weighs it by
/// the sum of their logarithms; `()` accepts everything. An `Option` that is `None` does,
/// too: what is known only at run time is a product of options, compiled once.
pub trait Acceptor {
    /// What is remembered of the symbols so far.
    type State: Clone + Ord;

    /// The states before the first symbol.
    fn starts(&self) -> Vec<Self::State>;

    /// The state after one more symbol and the step's weight; `None` if no number goes on so.
    fn step(&self, state: &Self::State, symbol: Symbol) -> Option<(Self::State, f64)>;

    /// The state after a mark, which is no part of the number; nothing changes if it says
    /// nothing of it.
    fn mark(&self, state: &Self::State, mark: Mark) -> Option<(Self::State, f64)> {
        let _ = mark;
        Some((state.clone(), 0.0))
    }

    /// Weight of a number that ends here; `None` if none does.
    fn end(&self, state: &Self::State) -> Option<f64>;

    /// Weight of a number that is seen without marks; negative infinity if it is not allowed.
    fn weight(&self, symbols: &[Symbol]) -> f64 {
        let run = |start: Self::State| {
            let (mut state, mut log) = (start, 0.0);
            for &symbol in symbols {
                let (next, weight) = self.step(&state, symbol)?;
                (state, log) = (next, log + weight);
            }
            Some(log + self.end(&state)?)
        };
        let runs = self.starts().into_iter().filter_map(run);
        runs.fold(f64::NEG_INFINITY, log_add)
    }
}

impl<A: Acceptor> Acceptor for &A {
    type State = A::State;

    fn starts(&self) -> Vec<Self::State> {
        (**self).starts()
    }

    fn step(&self, state: &Self::State, symbol: Symbol) -> Option<(Self::State, f64)> {
        (**self).step(state, symbol)
    }

    fn mark(&self, state: &Self::State, mark: Mark) -> Option<(Self::State, f64)> {
        (**self).mark(state, mark)
    }

    fn end(&self, state: &Self::State) -> Option<f64> {
        (**self).end(state)
    }
}

/// `None` accepts everything.
impl<A: Acceptor> Acceptor for Option<A> {
    type State = Option<A::State>;

    fn starts(&self) -> Vec<Self::State> {
        match self {
            Some(acceptor) => acceptor.starts().into_iter().map(Some).collect(),
            None => vec![None],
        }
    }

    fn step(&self, state: &Self::State, symbol: Symbol) -> Option<(Self::State, f64)> {
        let (Some(acceptor), Some(state)) = (self, state) else {
            return Some((None, 0.0));
        };
        let (state, weight) = acceptor.step(state, symbol)?;
        Some((Some(state), weight))
    }

    fn mark(&self, state: &Self::State, mark: Mark) -> Option<(Self::State, f64)> {
        let (Some(acceptor), Some(state)) = (self, state) else {
            return Some((None, 0.0));
        };
        let (state, weight) = acceptor.mark(state, mark)?;
        Some((Some(state), weight))
    }

    fn end(&self, state: &Self::State) -> Option<f64> {
        match (self, state) {
            (Some(acceptor), Some(state)) => acceptor.end(state),
            _ => Some(0.0),
        }
    }
}

/// Accepts everything.
impl Acceptor for () {
    type State = ();

    fn starts(&self) -> Vec<()> {
        vec![()]
    }

    fn step(&self, (): &(), _: Symbol) -> Option<((), f64)> {
        Some(((), 0.0))
    }

    fn end(&self, (): &()) -> Option<f64> {
        Some(0.0)
    }
}

/// The product of two.
impl<A: Acceptor, B: Acceptor> Acceptor for (A, B) {
    type State = (A::State, B::State);

    fn starts(&self) -> Vec<Self::State> {
        let seconds = self.1.starts();
        let pairs = self.0.starts().into_iter().flat_map(|first| {
            let pair = move |second: &B::State| (first.clone(), second.clone());
            seconds.iter().map(pair).collect::<Vec<_>>()
        });
        pairs.collect()
    }

    fn step(&self, state: &Self::State, symbol: Symbol) -> Option<(Self::State, f64)> {
        let (first, a) = self.0.step(&state.0, symbol)?;
        let (second, b) = self.1.step(&state.1, symbol)?;
        Some(((first, second), a + b))
    }

    fn mark(&self, state: &Self::State, mark: Mark) -> Option<(Self::State, f64)> {
        let (first, a) = self.0.mark(&state.0, mark)?;
        let (second, b) = self.1.mark(&state.1, mark)?;
        Some(((first, second), a + b))
    }

    fn end(&self, state: &Self::State) -> Option<f64> {
        Some(self.0.end(&state.0)? + self.1.end(&state.1)?)
    }
}
