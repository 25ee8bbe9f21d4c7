//! Neural networks on the CPU: architectures as data, training and inference.
//!
//! Knows tensors and layers, nothing of digits. Values are f32 in NHWC order
//! (`[n, h, w, c]`, channels last), so that every kernel vectorises over
//! channels; files keep PyTorch's names and order.

pub mod architecture;
mod average;
mod buffer;
mod columns;
pub mod ctc;
mod error;
mod exec;
mod inference;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
mod kernels;
mod layers;
mod lines;
mod loss;
mod network;
pub mod onnx;
mod optimizer;
mod parameters;
mod pass;
mod program;
mod shape;
mod spec;
mod threads;
mod weights;

pub use architecture::{Architecture, ArchitectureError, Layer, LayerKind};
pub use average::Average;
pub use ctc::Ctc;
pub use error::Error;
pub use exec::export;
pub use inference::{Classifier, ClassifierConfig, Recognizer};
pub use kernels::isa::{Isa, IsaError};
pub use lines::{Frames, Lines};
pub use loss::{StepReport, argmax, cross_entropy, cross_entropy_to, softmax};
pub use network::{Network, NetworkConfig};
pub use optimizer::{Optimizer, OptimizerConfig};
pub use parameters::{Initialisation, ParameterLayout};
pub use pass::Kernels;
pub use shape::{Shape, Window};
pub use threads::Threads;
pub use weights::{NamedTensor, Weights, WeightsError};
