//! The classical methods that the paper names beside networks: naive Bayes,
//! nearest neighbours and support vector machines, on pixels as they are.
//!
//! The paper's fourth, the "BP network", is a network: `shuzi_models::mlp`.
//!
//! ```
//! use shuzi_classical::{Method, Samples};
//!
//! // Four images of two pixels, of two classes.
//! let pixels = [0, 10, 5, 0, 250, 255, 255, 245];
//! let samples = Samples::new(&pixels, &[0, 0, 1, 1], 2)?;
//! let method = Method::named("knn").expect("a known method");
//! let baseline = method.fit(samples, &mut |_, _| ())?;
//! let scores = baseline.scores(&[0.9, 0.9])?;
//! assert!(scores[1] > scores[0]);
//! # Ok::<(), shuzi_classical::ClassicalError>(())
//! ```

#![allow(clippy::needless_pass_by_value)] // views of arrays, as ndarray itself takes them

mod baseline;
mod error;
mod file;
mod fit;
mod knn;
mod matrix;
mod method;
mod naive_bayes;
mod samples;
mod svm;

pub use baseline::Baseline;
pub use error::ClassicalError;
pub use method::{Method, names};
pub use samples::Samples;
