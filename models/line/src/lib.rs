//! Weights of the network that reads whole text lines: digits, signs, words and strikes.
//!
//! The model card is the package's README. `shuzi-models` loads these bytes.
//!
//! ```
//! // A safetensors file begins with the length of its header.
//! let length = u64::from_le_bytes(shuzi_weights_line::WEIGHTS[..8].try_into()?);
//! assert!(length < shuzi_weights_line::WEIGHTS.len() as u64);
//! # Ok::<(), std::array::TryFromSliceError>(())
//! ```
#![no_std]

/// `config.json`: the network, the meaning of its input, its classes.
pub static CONFIG: &[u8] = include_bytes!("../config.json");

/// `model.safetensors`: the weights, with PyTorch's names and order.
pub static WEIGHTS: &[u8] = include_bytes!("../model.safetensors");
