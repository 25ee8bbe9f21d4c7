//! `run.json`: what a run is, so that it can be repeated and resumed.

use std::{path::Path, sync::Arc};

use serde::{Deserialize, Serialize};
use shuzi_data::{Dataset, split::Split};
use shuzi_nn::{Architecture, Kernels};

use crate::{
    data::{Data, Fingerprint, Origin, Teacher},
    error::TrainError,
    json::{read_json, write_json},
    recipe::{Protocol, Recipe},
};

/// Name of the description in a run's directory.
pub const RUN_FILE: &str = "run.json";

/// What a run is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// Version of the program that started the run.
    pub version: String,
    /// The network.
    pub architecture: Architecture,
    /// How it is trained.
    pub recipe: Recipe,
    /// Decides start weights, dropout, order, distortions and what is held
    /// out.
    pub seed: u64,
    /// The weights that it starts from, if not from fresh ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Origin>,
    /// The networks that it learns from beside labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teachers: Vec<Origin>,
    /// Which loops compute it.
    #[serde(default)]
    pub kernels: Kernels,
    /// The training images.
    pub train: Fingerprint,
    /// The test images.
    pub test: Fingerprint,
    /// The pieces of the lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Fingerprint>,
}

impl RunConfig {
    /// A run of this version of the program on `data`.
    pub fn new(architecture: Architecture, recipe: Recipe, seed: u64, data: &Data) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            architecture,
            recipe,
            seed,
            from: None,
            teachers: data.teachers.iter().map(Teacher::origin).collect(),
            kernels: Kernels::Fast,
            train: Fingerprint::of(&data.train),
            test: Fingerprint::of(&data.test),
            lines: data.lines.as_deref().map(Fingerprint::of_lines),
        }
    }

    /// Reads the description of the run in `directory`.
    ///
    /// # Errors
    /// If there is none, or it is not what this version writes.
    pub fn read(directory: &Path) -> Result<Self, TrainError> {
        let path = directory.join(RUN_FILE);
        let run: serde_json::Value = read_json(&path)?;
        if run.get("classical").is_some() {
            return Err(TrainError::NoEpochs {
                path: directory.to_owned(),
            });
        }
        serde_json::from_value(run).map_err(|source| TrainError::Json { path, source })
    }

    /// Indices of the images of `train`, what the run was given to train on, that it
    /// holds out, ascending.
    ///
    /// # Errors
    /// If it holds none out, or was started with other images.
    pub fn held_out(&self, train: &Dataset) -> Result<Vec<usize>, TrainError> {
        let Protocol::Holdout { images } = self.recipe.protocol else {
            return Err(TrainError::NothingHeldOut {
                recipe: self.recipe.name.clone(),
            });
        };
        check("training", &self.train, train)?;
        Ok(Split::stratified(train.labels(), images, self.seed)?.validation)
    }

    pub(crate) fn write(&self, directory: &Path) -> Result<(), TrainError> {
        write_json(&directory.join(RUN_FILE), self)
    }

    pub(crate) fn check_data(&self, data: &Data) -> Result<(), TrainError> {
        check("training", &self.train, &data.train)?;
        check("test", &self.test, &data.test)?;
        // Which of these the recipe takes is seen when the run is laid out.
        if let (Some(expected), Some(lines)) = (&self.lines, &data.lines) {
            same("line", expected, &Fingerprint::of_lines(lines))?;
        }
        let teachers: Vec<Origin> = data.teachers.iter().map(Teacher::origin).collect();
        let [expected, got] = [&self.teachers, &teachers].map(|of| {
            let hashes: Vec<&str> = of.iter().map(|origin| origin.sha256.as_str()).collect();
            format!("SHA-256 {}", hashes.join(", "))
        });
        if teachers.is_empty() || expected == got {
            return Ok(());
        }
        Err(TrainError::OtherData {
            part: "teacher",
            expected,
            got,
        })
    }
}

/// Checks that `data` are the images that a run was started with.
fn check(part: &'static str, expected: &Fingerprint, data: &Dataset) -> Result<(), TrainError> {
    same(part, expected, &Fingerprint::of(data))
}

fn same(part: &'static str, expected: &Fingerprint, got: &Fingerprint) -> Result<(), TrainError> {
    if got == expected {
        return Ok(());
    }
    Err(TrainError::OtherData {
        part,
        expected: expected.to_string(),
        got: got.to_string(),
    })
}

/// The images that steer a run, or that it is measured on.
pub(crate) struct Held {
    pub(crate) data: Arc<Dataset>,
    pub(crate) indices: Vec<usize>,
    pub(crate) name: &'static str,
}

/// Which images of `data.train` are trained on under `protocol`, and which
/// images are held out.
pub(crate) fn validation_split(
    protocol: Protocol,
    seed: u64,
    data: &Data,
) -> Result<(Vec<usize>, Held), TrainError> {
    match protocol {
        Protocol::SelectedOnTest | Protocol::Fixed => {
            let held = Held {
                data: Arc::clone(&data.test),
                indices: (0..data.test.len()).collect(),
                name: "test set",
            };
            Ok(((0..data.train.len()).collect(), held))
        }
        Protocol::Holdout { images } => {
            let split = Split::stratified(data.train.labels(), images, seed)?;
            let held = Held {
                data: Arc::clone(&data.train),
                indices: split.validation,
                name: "held-out training images",
            };
            Ok((split.train, held))
        }
    }
}
