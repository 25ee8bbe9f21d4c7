//! Which number is meant: the most likely one that obeys what is known of it
//! (check digits, a pattern, a length, a list), by exact dynamic programming
//! over what each digit may be.

pub(crate) mod arcs;
pub(crate) mod bigrams;
pub(crate) mod cells;
mod check;
mod decode;
pub(crate) mod groups;
mod known;
mod lattice;
mod pattern;
pub(crate) mod prior;
pub mod ways;

pub use check::Check;
pub(crate) use check::Direction;
pub(crate) use decode::log_add;
pub use decode::{Constraints, Found, NumberError, decode, runner_up};
pub use known::{KnownNumbers, KnownNumbersError};
pub use lattice::{Arc, Lattice, LatticeError};
pub use pattern::{Pattern, PatternError};
