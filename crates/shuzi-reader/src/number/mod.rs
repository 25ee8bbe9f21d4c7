//! Which number is meant: the most likely one that obeys what is known of it
//! (check digits, a pattern, a length, a list), by exact dynamic programming
//! over what each digit may be.

mod check;
mod decode;
mod known;
mod lattice;
mod pattern;

pub use check::Check;
pub(crate) use decode::log_add;
pub use decode::{Found, NumberError, Rules, decode, runner_up};
pub use known::{KnownNumbers, KnownNumbersError};
pub use lattice::{Arc, Lattice, LatticeError};
pub use pattern::{Pattern, PatternError};
