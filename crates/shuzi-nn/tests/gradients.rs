//! Finite differences for every kind of layer and for whole networks.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

use std::num::NonZeroUsize;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use shuzi_nn::{
    Architecture, Initialisation, Kernels, Layer, LayerKind, Network, NetworkConfig, Optimizer,
    OptimizerConfig, Shape, Threads, Weights,
    architecture::{Activation, BatchNorm, Conv, LayerNorm, Linear, Lrn, Padding, Pool, PoolMode},
};

const BATCH: usize = 3;

fn network(architecture: &Architecture) -> Network {
    let config = NetworkConfig {
        max_batch: BATCH,
        seed: 5,
        initialisation: Initialisation::Xavier,
        kernels: Kernels::Fast,
        threads: Threads::new(NonZeroUsize::new(2).unwrap()),
    };
    Network::new(architecture, config).unwrap()
}

fn random(seed: u64, len: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..len).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// The loss on a batch, with batch statistics and the masks of step 0.
fn loss(network: &mut Network, weights: &Weights, images: &[f32], labels: &[u8]) -> f64 {
    network.load_weights(weights).unwrap();
    network.set_step(0);
    let mut still = Optimizer::new(sgd(), 0.0, network);
    f64::from(network.train_step(images, labels, &mut still).unwrap().loss)
}

fn sgd() -> OptimizerConfig {
    OptimizerConfig::Sgd {
        momentum: 0.0,
        weight_decay: 0.0,
    }
}

/// The gradient as plain SGD of rate 1 applies it.
fn gradient(network: &mut Network, weights: &Weights, images: &[f32], labels: &[u8]) -> Weights {
    network.load_weights(weights).unwrap();
    network.set_step(0);
    let mut plain = Optimizer::new(sgd(), 1.0, network);
    network.train_step(images, labels, &mut plain).unwrap();
    let after = network.weights();
    let mut gradient = Weights::new();
    for (name, tensor) in weights.iter().filter(|(name, _)| !name.contains("running")) {
        let moved = &after.get(name).unwrap().data;
        let data = tensor
            .data
            .iter()
            .zip(moved)
            .map(|(before, after)| before - after)
            .collect();
        gradient.insert(name, tensor.shape.clone(), data);
    }
    gradient
}

fn moved(weights: &Weights, name: &str, direction: &[f32], step: f32) -> Weights {
    let mut result = weights.clone();
    let tensor = weights.get(name).unwrap();
    let data = tensor
        .data
        .iter()
        .zip(direction)
        .map(|(v, d)| v + step * d)
        .collect();
    result.insert(name, tensor.shape.clone(), data);
    result
}

/// Compares the gradient of every tensor with differences of the loss along
/// random directions.
fn check(case: &str, input: Shape, layers: Vec<Layer>) {
    let architecture = Architecture {
        name: case.to_owned(),
        input,
        width: Default::default(),
        layers,
    };
    let mut network = network(&architecture);
    let images = random(1, BATCH * input.len());
    let labels = [0, 2, 1];
    // Biases away from 0, so that no ReLU sits on its corner.
    let mut weights = Weights::new();
    for (i, (name, tensor)) in network.weights().iter().enumerate() {
        let noise = random(100 + i as u64, tensor.data.len());
        let data = tensor
            .data
            .iter()
            .zip(noise)
            .map(|(v, noise)| v + 0.1 * noise)
            .collect();
        weights.insert(name, tensor.shape.clone(), data);
    }
    let gradient = gradient(&mut network, &weights, &images, &labels);
    let mut checked = 0;
    for (name, tensor) in gradient.iter() {
        for seed in 0..4 {
            let direction = random(1000 + seed, tensor.data.len());
            let norm = direction.iter().map(|d| d * d).sum::<f32>().sqrt();
            let direction: Vec<f32> = direction.iter().map(|d| d / norm).collect();
            let step = 1e-3;
            let up = loss(
                &mut network,
                &moved(&weights, name, &direction, step),
                &images,
                &labels,
            );
            let down = loss(
                &mut network,
                &moved(&weights, name, &direction, -step),
                &images,
                &labels,
            );
            let expected = (up - down) / (2.0 * f64::from(step));
            let got: f64 = tensor
                .data
                .iter()
                .zip(&direction)
                .map(|(g, d)| f64::from(g * d))
                .sum();
            let tolerance = 2e-3 + 0.02 * expected.abs();
            assert!(
                (got - expected).abs() < tolerance,
                "{case}: {name}, direction {seed}: got {got}, expected {expected}"
            );
            checked += 1;
        }
    }
    assert!(checked > 0, "{case} has no parameters to check");
}

fn tanh() -> LayerKind {
    LayerKind::Activation {
        function: Activation::Tanh,
    }
}

fn conv(out: usize, kernel: [usize; 2]) -> LayerKind {
    LayerKind::Conv(Conv::new(out, kernel).padding(Padding::Same))
}

fn named(kinds: Vec<LayerKind>) -> Vec<Layer> {
    let name = |(i, kind)| Layer::new(format!("l{i}"), kind);
    kinds.into_iter().enumerate().map(name).collect()
}

/// A convolution before the layer under test, so that its input gradient
/// counts, and a classifier after it.
fn around(kinds: Vec<LayerKind>) -> Vec<Layer> {
    let mut all = vec![conv(4, [3, 3])];
    all.extend(kinds);
    all.push(LayerKind::Flatten);
    all.push(LayerKind::Linear(Linear { out_features: 3 }));
    named(all)
}

const INPUT: Shape = Shape::new(6, 5, 2);

#[test]
fn linear_on_a_vector() {
    let layers = named(vec![
        LayerKind::Linear(Linear { out_features: 20 }),
        LayerKind::Activation {
            function: Activation::Tanh,
        },
        LayerKind::Linear(Linear { out_features: 3 }),
    ]);
    check("linear", Shape::vector(19), layers);
}

#[test]
fn convolutions() {
    let strided = Conv {
        stride: [2, 1],
        ..Conv::new(5, [3, 2])
    };
    let grouped = Conv {
        groups: 2,
        ..Conv::new(6, [3, 3])
    };
    let depthwise = Conv {
        groups: 4,
        stride: [1, 2],
        ..Conv::new(4, [3, 3]).padding(Padding::Same)
    };
    let dilated = Conv {
        dilation: [2, 2],
        ..Conv::new(5, [2, 3]).padding(Padding::Explicit([1, 2]))
    };
    let padded = Conv::new(3, [3, 3]).padding(Padding::Explicit([2, 1]));
    let cases = [
        ("same", Conv::new(5, [3, 3]).padding(Padding::Same)),
        ("valid", Conv::new(5, [3, 3])),
        ("pointwise", Conv::new(7, [1, 1])),
        ("row", Conv::new(3, [1, 3]).padding(Padding::Same)),
        (
            "column without bias",
            Conv::new(3, [3, 1]).padding(Padding::Same).without_bias(),
        ),
        (
            "even kernel, same",
            Conv::new(3, [2, 4]).padding(Padding::Same),
        ),
        ("strided", strided),
        ("grouped", grouped),
        ("depthwise", depthwise),
        ("dilated", dilated),
        ("explicit padding", padded),
    ];
    for (case, conv) in cases {
        check(case, INPUT, around(vec![LayerKind::Conv(conv)]));
    }
}

#[test]
fn convolutions_by_winograd() {
    for (case, padding) in [("same", Padding::Same), ("valid", Padding::Valid)] {
        let conv = |out, taps| LayerKind::Conv(Conv::new(out, [taps, taps]).padding(padding));
        check(case, INPUT, around(vec![conv(16, 3), conv(32, 3)]));
        check(case, INPUT, around(vec![conv(16, 1), conv(32, 5)]));
    }
}

#[test]
fn activations() {
    for function in [
        Activation::Relu,
        Activation::Tanh,
        Activation::Sigmoid,
        Activation::Gelu,
    ] {
        let case = format!("{function:?}");
        check(
            &case,
            INPUT,
            around(vec![LayerKind::Activation { function }]),
        );
    }
}

#[test]
fn an_activation_may_end_the_network() {
    let layers = named(vec![
        LayerKind::Linear(Linear { out_features: 3 }),
        LayerKind::Activation {
            function: Activation::Sigmoid,
        },
    ]);
    check("activation at the end", Shape::vector(7), layers);
}

#[test]
fn batch_norm_alone_with_relu_and_with_pooling() {
    let norm = || LayerKind::BatchNorm(BatchNorm::default());
    let relu = LayerKind::Activation {
        function: Activation::Relu,
    };
    let pool = LayerKind::Pool(Pool {
        mode: PoolMode::Max,
        kernel: [2, 1],
        stride: [2, 1],
        padding: Padding::Valid,
    });
    let cases = [
        ("batch norm", vec![norm()]),
        ("batch norm and ReLU", vec![norm(), relu.clone()]),
        ("batch norm and pooling", vec![norm(), pool.clone()]),
        ("batch norm, ReLU and pooling", vec![norm(), relu, pool]),
    ];
    for (case, kinds) in cases {
        check(case, INPUT, around(kinds));
    }
}

#[test]
fn layer_norm_of_maps_and_vectors() {
    let norm = || LayerKind::LayerNorm(LayerNorm { epsilon: 1e-2 });
    check("layer norm", INPUT, around(vec![norm()]));
    let flat = vec![LayerKind::Flatten, norm(), tanh()];
    check("layer norm of a vector", INPUT, around(flat));
}

#[test]
fn depthwise_convolution_with_normalisation() {
    let conv = Conv {
        groups: 4,
        ..Conv::new(4, [3, 3]).padding(Padding::Same)
    };
    let norm = LayerKind::BatchNorm(BatchNorm::default());
    let kinds = vec![LayerKind::Conv(conv.without_bias()), norm, tanh()];
    check("depthwise and batch norm", INPUT, around(kinds));
}

#[test]
fn normalisation_across_channels() {
    let lrn = Lrn {
        alpha: 0.5,
        ..Lrn::default()
    };
    check("LRN", INPUT, around(vec![LayerKind::Lrn(lrn)]));
}

#[test]
fn padding_wider_than_the_kernel() {
    for channels in [4, 16] {
        let wide = Conv::new(16, [3, 3]).padding(Padding::Explicit([4, 3]));
        let narrow = Conv::new(channels, [1, 1]);
        let kinds = vec![LayerKind::Conv(narrow), LayerKind::Conv(wide)];
        check("wide padding", INPUT, around(kinds));
    }
}

#[test]
fn deformable_convolution() {
    // Fresh offsets are 0, where bilinear interpolation has a corner; the
    // noise that `check` adds moves them off it.
    let deformable = |stride, conv: Conv| {
        LayerKind::DeformableConv(Conv {
            stride: [stride; 2],
            ..conv.padding(Padding::Same)
        })
    };
    check(
        "deformable",
        INPUT,
        around(vec![deformable(1, Conv::new(5, [3, 3]))]),
    );
    let norm = LayerKind::BatchNorm(BatchNorm::default());
    let without_bias = Conv::new(3, [2, 3]).without_bias();
    check(
        "deformable, stride 2, batch norm",
        INPUT,
        around(vec![deformable(2, without_bias), norm, tanh()]),
    );
}

#[test]
fn pooling() {
    for mode in [PoolMode::Max, PoolMode::Average] {
        for (kernel, stride, padding) in [
            ([2, 2], [2, 2], Padding::Valid),
            ([3, 3], [2, 2], Padding::Valid),
            ([3, 2], [1, 2], Padding::Same),
        ] {
            let pool = LayerKind::Pool(Pool {
                mode,
                kernel,
                stride,
                padding,
            });
            check(
                &format!("{mode:?} {kernel:?}/{stride:?}"),
                INPUT,
                around(vec![pool]),
            );
        }
    }
}

#[test]
fn dropout() {
    check(
        "dropout",
        INPUT,
        around(vec![LayerKind::Dropout { rate: 0.4 }]),
    );
}

#[test]
fn branches_and_residual() {
    let branches = vec![
        named(vec![conv(3, [1, 1])]),
        vec![
            Layer::new("deep", conv(2, [1, 3])),
            Layer::new("deeper", conv(5, [3, 1])),
        ],
        vec![],
    ];
    check(
        "parallel",
        INPUT,
        around(vec![LayerKind::Parallel { branches }]),
    );
    let residual = LayerKind::Residual {
        body: named(vec![conv(3, [3, 3]), conv(4, [1, 1])]),
        scale: 0.3,
    };
    check("residual", INPUT, around(vec![residual]));
    let flat = vec![
        vec![
            Layer::new("a", conv(2, [3, 3])),
            Layer::new("flat_a", LayerKind::Flatten),
        ],
        vec![
            Layer::new("b", conv(3, [1, 1])),
            Layer::new("flat_b", LayerKind::Flatten),
        ],
    ];
    check(
        "flattened branches",
        INPUT,
        around(vec![LayerKind::Parallel { branches: flat }]),
    );
}

/// Smooth throughout: differences across the corners of ReLU and max pooling
/// would say nothing.
#[test]
fn a_whole_network() {
    let norm = || LayerKind::BatchNorm(BatchNorm::default());
    let body = named(vec![
        LayerKind::Parallel {
            branches: vec![
                vec![
                    Layer::new("a", conv(4, [1, 1])),
                    Layer::new("norm_a", norm()),
                ],
                vec![
                    Layer::new("b", conv(4, [1, 3])),
                    Layer::new("c", conv(4, [3, 1])),
                    Layer::new("d", tanh()),
                ],
            ],
        },
        conv(8, [1, 1]),
    ]);
    let layers = named(vec![
        conv(4, [3, 3]),
        norm(),
        tanh(),
        conv(8, [3, 3]),
        norm(),
        tanh(),
        LayerKind::Pool(Pool::average(2, 2)),
        LayerKind::Residual { body, scale: 1.0 },
        tanh(),
        LayerKind::Pool(Pool::average(3, 2)),
        conv(6, [3, 3]),
        norm(),
        tanh(),
        LayerKind::Flatten,
        LayerKind::Linear(Linear { out_features: 12 }),
        tanh(),
        LayerKind::Dropout { rate: 0.25 },
        LayerKind::Linear(Linear { out_features: 3 }),
    ]);
    check("whole network", Shape::new(12, 12, 1), layers);
}
