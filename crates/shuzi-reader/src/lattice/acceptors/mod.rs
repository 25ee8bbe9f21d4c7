//! What may be known of a number, each an [`Acceptor`](super::Acceptor).

mod cells;
mod check;
mod check_digits;
mod exactly;
mod groups;
mod length;
mod lexicon;
mod number_model;
mod pattern;
mod range;
mod same_text;
mod trie;

pub use cells::Cells;
pub use check::Check;
pub use check_digits::CheckDigits;
pub use exactly::{Exactly, Except, WithDigits};
pub use groups::{GroupParams, Groups};
pub use length::{Length, LengthError};
pub use lexicon::{Lexicon, LexiconError};
pub use number_model::{NumberModel, NumberModelParams};
pub use pattern::{Pattern, PatternDigits, PatternError, Signs};
pub use range::{Range, RangeError};
pub use same_text::{SameText, Spaces};
