//! Runs read back from their folders.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    baseline::{BaselineRun, FitRecord},
    error::TrainError,
    evaluation::Evaluation,
    history::{EpochRecord, Validation, read_history},
    json::read_json,
    recipe::Protocol,
    run::{RUN_FILE, RunConfig},
};

/// Name of what `shuzi eval --format json` printed, in a run's directory.
const EVAL_FILE: &str = "eval.json";

/// What was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A network, with its epochs.
    Network(Vec<EpochRecord>),
    /// A classical method.
    Classical(FitRecord),
}

/// A run and what it came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// Where it lies.
    pub directory: PathBuf,
    /// Name of the network or method.
    pub name: String,
    /// Name of the recipe.
    pub recipe: String,
    /// What steered it.
    pub protocol: Protocol,
    /// Its seed.
    pub seed: u64,
    /// Trained parameters of a network, numbers kept of a method.
    pub parameters: usize,
    /// Multiply-adds for one image.
    pub multiply_adds: usize,
    /// What was run.
    pub kind: Kind,
    /// The reading of the test set, if it was kept.
    pub evaluation: Option<Evaluation>,
}

impl RunResult {
    /// Reads the run in `directory`.
    ///
    /// # Errors
    /// If a file is not there or not what this version writes.
    pub fn read(directory: &Path) -> Result<Self, TrainError> {
        let run: serde_json::Value = read_json(&directory.join(RUN_FILE))?;
        let eval = directory.join(EVAL_FILE);
        let evaluation = if eval.is_file() {
            Some(read_json(&eval)?)
        } else {
            None
        };
        let directory = directory.to_owned();
        if run.get("classical").is_some() {
            let run: BaselineRun = read_json(&directory.join(RUN_FILE))?;
            let fit = FitRecord::read(&directory)?;
            return Ok(Self {
                directory,
                name: run.classical.name().to_owned(),
                recipe: run.recipe,
                protocol: run.protocol,
                seed: run.seed,
                parameters: fit.parameters,
                multiply_adds: fit.multiply_adds,
                kind: Kind::Classical(fit),
                evaluation,
            });
        }
        let run = RunConfig::read(&directory)?;
        let summary = run
            .architecture
            .summary()
            .map_err(|error| TrainError::Network(error.into()))?;
        Ok(Self {
            name: run.architecture.name,
            recipe: run.recipe.name,
            protocol: run.recipe.protocol,
            seed: run.seed,
            parameters: summary.parameters,
            multiply_adds: summary.multiply_adds,
            kind: Kind::Network(read_history(&directory)?),
            evaluation,
            directory,
        })
    }

    /// How good it was at its end on what steered it; `None` before the first
    /// epoch.
    pub fn validation(&self) -> Option<&Validation> {
        match &self.kind {
            Kind::Network(epochs) => epochs.last()?.validation.as_ref(),
            Kind::Classical(fit) => Some(&fit.validation),
        }
    }

    /// Accuracy on the test set with the last weights: as `eval` read it, or
    /// as it steered the run.
    pub fn test_accuracy(&self) -> Option<f64> {
        if let Some(evaluation) = &self.evaluation {
            return Some(evaluation.accuracy);
        }
        match self.protocol {
            Protocol::SelectedOnTest | Protocol::Fixed => Some(self.validation()?.accuracy),
            Protocol::Holdout { .. } => None,
        }
    }

    /// Accuracy of the epoch that was best on the test set, where that steered
    /// the run: what a paper that keeps the best weights would print.
    pub fn best_test_accuracy(&self) -> Option<f64> {
        let (Kind::Network(epochs), Protocol::SelectedOnTest) = (&self.kind, self.protocol) else {
            return None;
        };
        let validations = epochs.iter().filter_map(|epoch| epoch.validation.as_ref());
        validations
            .map(|validation| validation.accuracy)
            .max_by(f64::total_cmp)
    }

    /// Median seconds of an epoch, or those of the fit.
    pub fn seconds(&self) -> Option<f64> {
        match &self.kind {
            Kind::Network(epochs) => {
                let mut seconds: Vec<f64> = epochs.iter().map(|epoch| epoch.seconds).collect();
                seconds.sort_by(f64::total_cmp);
                seconds.get(seconds.len() / 2).copied()
            }
            Kind::Classical(fit) => Some(fit.seconds),
        }
    }
}

/// All runs in the folders under `root`, by name of the folder.
///
/// # Errors
/// If `root` can't be read or a run is broken; folders without `run.json` are
/// passed over.
pub fn collect(root: &Path) -> Result<Vec<RunResult>, TrainError> {
    let io = |source| TrainError::Io {
        path: root.to_owned(),
        source,
    };
    let mut directories = Vec::new();
    for entry in fs::read_dir(root).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.join(RUN_FILE).is_file() {
            directories.push(path);
        }
    }
    directories.sort();
    directories
        .iter()
        .map(|path| RunResult::read(path))
        .collect()
}
