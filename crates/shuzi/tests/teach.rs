//! What a reader's network is taught with, from end to end.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

mod common;

use std::path::Path;

use common::{fixture, run, workspace};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use shuzi_data::{ClassScheme, Dataset, NO_BIGRAM, NO_DIGIT};

/// Options that name the fixture's writers alone.
fn writers() -> Vec<String> {
    [
        "--without-mnist",
        "--images",
        &fixture("train-images-idx3-ubyte.gz"),
        "--labels",
        &fixture("train-labels-idx1-ubyte.gz"),
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Runs `shuzi dev ACTION` with the fixture's writers.
fn dev(action: &str, pages: &str, seed: &str, more: &[&str]) -> Value {
    let mut args = [
        "dev", action, "--format", "json", "--pages", pages, "--seed", seed,
    ]
    .map(str::to_owned)
    .to_vec();
    args.extend(writers());
    args.extend(more.iter().map(|&arg| arg.to_owned()));
    let ran = run(args);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    ran.json()
}

fn crops(folder: &Path, seed: &str, more: &[&str]) -> (Value, Dataset) {
    let out = ["--out", folder.to_str().unwrap()];
    let made = dev("crops", "40", seed, &[&out, more].concat());
    let file = |name: &str| made[name].as_str().unwrap().to_owned();
    let scheme = match more {
        [] => ClassScheme::DigitsAndNone,
        _ => ClassScheme::Bigrams,
    };
    let [images, labels] = ["images", "labels"].map(file);
    let read = Dataset::read(Path::new(&images), Path::new(&labels), scheme);
    (made, read.unwrap())
}

#[test]
fn crops_show_every_digit_and_none_and_a_network_trains_on_them() {
    let folder = tempfile::tempdir().unwrap();
    let (made, crops_) = crops(folder.path(), "3", &[]);
    let of = |label: u8| {
        crops_
            .labels()
            .iter()
            .filter(|&&other| other == label)
            .count()
    };
    assert_eq!(made["no_digits"], of(NO_DIGIT));
    assert_eq!(made["digits"], crops_.len() - of(NO_DIGIT));
    for label in 0..=NO_DIGIT {
        assert!(of(label) > 20, "{label}: {}", of(label));
    }
    // The same seed gives the same, another does not.
    let other = tempfile::tempdir().unwrap();
    let (_, again) = crops(other.path(), "3", &[]);
    assert_eq!(again.labels(), crops_.labels());
    assert_eq!(again.get(7), crops_.get(7));
    let (_, different) = crops(other.path(), "4", &[]);
    assert_ne!(different.labels(), crops_.labels());

    let path = |field: &str| made[field].as_str().unwrap().to_owned();
    let out = folder.path().join("run");
    let ran = run([
        "train",
        "reader",
        "--recipe",
        "fast",
        "--epochs",
        "1",
        "--images",
        &path("images"),
        "--labels",
        &path("labels"),
        "--test-images",
        &fixture("t10k-images-idx3-ubyte.gz"),
        "--test-labels",
        &fixture("t10k-labels-idx1-ubyte.gz"),
        "--out",
        out.to_str().unwrap(),
    ]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(out.join("model.safetensors").is_file());
}

#[test]
fn crops_of_pairs_show_two_digits_or_none_and_a_network_for_them_reads() {
    let folder = tempfile::tempdir().unwrap();
    let (made, crops) = crops(folder.path(), "3", &["--bigrams"]);
    let none = |label: &&u8| **label == NO_BIGRAM;
    let nones = crops.labels().iter().filter(none).count();
    assert_eq!(made["no_digits"], nones);
    assert_eq!(made["digits"], crops.len() - nones);
    assert!(nones > 20 && 2 * nones < 2 * crops.len(), "{made}");
    let tens = |label: u8| crops.labels().iter().any(|&other| other / 10 == label);
    assert!((0..10).all(tens), "{:?}", crops.labels());

    let file = |field: &str| made[field].as_str().unwrap().to_owned();
    let [images, labels] = ["images", "labels"].map(file);
    let out = folder.path().join("run").to_str().unwrap().to_owned();
    let [data, test] = ["--", "--test-"].map(|option| {
        let option = |name: &str| format!("{option}{name}");
        [
            option("images"),
            images.clone(),
            option("labels"),
            labels.clone(),
        ]
    });
    let start = [
        "train", "pairs", "--recipe", "pairs", "--epochs", "1", "--out", &out,
    ];
    let args = start.map(str::to_owned).into_iter().chain(data).chain(test);
    let ran = run(args.collect::<Vec<_>>());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let sample = workspace("samples/line-7210414959.png");
    let sample = sample.to_str().unwrap();
    let read = |pairs: &str| run(["read", "--pairs", pairs, sample]);
    let ran = read(&out);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ran = read("reader");
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("101 classes"), "{}", ran.stderr);
}

#[test]
fn lines_hold_what_may_be_a_digit_and_the_digits_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let lines = |seed: &str| {
        let file = folder.path().join("new").join(seed);
        let made = dev("lines", "24", seed, &["--out", file.to_str().unwrap()]);
        (made, std::fs::read(file).unwrap())
    };
    let (made, file) = lines("3");
    let tensors = SafeTensors::deserialize(&file).unwrap();
    let column = |name: &str| -> Vec<usize> {
        let tensor = tensors.tensor(name).unwrap();
        assert_eq!(tensor.dtype(), Dtype::I32);
        let values = tensor.data().chunks_exact(4);
        let value = |bytes: &[u8]| i32::from_le_bytes(bytes.try_into().unwrap());
        values.map(|bytes| value(bytes) as usize).collect()
    };
    let [arcs, places, lengths, ends] = ["arcs", "places", "lengths", "ends"].map(column);
    assert_eq!(made["lines"], arcs.len());
    assert_eq!(made["arcs"], ends.len() / 2);
    assert_eq!(arcs.iter().sum::<usize>(), ends.len() / 2);
    assert_eq!(made["digits"], lengths.iter().sum::<usize>());
    assert!(lengths.contains(&0) && lengths.iter().any(|&length| length > 8));
    for (name, width) in [("crops", 28 * 28), ("evidence", 11)] {
        let shape = tensors.tensor(name).unwrap().shape().to_vec();
        assert_eq!(shape[0], ends.len() / 2, "{name}");
        assert_eq!(shape[1..].iter().product::<usize>(), width, "{name}");
    }
    let digits = tensors.tensor("digits").unwrap();
    assert!(digits.data().iter().all(|&digit| digit < 10));
    // Each line is a way from its first place to its last.
    let mut ends = ends.chunks_exact(2);
    for (line, &count) in arcs.iter().enumerate() {
        let mut reached = vec![false; places[line]];
        reached[0] = true;
        for end in ends.by_ref().take(count) {
            assert!(
                end[0] < end[1] && end[1] < places[line],
                "line {line}: {end:?}"
            );
            reached[end[1]] |= reached[end[0]];
        }
        assert_eq!(reached.last(), Some(&true), "line {line}");
    }
    // The same seed gives the same, another does not.
    assert!(lines("3").1 == file);
    assert!(lines("4").1 != file);
}

#[test]
fn a_reader_is_trained_on_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for seed in ["6", "7"] {
        dev("lines", "24", seed, &["--out", &path(seed)]);
    }
    crops(folder.path(), "3", &[]);
    let train = |more: &[&str]| {
        let mut args = [
            "train",
            "--images",
            "--labels",
            "--test-images",
            "--test-labels",
        ]
        .map(str::to_owned)
        .to_vec();
        args.insert(2, path("crops-images-idx3-ubyte.gz"));
        args.insert(4, path("crops-labels-idx1-ubyte.gz"));
        args.insert(6, fixture("t10k-images-idx3-ubyte.gz"));
        args.push(fixture("t10k-labels-idx1-ubyte.gz"));
        args.extend(more.iter().map(|&arg| arg.to_owned()));
        run(args)
    };
    let out = path("run");
    let files = [path("6"), path("7")];
    let lines = ["--lines", &files[0], &files[1]];
    let of = |model| [model, "--recipe", "lines", "--out", out.as_str()];

    let ran = train(&of("reader"));
    assert_ne!(ran.code, Some(0));
    assert!(
        ran.stderr.contains("name files of `shuzi dev lines`"),
        "{}",
        ran.stderr
    );
    let ran = train(&[&["reader", "--recipe", "crops"][..], &lines].concat());
    assert!(ran.stderr.contains("expected no lines"), "{}", ran.stderr);
    let ran = train(&[&of("lenet5")[..], &lines].concat());
    assert!(
        ran.stderr.contains("expected a digit, 0 to 9"),
        "{}",
        ran.stderr
    );
    let bad = path("crops-labels-idx1-ubyte.gz");
    let ran = train(&[&of("reader")[..], &["--lines", &bad]].concat());
    assert!(
        ran.stderr.contains("not a file of `shuzi dev lines`"),
        "{}",
        ran.stderr
    );
    assert!(!folder.path().join("run").exists());

    let json = ["--from", "reader", "--format", "json"];
    let ran = train(&[&of("reader")[..], &lines, &json].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let epoch = &ran.json()["epochs"][0];
    assert!(epoch["lines"]["lines"].as_u64().unwrap() > 24, "{epoch}");
    // The shipped reader knows such lines.
    assert!(epoch["lines"]["sure"].as_f64().unwrap() > 0.2, "{epoch}");
    assert!(epoch["train_accuracy"].as_f64().unwrap() > 0.7, "{epoch}");
    assert!(folder.path().join("run/model.safetensors").is_file());
}

#[test]
fn the_fit_prints_a_weight_for_every_feature() {
    let made = dev("fit-segment-model", "60", "5", &[]);
    let weights = made["weights"].as_array().unwrap();
    assert_eq!(
        weights.len(),
        shuzi_reader::classify::segment_model::FEATURE_NAMES.len()
    );
    for (weight, name) in weights
        .iter()
        .zip(shuzi_reader::classify::segment_model::FEATURE_NAMES)
    {
        assert_eq!(weight["name"], name);
        assert!(weight["weight"].as_f64().unwrap().is_finite());
    }
    let of = |name: &str| {
        let found = weights.iter().find(|weight| weight["name"] == name);
        found.unwrap()["weight"].as_f64().unwrap()
    };
    // What the network is sure of is likelier.
    assert!(of("digit: ln p of the network") > 0.2);
    assert!(made["held_out_log_likelihood"].as_f64().unwrap() < 0.0);
}

#[test]
fn writers_need_labels_and_someone() {
    for args in [
        &["dev", "crops", "--out", "x", "--without-mnist"][..],
        &["dev", "crops", "--out", "x", "--images", "y"],
    ] {
        assert_eq!(run(args).code, Some(2), "{args:?}");
    }
    let config = workspace("models/reader/config.json");
    let config: Value = serde_json::from_slice(&std::fs::read(config).unwrap()).unwrap();
    assert_eq!(config["classes"].as_array().unwrap().len(), 11);
}
