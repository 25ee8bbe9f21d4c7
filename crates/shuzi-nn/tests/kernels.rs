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
        layers: layers
            .map(|(i, kind)| Layer::new(format!("l{i}"), kind))
            .collect(),
    }
}

/// Logits after a step of training, and the weights.
fn step(kernels: Kernels) -> (Vec<f32>, Weights) {
    let config = NetworkConfig {
        max_batch: BATCH,
        seed: 3,
        initialisation: Initialisation::He,
        kernels,
        threads: Threads::available(),
    };
    let mut network = Network::new(&architecture(), config).unwrap();
    let sgd = OptimizerConfig::Sgd {
        momentum: 0.0,
        weight_decay: 0.0,
    };
    let mut optimizer = Optimizer::new(sgd, 0.1, &network);
    let images: Vec<f32> = (0..BATCH * 14 * 14)
        .map(|i| ((i * i) % 31) as f32 / 31.0)
        .collect();
    let labels: Vec<u8> = (0..BATCH as u8).collect();
    network
        .train_step(&images, &labels, &mut optimizer)
        .unwrap();
    (network.logits(&images).unwrap().to_vec(), network.weights())
}

#[test]
fn fast_and_naive_kernels_take_the_same_step() {
    let (fast, fast_weights) = step(Kernels::Fast);
    let (naive, naive_weights) = step(Kernels::Naive);
    let apart = |fast: &[f32], naive: &[f32]| {
        let pairs = fast.iter().zip(naive);
        pairs.fold(0.0f32, |most, (a, b)| most.max((a - b).abs()))
    };
    let largest = naive.iter().fold(1.0f32, |most, v| most.max(v.abs()));
    assert!(apart(&fast, &naive) < 2e-4 * largest, "logits");
    for ((name, fast), (_, naive)) in fast_weights.iter().zip(naive_weights.iter()) {
        assert!(apart(&fast.data, &naive.data) < 1e-4, "{name}");
    }
    // The step has changed what the test compares.
    let start = Network::new(
        &architecture(),
        NetworkConfig {
            max_batch: 1,
            seed: 3,
            initialisation: Initialisation::He,
            kernels: Kernels::Naive,
            threads: Threads::single(),
        },
    )
    .unwrap();
    for ((name, before), (_, after)) in start.weights().iter().zip(naive_weights.iter()) {
        assert!(apart(&before.data, &after.data) > 1e-3, "{name}");
    }
}
