//! The same seed gives the same bits, whatever the number of threads, and a
//! restored network goes on as if nothing had happened.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

use std::num::NonZeroUsize;

use shuzi_nn::{
    Architecture, Error, Initialisation, Kernels, Layer, LayerKind, Network, NetworkConfig,
    Optimizer, OptimizerConfig, Shape, Threads, Weights,
    architecture::{Activation, BatchNorm, Conv, Linear, Padding, Pool},
    cross_entropy,
};

const BATCH: usize = 10;

fn architecture() -> Architecture {
    let conv = |out, kernel| LayerKind::Conv(Conv::new(out, kernel).padding(Padding::Same));
    let unbiased = |out| {
        let conv = Conv::new(out, [3, 3]).padding(Padding::Same);
        LayerKind::Conv(conv.without_bias())
    };
    let relu = || LayerKind::Activation {
        function: Activation::Relu,
    };
    let branches = vec![
        vec![Layer::new("a", conv(8, [1, 1]))],
        vec![Layer::new("b", conv(8, [1, 3]))],
    ];
    let kinds = vec![
        conv(16, [3, 3]),
        LayerKind::BatchNorm(BatchNorm::default()),
        relu(),
        unbiased(32),
        LayerKind::BatchNorm(BatchNorm::default()),
        relu(),
        unbiased(32),
        LayerKind::BatchNorm(BatchNorm::default()),
        relu(),
        LayerKind::Pool(Pool::max(2, 2)),
        LayerKind::Parallel { branches },
        LayerKind::Flatten,
        LayerKind::Linear(Linear { out_features: 50 }),
        relu(),
        LayerKind::Dropout { rate: 0.5 },
        LayerKind::Linear(Linear { out_features: 10 }),
    ];
    let layers = kinds.into_iter().enumerate();
    Architecture {
        name: "small".into(),
        input: Shape::new(12, 12, 1),
        width: Default::default(),
        layers: layers
            .map(|(i, kind)| Layer::new(format!("l{i}"), kind))
            .collect(),
    }
}

fn network(threads: usize, seed: u64) -> Network {
    let config = NetworkConfig {
        max_batch: BATCH,
        seed,
        initialisation: Initialisation::He,
        kernels: Kernels::Fast,
        threads: Threads::new(NonZeroUsize::new(threads).unwrap()),
    };
    Network::new(&architecture(), config).unwrap()
}

/// Runs the steps in `range` and returns the losses.
fn train(
    network: &mut Network,
    optimizer: &mut Optimizer,
    range: std::ops::Range<usize>,
) -> Vec<f32> {
    let len = BATCH * architecture().input.len();
    range
        .map(|step| {
            let images: Vec<f32> = (0..len)
                .map(|i| ((i * 7 + step * 13) % 29) as f32 / 29.0)
                .collect();
            let labels: Vec<u8> = (0..BATCH).map(|i| ((i + step) % 10) as u8).collect();
            network
                .train_step(&images, &labels, optimizer)
                .unwrap()
                .loss
        })
        .collect()
}

fn run(threads: usize, seed: u64) -> (Vec<f32>, Weights) {
    let mut network = network(threads, seed);
    let mut optimizer = Optimizer::new(OptimizerConfig::adam(), 1e-2, &network);
    let losses = train(&mut network, &mut optimizer, 0..6);
    (losses, network.weights())
}

#[test]
fn threads_do_not_change_a_bit() {
    let expected = run(1, 7);
    for threads in [2, 3, 5] {
        assert_eq!(run(threads, 7), expected, "{threads} threads");
    }
    assert_ne!(run(1, 8), expected, "another seed");
}

#[test]
fn a_restored_network_goes_on_with_the_same_bits() {
    for config in [
        OptimizerConfig::adam(),
        OptimizerConfig::Sgd {
            momentum: 0.9,
            weight_decay: 1e-2,
        },
    ] {
        let mut first = network(2, 7);
        let mut optimizer = Optimizer::new(config, 1e-2, &first);
        train(&mut first, &mut optimizer, 0..3);
        let (weights, moments, step) = (first.weights(), optimizer.moments(&first), first.step());
        let expected = (train(&mut first, &mut optimizer, 3..6), first.weights());

        let mut second = network(1, 7);
        second.load_weights(&weights).unwrap();
        second.set_step(step);
        let mut optimizer = Optimizer::new(config, 1e-2, &second);
        optimizer.restore(&second, &moments, 3).unwrap();
        let got = (train(&mut second, &mut optimizer, 3..6), second.weights());
        assert_eq!(got, expected, "{config:?}");
    }
}

#[test]
fn a_loss_of_the_callers_takes_the_same_step() {
    let [mut ours, mut theirs] = [(), ()].map(|()| network(2, 7));
    let config = OptimizerConfig::adam();
    let mut optimizer = Optimizer::new(config, 1e-2, &ours);
    let images = vec![0.5; BATCH * architecture().input.len()];
    let labels = vec![3; BATCH];
    let expected = ours.train_step(&images, &labels, &mut optimizer).unwrap();

    let mut optimizer = Optimizer::new(config, 1e-2, &theirs);
    let classes = theirs.classes();
    let got = theirs.train_step_with(&images, &mut optimizer, |logits| {
        cross_entropy(logits, &labels, classes, 0.0)
    });
    assert_eq!(got.unwrap().unwrap(), expected);
    assert_eq!(theirs.weights(), ours.weights());
    assert_eq!(theirs.step(), 1);

    let mut logits = vec![0.0; 2 * classes];
    let error = cross_entropy(&mut logits, &[1], classes, 0.0).unwrap_err();
    assert!(matches!(
        error,
        Error::Labels {
            expected: 2,
            got: 1
        }
    ));
    let error = cross_entropy(&mut logits, &[1, 200], classes, 0.0).unwrap_err();
    assert!(matches!(
        error,
        Error::Label {
            image: 1,
            label: 200,
            ..
        }
    ));
}
