//! Two opinions on a number, and the error that a user can bear.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

mod common;

use std::{fs, path::Path};

use common::{fixture, read_json, run, sample};
use image::{GrayImage, Luma, imageops::overlay};
use serde_json::Value;

/// Pages by the fixture's digits, with what is on them.
fn made_pages(folder: &Path, count: &str) -> String {
    let [images, labels] =
        ["images-idx3", "labels-idx1"].map(|part| fixture(&format!("t10k-{part}-ubyte.gz")));
    let out = folder.join("pages");
    let ran = run([
        "dev",
        "pages",
        "--count",
        count,
        "--out",
        out.to_str().unwrap(),
        "--images",
        images.as_str(),
        "--labels",
        labels.as_str(),
    ]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    out.join("labels.tsv").display().to_string()
}

#[test]
fn either_opinion_reads_a_plain_number_and_both_do() {
    for readers in ["lattice", "line", "both"] {
        let (_, records) = read_json(&["--readers", readers, &sample("line-0690.pgm")]);
        assert_eq!(records[0]["text"], "0690", "{readers}");
        let digits = records[0]["numbers"][0]["digits"].as_array().unwrap();
        assert_eq!(digits.len(), 4, "{readers}");
        // Boxes go from left to right, whoever made them.
        let lefts: Vec<u64> = digits
            .iter()
            .map(|d| d["box"][0].as_u64().unwrap())
            .collect();
        assert!(lefts.is_sorted(), "{readers}: {lefts:?}");
    }
}

#[test]
fn both_obey_what_is_known_of_the_number() {
    for readers in ["lattice", "line", "both"] {
        let args = ["--readers", readers, "--pattern", r"7\d{8}8"];
        let (_, records) = read_json(&[&args[..], &[&sample("line-7210414959.png")]].concat());
        let text = records[0]["text"].as_str().unwrap();
        assert!(
            text.starts_with('7') && text.ends_with('8'),
            "{readers}: {text}"
        );
        assert_eq!(text.len(), 10, "{readers}");
        assert_eq!(records[0]["corrected"], true, "{readers}");
    }
}

/// Two numbers far apart on one line: the same picture twice.
fn twice(gap: u32) -> GrayImage {
    let one = image::open(sample("line-0690.pgm")).unwrap().into_luma8();
    let paper = *one.get_pixel(0, 0);
    let mut both = GrayImage::from_pixel(2 * one.width() + gap, one.height(), Luma([paper.0[0]]));
    overlay(&mut both, &one, 0, 0);
    overlay(&mut both, &one, i64::from(one.width() + gap), 0);
    both
}

#[test]
fn numbers_beside_each_other_are_several() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.png");
    twice(60).save(&path).unwrap();
    let (_, records) = read_json(&[path.to_str().unwrap()]);
    assert_eq!(records[0]["text"], "0690 0690");
    let numbers = records[0]["numbers"].as_array().unwrap();
    let part = |key: &str| -> Vec<Value> { numbers.iter().map(|n| n[key].clone()).collect() };
    assert_eq!(part("text"), ["0690", "0690"]);
    assert_eq!(part("column"), [1, 2]);
    assert_eq!(part("line"), [1, 1]);
    assert_eq!(part("value"), [690.0, 690.0]);
}

#[test]
fn an_error_is_borne_where_a_calibration_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    let labels = made_pages(folder.path(), "30");
    let calibration = folder.path().join("mine.json").display().to_string();
    let ran = run(["eval", "--strings", &labels, "--calibrate", &calibration]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    // Thirty pages can't show what a clerk is.
    assert!(ran.stderr.contains("expected 998"), "{}", ran.stderr);
    let written: Value = serde_json::from_slice(&fs::read(&calibration).unwrap()).unwrap();
    assert!(
        !written["points"].as_array().unwrap().is_empty(),
        "{written}"
    );

    let line = sample("line-7210414959.png");
    let read = |error: &str| {
        run([
            "read",
            &line,
            "--max-error",
            error,
            "--calibration",
            &calibration,
        ])
    };
    assert_eq!(read("0.9").code, Some(0));
    let refused = read("0.003");
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    assert!(
        refused.stderr.contains("expected 998"),
        "{}",
        refused.stderr
    );
    // What is shipped can show it.
    assert_eq!(run(["read", &line, "--max-error", "0.01"]).code, Some(0));
}

#[test]
fn an_error_and_a_confidence_exclude_each_other() {
    let line = sample("line-7210414959.png");
    let both = [
        "read",
        &line,
        "--max-error",
        "0.01",
        "--min-confidence",
        "0.9",
    ];
    assert_eq!(run(both).code, Some(2));
    let ran = run(["read", &line, "--calibration", "mine.json"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    let ran = run(["read", &line, "--max-error", "2"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("above 0 and below 1"), "{}", ran.stderr);
}

#[test]
fn weights_of_both_opinions_are_fitted_on_labelled_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let labels = made_pages(folder.path(), "25");
    let ran = run(["--format", "json", "dev", "fit-combination", &labels]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let fitted = ran.json();
    assert_eq!(fitted["pictures"], 25);
    assert!(fitted["lines"].as_u64().unwrap() >= 15, "{fitted}");
    for weight in ["lattice", "line"] {
        let weight = fitted["combination"][weight].as_f64().unwrap();
        assert!((0.0..10.0).contains(&weight), "{fitted}");
    }
}
