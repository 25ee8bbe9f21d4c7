//! How far the fast kernels' logits are from the naive ones', on MNIST's test images:
//! `cargo run --release -p shuzi --example check_kernels -- [MODEL]`.

#![allow(clippy::print_stdout)] // its purpose

use std::env;

use shuzi_data::mnist::{Part, Store};
use shuzi_models::Model;
use shuzi_nn::{Initialisation, Kernels, Network, NetworkConfig, Threads, argmax};

/// Images at a time.
const BATCH: usize = 100;

fn main() -> anyhow::Result<()> {
    let name = env::args().nth(1).unwrap_or("improved-alexnet".into());
    let model = Model::load(&name)?;
    let threads = Threads::available();
    let mut fast = model.classifier(threads.clone())?;
    let mut naive = Network::new(
        &model.config.architecture,
        NetworkConfig {
            max_batch: BATCH,
            seed: 1,
            initialisation: Initialisation::He,
            kernels: Kernels::Naive,
            threads,
        },
    )?;
    naive.load_weights(&model.weights)?;
    let classes = naive.classes();
    let test = Store::from_environment()?.load(Part::Test)?;
    let pixels: Vec<f32> = test
        .images()
        .pixels()
        .iter()
        .map(|&pixel| f32::from(pixel) / 255.0)
        .collect();
    let (mut apart, mut largest, mut other) = (0.0f32, 0.0f32, 0);
    for images in pixels.chunks(BATCH * test.height() * test.width()) {
        let (got, expected) = (fast.logits(images)?, naive.logits(images)?);
        for (got, expected) in got.chunks(classes).zip(expected.chunks(classes)) {
            other += usize::from(argmax(got) != argmax(expected));
            for (got, expected) in got.iter().zip(expected) {
                apart = apart.max((got - expected).abs());
                largest = largest.max(expected.abs());
            }
        }
    }
    println!(
        "{name}, {} images: logits at most {apart:.1e} apart, the largest {largest:.1}; \
         {other} other classes",
        test.len()
    );
    Ok(())
}
