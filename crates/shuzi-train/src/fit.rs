//! Fitting a classical method, in one go.

use std::{fs, path::Path, sync::Arc, time::Instant};

use shuzi_classical::Samples;
use shuzi_data::{ClassScheme, Dataset};
use shuzi_nn::Threads;

use crate::{
    baseline::{BaselineRun, FIT_FILE, FitRecord},
    card::{baseline_card, write_card},
    data::Data,
    error::TrainError,
    evaluate::evaluate_on,
    evaluation::Evaluation,
    history::Validation,
    json::write_json,
    run::{RUN_FILE, validation_split},
    scorer::ThreadedBaseline,
};

impl BaselineRun {
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

/// The images at `indices`, one after the other, and their labels.
fn gather(data: &Arc<Dataset>, indices: &[usize]) -> (Vec<u8>, Vec<u8>) {
    let samples = || indices.iter().filter_map(|&index| data.get(index));
    let pixels = samples().flat_map(|(pixels, _)| pixels).copied().collect();
    (pixels, samples().map(|(_, label)| label).collect())
}
