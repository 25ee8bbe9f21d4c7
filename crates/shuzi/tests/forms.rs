//! `shuzi forms`, from a template to rows.

#![cfg(feature = "forms")]
#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

mod common;

use std::{fs, path::Path, process::Command};

use common::{ran, shuzi};

const FIELD: &str =
    "[[page.field]]\nname = \"n\"\nat = [30, 60]\nshape = { kind = \"boxes\", count = 3 }\n";

fn forms(args: &[&str], folder: &Path) -> (Option<i32>, String, String) {
    let ran = ran(shuzi().arg("forms").args(args).current_dir(folder));
    (ran.code, ran.stdout, ran.stderr)
}

#[test]
fn a_template_is_begun_checked_and_printed() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let (code, text, _) = forms(&["new", "--form", "meter", "--field", "reading:6"], at);
    assert_eq!(code, Some(0));
    fs::write(at.join("meter.toml"), text).unwrap();
    let (code, out, _) = forms(&["check", "meter.toml"], at);
    assert_eq!((code, out.as_str()), (Some(0), "nothing is wrong\n"));
    let print = [
        "print",
        "meter.toml",
        "--serials",
        "1-20",
        "--out",
        "meter.pdf",
    ];
    assert_eq!(forms(&print, at).0, Some(0));
    let pdf = fs::read(at.join("meter.pdf")).unwrap();
    assert!(String::from_utf8_lossy(&pdf).contains("/Count 20"));
    let print = ["print", "meter.toml", "--page", "1", "--out", "meter.svg"];
    assert_eq!(forms(&print, at).0, Some(0));
    assert!(
        fs::read_to_string(at.join("meter.svg"))
            .unwrap()
            .contains("210mm")
    );
    let (code, _, error) = forms(
        &[
            "print",
            "meter.toml",
            "--serials",
            "1-200000",
            "--out",
            "a.pdf",
        ],
        at,
    );
    assert_eq!(code, Some(1));
    assert!(error.contains("at most"), "{error}");
}

#[test]
fn a_faulty_template_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let text = format!("form = \"f\"\nrules = [\"n == k\"]\n[[page]]\n{FIELD}{FIELD}");
    fs::write(at.join("f.toml"), text).unwrap();
    let (code, out, _) = forms(&["check", "f.toml"], at);
    assert_eq!(code, Some(1));
    for fault in [
        "two fields have the name",
        "overlap",
        "no field of the form",
    ] {
        assert!(out.contains(fault), "{out}");
    }
    let (code, _, error) = forms(&["print", "f.toml", "--out", "f.pdf"], at);
    assert_eq!(code, Some(1));
    assert!(error.contains("overlap"), "{error}");
}

#[test]
fn one_bad_page_leaves_the_rest_and_asks_for_review() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(
        at.join("f.toml"),
        format!("form = \"f\"\n[[page]]\n{FIELD}"),
    )
    .unwrap();
    fs::write(at.join("a.png"), b"no picture").unwrap();
    fs::write(
        at.join("b.pgm"),
        [b"P5 300 400 255\n".to_vec(), vec![180; 300 * 400]].concat(),
    )
    .unwrap();
    let read = [
        "read",
        "--form",
        "f.toml",
        "a.png",
        "b.pgm",
        "--out",
        "rows.jsonl",
    ];
    let (code, _, error) = forms(&read, at);
    assert_eq!(code, Some(3), "{error}");
    let rows = fs::read_to_string(at.join("rows.jsonl")).unwrap();
    assert_eq!(rows.lines().count(), 2);
    assert!(
        rows.lines()
            .all(|row| row.contains("\"needs_review\":true")),
        "{rows}"
    );
    let (code, _, error) = forms(&read, at);
    assert_eq!(code, Some(1));
    assert!(error.contains("--resume"), "{error}");
    let resumed = [&read[..], &["--resume"]].concat();
    // A line that was cut off is read again.
    fs::write(at.join("rows.jsonl"), &rows[..rows.len() - 5]).unwrap();
    assert_eq!(forms(&resumed, at).0, Some(3));
    assert_eq!(fs::read_to_string(at.join("rows.jsonl")).unwrap(), rows);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_what_is_no_file_of_rows_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let template = format!("form = \"f\"\n[[page]]\n{FIELD}");
    fs::write(at.join("f.toml"), template).unwrap();
    let blank = [b"P5 300 400 255\n".to_vec(), vec![180; 300 * 400]].concat();
    fs::write(at.join("b.pgm"), blank).unwrap();
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let read = ["read", "--form", "f.toml", "b.pgm"];
    let out = Command::new(env!("CARGO_BIN_EXE_shuzi"))
        .arg("forms")
        .args(read)
        .args(["--format", "jsonl"])
        .current_dir(at)
        .stdout(full)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(1), "{error}");
    assert!(error.contains("No space left"), "{error}");
    // Reading it would never end.
    std::os::unix::fs::symlink("/dev/full", at.join("rows.jsonl")).unwrap();
    let endless = [&read[..], &["--out", "rows.jsonl", "--resume"]].concat();
    let (code, _, error) = forms(&endless, at);
    assert_eq!(code, Some(1));
    assert!(error.contains("rows.jsonl: expected a file"), "{error}");
}

#[test]
fn formats_of_rows_are_of_rows_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, error) = forms(&["check", "--schema", "--format", "csv"], folder.path());
    assert_eq!(code, Some(2));
    assert!(error.contains("only `forms read`"), "{error}");
}
