//! A model as the bytes of a file.

use std::path::Path;

use super::graph::{Builder, INPUT, OUTPUT};
use crate::{error::ModelError, files::WEIGHTS_FILE, model::Model};

pub(super) fn export(model: &Model) -> Result<Vec<u8>, ModelError> {
    let architecture = &model.config.architecture;
    let mut builder = Builder::default();
    let names = [INPUT, OUTPUT];
    shuzi_nn::export(architecture, &model.weights, names, &mut builder).map_err(|source| {
        ModelError::Network {
            path: Path::new(WEIGHTS_FILE).to_owned(),
            source,
        }
    })?;
    Ok(builder.finish(architecture, model.config.classes.len()))
}
