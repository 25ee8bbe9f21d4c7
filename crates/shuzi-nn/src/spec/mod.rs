//! What describes a layer: the maps that reach it, its window, its tensors, and what can
//! be wrong with them.

mod error;
mod flow;
mod sliding;
mod tensors;

pub use error::ArchitectureError;
pub(crate) use error::{check_size, positive, same_shape, value};
pub(crate) use flow::Flow;
pub use flow::Width;
pub use sliding::Padding;
pub(crate) use sliding::Sliding;
pub use tensors::{Layout, ParameterSpec, Role};
