//! `config.json`: what a model is and what its input means.

use serde::{Deserialize, Serialize};
use shuzi_nn::Architecture;

/// Version of the format that this crate writes.
pub const FORMAT: u32 = 1;

/// The contents of a model's `config.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// Version of the format, [`FORMAT`].
    pub format: u32,
    /// The network.
    pub architecture: Architecture,
    /// What a pixel's value means.
    pub input: InputConfig,
    /// What each class stands for, in the order of the logits.
    pub classes: Vec<String>,
}

/// How an image becomes the network's input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputConfig {
    /// A pixel of 0 to 255 is divided by this.
    pub divisor: u32,
    /// Which way round ink and paper are.
    pub polarity: Polarity,
}

/// Which way round ink and paper are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Polarity {
    /// Ink is high, paper 0: MNIST's way.
    WhiteOnBlack,
}

impl ModelConfig {
    /// The configuration of a digit network: pixel / 255, white on black,
    /// classes 0 to 9.
    pub fn digits(architecture: Architecture) -> Self {
        Self {
            format: FORMAT,
            architecture,
            input: InputConfig {
                divisor: 255,
                polarity: Polarity::WhiteOnBlack,
            },
            classes: (0..10).map(|digit: u8| digit.to_string()).collect(),
        }
    }
}
