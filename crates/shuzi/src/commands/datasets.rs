//! Data sets in files that `--images` and `--labels` name, each given several times.

use std::path::PathBuf;

use anyhow::ensure;
use shuzi_data::{ClassScheme, Dataset};

/// The set of every pair of files, in the order in which they were named; their labels
/// stand for what `scheme` says.
pub(super) fn read(
    images: &[PathBuf],
    labels: &[PathBuf],
    scheme: ClassScheme,
) -> anyhow::Result<Vec<Dataset>> {
    ensure!(
        images.len() == labels.len(),
        "expected as many --labels as --images, got {} and {}",
        labels.len(),
        images.len()
    );
    let pairs = images.iter().zip(labels);
    pairs
        .map(|(images, labels)| Ok(Dataset::read(images, labels, scheme)?))
        .collect()
}
