//! What a step of training makes smaller: from a batch's logits to a loss and its gradient.
//!
//! | objective | of | source |
//! |---|---|---|
//! | [`CrossEntropy`] | images with labels, smoothed or not | Szegedy et al. 2016 |
//! | [`Distillation`] | images with labels and what teachers say of them | Hinton, Vinyals and Dean 2015 |
//! | [`SoftCrossEntropy`] | what teachers say alone | the same |
//! | [`LatticeLikelihood`] | text lines whose segmentation is not known | LeCun et al. 1998 |
//! | [`Sum`], [`Concatenation`] | two objectives, of the same rows or of one's rows after the other's | |

pub(crate) mod concatenation;
pub(crate) mod cross_entropy;
#[cfg(test)]
pub(crate) mod differences;
pub(crate) mod distillation;
pub(crate) mod lattice;
pub(crate) mod sum;
pub(crate) mod traits;

pub use concatenation::Concatenation;
pub use cross_entropy::CrossEntropy;
pub use distillation::{Distillation, SoftCrossEntropy};
pub use lattice::LatticeLikelihood;
pub use sum::Sum;
pub use traits::Objective;
