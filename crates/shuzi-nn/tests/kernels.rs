//! Fast and naive kernels train the same network.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

use shuzi_nn::{
    Architecture, Initialisation, Kernels, Layer, LayerKind, Network, NetworkConfig, Optimizer,
    OptimizerConfig, Shape, Threads, Weights,
    architecture::{Activation, BatchNorm, Conv, Linear, Padding, Pool},
};

const BATCH: usize = 7;

/// Convolutions of every kind: one channel in, few, Winograd's of three sizes, groups and
/// a stride, alone and one after the other with batch normalisation between.
fn architecture() -> Architecture {
    let conv = |out, kernel| Conv::new(out, kernel).padding(Padding::Same);
    let normed = |conv: Conv| {
        [
            LayerKind::Conv(conv.without_bias()),
            LayerKind::BatchNorm(BatchNorm::default()),
            LayerKind::Activation {
                function: Activation::Relu,
            },
        ]
    };
    let strided = Conv {
        stride: [2, 2],
        groups: 2,
        ..Conv::new(32, [3, 3])
    };
    let kinds = [
        normed(conv(16, [3, 3])).to_vec(),
        normed(conv(32, [3, 3])).to_vec(),
        normed(conv(16, [1, 3])).to_vec(),
        normed(conv(16, [1, 1])).to_vec(),
        normed(conv(32, [5, 5])).to_vec(),
        vec![LayerKind::Pool(Pool::max(2, 2))],
        vec![LayerKind::Conv(conv(32, [3, 3]))],
        vec![LayerKind::Conv(strided)],
        vec![
            LayerKind::Flatten,
            LayerKind::Linear(Linear { out_features: 10 }),
        ],
    ];
    let layers = kinds.into_iter().flatten().enumerate();
    Architecture {
        name: "all".into(),
        input: Shape::new(14, 14, 1),
        width: Default::default(),
        layers: layers
            .map(|(i, kind)| Layer::new(format!("l{i}"), kind))
            .collect(),
    }
}

/// A kernel of `side × side` on a map of so many rows, columns and channels, after one
/// that wants a gradient from it.
fn single(map: Shape, side: usize, out: usize) -> Architecture {
    let conv = |out, side| Conv::new(out, [side, side]).padding(Padding::Same);
    let layers = vec![
        Layer::new("before", LayerKind::Conv(conv(map.channels, 1))),
        Layer::new("conv", LayerKind::Conv(conv(out, side))),
        Layer::new("pool", LayerKind::Pool(Pool::average(map.height, 1))),
        Layer::new("flatten", LayerKind::Flatten),
        Layer::new("fc", LayerKind::Linear(Linear { out_features: 10 })),
    ];
    Architecture {
        name: "single".into(),
        input: map,
        width: Default::default(),
        layers,
    }
}

fn network(architecture: &Architecture, kernels: Kernels) -> Network {
    let config = NetworkConfig {
        max_batch: BATCH,
        seed: 3,
        initialisation: Initialisation::He,
        kernels,
        threads: Threads::available(),
    };
    Network::new(architecture, config).unwrap()
}

/// Logits after a step of training on some images, and the weights.
fn step(architecture: &Architecture, images: usize, kernels: Kernels) -> (Vec<f32>, Weights) {
    let mut network = network(architecture, kernels);
    let sgd = OptimizerConfig::Sgd {
        momentum: 0.0,
        weight_decay: 0.0,
    };
    let mut optimizer = Optimizer::new(sgd, 0.1, &network);
    let labels: Vec<u8> = (0..images as u8).collect();
    let images: Vec<f32> = (0..images * architecture.input.len())
        .map(|i| ((i * i) % 31) as f32 / 31.0)
        .collect();
    network
        .train_step(&images, &labels, &mut optimizer)
        .unwrap();
    (network.logits(&images).unwrap().to_vec(), network.weights())
}

/// The largest difference.
fn apart(first: &[f32], second: &[f32]) -> f32 {
    let pairs = first.iter().zip(second);
    pairs.fold(0.0f32, |most, (a, b)| most.max((a - b).abs()))
}

#[track_caller]
fn take_the_same_step(architecture: &Architecture, images: usize) {
    let (fast, fast_weights) = step(architecture, images, Kernels::Fast);
    let (naive, naive_weights) = step(architecture, images, Kernels::Naive);
    let largest = naive.iter().fold(1.0f32, |most, v| most.max(v.abs()));
    assert!(apart(&fast, &naive) < 2e-4 * largest, "logits");
    let start = network(architecture, Kernels::Naive).weights();
    let weights = fast_weights.iter().zip(naive_weights.iter());
    for (((name, fast), (_, naive)), (_, start)) in weights.zip(start.iter()) {
        let moved = apart(&start.data, &naive.data);
        assert!(moved > 0.0, "{name}: the step has changed nothing");
        let apart = apart(&fast.data, &naive.data);
        assert!(apart < 2e-3 * moved + 2e-6, "{name}: {apart} of {moved}");
    }
}

#[test]
fn fast_and_naive_kernels_take_the_same_step() {
    take_the_same_step(&architecture(), BATCH);
}

#[test]
fn maps_and_channels_of_any_size_take_the_same_step() {
    for side in [3, 7, 13, 14, 15, 28] {
        for (channels, out) in [(1, 17), (3, 32), (17, 128), (32, 32), (128, 32)] {
            let map = Shape::new(side, side, channels);
            for kernel in [3, 5] {
                take_the_same_step(&single(map, kernel, out), 3);
            }
        }
    }
}
