//! The inference plan against the training network in inference mode.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

use std::num::NonZeroUsize;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use shuzi_nn::{
    Architecture, Classifier, ClassifierConfig, Error, Initialisation, Kernels, Layer, LayerKind,
    Network, NetworkConfig, Optimizer, OptimizerConfig, Shape, Threads, Weights, WeightsError,
    architecture::{Activation, BatchNorm, Conv, Linear, Lrn, Padding, Pool},
};

fn threads(count: usize) -> Threads {
    Threads::new(NonZeroUsize::new(count).unwrap())
}

fn random(seed: u64, len: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..len).map(|_| rng.random_range(-1.0..1.0)).collect()
}

fn conv(out: usize, kernel: [usize; 2]) -> LayerKind {
    LayerKind::Conv(Conv::new(out, kernel).padding(Padding::Same))
}

fn named(kinds: Vec<LayerKind>) -> Vec<Layer> {
    let name = |(i, kind)| Layer::new(format!("l{i}"), kind);
    kinds.into_iter().enumerate().map(name).collect()
}

/// Every kind of layer, with and without what can be fused.
fn architecture() -> Architecture {
    let norm = || LayerKind::BatchNorm(BatchNorm::default());
    let act = |function| LayerKind::Activation { function };
    let branches = vec![
        named(vec![conv(5, [1, 1]), norm(), act(Activation::Relu)]),
        vec![
            Layer::new("b", conv(3, [1, 3])),
            Layer::new("c", conv(6, [3, 1])),
        ],
        vec![],
    ];
    let body = vec![
        Layer::new("branches", LayerKind::Parallel { branches }),
        Layer::new("join", conv(32, [1, 1])),
        Layer::new("norm", norm()),
    ];
    Architecture {
        name: "all".into(),
        input: Shape::new(13, 14, 1),
        width: Default::default(),
        layers: named(vec![
            conv(16, [3, 3]),
            norm(),
            act(Activation::Relu),
            conv(32, [3, 3]),
            norm(),
            act(Activation::Tanh),
            LayerKind::Pool(Pool::max(2, 2)),
            LayerKind::Residual { body, scale: 0.3 },
            act(Activation::Relu),
            LayerKind::Lrn(Lrn::default()),
            norm(),
            LayerKind::Residual {
                body: vec![],
                scale: 0.5,
            },
            LayerKind::DeformableConv(Conv::new(32, [3, 3]).padding(Padding::Same)),
            norm(),
            act(Activation::Relu),
            LayerKind::Pool(Pool::average(3, 2)),
            LayerKind::Conv(Conv {
                groups: 2,
                stride: [2, 1],
                ..Conv::new(8, [2, 2])
            }),
            act(Activation::Sigmoid),
            LayerKind::Flatten,
            LayerKind::Linear(Linear { out_features: 20 }),
            act(Activation::Relu),
            LayerKind::Dropout { rate: 0.5 },
            LayerKind::Linear(Linear { out_features: 10 }),
        ]),
    }
}

/// A network that has seen a few batches, so that running statistics and
/// weights are no longer what they start with.
fn trained(architecture: &Architecture, count: usize) -> Network {
    let config = NetworkConfig {
        max_batch: 12,
        seed: 3,
        initialisation: Initialisation::He,
        kernels: Kernels::Fast,
        threads: threads(count),
    };
    let mut network = Network::new(architecture, config).unwrap();
    let mut optimizer = Optimizer::new(OptimizerConfig::adam(), 1e-2, &network);
    for step in 0..3 {
        let images = random(step, 12 * architecture.input.len());
        let labels: Vec<u8> = (0..12).map(|i| i % 10).collect();
        network
            .train_step(&images, &labels, &mut optimizer)
            .unwrap();
    }
    network
}

fn classifier(
    architecture: &Architecture,
    weights: &Weights,
    count: usize,
) -> Result<Classifier, Error> {
    Classifier::new(
        architecture,
        weights,
        ClassifierConfig {
            threads: threads(count),
        },
    )
}

#[test]
fn logits_equal_the_training_network() {
    let architecture = architecture();
    let mut network = trained(&architecture, 2);
    let images = random(9, 11 * architecture.input.len());
    let mut classifier = classifier(&architecture, &network.weights(), 2).unwrap();
    let expected = network.logits(&images).unwrap();
    let got = classifier.logits(&images).unwrap();
    assert_eq!(got.len(), expected.len());
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert!(
            (got - expected).abs() < 1e-4,
            "logit {i}: got {got}, expected {expected}"
        );
    }
}

#[test]
fn threads_and_batch_do_not_change_a_bit() {
    let architecture = architecture();
    let weights = trained(&architecture, 1).weights();
    let input = architecture.input.len();
    let images = random(9, 37 * input);
    let expected = classifier(&architecture, &weights, 1)
        .unwrap()
        .logits(&images)
        .unwrap()
        .to_vec();
    let mut three = classifier(&architecture, &weights, 3).unwrap();
    assert_eq!(three.logits(&images).unwrap(), expected);
    for (image, expected) in images.chunks(input).zip(expected.chunks(10)) {
        assert_eq!(three.logits(image).unwrap(), expected);
    }
    assert!(three.logits(&[]).unwrap().is_empty());
}

#[test]
fn probabilities_add_up_to_one() {
    let architecture = architecture();
    let weights = trained(&architecture, 1).weights();
    let images = random(9, 3 * architecture.input.len());
    let mut classifier = classifier(&architecture, &weights, 1).unwrap();
    for row in classifier.probabilities(&images).unwrap().chunks(10) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{row:?}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let architecture = architecture();
    let weights = trained(&architecture, 1).weights();
    let mut fits = classifier(&architecture, &weights, 1).unwrap();
    assert!(matches!(
        fits.logits(&[0.0; 7]),
        Err(Error::Images {
            expected: 182,
            got: 7
        })
    ));

    let mut missing = Weights::new();
    for (name, tensor) in weights.iter().filter(|(name, _)| *name != "l0.weight") {
        missing.insert(name, tensor.shape.clone(), tensor.data.clone());
    }
    let error = classifier(&architecture, &missing, 1).unwrap_err();
    assert!(
        matches!(&error, Error::Weights(WeightsError::Missing(name)) if name == "l0.weight"),
        "{error}"
    );

    let mut extra = weights.clone();
    extra.insert("other", vec![1], vec![0.0]);
    let error = classifier(&architecture, &extra, 1).unwrap_err();
    assert!(
        matches!(&error, Error::Weights(WeightsError::Unexpected(name)) if name == "other"),
        "{error}"
    );

    let mut reshaped = weights;
    reshaped.insert("l0.weight", vec![9, 16], vec![0.0; 144]);
    let error = classifier(&architecture, &reshaped, 1).unwrap_err();
    assert!(
        matches!(error, Error::Weights(WeightsError::Shape { .. })),
        "{error}"
    );
}
