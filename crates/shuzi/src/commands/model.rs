//! How commands are told which model they shall use.

use anyhow::Context as _;
use shuzi_models::{DEFAULT, Model};
use shuzi_nn::Architecture;

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

/// The architecture called `name`, or that of the model of that name.
pub(crate) fn architecture(name: &str) -> anyhow::Result<Architecture> {
    if let Some(architecture) = shuzi_models::architecture(name) {
        return Ok(architecture);
    }
    let known = shuzi_models::names().collect::<Vec<_>>().join(", ");
    let model = Model::load(name)
        .with_context(|| format!("no network {name} (the networks are {known}), nor a model"))?;
    Ok(model.config.architecture)
}
