//! What a stranger's bytes reach, each with what must hold whatever they are. The fuzzer calls
//! these with bytes that it makes up, the test `corpus` of the package `shuzi` with those that
//! were kept.

#![allow(dead_code)] // a target uses one of them

use std::path::Path;

use shuzi_data::idx::{Compression, Images, Labels};
use shuzi_models::ModelConfig;
use shuzi_nn::Weights;
use shuzi_reader::{
    CutOff, Limits, Page, Pages, Picture, StageParams, image::decode::decode,
    lattice::acceptors::Pattern,
};

/// So small that a wrong size is soon told, so large that every stage has work.
const LIMITS: Limits = Limits {
    pixels: 1 << 20,
    pages: 8,
    working_pixels: 4_000_000,
    // What is left of a torn file reaches further than its error.
    cut_off: CutOff::Read,
};

/// Most pixels of a picture whose ink is looked for, too: more only takes longer.
const PREPARED: usize = 1 << 14;

/// An image file, decoded and taken apart.
pub(crate) fn image(bytes: &[u8]) {
    if let Ok(picture) = decode(bytes, LIMITS) {
        whole(&picture);
        if picture.pixels.len() <= PREPARED {
            Page::new(picture, &StageParams::default());
        }
    }
}

/// All pages of a TIFF.
pub(crate) fn tiff_pages(bytes: &[u8]) {
    if let Ok(pages) = Pages::of(bytes, LIMITS) {
        assert!((1..=LIMITS.pages).contains(&pages.len()));
        for page in 0..pages.len() {
            if let Ok(picture) = pages.decode(page, LIMITS) {
                whole(&picture);
            }
        }
    }
}

fn whole(picture: &Picture) {
    assert_eq!(picture.pixels.len(), picture.width * picture.height);
    let original = picture.original_width * picture.original_height;
    assert!(original as u64 <= LIMITS.pixels);
}

/// An IDX file of images or labels, which must be written as it was read.
pub(crate) fn idx(bytes: &[u8]) {
    if let Ok(images) = Images::from_reader(bytes) {
        let mut written = Vec::new();
        let done = images.to_writer(&mut written, Compression::None);
        done.expect("memory takes all");
        let again = Images::from_reader(written.as_slice()).expect("what was written is sound");
        assert!(again == images, "written otherwise than read");
    }
    if let Ok(labels) = Labels::from_reader(bytes) {
        let mut written = Vec::new();
        let done = labels.to_writer(&mut written, Compression::None);
        done.expect("memory takes all");
        let again = Labels::from_reader(written.as_slice()).expect("what was written is sound");
        assert!(again == labels, "written otherwise than read");
    }
}

/// A file of weights: as many finite values as its header says.
pub(crate) fn safetensors(bytes: &[u8]) {
    if let Ok(weights) = Weights::from_safetensors(bytes) {
        for (name, tensor) in weights.iter() {
            let expected: usize = tensor.shape.iter().product();
            assert_eq!(tensor.data.len(), expected, "{name}");
            assert!(tensor.data.iter().all(|value| value.is_finite()), "{name}");
        }
    }
}

/// A pattern for numbers, which must take as many digits as it says.
pub(crate) fn pattern(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(pattern) = text.parse::<Pattern>() {
        for length in pattern.lengths().into_iter().take(3) {
            let sevens = pattern.format(&vec![7; length]).matches('7').count();
            assert!(sevens >= length);
        }
    }
}

/// A network's description, with all that is counted before weights are asked for.
pub(crate) fn config(bytes: &[u8]) {
    if let Ok(config) = ModelConfig::from_bytes(bytes, Path::new("config.json")) {
        let architecture = &config.architecture;
        let output = architecture.output().expect("checked when it was read");
        assert_eq!(output.channels, config.classes.len());
        // Either answer is right; a panic or an overflow is not.
        let _ = architecture.parameters();
        let _ = architecture.summary();
    }
}
