//! What a run learns from, and how its description tells it from other data.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shuzi_data::Dataset;
use shuzi_models::Model;
use shuzi_nn::Weights;
use shuzi_reader::labelled::LabelledLines;

/// The parts of the data.
#[derive(Clone, Debug)]
pub struct Data {
    /// Images to train on, some of them perhaps held out.
    pub train: Arc<Dataset>,
    /// Images to measure on.
    pub test: Arc<Dataset>,
    /// Lines to train on beside the images, if the recipe takes any.
    pub lines: Option<Arc<LabelledLines>>,
    /// Networks to learn from beside labels, if the recipe takes any.
    pub teachers: Arc<[Teacher]>,
}

/// Tells one data set from another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Number of images.
    pub images: usize,
    /// SHA-256 of all pixels, then all labels.
    pub sha256: String,
}

impl Fingerprint {
    /// The fingerprint of `data`.
    pub fn of(data: &Dataset) -> Self {
        let mut hash = Sha256::new();
        hash.update(data.images().pixels());
        hash.update(data.labels());
        Self {
            images: data.len(),
            sha256: hexadecimal(hash),
        }
    }

    /// The fingerprint of lines: of their pieces' pixels, then of their digits. So far
    /// as these are the same, the rest is.
    pub fn of_lines(lines: &LabelledLines) -> Self {
        let mut hash = Sha256::new();
        hash.update(lines.crops().as_slice());
        for line in lines.lines() {
            hash.update(line.digits());
        }
        Self {
            images: lines.pieces(),
            sha256: hexadecimal(hash),
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} images, SHA-256 {}", self.images, self.sha256)
    }
}

/// Weights of another model that a run starts from or learns from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// What the user called their model.
    pub model: String,
    /// SHA-256 of all values, tensor by tensor in the order of their names, as
    /// little-endian f32.
    pub sha256: String,
}

impl Origin {
    /// Of the weights of `model`.
    pub fn of(model: &str, weights: &Weights) -> Self {
        let mut hash = Sha256::new();
        for value in weights.iter().flat_map(|(_, tensor)| &tensor.data) {
            hash.update(value.to_le_bytes());
        }
        Self {
            model: model.to_owned(),
            sha256: hexadecimal(hash),
        }
    }
}

fn hexadecimal(hash: Sha256) -> String {
    let bytes = hash.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A trained network that teaches.
#[derive(Clone, Debug)]
pub struct Teacher {
    /// What the user calls it.
    pub name: String,
    /// The network with its weights.
    pub model: Model,
}

impl Teacher {
    pub(crate) fn origin(&self) -> Origin {
        Origin::of(&self.name, &self.model.weights)
    }
}
