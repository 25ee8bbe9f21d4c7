//! The one search through a lattice: the likeliest paths and numbers, sums over all paths,
//! and the posterior of edges (Viterbi 1967; the forward-backward algorithm, Baum et al. 1970).

use shuzi_line::Symbol;

use super::{
    Acceptor, Lattice,
    acceptors::{Exactly, Except},
    automaton::Automaton,
};

/// A path through a lattice.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Indices of its edges, from left to right.
    pub edges: Vec<usize>,
    /// Logarithm of its weight, by the edges and the acceptor.
    pub log: f64,
}

impl Path {
    /// What it says.
    pub fn symbols<T>(&self, lattice: &Lattice<T>) -> Vec<Symbol> {
        let edges = self.edges.iter().map(|edge| &lattice.edges()[*edge]);
        edges
            .flat_map(|edge| edge.label.symbols())
            .copied()
            .collect()
    }

    /// What it says, as text.
    pub fn text<T>(&self, lattice: &Lattice<T>) -> String {
        let symbols = self.symbols(lattice).into_iter();
        symbols.map(Symbol::char).collect()
    }
}

/// Follows the paths of lattices that an acceptor accepts. It may be asked about many
/// lattices: what it has met of the acceptor is kept.
pub struct Search<'a, A: Acceptor> {
    automaton: Automaton<'a, A>,
    /// Of each state of the automaton, its slot in the layer at hand if that is `node`.
    slots: Vec<Slot>,
}

#[derive(Clone, Copy)]
struct Slot {
    node: usize,
    slot: usize,
}

/// The states in which paths reach a node, each with what is known of these paths.
#[derive(Clone)]
struct Layer<V> {
    states: Vec<u32>,
    values: Vec<V>,
}

/// The likeliest path to a state at a node.
#[derive(Clone, Copy)]
struct Best {
    log: f64,
    /// Its last edge and the slot of the state before that; none at the start.
    back: Option<(usize, usize)>,
}

impl<'a, A: Acceptor> Search<'a, A> {
    /// A search for what `acceptor` accepts.
    pub fn new(acceptor: &'a A) -> Self {
        Self {
            automaton: Automaton::new(acceptor),
            slots: Vec::new(),
        }
    }

    /// Logarithm of the sum over all paths; negative infinity if there is none.
    pub fn total<T>(&mut self, lattice: &Lattice<T>) -> f64 {
        let layers = self.sums(lattice);
        self.sum_of_last(&layers)
    }

    /// Logarithm of the sum over all paths that say `number`.
    pub fn total_of<T>(&self, lattice: &Lattice<T>, number: &[Symbol]) -> f64 {
        let both = (self.automaton.acceptor(), Exactly(number));
        Search::new(&both).total(lattice)
    }

    /// The likeliest path; `None` if there is none.
    pub fn best_path<T>(&mut self, lattice: &Lattice<T>) -> Option<Path> {
        let start = Best {
            log: 0.0,
            back: None,
        };
        let longer = |best: Best, edge, slot, weight| Best {
            log: best.log + weight,
            back: Some((edge, slot)),
        };
        let better = |best: &mut Best, other: Best| {
            if other.log > best.log {
                *best = other;
            }
        };
        let layers = self.forward(lattice, start, longer, better);
        let last = layers.last()?;
        let ends = last.states.iter().zip(&last.values).enumerate();
        let ends = ends.map(|(slot, (state, best))| (slot, best.log + self.automaton.end(*state)));
        let (mut slot, log) = ends.max_by(|a, b| a.1.total_cmp(&b.1))?;
        if log == f64::NEG_INFINITY {
            return None;
        }
        let mut edges = Vec::new();
        let mut node = lattice.nodes() - 1;
        while let Some((edge, before)) = layers[node].values[slot].back {
            edges.push(edge);
            (node, slot) = (lattice.edges()[edge].from, before);
        }
        edges.reverse();
        Some(Path { edges, log })
    }

    /// The likeliest path that says none of `numbers`; `None` if there is none.
    pub fn best_path_except<T>(
        &self,
        lattice: &Lattice<T>,
        numbers: Vec<Vec<Symbol>>,
    ) -> Option<Path> {
        let others = (self.automaton.acceptor(), Except::new(numbers));
        Search::new(&others).best_path(lattice)
    }

    /// The likeliest path of each of up to `n` numbers, the likeliest first: no two say the
    /// same.
    pub fn best_paths<T>(&mut self, lattice: &Lattice<T>, n: usize) -> Vec<Path> {
        let mut paths: Vec<Path> = Vec::new();
        let mut found = Vec::new();
        while paths.len() < n {
            let next = if found.is_empty() {
                self.best_path(lattice)
            } else {
                self.best_path_except(lattice, found.clone())
            };
            let Some(path) = next else { break };
            found.push(path.symbols(lattice));
            paths.push(path);
        }
        paths
    }

    /// Logarithm of the sum over all paths; `None` if there is none. `expect` is told of an
    /// edge and of the share of the sum whose paths have it, perhaps in several parts.
    pub fn posterior<T>(
        &mut self,
        lattice: &Lattice<T>,
        mut expect: impl FnMut(usize, f64),
    ) -> Option<f64> {
        let layers = self.sums(lattice);
        let total = self.sum_of_last(&layers);
        if total == f64::NEG_INFINITY {
            return None;
        }
        // Of each state at a node, the sum over the paths from there to the end.
        let mut after: Vec<Vec<f64>> = layers
            .iter()
            .map(|layer| vec![f64::NEG_INFINITY; layer.states.len()])
            .collect();
        let last = lattice.nodes() - 1;
        for (to, state) in after[last].iter_mut().zip(&layers[last].states) {
            *to = self.automaton.end(*state);
        }
        for node in (1..lattice.nodes()).rev() {
            // A node beyond all that forward passes have used.
            let stamp = lattice.nodes() + node;
            for (slot, &state) in layers[node].states.iter().enumerate() {
                self.slots[state as usize] = Slot { node: stamp, slot };
            }
            let (before, here) = after.split_at_mut(node);
            for index in lattice.incoming(node).rev() {
                let edge = &lattice.edges()[index];
                let layer = &layers[edge.from];
                for (slot, (&state, way)) in layer.states.iter().zip(&layer.values).enumerate() {
                    let Some((next, weight)) = self.automaton.follow(state, edge.label) else {
                        continue;
                    };
                    let rest = here[0][self.slots[next as usize].slot];
                    if rest == f64::NEG_INFINITY {
                        continue;
                    }
                    let rest = edge.weight + weight + rest;
                    let to = &mut before[edge.from][slot];
                    *to = log_add(*to, rest);
                    expect(index, (way + rest - total).exp());
                }
            }
        }
        Some(total)
    }

    fn sums<T>(&mut self, lattice: &Lattice<T>) -> Vec<Layer<f64>> {
        let longer = |sum: f64, _, _, weight| sum + weight;
        let add = |sum: &mut f64, other| *sum = log_add(*sum, other);
        self.forward(lattice, 0.0, longer, add)
    }

    fn sum_of_last(&self, layers: &[Layer<f64>]) -> f64 {
        let ends = layers.last().into_iter().flat_map(|layer| {
            let ends = layer.states.iter().zip(&layer.values);
            ends.map(|(state, sum)| sum + self.automaton.end(*state))
        });
        ends.fold(f64::NEG_INFINITY, log_add)
    }

    /// What is known of the paths to each state at each node: `start` where they begin,
    /// `longer` with an edge, the slot before it and its weight, `merge` where two meet.
    fn forward<T, V: Copy>(
        &mut self,
        lattice: &Lattice<T>,
        start: V,
        longer: impl Fn(V, usize, usize, f64) -> V,
        merge: impl Fn(&mut V, V),
    ) -> Vec<Layer<V>> {
        self.slots.clear();
        let starts = self.automaton.starts().to_vec();
        let mut layers = Vec::with_capacity(lattice.nodes());
        layers.push(Layer {
            values: vec![start; starts.len()],
            states: starts,
        });
        for node in 1..lattice.nodes() {
            let mut here = Layer {
                states: Vec::new(),
                values: Vec::new(),
            };
            for index in lattice.incoming(node) {
                let edge = &lattice.edges()[index];
                let before: &Layer<V> = &layers[edge.from];
                for (slot, (&state, value)) in before.states.iter().zip(&before.values).enumerate()
                {
                    let Some((next, weight)) = self.automaton.follow(state, edge.label) else {
                        continue;
                    };
                    let value = longer(*value, index, slot, edge.weight + weight);
                    if self.slots.len() <= next as usize {
                        let none = Slot { node: 0, slot: 0 };
                        self.slots.resize(self.automaton.len(), none);
                    }
                    let at = &mut self.slots[next as usize];
                    if at.node == node {
                        merge(&mut here.values[at.slot], value);
                    } else {
                        let slot = here.states.len();
                        *at = Slot { node, slot };
                        here.states.push(next);
                        here.values.push(value);
                    }
                }
            }
            layers.push(here);
        }
        // A single node has no other that would have made room.
        let none = Slot { node: 0, slot: 0 };
        self.slots.resize(self.automaton.len(), none);
        layers
    }
}

/// `ln(eᵃ + eᵇ)`.
pub(crate) fn log_add(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    // The rest is less than the last bit tells.
    const NOTHING: f64 = -40.0;
    if low == f64::NEG_INFINITY || low - high < NOTHING {
        return high;
    }
    high + (low - high).exp().ln_1p()
}

#[cfg(test)]
mod tests;
