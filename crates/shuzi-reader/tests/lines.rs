//! How many of 120 lines of handwriting are read right, accepted, and accepted though wrong,
//! is what it was. `tests/lines/README.md` says where they are from.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

mod common;

use std::{env, fmt::Write as _, fs, path::Path};

use shuzi_reader::{ReadError, ReaderConfig, image::decode::decode};

/// Each read with a reader of its own, in one batch after the other.
const SETS: [&str; 2] = ["digits", "touching"];

/// The counts of a set, tab-separated.
fn counts(folder: &Path, set: &str) -> String {
    let labels = fs::read_to_string(folder.join(set).join("labels.tsv")).unwrap();
    let labels = labels.lines().skip(1);
    let labels = labels.map(|line| line.split_once('\t').unwrap());
    let mut reader = common::reader(ReaderConfig::default());
    let limits = reader.config().limits;
    let sources = labels.map(|(file, label)| {
        let bytes = fs::read(folder.join(set).join(file)).unwrap();
        (label, move || Ok(decode(&bytes, limits)?))
    });
    let (mut lines, mut exact, mut accepted, mut wrong) = (0, 0, 0, 0);
    for (label, page) in reader.read_many(sources) {
        let page: Result<_, ReadError> = page;
        let reading = page.unwrap().reading;
        let right = reading.text.replace(' ', "") == label;
        lines += 1;
        exact += i32::from(right);
        accepted += i32::from(reading.accepted);
        wrong += i32::from(reading.accepted && !right);
    }
    format!("{set}\t{lines}\t{exact}\t{accepted}\t{wrong}")
}

#[test]
fn lines_are_read_as_before() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lines");
    let mut got = String::from("set\tlines\texact\taccepted\taccepted_wrong\n");
    for set in SETS {
        writeln!(got, "{}", counts(&folder, set)).unwrap();
    }
    let golden = folder.join("counts.tsv");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &got).unwrap();
    }
    let expected = fs::read_to_string(&golden).unwrap();
    assert_eq!(
        got,
        expected,
        "{} has changed; if it is meant, run `UPDATE_GOLDEN=1 cargo test -p shuzi-reader --test lines`",
        golden.display()
    );
}
