//! Runs of the classical methods: fitted in one go, without epochs.

use std::path::Path;

use serde::{Deserialize, Serialize};
use shuzi_classical::Method;

use crate::{
    data::{Data, Fingerprint},
    error::TrainError,
    history::Validation,
    json::read_json,
    recipe::Protocol,
};

/// Name of the record in the directory of a classical run.
pub const FIT_FILE: &str = "fit.json";

/// What a run of a classical method is: its `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineRun {
    /// Version of the program that made the run.
    pub version: String,
    /// The method and its parameters.
    pub classical: Method,
    /// Name of the recipe whose protocol this is.
    pub recipe: String,
    /// What the method is measured on.
    pub protocol: Protocol,
    /// Decides what is held out.
    pub seed: u64,
    /// The training images.
    pub train: Fingerprint,
    /// The test images.
    pub test: Fingerprint,
}

/// What fitting came to: `fit.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FitRecord {
    /// Images learnt from.
    pub images: usize,
    /// Wall-clock seconds of the fit alone.
    pub seconds: f64,
    /// Numbers that the method keeps.
    pub parameters: usize,
    /// Multiply-adds for one image.
    pub multiply_adds: usize,
    /// How good it is on what the protocol measures on.
    pub validation: Validation,
}

impl BaselineRun {
    /// A run of this version of the program on `data`.
    pub fn new(
        method: Method,
        recipe: impl Into<String>,
        protocol: Protocol,
        seed: u64,
        data: &Data,
    ) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            classical: method,
            recipe: recipe.into(),
            protocol,
            seed,
            train: Fingerprint::of(&data.train),
            test: Fingerprint::of(&data.test),
        }
    }
}

impl FitRecord {
    /// Reads the record of the run in `directory`.
    ///
    /// # Errors
    /// If there is none, or it is not what this version writes.
    pub fn read(directory: &Path) -> Result<Self, TrainError> {
        read_json(&directory.join(FIT_FILE))
    }
}
