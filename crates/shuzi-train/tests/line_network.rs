//! Training of a network for lines: what a run leaves, and that stopping it changes nothing.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use shuzi_models::{Model, line};
use shuzi_nn::Threads;
use shuzi_synth::LineParams;
use shuzi_train::{
    LineNetworkRecipe, LineNetworkRun, LineOutcome, LineRunConfig, LineStepRecord, TrainError,
};

const STEPS: u64 = 5;

fn config() -> LineRunConfig {
    LineRunConfig {
        architecture: line(shuzi_line::CLASSES),
        recipe: LineNetworkRecipe {
            steps: STEPS,
            batch: 2,
            pool: 2,
            max_width: 128,
            statistics: 2,
            record_steps: 1,
            validation: 4,
            ..LineNetworkRecipe::default()
        },
        seed: 3,
        lines: LineParams::default(),
        banks: Vec::new(),
    }
}

fn start(directory: &Path) -> LineNetworkRun {
    LineNetworkRun::start(directory, config(), Vec::new(), Threads::single()).unwrap()
}

fn weights(directory: &Path) -> Vec<u8> {
    fs::read(directory.join("model.safetensors")).unwrap()
}

#[test]
fn a_run_that_was_stopped_and_resumed_ends_in_the_same_bits() {
    let [whole, parts] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let mut records = Vec::new();
    let never = AtomicBool::new(false);
    let mut keep = |record: &LineStepRecord| records.push(*record);
    let outcome = start(whole.path()).run(&mut keep, &never).unwrap();
    assert!(matches!(outcome, LineOutcome::Finished(score) if score.lines == 4));
    assert_eq!(records.len() as u64, STEPS);

    let stop = AtomicBool::new(false);
    let mut after_three = |record: &LineStepRecord| stop.store(record.step == 3, Ordering::Relaxed);
    let outcome = start(parts.path()).run(&mut after_three, &stop).unwrap();
    assert_eq!(outcome, LineOutcome::Stopped);
    let mut run =
        LineNetworkRun::resume(parts.path(), |_| Ok(Vec::new()), Threads::single()).unwrap();
    assert_eq!(run.steps(), 3);
    run.run(&mut |_| (), &never).unwrap();
    assert!(weights(whole.path()) == weights(parts.path()));
}

#[test]
fn a_run_leaves_a_model_that_loads_with_its_symbols() {
    let directory = tempfile::tempdir().unwrap();
    let never = AtomicBool::new(false);
    start(directory.path()).run(&mut |_| (), &never).unwrap();
    let model = Model::load(directory.path().to_str().unwrap()).unwrap();
    assert_eq!(model.config.classes.len(), shuzi_line::CLASSES);
    assert_eq!(model.config.classes[1..3], ["0", "1"]);
}

#[test]
fn a_folder_that_holds_a_run_is_not_written_over() {
    let directory = tempfile::tempdir().unwrap();
    start(directory.path());
    let again = LineNetworkRun::start(directory.path(), config(), Vec::new(), Threads::single());
    assert!(matches!(again.err(), Some(TrainError::Exists { .. })));
}
