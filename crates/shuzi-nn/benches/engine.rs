//! The engine's speed on one thread:
//! `cargo bench -p shuzi-nn --features internals --bench engine`.
//!
//! "Items" are floating-point operations, two for a multiply-add, so that
//! `Gitem/s` reads as GFLOP/s. Convolutions are counted as if computed
//! directly: Winograd's may exceed the peak.

#![allow(clippy::unwrap_used)]

use divan::{Bencher, black_box, counter::ItemsCount};
use pulp::{Arch, Simd, WithSimd};
use shuzi_nn::{
    Architecture, Classifier, ClassifierConfig, Initialisation, Kernels, Layer, LayerKind, Network,
    NetworkConfig, Optimizer, OptimizerConfig, Shape, Threads,
    architecture::{BatchNorm, Conv, Padding, Pool},
    internals::PackedProduct,
};

fn main() {
    divan::main();
}

/// Fused multiply-adds on registers alone: the most that one core can do.
#[divan::bench]
fn peak(bencher: Bencher<'_, '_>) {
    const ROUNDS: usize = 100_000;
    const CHAINS: usize = 12;
    struct Chains;
    impl WithSimd for Chains {
        type Output = f32;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> f32 {
            let splat = |value: f32| simd.splat_f32s(black_box(value));
            let (factor, term) = (splat(0.999), splat(0.001));
            let mut sums = [splat(1.0); CHAINS];
            for _ in 0..ROUNDS {
                for sum in &mut sums {
                    *sum = simd.mul_add_e_f32s(*sum, factor, term);
                }
            }
            let total = sums.into_iter().reduce(|a, b| simd.add_f32s(a, b));
            simd.reduce_sum_f32s(total.unwrap())
        }
    }
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    let lanes = Arch::new().dispatch(Lanes);
    bencher
        .counter(ItemsCount::new(2 * ROUNDS * CHAINS * lanes))
        .bench(|| Arch::new().dispatch(Chains));
}

/// Rows, sum and columns of products: those of Winograd's points, then the
/// linear layers'.
const PRODUCTS: [[usize; 3]; 6] = [
    [98, 32, 32],
    [64, 32, 128],
    [64, 128, 128],
    [16, 128, 256],
    [32, 256, 1024],
    [32, 4096, 4096],
];

fn product_flops([m, k, n]: [usize; 3]) -> ItemsCount {
    ItemsCount::new(2 * m * k * n)
}

/// Our product, the right side packed before.
#[divan::bench(args = PRODUCTS)]
fn product(bencher: Bencher<'_, '_>, size: [usize; 3]) {
    let [m, k, n] = size;
    let mut product = PackedProduct::new(size, values(m * k), &values(k * n));
    bencher
        .counter(product_flops(size))
        .bench_local(|| black_box(product.run()[0]));
}

/// Side, input and output channels of the improved network's convolutions.
const CONVS: [[usize; 3]; 5] = [
    [28, 1, 32],
    [28, 32, 32],
    [14, 32, 128],
    [14, 128, 128],
    [3, 128, 256],
];

/// Images at a time.
const BATCH: usize = 16;

fn conv_layers([side, _, out]: [usize; 3]) -> Vec<Layer> {
    let conv = Conv {
        padding: Padding::Same,
        bias: false,
        ..Conv::new(out, [3, 3])
    };
    vec![
        Layer::new("conv", LayerKind::Conv(conv)),
        Layer::new("norm", LayerKind::BatchNorm(BatchNorm::default())),
        Layer::new("pool", LayerKind::Pool(Pool::average(side, 1))),
        Layer::new("flatten", LayerKind::Flatten),
    ]
}

fn conv_flops([side, channels, out]: [usize; 3]) -> usize {
    2 * BATCH * side * side * 9 * channels * out
}

/// A 3×3 convolution as in recognition.
#[divan::bench(args = CONVS)]
fn conv_forward(bencher: Bencher<'_, '_>, size: [usize; 3]) {
    let [side, channels, _] = size;
    let mut classifier = classifier(Shape::new(side, side, channels), conv_layers(size));
    let images = values(BATCH * side * side * channels);
    bencher
        .counter(ItemsCount::new(conv_flops(size)))
        .bench_local(|| black_box(classifier.logits(&images).unwrap()[0]));
}

/// The same with batch normalisation in a training step: forward pass and
/// weight gradient.
#[divan::bench(args = CONVS)]
fn conv_train(bencher: Bencher<'_, '_>, size: [usize; 3]) {
    let [side, channels, out] = size;
    let mut network = network(Shape::new(side, side, channels), conv_layers(size), BATCH);
    let mut optimizer = Optimizer::new(OptimizerConfig::adam(), 1e-3, &network);
    let images = values(BATCH * side * side * channels);
    let labels: Vec<u8> = (0..BATCH).map(|i| (i % out) as u8).collect();
    bencher
        .counter(ItemsCount::new(2 * conv_flops(size)))
        .bench_local(|| {
            network
                .train_step(&images, &labels, &mut optimizer)
                .unwrap()
                .loss
        });
}

fn network(input: Shape, layers: Vec<Layer>, max_batch: usize) -> Network {
    let architecture = Architecture {
        name: "bench".into(),
        input,
        width: Default::default(),
        layers,
    };
    let config = NetworkConfig {
        max_batch,
        seed: 1,
        initialisation: Initialisation::He,
        kernels: Kernels::Fast,
        threads: Threads::single(),
    };
    Network::new(&architecture, config).unwrap()
}

fn classifier(input: Shape, layers: Vec<Layer>) -> Classifier {
    let architecture = Architecture {
        name: "bench".into(),
        input,
        width: Default::default(),
        layers: layers.clone(),
    };
    let weights = network(input, layers, 1).weights();
    let threads = Threads::single();
    Classifier::new(&architecture, &weights, ClassifierConfig { threads }).unwrap()
}

/// Values of 0 to 1 without much pattern.
fn values(len: usize) -> Vec<f32> {
    let values = (0..len as u32).map(|index| index.wrapping_mul(2_654_435_761) >> 24);
    values.map(|value| value as f32 / 255.0).collect()
}
