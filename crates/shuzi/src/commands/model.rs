//! How commands are told which model they shall use.

use std::path::Path;

use anyhow::Context as _;
use shuzi_classical::{Baseline, Method};
use shuzi_models::{DEFAULT, Model};
use shuzi_nn::Threads;
use shuzi_train::{Scorer, ThreadedBaseline};

/// The option `--model`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ModelArgs {
    /// A shipped model, a run's directory or a .safetensors file
    #[arg(long, value_name = "MODEL", default_value = DEFAULT)]
    pub(crate) model: String,
}

const FAILED: &str = "can't load the model";

impl ModelArgs {
    pub(crate) fn load(&self) -> anyhow::Result<Model> {
        Model::load(&self.model).context(FAILED)
    }

    /// The model ready to be measured: a network or a classical method.
    pub(crate) fn scorer(&self, threads: &Threads) -> anyhow::Result<Box<dyn Scorer>> {
        let path = Path::new(&self.model);
        if path.is_dir() && Method::find(&self.model).context(FAILED)?.is_some() {
            return Ok(Box::new(ThreadedBaseline {
                threads: threads.clone(),
                baseline: Baseline::load(path).context(FAILED)?,
            }));
        }
        Ok(Box::new(self.load()?.classifier(threads.clone())?))
    }
}
