//! What a run does, done by hand.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

use std::{
    num::NonZeroUsize,
    sync::{Arc, atomic::AtomicBool},
};

use shuzi_data::{
    Dataset, fixture,
    idx::{Images, Labels},
    loader::{LastBatch, Loader, LoaderConfig},
};
use shuzi_models::{Model, lenet5};
use shuzi_nn::{Kernels, Network, NetworkConfig, Optimizer, Threads, cross_entropy};
use shuzi_train::{Data, Protocol, Recipe, RunConfig, Trainer};

/// Twenty batches of the fixture.
fn data(batch: usize) -> Data {
    let (train, test) = fixture::load();
    let n = 20 * batch;
    let size = train.height() * train.width();
    let train = Dataset::new(
        Images::new(
            train.height(),
            train.width(),
            train.images().pixels()[..n * size].to_vec(),
        )
        .unwrap(),
        Labels::new(train.labels()[..n].to_vec()).unwrap(),
        train.scheme(),
    );
    Data {
        train: Arc::new(train.unwrap()),
        test: Arc::new(test),
        lines: None,
        teachers: Arc::default(),
    }
}

#[test]
fn twenty_steps_of_a_run_are_those_of_network_and_optimizer() {
    let recipe = Recipe {
        protocol: Protocol::Fixed,
        epochs: 1,
        label_smoothing: 0.05,
        ..Recipe::holdout()
    };
    let (data, seed) = (data(recipe.batch), 5);
    let threads = Threads::single();
    let directory = tempfile::tempdir().unwrap();
    let config = RunConfig::new(lenet5(), recipe.clone(), seed, &data);
    let mut trainer = Trainer::start(directory.path(), config, &data, threads.clone()).unwrap();
    trainer.run(&mut (), &AtomicBool::new(false)).unwrap();
    let model = Model::load(directory.path().to_str().unwrap()).unwrap();

    let loader = Loader::new(
        Arc::clone(&data.train),
        (0..data.train.len()).collect(),
        LoaderConfig {
            batch: NonZeroUsize::new(recipe.batch).unwrap(),
            seed,
            augmentation: recipe.augmentation,
            last_batch: LastBatch::Keep,
            workers: NonZeroUsize::MIN,
            prefetch: NonZeroUsize::MIN,
        },
    );
    let network = NetworkConfig {
        max_batch: recipe.batch,
        seed,
        initialisation: recipe.initialisation,
        kernels: Kernels::Fast,
        threads,
    };
    let mut network = Network::new(&lenet5(), network).unwrap();
    let mut optimizer = Optimizer::new(recipe.optimizer, recipe.learning_rate, &network);
    let classes = network.classes();
    let mut steps = 0;
    for batch in loader.unwrap().epoch(1).unwrap() {
        let loss = |logits: &mut [f32]| {
            cross_entropy(logits, batch.labels(), classes, recipe.label_smoothing)
        };
        let report = network.train_step_with(batch.images(), &mut optimizer, loss);
        report.unwrap().unwrap();
        steps += 1;
    }
    assert_eq!(steps, 20);
    assert!(model.weights == network.weights(), "not the same bits");
}
