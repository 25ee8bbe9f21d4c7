//! A model as an ONNX file, for any runtime.
//!
//! The graph is PyTorch's view of the network: maps `[batch, c, h, w]`, tensors
//! with the names and order of `model.safetensors`. Nothing but standard
//! operators of opset 17 that small runtimes know too: local response
//! normalisation and deformable convolution, which few of them have, are
//! spelt out.

mod export;
mod graph;
mod proto;

use crate::{error::ModelError, model::Model};

impl Model {
    /// The bytes of an ONNX file: input `images`, `[batch, c, h, w]` from 0 to
    /// 1 (see `config.json`), output `logits`, `[batch, classes]`; of a
    /// network of dynamic width `[batch, frames, classes]`.
    ///
    /// # Errors
    /// If the weights don't belong to the architecture.
    pub fn to_onnx(&self) -> Result<Vec<u8>, ModelError> {
        export::export(self)
    }
}
