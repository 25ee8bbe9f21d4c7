//! Data sets in files that `--images` and `--labels` name, each given several times.

use std::path::PathBuf;

use anyhow::ensure;
use shuzi_data::Dataset;

/// The set of every pair of files, in the order in which they were named.
pub(super) fn read(images: &[PathBuf], labels: &[PathBuf]) -> anyhow::Result<Vec<Dataset>> {
    ensure!(
        images.len() == labels.len(),
        "expected as many --labels as --images, got {} and {}",
        labels.len(),
        images.len()
    );
    let pairs = images.iter().zip(labels);
    pairs
        .map(|(images, labels)| Ok(Dataset::read(images, labels)?))
        .collect()
}
