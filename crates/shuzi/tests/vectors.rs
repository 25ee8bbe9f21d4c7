//! The shared vectors, by the library and by the command line. `UPDATE_GOLDEN=1` writes them
//! anew.

#![allow(clippy::unwrap_used)]

#[path = "../../../tests/vectors/check.rs"]
mod check;
mod common;

use std::{env, fs, sync::Once};

use serde_json::{Map, Value, json};
use shuzi::{Reader, ReaderBuilder, lattice::Constraints};
use shuzi_data::fixture;
use shuzi_models::Model;
use shuzi_nn::{Classifier, Isa, Threads};
use shuzi_reader::Record;

use check::{bytes, folder, same_logits, same_record, to_the_bit, vectors};
use common::{read_json, workspace};

/// Networks of single images that are shipped.
const NETWORKS: [&str; 3] = ["improved-alexnet", "reader", "pairs"];
/// Images of `networks.json`: so many of the fixture's, far apart.
const IMAGES: usize = 8;
/// Pictures of `samples/` and options of `readings.json`.
const READINGS: [(&str, &[(&str, &str)]); 14] = [
    ("blank.png", &[]),
    ("digit-4.png", &[]),
    ("inverted-966540.png", &[]),
    ("line-0690.bmp", &[]),
    ("line-0690.pgm", &[]),
    ("line-0690.tif", &[]),
    ("line-0690.webp", &[]),
    ("line-7210414959.png", &[]),
    ("photo-3134727.jpg", &[]),
    ("line-7210414959.png", &[("length", "3")]),
    ("line-7210414959.png", &[("check", "luhn")]),
    ("line-7210414959.png", &[("pattern", r"72\d{7}[0-8]")]),
    ("photo-3134727.jpg", &[("range", "0..999"), ("cells", "7")]),
    ("digit-4.png", &[("min_confidence", "1")]),
];

#[test]
fn networks_give_their_vectors() {
    update();
    let vectors = vectors("networks.json");
    let exactly = to_the_bit(&vectors);
    let images = vectors["images"].as_array().unwrap();
    assert_eq!(images.len(), IMAGES);
    for name in NETWORKS {
        let mut network = network(name);
        for (at, image) in images.iter().enumerate() {
            let got = logits(&mut network, &bytes(&image["pixels"]));
            same_logits(
                &format!("{name}, image {at}"),
                &got,
                &image["logits"][name],
                exactly,
            );
        }
    }
}

#[test]
fn the_library_gives_its_readings() {
    update();
    let vectors = vectors("readings.json");
    for vector in vectors["readings"].as_array().unwrap() {
        let got = by_library(vector);
        let what = format!("{} {}", vector["file"], vector["options"]);
        same_record(&what, &got, &vector["reading"], to_the_bit(&vectors));
    }
}

#[test]
fn the_command_line_gives_its_readings() {
    update();
    let vectors = vectors("readings.json");
    for vector in vectors["readings"].as_array().unwrap() {
        let path = workspace("samples").join(vector["file"].as_str().unwrap());
        let mut words = vec![path.to_str().unwrap().to_owned()];
        for (name, value) in options(vector) {
            words.extend([format!("--{}", name.replace('_', "-")), value]);
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (ran, records) = read_json(&words);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        same_record(
            &words.join(" "),
            &records[0],
            &vector["reading"],
            to_the_bit(&vectors),
        );
    }
}

/// The comparison itself: what differs is found.
#[test]
fn another_answer_is_no_match() {
    update();
    let vectors = vectors("readings.json");
    let reading = &vectors["readings"][7]["reading"];
    let caught = |change: &dyn Fn(&mut Value)| {
        let mut other = reading.clone();
        change(&mut other);
        std::panic::catch_unwind(|| same_record("changed", &other, reading, false)).is_err()
    };
    assert!(!caught(&|_| ()));
    assert!(!caught(
        &|value| value["confidence"] = json!(value["confidence"].as_f64().unwrap() - 5e-4)
    ));
    assert!(caught(&|value| value["confidence"] = json!(0.5)));
    assert!(caught(&|value| value["text"] = json!("7210414950")));
    assert!(caught(&|value| value["accepted"] = json!(false)));
    assert!(caught(
        &|value| value["numbers"][0]["digits"][3]["box"][0] = json!(1)
    ));
    assert!(caught(&|value| value["reasons"] = json!([])));
}

fn network(name: &str) -> Classifier {
    let model = Model::load(name).unwrap();
    model.classifier(Threads::available()).unwrap()
}

fn logits(network: &mut Classifier, pixels: &[u8]) -> Vec<f32> {
    let image: Vec<f32> = pixels
        .iter()
        .map(|&pixel| f32::from(pixel) / 255.0)
        .collect();
    network.logits(&image).unwrap().to_vec()
}

/// The options of a vector, in order.
fn options(vector: &Value) -> Vec<(String, String)> {
    let options = vector["options"].as_object().unwrap().iter();
    let options = options.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()));
    options.collect()
}

fn builder(vector: &Value) -> ReaderBuilder {
    let mut builder = Reader::builder();
    let mut constraints = Constraints::default();
    for (name, value) in options(vector) {
        match name.as_str() {
            "length" => constraints.length = Some(value.parse().unwrap()),
            "check" => constraints.check = Some(value.parse().unwrap()),
            "pattern" => constraints.pattern = Some(value.parse().unwrap()),
            "range" => constraints.range = Some(value.parse().unwrap()),
            "cells" => constraints.cells = Some(value.parse().unwrap()),
            "min_confidence" => builder = builder.min_confidence(value.parse().unwrap()),
            _ => panic!("no option {name}"),
        }
    }
    builder.constraints(constraints)
}

fn by_library(vector: &Value) -> Value {
    let name = vector["file"].as_str().unwrap();
    let mut reader = builder(vector).open().unwrap();
    let reading = reader.read(workspace("samples").join(name)).unwrap();
    let record = Record::new(name.to_owned(), None, Ok::<_, String>(reading));
    // Through text, as it reaches everyone.
    serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap()
}

/// Writes the vectors anew if that is asked for.
fn update() {
    static ONCE: Once = Once::new();
    if env::var_os("UPDATE_GOLDEN").is_some() {
        ONCE.call_once(|| {
            write("networks.json", "images", &made_networks());
            write("readings.json", "readings", &made_readings());
        });
    }
}

fn write(file: &str, name: &str, vectors: &[Value]) {
    let instructions = Isa::current().to_string();
    // A line each: a change is seen.
    let lines: Vec<String> = vectors.iter().map(|vector| format!("  {vector}")).collect();
    let text = format!(
        "{{\"instructions\": \"{instructions}\", \"{name}\": [\n{}\n]}}\n",
        lines.join(",\n")
    );
    fs::write(folder().join(file), text).unwrap();
}

fn made_networks() -> Vec<Value> {
    let (_, test) = fixture::load();
    let mut networks = NETWORKS.map(|name| (name, network(name)));
    let images = (0..IMAGES).map(|at| test.get(at * test.len() / IMAGES).unwrap());
    let made = images.map(|(pixels, label)| {
        let hex: String = pixels.iter().map(|pixel| format!("{pixel:02x}")).collect();
        let logits = networks.iter_mut().map(|(name, network)| {
            let logits = logits(network, pixels);
            ((*name).to_owned(), json!(logits))
        });
        let logits: Map<String, Value> = logits.collect();
        json!({"digit": label, "pixels": hex, "logits": logits})
    });
    made.collect()
}

fn made_readings() -> Vec<Value> {
    let made = READINGS.iter().map(|(file, options)| {
        let options: Map<String, Value> = options
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        let mut vector = json!({"file": file, "options": options});
        vector["reading"] = by_library(&vector);
        vector
    });
    made.collect()
}
