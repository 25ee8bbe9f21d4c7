//! What a reader's networks are trained on: synthetic pages, cut as the reader cuts them.

pub(crate) mod crops;
pub(crate) mod error;
pub(crate) mod line;
pub(crate) mod lines;
pub(crate) mod pages;
