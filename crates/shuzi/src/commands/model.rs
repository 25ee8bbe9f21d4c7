//! How commands are told which model they shall use.

use anyhow::Context as _;
use shuzi_models::{DEFAULT, Model};

/// The option `--model`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ModelArgs {
    /// A shipped model, a run's directory or a .safetensors file
    #[arg(long, value_name = "MODEL", default_value = DEFAULT)]
    pub(crate) model: String,
}

impl ModelArgs {
    pub(crate) fn load(&self) -> anyhow::Result<Model> {
        Model::load(&self.model).context("can't load the model")
    }
}
