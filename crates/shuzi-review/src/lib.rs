//! The store behind review.

pub mod token;

pub use token::{TokenError, TokenHash};
