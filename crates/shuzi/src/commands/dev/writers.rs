//! Whose digits are written on synthetic pages.

use std::path::PathBuf;

use shuzi_data::{
    ClassScheme,
    mnist::{Part, Store},
};
use shuzi_synth::Writers;

use crate::commands::datasets;

#[derive(Debug, clap::Args)]
pub(super) struct WriterArgs {
    /// Decides everything
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Digits of other writers beside MNIST's training set (IDX, plain or gzip);
    /// may be given several times
    #[arg(long, value_name = "FILE", requires = "labels")]
    images: Vec<PathBuf>,
    /// Their labels
    #[arg(long, value_name = "FILE", requires = "images")]
    labels: Vec<PathBuf>,
    /// These writers alone
    #[arg(long, requires = "images")]
    without_mnist: bool,
}

impl WriterArgs {
    /// MNIST's training set and the sets that are named.
    pub(super) fn load(&self, store: &Store) -> anyhow::Result<Writers> {
        let mut sets = Vec::new();
        if !self.without_mnist {
            sets.push(store.load(Part::Train)?);
        }
        sets.extend(datasets::read(
            &self.images,
            &self.labels,
            ClassScheme::Digits,
        )?);
        Ok(Writers::new(self.seed, sets)?)
    }
}
