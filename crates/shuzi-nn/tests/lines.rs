//! Networks of dynamic width: what makes a batch's images equally wide counts for nothing.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

use std::num::NonZeroUsize;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use shuzi_nn::{
    Architecture, Classifier, ClassifierConfig, Ctc, Error, Initialisation, Kernels, Layer,
    LayerKind, Lines, Network, NetworkConfig, Optimizer, OptimizerConfig, Recognizer, Shape,
    Threads, Weights,
    architecture::{Activation, BatchNorm, Conv, Padding, Pool, Width},
};

const HEIGHT: usize = 8;
const CLASSES: usize = 5;
const BLANK: usize = 4;

fn activation(function: Activation) -> LayerKind {
    LayerKind::Activation { function }
}

fn named(kinds: Vec<LayerKind>) -> Vec<Layer> {
    let name = |(i, kind)| Layer::new(format!("l{i}"), kind);
    kinds.into_iter().enumerate().map(name).collect()
}

/// Every kind of layer that may stand in such a network, fused or not: of each something
/// that is not zero where its input is.
fn architecture(function: Activation, pool: Pool) -> Architecture {
    let conv = |out, kernel| Conv::new(out, kernel).padding(Padding::Same);
    let normed = |out, kernel| {
        vec![
            LayerKind::Conv(conv(out, kernel).without_bias()),
            LayerKind::BatchNorm(BatchNorm::default()),
            activation(function),
        ]
    };
    let dilated = Conv {
        dilation: [1, 2],
        ..conv(16, [1, 3])
    };
    let strided = Conv {
        stride: [2, 2],
        ..Conv::new(16, [3, 3]).padding(Padding::Explicit([1, 1]))
    };
    let branches = vec![
        vec![Layer::new("a", LayerKind::Conv(conv(8, [1, 3])))],
        vec![Layer::new("b", LayerKind::Conv(conv(8, [1, 1])))],
    ];
    let kinds = [
        normed(16, [3, 3]),
        vec![LayerKind::Pool(pool)],
        normed(16, [3, 3]),
        normed(16, [3, 3]),
        vec![LayerKind::Residual {
            body: named(normed(16, [3, 3])),
            scale: 1.0,
        }],
        vec![LayerKind::Conv(strided), activation(Activation::Sigmoid)],
        normed(16, [2, 1]),
        vec![LayerKind::Parallel { branches }],
        vec![LayerKind::Pool(Pool::average(1, 1))],
        vec![LayerKind::Dropout { rate: 0.2 }],
        vec![LayerKind::Residual {
            body: named(vec![LayerKind::Conv(dilated), activation(function)]),
            scale: 0.5,
        }],
        vec![LayerKind::Pool(Pool {
            kernel: [4, 1],
            stride: [4, 1],
            ..Pool::average(1, 1)
        })],
        vec![LayerKind::Conv(Conv::new(CLASSES, [1, 1]))],
    ];
    Architecture {
        name: "lines".into(),
        input: Shape::new(HEIGHT, 24, 1),
        width: Width::Dynamic,
        layers: named(kinds.into_iter().flatten().collect()),
    }
}

/// With what is fused where the width is even.
fn usual() -> Architecture {
    let pool = Pool {
        kernel: [1, 2],
        stride: [1, 2],
        ..Pool::max(1, 1)
    };
    architecture(Activation::Relu, pool)
}

/// Differences across the corners of ReLU and max pooling would say nothing.
fn smooth() -> Architecture {
    let pool = Pool {
        kernel: [1, 2],
        stride: [1, 2],
        ..Pool::average(1, 1)
    };
    architecture(Activation::Tanh, pool)
}

fn network(architecture: &Architecture, kernels: Kernels, threads: usize) -> Network {
    let config = NetworkConfig {
        max_batch: 4,
        seed: 5,
        initialisation: Initialisation::Xavier,
        kernels,
        threads: Threads::new(NonZeroUsize::new(threads).unwrap()),
    };
    let mut network = Network::new(architecture, config).unwrap();
    // Biases and γ away from where they start, so that what is past the own columns
    // would show.
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut weights = Weights::new();
    for (name, tensor) in network.weights().iter() {
        let moved = tensor
            .data
            .iter()
            .map(|v| v + rng.random_range(0.0..0.2f32));
        weights.insert(name, tensor.shape.clone(), moved.collect());
    }
    network.load_weights(&weights).unwrap();
    network
}

/// Some images, the same whatever the width that they are padded to.
fn images(own: &[usize], width: usize) -> Vec<f32> {
    let mut images = vec![0.0; own.len() * HEIGHT * width];
    for (image, &own) in own.iter().enumerate() {
        let mut rng = ChaCha8Rng::seed_from_u64(image as u64);
        for row in images[image * HEIGHT * width..][..HEIGHT * width].chunks_mut(width) {
            row[..own].fill_with(|| rng.random_range(0.1..1.0));
        }
    }
    images
}

const OWN: [usize; 3] = [24, 17, 10];
const LABELS: [&[u8]; 3] = [&[0, 1], &[2], &[3]];

/// Trains some steps on the images in a batch of `width` and returns the last loss.
fn train(network: &mut Network, optimizer: &mut Optimizer, width: usize, steps: usize) -> f32 {
    let images = images(&OWN, width);
    let mut ctc = Ctc::new(CLASSES, BLANK);
    let mut loss = 0.0;
    for _ in 0..steps {
        let lines = Lines {
            images: &images,
            width,
            own: &OWN,
        };
        let report = network.train_lines(lines, optimizer, |logits, own| {
            ctc.loss(logits, own, &LABELS)
        });
        let report = report.unwrap().unwrap();
        assert_eq!(report.impossible, 0);
        loss = report.loss;
    }
    loss
}

fn sgd(network: &Network, rate: f32) -> Optimizer {
    let config = OptimizerConfig::Sgd {
        momentum: 0.0,
        weight_decay: 0.0,
    };
    Optimizer::new(config, rate, network)
}

fn apart(first: &[f32], second: &[f32]) -> f32 {
    assert_eq!(first.len(), second.len());
    let pairs = first.iter().zip(second);
    pairs.fold(0.0f32, |most, (a, b)| most.max((a - b).abs()))
}

#[track_caller]
fn assert_near(first: &Weights, second: &Weights, start: &Weights) {
    for ((name, first), (_, second)) in first.iter().zip(second.iter()) {
        let moved = apart(&first.data, &start.get(name).unwrap().data);
        let apart = apart(&first.data, &second.data);
        assert!(moved > 0.0, "{name}: nothing has changed");
        assert!(apart < 2e-3 * moved + 2e-6, "{name}: {apart} of {moved}");
    }
}

/// Dropout draws by position, which padding moves.
fn without_dropout(mut architecture: Architecture) -> Architecture {
    architecture
        .layers
        .retain(|layer| !matches!(layer.kind, LayerKind::Dropout { .. }));
    architecture
}

#[test]
fn a_wider_batch_teaches_the_same() {
    for architecture in [usual(), smooth()].map(without_dropout) {
        let trained = |width, kernels| {
            let mut network = network(&architecture, kernels, 2);
            let mut optimizer = sgd(&network, 0.1);
            train(&mut network, &mut optimizer, width, 1);
            network.weights()
        };
        let start = network(&architecture, Kernels::Fast, 1).weights();
        let expected = trained(24, Kernels::Fast);
        for width in [25, 30, 48] {
            assert_near(&trained(width, Kernels::Fast), &expected, &start);
        }
        assert_near(&trained(30, Kernels::Naive), &expected, &start);
    }
}

#[test]
fn an_image_among_wider_ones_gets_the_logits_that_it_gets_alone() {
    let architecture = usual();
    let mut network = network(&architecture, Kernels::Fast, 2);
    let threads = Threads::new(NonZeroUsize::new(2).unwrap());
    let config = ClassifierConfig { threads };
    let mut recognizer = Recognizer::new(&architecture, &network.weights(), config).unwrap();
    let all = images(&OWN, 30);
    let lines = Lines {
        images: &all,
        width: 30,
        own: &OWN,
    };
    let together = network.line_logits(lines).unwrap();
    let (frames, own) = (together.frames, together.own.to_vec());
    let together = together.logits.to_vec();
    let inferred = recognizer.logits(lines).unwrap();
    assert_eq!((inferred.frames, inferred.own), (frames, own.as_slice()));
    assert!(apart(inferred.logits, &together) < 1e-4);
    for (image, &width) in OWN.iter().enumerate() {
        // The images before it are drawn and dropped: each has a seed of its own.
        let alone = images(&OWN[..=image], width.max(24));
        let alone: Vec<f32> = alone[image * HEIGHT * width.max(24)..]
            .chunks(width.max(24))
            .flat_map(|row| row[..width].to_vec())
            .collect();
        let lines = Lines {
            images: &alone,
            width,
            own: &[width],
        };
        let [row, len] = [frames * CLASSES, own[image] * CLASSES];
        let (among, past) = together[image * row..][..row].split_at(len);
        assert!(past.iter().all(|&value| value == 0.0));
        let alone = recognizer.logits(lines).unwrap();
        assert_eq!(alone.frames, own[image], "frames of image {image}");
        assert!(apart(alone.logits, among) < 1e-4, "image {image}");
    }
}

#[test]
fn gradients_equal_differences() {
    let architecture = smooth();
    let mut network = network(&architecture, Kernels::Fast, 2);
    let start = network.weights();
    let mut loss = |weights: &Weights, rate: f32| {
        network.load_weights(weights).unwrap();
        network.set_step(0);
        let mut optimizer = sgd(&network, rate);
        let loss = train(&mut network, &mut optimizer, 26, 1);
        (f64::from(loss), network.weights())
    };
    let (_, after) = loss(&start, 1.0);
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    for (name, tensor) in start.iter().filter(|(name, _)| !name.contains("running")) {
        let gradient = tensor.data.iter().zip(&after.get(name).unwrap().data);
        let direction: Vec<f32> = tensor
            .data
            .iter()
            .map(|_| rng.random_range(-1.0..1.0))
            .collect();
        let norm = direction.iter().map(|d| d * d).sum::<f32>().sqrt();
        let expected: f64 = gradient
            .zip(&direction)
            .map(|((before, after), d)| f64::from((before - after) * d / norm))
            .sum();
        let mut moved = |step: f32| {
            let data = tensor.data.iter().zip(&direction);
            let data = data.map(|(v, d)| v + step * d / norm).collect();
            let mut weights = start.clone();
            weights.insert(name, tensor.shape.clone(), data);
            loss(&weights, 0.0).0
        };
        let got = (moved(1e-2) - moved(-1e-2)) / 2e-2;
        let tolerance = 3e-3 + 0.02 * expected.abs();
        assert!(
            (got - expected).abs() < tolerance,
            "{name}: {got}, {expected}"
        );
    }
}

#[test]
fn statistics_are_of_own_columns_alone() {
    let architecture = usual();
    let mut network = network(&architecture, Kernels::Fast, 1);
    let statistics = |network: &mut Network, width| {
        let images = images(&OWN, width);
        let lines = Lines {
            images: &images,
            width,
            own: &OWN,
        };
        network.estimate_line_statistics(lines, 0).unwrap();
        network.weights()
    };
    let narrow = statistics(&mut network, 24);
    let wide = statistics(&mut network, 40);
    for ((name, narrow), (_, wide)) in narrow.iter().zip(wide.iter()) {
        let largest = wide.data.iter().fold(1.0f32, |most, v| most.max(v.abs()));
        assert!(apart(&narrow.data, &wide.data) < 1e-5 * largest, "{name}");
    }
}

#[test]
fn threads_and_widths_seen_before_do_not_change_a_bit() {
    let run = |threads, widths: &[usize]| {
        let mut network = network(&usual(), Kernels::Fast, threads);
        let mut optimizer = Optimizer::new(OptimizerConfig::adam(), 1e-2, &network);
        for &width in widths {
            train(&mut network, &mut optimizer, width, 2);
        }
        network.weights()
    };
    let expected = run(1, &[24, 48, 24, 31, 48]);
    assert_eq!(run(3, &[24, 48, 24, 31, 48]), expected);
    // Other widths in between leave nothing behind.
    let mut network = network(&usual(), Kernels::Fast, 2);
    let before = network.weights();
    let mut still = sgd(&network, 0.0);
    train(&mut network, &mut still, 64, 1);
    network.load_weights(&before).unwrap();
    network.set_step(0);
    let mut optimizer = Optimizer::new(OptimizerConfig::adam(), 1e-2, &network);
    for width in [24, 48, 24, 31, 48] {
        train(&mut network, &mut optimizer, width, 2);
    }
    assert_eq!(network.weights(), expected);
}

#[test]
fn it_learns_to_read() {
    let mut network = network(&usual(), Kernels::Fast, 2);
    let mut optimizer = Optimizer::new(OptimizerConfig::adam(), 1e-2, &network);
    let before = train(&mut network, &mut optimizer, 24, 1);
    let after = train(&mut network, &mut optimizer, 24, 150);
    assert!(after < 0.1 * before, "{after} of {before}");
}

#[test]
fn what_does_not_fit_is_refused() {
    let architecture = usual();
    let mut network = network(&architecture, Kernels::Fast, 1);
    let width = 20;
    let images = images(&[20, 12], width);
    let mut error = |images: &[f32], own: &[usize]| {
        let lines = Lines { images, width, own };
        network.line_logits(lines).unwrap_err()
    };
    let whole = Error::Images {
        expected: HEIGHT * width,
        got: images.len(),
    };
    assert_eq!(error(&images, &[20]).to_string(), whole.to_string());
    assert!(matches!(error(&[], &[]), Error::Images { .. }));
    let none = error(&images, &[20, 0]);
    assert!(matches!(
        none,
        Error::OwnColumns {
            image: 1,
            got: 0,
            most: 20
        }
    ));
    assert!(matches!(
        error(&images, &[20, 21]),
        Error::OwnColumns { .. }
    ));
    assert!(matches!(
        error(&images, &[20, 11]),
        Error::Margin { image: 1, own: 11 }
    ));
    let many = vec![0.0; 5 * HEIGHT * width];
    assert!(matches!(
        error(&many, &[1; 5]),
        Error::Batch { most: 4, got: 5 }
    ));
    assert!(matches!(
        network.logits(&images).unwrap_err(),
        Error::DynamicWidth
    ));
    let narrow = Lines {
        images: &[0.0; HEIGHT],
        width: 1,
        own: &[1],
    };
    assert!(matches!(
        network.line_logits(narrow),
        Err(Error::Architecture(_))
    ));

    let config = ClassifierConfig {
        threads: Threads::single(),
    };
    let weights = network.weights();
    let classifier = Classifier::new(&architecture, &weights, config.clone());
    assert!(matches!(classifier.unwrap_err(), Error::DynamicWidth));
    let fixed = Architecture {
        width: Width::Fixed,
        ..architecture
    };
    let recognizer = Recognizer::new(&fixed, &weights, config);
    assert!(recognizer.is_err());
}
