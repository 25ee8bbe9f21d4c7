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
mod inference;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
mod kernels;
mod layers;
mod loss;
mod network;
mod optimizer;
mod parameters;
mod shape;
mod threads;
mod weights;

pub use architecture::{Architecture, ArchitectureError, Layer, LayerKind};
pub use average::Average;
pub use ctc::Ctc;
pub use error::Error;
pub use inference::{Classifier, ClassifierConfig, Recognizer};
pub use kernels::isa::{Isa, IsaError};
pub use loss::{StepReport, argmax, cross_entropy, cross_entropy_to, softmax};
pub use network::{Frames, Kernels, Lines, Network, NetworkConfig};
pub use optimizer::{Optimizer, OptimizerConfig};
pub use parameters::Initialisation;
pub use shape::{Shape, Window};
pub use threads::Threads;
pub use weights::{NamedTensor, Weights, WeightsError};
