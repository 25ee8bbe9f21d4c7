//! `shuzi export`: a model for other programs.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use serde::Serialize;
use shuzi_classical::Method;
use shuzi_models::{CONFIG_FILE, Model, ModelConfig, WEIGHTS_FILE, write_atomic};

use super::read::probability;
use crate::{Outcome, args::Format, context::Context, output};

/// Write a model for other programs
///
/// Safetensors open in PyTorch as they are: its names, its order of weights. ONNX
/// files hold standard operators of opset 17 alone.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A shipped model, a run's directory or a .safetensors file; for a
    /// configuration also a network's name
    #[arg(value_name = "MODEL")]
    model: String,
    /// The format
    #[arg(long, value_enum)]
    to: Target,
    /// Write weights on the way to those of this model, which has the same network
    ///
    /// Between a network and what it became by further training (`shuzi train --from`)
    /// they are often better than either.
    #[arg(long, value_name = "MODEL")]
    blend: Option<String>,
    /// How far on the way, 0 to 1
    #[arg(long, default_value_t = 0.5, requires = "blend", value_parser = probability)]
    share: f32,
    /// Folder to write into [default: the network's name]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Target {
    /// `model.safetensors`, and `config.json` that describes the network
    Safetensors,
    /// `model.onnx`, for any runtime: input `images` (`[batch, 1, 28, 28]`, 0 to
    /// 1, white on black), output `logits`
    Onnx,
    /// `config.json` alone, to change and train
    Config,
}

/// The JSON output.
#[derive(Debug, Serialize)]
struct Record {
    files: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args, context: &Context) -> anyhow::Result<Outcome> {
    let folder = |config: &ModelConfig| match &args.out {
        Some(folder) => folder.clone(),
        None => PathBuf::from(&config.architecture.name),
    };
    let files = match args.to {
        Target::Safetensors => {
            let model = args.load()?;
            let folder = folder(&model.config);
            model.save(&folder)?;
            vec![folder.join(WEIGHTS_FILE), folder.join(CONFIG_FILE)]
        }
        Target::Onnx => {
            let model = args.load()?;
            let folder = folder(&model.config);
            let path = folder.join("model.onnx");
            let bytes = model.to_onnx()?;
            fs::create_dir_all(&folder)
                .and_then(|()| write_atomic(&path, &bytes))
                .with_context(|| path.display().to_string())?;
            vec![path]
        }
        Target::Config => {
            if args.blend.is_some() {
                bail!("a configuration has no weights to blend");
            }
            if let Some(method) = Method::find(&args.model)? {
                let folder = args.out.clone();
                vec![method.save(&folder.unwrap_or_else(|| method.name().into()))?]
            } else {
                let config = ModelConfig::load(&args.model)?;
                vec![config.save(&folder(&config))?]
            }
        }
    };
    match context.format {
        Format::Text => {
            for file in &files {
                output::line(file.display())?;
            }
        }
        Format::Json => output::json(&Record { files })?,
    }
    Ok(Outcome::Done)
}

impl Args {
    /// The model with the weights that are asked for.
    fn load(&self) -> anyhow::Result<Model> {
        let mut model = Model::load(&self.model)?;
        if let Some(blend) = &self.blend {
            let other = Model::load(blend)?;
            let between = model.weights.between(&other.weights, self.share);
            model.weights =
                between.with_context(|| format!("can't blend {} and {blend}", self.model))?;
        }
        Ok(model)
    }
}
