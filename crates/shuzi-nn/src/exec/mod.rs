//! What runs a network: one plan, made ready for training, for inference or as a graph.

mod conv_norm;
mod export;
mod fuse;
mod infer;
mod train;

pub use export::export;
pub(crate) use infer::Program;
pub(crate) use train::build;
