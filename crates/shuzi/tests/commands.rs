//! The smaller commands, and the help of all.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

mod common;

use std::{env, fs, path::Path};

use common::{fixture, ran, run, shuzi};

/// Compares with a golden file; `UPDATE_GOLDEN=1 cargo test` writes it anew.
fn assert_golden(name: &str, got: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, got).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        got == expected,
        "{} has changed; if it is meant, run `UPDATE_GOLDEN=1 cargo test`\n{got}",
        path.display()
    );
}

#[test]
fn help_of_every_command() {
    let mut all = String::new();
    let commands = [
        "",
        "read",
        #[cfg(feature = "forms")]
        "forms",
        #[cfg(feature = "serve")]
        "serve",
        #[cfg(feature = "serve")]
        "review",
        "eval",
        "train",
        "compare",
        "summary",
        "bench",
        "data",
        "export",
        "completions",
        "man",
    ];
    for command in commands {
        let args = [command, "--help"]
            .into_iter()
            .filter(|arg| !arg.is_empty());
        let ran = ran(shuzi().args(args).env("COLUMNS", "80"));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        all += &format!("$ shuzi {command} --help\n{}\n", ran.stdout);
    }
    assert_golden("help.txt", &all);
}

#[test]
fn summary_prints_table_1() {
    let ran = run(["summary", "improved-alexnet"]);
    assert_eq!(ran.code, Some(0));
    assert_golden("summary-improved-alexnet.txt", &ran.stdout);
}

#[test]
fn summary_as_json_counts_what_the_paper_counts() {
    for (model, parameters) in [
        ("alexnet", 21_589_706),
        ("improved-alexnet", 786_346),
        ("lenet5", 61_706),
    ] {
        let summary = run(["summary", model, "--format", "json"]).json();
        assert_eq!(summary["parameters"], parameters, "{model}");
        assert!(summary["multiply_adds"].as_u64().unwrap() > 0);
        assert!(!summary["layers"].as_array().unwrap().is_empty());
    }
    let ran = run(["summary", "vgg"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("improved-alexnet, "), "{}", ran.stderr);
}

#[test]
fn a_configuration_can_be_written_changed_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let ran = run(["export", "lenet5", "--to", "config", "--out", out]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let path = ran.stdout.trim();
    let text = fs::read_to_string(path).unwrap();
    fs::write(
        path,
        text.replace("\"out_features\": 84", "\"out_features\": 50"),
    )
    .unwrap();
    let summary = run(["summary", path, "--format", "json"]).json();
    // 34 neurons fewer, each of 120 + 1 weights in and 10 out.
    assert_eq!(summary["parameters"], 61_706 - 34 * (121 + 10));
}

#[test]
fn a_model_can_be_written_as_onnx() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let ran = run(["export", "improved-alexnet", "--to", "onnx", "--out", out]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let bytes = fs::read(ran.stdout.trim()).unwrap();
    assert!(bytes.len() > 786_346 * 4, "{} bytes", bytes.len());
}

#[test]
fn made_strings_are_measured() {
    let folder = tempfile::tempdir().unwrap();
    let (images, labels) = (
        fixture("t10k-images-idx3-ubyte.gz"),
        fixture("t10k-labels-idx1-ubyte.gz"),
    );
    let make = |content: &str, count: &str| {
        let out = folder.path().join(content);
        let args = [
            "dev",
            "strings",
            "--content",
            content,
            "--count",
            count,
            "--images",
            &images,
            "--labels",
            &labels,
            "--out",
        ];
        let ran = run([&args[..], &[out.to_str().unwrap()]].concat());
        (ran, out.join("labels.tsv").display().to_string())
    };
    let score = |labels: &str| run(["eval", "--strings", labels, "--format", "json"]).json();

    let (made, labels_file) = make("digits", "40");
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let digits = score(&labels_file);
    assert_eq!(digits["images"], 40);
    // Clean digits apart from each other, though some on rules and in shadow.
    assert!(digits["exact"]["share"].as_f64().unwrap() > 0.6, "{digits}");
    assert!(
        digits["digit_errors"]["share"].as_f64().unwrap() < 0.2,
        "{digits}"
    );
    let wrong = digits["wrong"].as_array().unwrap().len() as u64;
    assert_eq!(digits["exact"]["count"].as_u64().unwrap() + wrong, 40);

    for content in ["blank", "dashes"] {
        let (made, labels_file) = make(content, "40");
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        let none = score(&labels_file);
        assert!(
            none["accepted"]["count"].as_u64().unwrap() <= 1,
            "{content}: {none}"
        );
    }
    let (again, _) = make("digits", "1");
    assert_eq!(again.code, Some(1));
    assert!(
        again.stderr.contains("is there already"),
        "{}",
        again.stderr
    );

    let list = folder.path().join("broken.tsv");
    for (text, expected) in [
        ("name\tlabel\n", "the columns file and label"),
        ("file\tlabel\nonly-one\n", "line 2"),
        ("file\tlabel\nabsent.png\t12\n", "absent.png"),
        ("file\tlabel\n", "at least one image"),
    ] {
        fs::write(&list, text).unwrap();
        let ran = run(["eval", "--strings", list.to_str().unwrap()]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
}

#[test]
fn bench_reports_a_median() {
    for extra in [&[][..], &["--train"], &["--scaling"]] {
        let args = [
            &[
                "bench",
                "--format",
                "json",
                "--batch",
                "4",
                "--threads",
                "2",
            ],
            extra,
        ]
        .concat();
        let record = run(args).json();
        assert_eq!(
            (&record["batch"], &record["threads"]),
            (&4.into(), &2.into())
        );
        let ms = record["ms_median"].as_f64().unwrap();
        let rate = record["images_per_second"].as_f64().unwrap();
        assert!(ms > 0.0 && (rate * ms / 4e3 - 1.0).abs() < 1e-6);
        // Weights alone take 3 MB.
        assert!(record["memory_mb"].as_f64().unwrap() > 3.0);
        let one = record.get("one_thread");
        assert_eq!(one.is_some(), extra == ["--scaling"]);
        if let Some(one) = one {
            let speedup = one["ms_median"].as_f64().unwrap() / ms;
            assert!((one["speedup"].as_f64().unwrap() / speedup - 1.0).abs() < 1e-6);
        }
    }
}

#[test]
fn data_verify_and_import_name_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let verify = |format: &str| {
        let mut command = shuzi();
        command.env("SHUZI_DATA", folder.path());
        ran(command.args(["data", "verify", "--format", format]))
    };
    let empty = verify("json");
    assert_eq!(empty.code, Some(1));
    let files = empty.json();
    assert_eq!(files.as_array().unwrap().len(), 4);
    assert_eq!(
        (&files[0]["ok"], &files[0]["problem"]),
        (&false.into(), &"missing".into())
    );

    fs::write(folder.path().join("t10k-labels-idx1-ubyte"), b"wrong").unwrap();
    let wrong = verify("text");
    assert_eq!(wrong.code, Some(1));
    assert!(
        wrong
            .stdout
            .contains("t10k-labels-idx1-ubyte: expected SHA-256 ff7bcf"),
        "{}",
        wrong.stdout
    );

    // The fixture has MNIST's names, but is not MNIST.
    let mut command = shuzi();
    command.env("SHUZI_DATA", folder.path());
    let file = fixture("train-images-idx3-ubyte.gz");
    let import = ran(command.args(["data", "import", &file]));
    assert_eq!(import.code, Some(1));
    assert!(
        import.stderr.contains("not MNIST's train-images"),
        "{}",
        import.stderr
    );
}

#[test]
fn completions_and_man_pages_come_from_the_same_words() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(["completions", shell]).stdout;
        assert!(script.contains("min-confidence"), "{shell}");
    }
    assert!(run(["man"]).stdout.starts_with(".ie"));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        run(["man", "--out", folder.path().to_str().unwrap()]).code,
        Some(0)
    );
    let page = fs::read_to_string(folder.path().join("shuzi-read.1")).unwrap();
    assert!(page.contains("min\\-confidence"));
}
