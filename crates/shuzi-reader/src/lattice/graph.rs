//! An acyclic graph whose paths are the readings of a line.

use std::ops::Range;

use shuzi_line::Symbol;

use super::Mark;

/// What an edge says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// Nothing: the ink is no part of the number.
    Epsilon,
    /// One symbol.
    One(Symbol),
    /// Two symbols in one piece of ink: a bigram.
    Two([Symbol; 2]),
    /// Something that is no part of the number's text.
    Mark(Mark),
}

impl Label {
    /// Its symbols.
    pub fn symbols(&self) -> &[Symbol] {
        match self {
            Self::Epsilon | Self::Mark(_) => &[],
            Self::One(symbol) => std::slice::from_ref(symbol),
            Self::Two(symbols) => symbols,
        }
    }
}

/// One reading of the ink between two nodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge<T> {
    /// Node before it.
    pub from: usize,
    /// Node after it, greater than `from`.
    pub to: usize,
    /// What it says.
    pub label: Label,
    /// Logarithm of its weight.
    pub weight: f64,
    /// What it is made of: a hypothesis, perhaps.
    pub source: T,
}

/// Nodes from left to right and the edges between them. A reading is a path from the first
/// node to the last.
#[derive(Clone, Debug, PartialEq)]
pub struct Lattice<T> {
    /// In the order of the node after them.
    edges: Vec<Edge<T>>,
    /// Of each node, the first of the edges that lead to it; and, last, how many there are.
    first: Vec<usize>,
}

/// Why nodes and edges are no lattice.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LatticeError {
    /// An edge leads back, or to a node that there is not.
    #[error("edge {edge} from node {from} to {to}: expected from < to < {nodes}")]
    Order {
        /// Index of the edge.
        edge: usize,
        /// Its start.
        from: usize,
        /// Its end.
        to: usize,
        /// Number of nodes.
        nodes: usize,
    },
    /// A weight is infinitely large, or no number.
    #[error("edge {edge} weighs {weight}: expected a logarithm below infinity")]
    Weight {
        /// Index of the edge.
        edge: usize,
        /// Its weight.
        weight: f64,
    },
}

impl<T> Lattice<T> {
    /// A lattice of `nodes` nodes, at least 1. Edges whose weight is negative infinity are
    /// left out.
    ///
    /// # Errors
    /// The first edge that does not lead from a node to a later one, or whose weight is no
    /// logarithm.
    pub fn new(nodes: usize, mut edges: Vec<Edge<T>>) -> Result<Self, LatticeError> {
        let nodes = nodes.max(1);
        for (index, edge) in edges.iter().enumerate() {
            let &Edge {
                from, to, weight, ..
            } = edge;
            if from >= to || to >= nodes {
                return Err(LatticeError::Order {
                    edge: index,
                    from,
                    to,
                    nodes,
                });
            }
            if weight.is_nan() || weight == f64::INFINITY {
                return Err(LatticeError::Weight {
                    edge: index,
                    weight,
                });
            }
        }
        edges.retain(|edge| edge.weight > f64::NEG_INFINITY);
        edges.sort_by_key(|edge| (edge.to, edge.from));
        let mut first = vec![0; nodes + 1];
        for edge in &edges {
            first[edge.to + 1] += 1;
        }
        for node in 0..nodes {
            first[node + 1] += first[node];
        }
        Ok(Self { edges, first })
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.first.len() - 1
    }

    /// The edges, in the order of the node after them and then of that before.
    pub fn edges(&self) -> &[Edge<T>] {
        &self.edges
    }

    /// Which edges lead to a node.
    pub(super) fn incoming(&self, node: usize) -> Range<usize> {
        self.first[node]..self.first[node + 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: usize, to: usize, weight: f64) -> Edge<usize> {
        Edge {
            from,
            to,
            label: Label::Epsilon,
            weight,
            source: 10 * from + to,
        }
    }

    #[test]
    fn edges_are_found_by_the_node_after_them() {
        let edges = vec![edge(2, 3, 0.0), edge(0, 3, 1.0), edge(0, 1, -1.0)];
        let lattice = Lattice::new(4, edges).unwrap();
        let sources = |node| -> Vec<usize> {
            let edges = &lattice.edges()[lattice.incoming(node)];
            edges.iter().map(|edge| edge.source).collect()
        };
        assert_eq!(
            [0, 1, 2, 3].map(sources),
            [vec![], vec![1], vec![], vec![3, 23]]
        );
        let none = Lattice::new(2, vec![edge(0, 1, f64::NEG_INFINITY)]).unwrap();
        assert!(none.edges().is_empty());
        assert_eq!(Lattice::<()>::new(0, Vec::new()).unwrap().nodes(), 1);
    }

    #[test]
    fn what_is_no_lattice_is_refused() {
        for (from, to) in [(1, 1), (2, 1), (0, 3)] {
            let error = Lattice::new(3, vec![edge(0, 1, 0.0), edge(from, to, 0.0)]).unwrap_err();
            let expected = LatticeError::Order {
                edge: 1,
                from,
                to,
                nodes: 3,
            };
            assert_eq!(error, expected);
        }
        for weight in [f64::NAN, f64::INFINITY] {
            let error = Lattice::new(2, vec![edge(0, 1, weight)]).unwrap_err();
            assert!(
                matches!(error, LatticeError::Weight { edge: 0, .. }),
                "{error}"
            );
        }
    }
}
