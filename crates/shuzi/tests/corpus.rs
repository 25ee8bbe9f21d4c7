//! Every input that fuzzing kept, through the target that it was kept for.

#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a helper outside #[test] functions

use std::{fs, path::Path};

#[path = "../../../fuzz/targets.rs"]
mod targets;

/// Runs a target on its corpus, which must not be empty.
fn replay(target: &str, run: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut count = 0;
    for entry in fs::read_dir(corpus.join(target)).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display()); // shown where one fails
        run(&fs::read(path).unwrap());
        count += 1;
    }
    assert!(count > 0, "no corpus for {target}");
}

#[test]
fn image() {
    replay("image", targets::image);
}

#[test]
fn tiff_pages() {
    replay("tiff_pages", targets::tiff_pages);
}

#[test]
fn idx() {
    replay("idx", targets::idx);
}

#[test]
fn safetensors() {
    replay("safetensors", targets::safetensors);
}

#[test]
fn pattern() {
    replay("pattern", targets::pattern);
}

#[test]
fn config() {
    replay("config", targets::config);
}
