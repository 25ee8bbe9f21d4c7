//! What several tests of reading need.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

use std::path::{Path, PathBuf};

use shuzi_models::{LINE, Model, PAIRS, READER};
use shuzi_nn::Threads;
use shuzi_reader::{Reader, ReaderConfig};

/// A reader with the shipped networks.
pub(crate) fn reader(config: ReaderConfig) -> Reader {
    let [digits, bigrams] = [READER, PAIRS].map(|name| {
        let model = Model::load(name).unwrap();
        model.classifier(Threads::available()).unwrap()
    });
    let lines = Model::load(LINE).unwrap();
    let lines = lines.recognizer(Threads::available()).unwrap();
    let reader = Reader::new(digits, config).unwrap();
    let reader = reader.with_bigrams(bigrams).unwrap();
    reader.with_lines(lines).unwrap()
}

/// A file of the repository's `samples`.
#[allow(dead_code)] // not every test has use for it
pub(crate) fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../samples")
        .join(name)
}
