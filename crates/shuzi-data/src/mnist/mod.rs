//! MNIST on disk: four raw IDX files, each checked by its SHA-256.
//!
//! A [`Store`] is the folder that holds them: the one that the environment
//! variable `SHUZI_DATA` names, or `shuzi/mnist` in the user's cache directory.
//! Nothing enters it, and nothing is loaded from it, unless its hash is right.
//!
//! MNIST was made by Yann LeCun, Corinna Cortes and Christopher J.C. Burges.

mod digest;
mod error;
mod file;
#[cfg(feature = "download")]
mod get;
mod import;
#[cfg(feature = "download")]
mod npm;
mod store;

pub use digest::Digest;
pub use error::Error;
pub use file::{File, Part};
#[cfg(feature = "download")]
pub use get::{Event, Source};
pub use store::{DATA_VARIABLE, Status, Store};
