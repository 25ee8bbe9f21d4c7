//! Runs of the classical methods: fitted in one go, without epochs.

use std::{fs, path::Path, sync::Arc, time::Instant};

use serde::{Deserialize, Serialize};
use shuzi_classical::{Baseline, Method, Samples};
use shuzi_data::{ClassScheme, Dataset};
use shuzi_nn::Threads;

use crate::{
    Data, Evaluation, Fingerprint, Protocol, RUN_FILE, TrainError, Validation,
    card::{baseline_card, write_card},
    evaluate::evaluate_on,
    json::{read_json, write_json},
    run::validation_split,
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

    /// Fits the method and writes the run to `directory`: model, `fit.json`,
    /// model card and, last, `run.json`. `progress` is told how many steps of
    /// how many are done.
    ///
    /// # Errors
    /// If the directory holds a run already or can't be written to, or the
    /// data is not what the method needs.
    pub fn fit(
        &self,
        directory: &Path,
        data: &Data,
        threads: &Threads,
        progress: &mut (dyn FnMut(usize, usize) + Send),
    ) -> Result<FitRecord, TrainError> {
        if directory.join(RUN_FILE).exists() {
            return Err(TrainError::Exists {
                path: directory.to_owned(),
            });
        }
        // A folder that can't be written to is known before the work.
        fs::create_dir_all(directory).map_err(|source| TrainError::Io {
            path: directory.to_owned(),
            source,
        })?;
        let (train, held) = validation_split(self.protocol, self.seed, data)?;
        let (pixels, labels) = gather(&data.train, &train);
        let samples = Samples::new(&pixels, &labels, ClassScheme::Digits.classes())?;
        let start = Instant::now();
        let baseline = threads.run(|| self.classical.fit(samples, progress))?;
        let seconds = start.elapsed().as_secs_f64();
        let mut scorer = ThreadedBaseline {
            threads: threads.clone(),
            baseline,
        };
        let Evaluation {
            n, nll, accuracy, ..
        } = evaluate_on(&mut scorer, &held.data, &held.indices, |_| ())?;
        let record = FitRecord {
            images: labels.len(),
            seconds,
            parameters: scorer.baseline.parameters(),
            multiply_adds: scorer.baseline.multiply_adds(),
            validation: Validation {
                on: held.name.to_owned(),
                images: n,
                loss: nll,
                accuracy,
                temperature: None,
            },
        };
        scorer.baseline.save(directory)?;
        write_json(&directory.join(FIT_FILE), &record)?;
        write_card(directory, &baseline_card(self, &record))?;
        write_json(&directory.join(RUN_FILE), self)?;
        Ok(record)
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

/// A classical method and the threads that it may use.
#[derive(Clone, Debug)]
pub struct ThreadedBaseline {
    /// Workers.
    pub threads: Threads,
    /// The fitted method.
    pub baseline: Baseline,
}

/// The images at `indices`, one after the other, and their labels.
fn gather(data: &Arc<Dataset>, indices: &[usize]) -> (Vec<u8>, Vec<u8>) {
    let samples = || indices.iter().filter_map(|&index| data.get(index));
    let pixels = samples().flat_map(|(pixels, _)| pixels).copied().collect();
    (pixels, samples().map(|(_, label)| label).collect())
}
