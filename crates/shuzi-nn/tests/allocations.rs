//! Steady state allocates nothing.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

use std::{alloc::System, num::NonZeroUsize};

use shuzi_nn::{
    Architecture, Classifier, ClassifierConfig, Ctc, Initialisation, Kernels, Layer, LayerKind,
    Lines, Network, NetworkConfig, Optimizer, OptimizerConfig, Recognizer, Shape, Threads,
    architecture::{Activation, BatchNorm, Conv, Linear, Padding, Pool, Width},
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const BATCH: usize = 8;

/// Steps that are watched.
const STEPS: usize = 64;

/// Most bytes for all of them. Rayon's queue takes a block of some 1.5 kB for
/// every 63 pieces of work that come from outside its threads, and none of our
/// buffers is as small as what a step may take on average.
const MOST_BYTES: usize = STEPS * 64;

fn architecture() -> Architecture {
    let conv = |channels| {
        let conv = Conv {
            padding: Padding::Same,
            ..Conv::new(channels, [3, 3])
        };
        LayerKind::Conv(conv)
    };
    let relu = || LayerKind::Activation {
        function: Activation::Relu,
    };
    let branch = |name: &str, kind| vec![Layer::new(name, kind)];
    let kinds = vec![
        conv(16),
        LayerKind::BatchNorm(BatchNorm::default()),
        relu(),
        conv(16),
        LayerKind::Residual {
            body: vec![Layer::new(
                "parallel",
                LayerKind::Parallel {
                    branches: vec![branch("a", conv(8)), branch("b", conv(8))],
                },
            )],
            scale: 1.0,
        },
        LayerKind::Pool(Pool::max(2, 2)),
        LayerKind::Flatten,
        LayerKind::Dropout { rate: 0.5 },
        LayerKind::Linear(Linear { out_features: 10 }),
    ];
    let layers = kinds.into_iter().enumerate();
    Architecture {
        name: "all".into(),
        input: Shape::new(12, 12, 1),
        width: Default::default(),
        layers: layers
            .map(|(i, kind)| Layer::new(format!("l{i}"), kind))
            .collect(),
    }
}

// One test: another in this process would be counted too.
#[test]
fn training_and_recognition_allocate_nothing_once_they_are_warm() {
    let architecture = architecture();
    let threads = Threads::new(NonZeroUsize::new(2).unwrap());
    let config = NetworkConfig {
        max_batch: BATCH,
        seed: 1,
        initialisation: Initialisation::He,
        kernels: Kernels::Fast,
        threads: threads.clone(),
    };
    let mut network = Network::new(&architecture, config).unwrap();
    let mut optimizer = Optimizer::new(OptimizerConfig::adam(), 1e-3, &network);
    let images = vec![0.5; BATCH * architecture.input.len()];
    let labels = [3; BATCH];
    let allocated = allocated_when_warm(|| {
        network
            .train_step(&images, &labels, &mut optimizer)
            .unwrap();
    });
    assert!(allocated <= MOST_BYTES, "training: {allocated} bytes");

    let weights = network.weights();
    let config = ClassifierConfig {
        threads: threads.clone(),
    };
    let mut classifier = Classifier::new(&architecture, &weights, config).unwrap();
    let allocated = allocated_when_warm(|| {
        classifier.probabilities(&images).unwrap();
    });
    assert!(allocated <= MOST_BYTES, "recognition: {allocated} bytes");
    lines_of_widths_seen_before(threads);
}

/// Training and recognition of lines of two widths in turn.
fn lines_of_widths_seen_before(threads: Threads) {
    let conv =
        |out, kernel| LayerKind::Conv(Conv::new(out, kernel).padding(Padding::Same).without_bias());
    let kinds = [
        conv(16, [3, 3]),
        LayerKind::BatchNorm(BatchNorm::default()),
        LayerKind::Pool(Pool::max(2, 2)),
        conv(16, [3, 3]),
        LayerKind::BatchNorm(BatchNorm::default()),
        LayerKind::Conv(Conv::new(5, [6, 1])),
    ];
    let layers = kinds.into_iter().enumerate();
    let architecture = Architecture {
        name: "lines".into(),
        input: Shape::new(12, 20, 1),
        width: Width::Dynamic,
        layers: layers
            .map(|(i, kind)| Layer::new(format!("l{i}"), kind))
            .collect(),
    };
    let config = NetworkConfig {
        max_batch: BATCH,
        seed: 1,
        initialisation: Initialisation::He,
        kernels: Kernels::Fast,
        threads: threads.clone(),
    };
    let mut network = Network::new(&architecture, config).unwrap();
    let mut optimizer = Optimizer::new(OptimizerConfig::adam(), 1e-3, &network);
    let mut ctc = Ctc::new(5, 4);
    let images = vec![0.0; BATCH * 12 * 40];
    let lines = [20, 40].map(|width| Lines {
        images: &images[..BATCH * 12 * width],
        width,
        own: &[15; BATCH],
    });
    let allocated = allocated_when_warm(|| {
        for lines in lines {
            let loss = |logits: &mut [f32], own: &[usize]| ctc.loss(logits, own, &[[0, 1]; BATCH]);
            network
                .train_lines(lines, &mut optimizer, loss)
                .unwrap()
                .unwrap();
        }
    });
    assert!(
        allocated <= 2 * MOST_BYTES,
        "training lines: {allocated} bytes"
    );

    let weights = network.weights();
    let config = ClassifierConfig { threads };
    let mut recognizer = Recognizer::new(&architecture, &weights, config).unwrap();
    let allocated = allocated_when_warm(|| {
        for lines in lines {
            recognizer.logits(lines).unwrap();
        }
    });
    assert!(
        allocated <= 2 * MOST_BYTES,
        "reading lines: {allocated} bytes"
    );
}

/// Bytes that `STEPS` calls allocate after a few others: the least of three rounds, as the
/// queue takes more while other programs keep the threads waiting.
fn allocated_when_warm(mut step: impl FnMut()) -> usize {
    for _ in 0..3 {
        step();
    }
    let mut round = || {
        let region = Region::new(ALLOCATOR);
        for _ in 0..STEPS {
            step();
        }
        region.change().bytes_allocated
    };
    round().min(round()).min(round())
}
