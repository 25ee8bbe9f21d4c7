//! What can go wrong.

use std::{io, path::PathBuf};

use safetensors::{Dtype, SafeTensorError};

/// Why a method can't be fitted, saved, loaded or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClassicalError {
    /// There is nothing to fit.
    #[error("expected at least one image of at least one pixel")]
    NoSamples,
    /// Pixels are not a whole number of images, as many as labels.
    #[error("{pixels} pixels are not {labels} images, one for each label")]
    Pixels {
        /// Values given.
        pixels: usize,
        /// Labels given.
        labels: usize,
    },
    /// A label names no class.
    #[error("label {label} is not below the number of classes, {classes}")]
    Label {
        /// The label.
        label: u8,
        /// Number of classes.
        classes: usize,
    },
    /// A class has no image to learn from.
    #[error("class {class} has no images")]
    EmptyClass {
        /// The class.
        class: usize,
    },
    /// A parameter of the method is out of range.
    #[error("{what} must be {expected}, got {got}")]
    Parameter {
        /// Which.
        what: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        got: String,
    },
    /// Images to be classified have another size.
    #[error("expected images of {expected} values, got {got} values")]
    Images {
        /// Values of one image.
        expected: usize,
        /// Values given.
        got: usize,
    },
    /// A file can't be read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The configuration is not what this version writes.
    #[error("{path}: not a configuration of a classical method: {source}", path = path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The configuration is of another version.
    #[error("{path}: expected format {expected}, got {got}", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// This version's format.
        expected: u32,
        /// The file's.
        got: u32,
    },
    /// The file of numbers is no safetensors file.
    #[error("{path}: not a valid safetensors file: {source}", path = path.display())]
    SafeTensors {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: SafeTensorError,
    },
    /// A tensor is missing or not what the method needs.
    #[error("{path}: tensor {name}: expected {expected}, got {got}", path = path.display())]
    Tensor {
        /// The file.
        path: PathBuf,
        /// Tensor.
        name: &'static str,
        /// What is needed.
        expected: String,
        /// What is there.
        got: String,
    },
}

/// `F32 [10, 784]`.
pub(crate) fn describe(dtype: Dtype, shape: &[usize]) -> String {
    format!("{dtype:?} {shape:?}")
}
