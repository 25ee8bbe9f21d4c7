//! The engine's bits: weights after some steps of training, and the logits of the
//! shipped models. What only moves code, or makes it faster, changes none of them.
//!
//! The bits depend on the instruction set, and those of `exp` and `ln` on the C
//! library, so that the hashes are those of x86-64 Linux with glibc. `UPDATE_GOLDEN=1`
//! writes them anew.
#![cfg(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"))]
#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

use std::{env, fs, path::Path, process::Command};

use sha2::{Digest, Sha256};
use shuzi_data::fixture;
use shuzi_models::{Model, architecture, shipped_names};
use shuzi_nn::{
    Initialisation, Isa, Kernels, Network, NetworkConfig, Optimizer, OptimizerConfig, Threads,
};

const STEPS: usize = 20;
const BATCH: usize = 16;

/// Start of the SHA-256 of some values.
fn hash<'a>(values: impl IntoIterator<Item = &'a f32>) -> String {
    let mut sha = Sha256::new();
    for value in values {
        sha.update(value.to_le_bytes());
    }
    sha.finalize()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Some of the fixture's training images, 0 to 1, and their labels.
fn batch(first: usize) -> (Vec<f32>, Vec<u8>) {
    let (train, _) = fixture::load();
    let (mut images, mut labels) = (Vec::new(), Vec::new());
    for (pixels, label) in (first..first + BATCH).filter_map(|index| train.get(index)) {
        images.extend(pixels.iter().map(|&pixel| f32::from(pixel) / 255.0));
        labels.push(label);
    }
    (images, labels)
}

fn trained() -> String {
    let config = NetworkConfig {
        max_batch: BATCH,
        seed: 1,
        initialisation: Initialisation::He,
        kernels: Kernels::Fast,
        threads: Threads::available(),
    };
    let mut network = Network::new(&architecture("improved-alexnet").unwrap(), config).unwrap();
    let mut optimizer = Optimizer::new(OptimizerConfig::adamw(1e-2), 1e-3, &network);
    for step in 0..STEPS {
        let (images, labels) = batch(step * BATCH);
        network
            .train_step(&images, &labels, &mut optimizer)
            .unwrap();
    }
    let weights = network.weights();
    hash(weights.iter().flat_map(|(_, tensor)| &tensor.data))
}

fn logits(name: &str) -> String {
    let model = Model::load(name).unwrap();
    let mut classifier = model.classifier(Threads::available()).unwrap();
    let several = classifier.logits(&batch(0).0).unwrap().to_vec();
    let image = &batch(0).0[..classifier.input().len()];
    let single = classifier.logits(image).unwrap();
    hash(several.iter().chain(single))
}

#[test]
fn every_bit_is_as_it_was() {
    let isa = Isa::current();
    let mut got = format!("improved-alexnet after {STEPS} steps {}\n", trained());
    // One that takes lines of any width is held by the reader's own tests.
    let images = |name: &&str| {
        Model::load(name)
            .unwrap()
            .config
            .architecture
            .width
            .is_fixed()
    };
    for name in shipped_names().filter(images) {
        got += &format!("logits of {name} {}\n", logits(name));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{isa}.txt"));
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &got).unwrap();
    }
    // Of the scalar kernels, which are slow, none are kept.
    if let Ok(expected) = fs::read_to_string(&path) {
        assert_eq!(got, expected, "{isa}");
    }
    if isa == Isa::Avx512 {
        let output = Command::new(env::current_exe().unwrap())
            .env("SHUZI_ISA", Isa::Avx2.to_string())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}");
    }
}
