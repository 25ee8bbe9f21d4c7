//! The speed of the network for lines on one thread:
//! `cargo bench -p shuzi-models --bench line`. "Items" are lines of 32×160.
//! `SHUZI_ISA=avx2` measures what most machines have.

#![allow(clippy::unwrap_used)]

use divan::{Bencher, counter::ItemsCount};
use shuzi_models::{LINE_HEIGHT, line};
use shuzi_nn::{
    ClassifierConfig, Ctc, Initialisation, Kernels, Lines, Network, NetworkConfig, Optimizer,
    OptimizerConfig, Recognizer, Threads,
};

const CLASSES: usize = 25;
const WIDTH: usize = 160;

fn main() {
    divan::main();
}

fn network(max_batch: usize) -> Network {
    let config = NetworkConfig {
        max_batch,
        seed: 1,
        initialisation: Initialisation::He,
        kernels: Kernels::Fast,
        threads: Threads::single(),
    };
    Network::new(&line(CLASSES), config).unwrap()
}

fn images(count: usize) -> Vec<f32> {
    let pixel = |i: usize| ((i * 31) % 17) as f32 / 17.0;
    (0..count * LINE_HEIGHT * WIDTH).map(pixel).collect()
}

#[divan::bench(args = [1, 8])]
fn recognition(bencher: Bencher<'_, '_>, count: usize) {
    let config = ClassifierConfig {
        threads: Threads::single(),
    };
    let weights = network(1).weights();
    let mut recognizer = Recognizer::new(&line(CLASSES), &weights, config).unwrap();
    let (images, own) = (images(count), vec![WIDTH; count]);
    let lines = Lines {
        images: &images,
        width: WIDTH,
        own: &own,
    };
    recognizer.logits(lines).unwrap();
    bencher
        .counter(ItemsCount::new(count))
        .bench_local(|| recognizer.logits(lines).unwrap().frames);
}

#[divan::bench(args = [16, 32])]
fn training(bencher: Bencher<'_, '_>, count: usize) {
    let mut network = network(count);
    let mut optimizer = Optimizer::new(OptimizerConfig::adam(), 1e-4, &network);
    let mut ctc = Ctc::new(CLASSES, CLASSES - 1);
    let (images, own) = (images(count), vec![WIDTH; count]);
    let labels = vec![[1u8, 2, 3, 3, 0, 0, 4, 5]; count];
    let lines = Lines {
        images: &images,
        width: WIDTH,
        own: &own,
    };
    let mut step = || {
        let loss = |logits: &mut [f32], own: &[usize]| ctc.loss(logits, own, &labels);
        network
            .train_lines(lines, &mut optimizer, loss)
            .unwrap()
            .unwrap()
            .loss
    };
    step();
    bencher.counter(ItemsCount::new(count)).bench_local(step);
}
