//! What a line of ink may say, as a lattice, and the one search for what it says.
//!
//! A [`Lattice`] is an acyclic graph; a path through it is a reading of the line. An
//! [`Acceptor`] says which numbers are allowed and how likely each is beside the ink; any
//! two are one by their product. [`Search`] follows both at once: the likeliest path, the
//! likeliest numbers, sums over all paths, and the posterior of each edge.
//!
//! ```
//! use shuzi_line::Symbol;
//! use shuzi_reader::lattice::{Edge, Label, Lattice, Search, acceptors::Length};
//!
//! // Two pieces of ink: a 1 and then a 7 or nothing.
//! let edge = |from, label, p: f64| Edge { from, to: from + 1, label, weight: p.ln(), source: () };
//! let [one, seven] = [Symbol::One, Symbol::Seven].map(Label::One);
//! let edges = vec![edge(0, one, 1.0), edge(1, seven, 0.4), edge(1, Label::Epsilon, 0.6)];
//! let lattice = Lattice::new(3, edges)?;
//! let best = Search::new(&()).best_path(&lattice).unwrap();
//! assert_eq!(best.text(&lattice), "1");
//! let two = Length::exactly(2);
//! let best = Search::new(&two).best_path(&lattice).unwrap();
//! assert_eq!(best.text(&lattice), "17");
//! # Ok::<(), shuzi_reader::lattice::LatticeError>(())
//! ```

mod acceptor;
pub mod acceptors;
mod automaton;
pub(crate) mod bigrams;
pub(crate) mod cells;
mod constraints;
mod ctc;
mod decoder;
mod graph;
mod likelihood;
pub(crate) mod line;
mod mark;
mod search;
pub(crate) mod symbols;

pub use acceptor::Acceptor;
pub use constraints::{Constraints, ConstraintsError};
pub use ctc::{Aligned, CtcParams, Said, ctc_lattice};
pub use decoder::{Decoder, DecoderParams, Found};
pub use graph::{Edge, Label, Lattice, LatticeError};
pub use likelihood::log_likelihood;
pub use line::ANSWERS;
pub use mark::Mark;
pub(crate) use search::log_add;
pub use search::{Path, Search};
