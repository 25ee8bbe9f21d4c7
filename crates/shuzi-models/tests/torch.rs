//! The engine against PyTorch: logits that `python/tools/make_torch_vectors.py` had of it, for
//! weights and images that formulas make, are the engine's within 1e-4.

#![allow(clippy::unwrap_used)]

use std::{fs, path::Path};

use serde_json::Value;
use shuzi_models::{Model, ModelConfig};
use shuzi_nn::{Lines, Threads, Weights};

/// Most that a logit may differ, of the largest one or of 1.
const TOLERANCE: f32 = 1e-4;
/// Images of each network.
const IMAGES: usize = 2;

/// Numbers from -1 to 1 in steps of 2⁻²³: SplitMix64 (Steele et al. 2014) from the name's
/// FNV-1a.
fn uniform(name: &str, count: usize) -> Vec<f64> {
    let seed = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    let number = |at: u64| {
        let mut z = seed.wrapping_add(at.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        (z >> 40) as f64 / f64::from(1 << 23) - 1.0
    };
    (1..=count as u64).map(number).collect()
}

/// A network's tensor, as the tool makes it.
fn tensor(name: &str, shape: &[usize]) -> Vec<f32> {
    let inputs: usize = shape.iter().skip(1).product();
    let value = |u: f64| {
        if name.ends_with("running_var") {
            1.0 + 0.5 * u
        } else if shape.len() > 1 {
            let share = if name.ends_with("offset.weight") {
                0.3
            } else {
                1.0
            };
            share * (6.0 / inputs as f64).sqrt() * u
        } else if name.ends_with(".weight") {
            1.0 + 0.1 * u
        } else {
            0.1 * u
        }
    };
    let values = uniform(name, shape.iter().product());
    values.into_iter().map(|u| value(u) as f32).collect()
}

fn config(vector: &Value) -> ModelConfig {
    match vector["network"].as_str() {
        Some(name) => ModelConfig::load(name).unwrap(),
        None => {
            let json = serde_json::to_vec(&vector["config"]).unwrap();
            ModelConfig::from_bytes(&json, Path::new("config.json")).unwrap()
        }
    }
}

fn logits(config: ModelConfig, width: usize) -> Vec<f32> {
    let mut weights = Weights::new();
    for spec in config.architecture.parameters().unwrap() {
        let data = tensor(&spec.name, &spec.shape);
        weights.insert(spec.name, spec.shape, data);
    }
    let height = config.architecture.input.height;
    let fixed = config.architecture.width.is_fixed();
    let model = Model { config, weights };
    let images = uniform("images", IMAGES * height * width);
    let images: Vec<f32> = images.into_iter().map(|u| u.abs() as f32).collect();
    if fixed {
        let mut network = model.classifier(Threads::single()).unwrap();
        return network.logits(&images).unwrap().to_vec();
    }
    let mut network = model.recognizer(Threads::single()).unwrap();
    let lines = Lines {
        images: &images,
        width,
        own: &[width; IMAGES],
    };
    network.logits(lines).unwrap().logits.to_vec()
}

#[test]
fn every_network_gives_the_logits_of_pytorch() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/vectors/torch.json"
    );
    let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let vectors = file["networks"].as_array().unwrap();
    for name in shuzi_models::names() {
        let there = vectors.iter().any(|vector| vector["network"] == name);
        assert!(there, "{name}");
    }
    for vector in vectors {
        let config = config(vector);
        let name = config.architecture.name.clone();
        let expected: Vec<f32> = serde_json::from_value(vector["logits"].clone()).unwrap();
        let got = logits(config, vector["width"].as_u64().unwrap() as usize);
        assert_eq!(got.len(), expected.len(), "{name}");
        let largest = expected
            .iter()
            .fold(1.0_f32, |most, logit| most.max(logit.abs()));
        // What all networks would pass tests nothing.
        let [least, most] = [f32::min, f32::max].map(|of| expected.iter().copied().reduce(of));
        assert!(
            most.unwrap() - least.unwrap() > 0.1,
            "{name}: all logits are alike"
        );
        for (got, expected) in got.iter().zip(&expected) {
            let far = (got - expected).abs() / largest;
            assert!(far <= TOLERANCE, "{name}: {got} for {expected}");
        }
    }
}
