//! `shuzi export`: a model for other programs.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use serde::Serialize;
use shuzi_classical::Method;
use shuzi_models::{CONFIG_FILE, Model, ModelConfig, WEIGHTS_FILE, write_atomic};

use crate::{context::Context, format::Format, outcome::Outcome, output};

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
    /// Blend the weights with those of another model of the same network, which get this
    /// share; may be given several times, MODEL keeps the rest of 1
    ///
    /// Between a network and what it became by further training (`shuzi train --from`)
    /// they are often better than either. Shares below 0 or above 1 go on beyond.
    #[arg(long, value_name = "MODEL=SHARE", value_parser = parse_share)]
    blend: Vec<(String, f32)>,
    /// Divide the logits by this: below 1 the network is surer of what it says, above 1 less
    /// sure; `shuzi eval` says what would suit its images best
    #[arg(long, value_name = "T", value_parser = crate::temperature::temperature)]
    temperature: Option<f32>,
    /// Let the network take a class for so many times likelier than it did in training,
    /// if it was commoner or rarer there than where it will be asked
    #[arg(long, value_name = "CLASS=FACTOR", value_parser = parse_factor)]
    prior: Vec<(String, f32)>,
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
            if !args.blend.is_empty() || !args.prior.is_empty() || args.temperature.is_some() {
                bail!("a configuration has no weights to change");
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
        let others = self.blend.iter();
        let others = others.map(|(name, share)| Ok((Model::load(name)?.weights, *share)));
        let others = others.collect::<anyhow::Result<Vec<_>>>()?;
        let blended = model.weights.blended(&others);
        model.weights = blended.with_context(|| {
            let names: Vec<&str> = self.blend.iter().map(|(name, _)| name.as_str()).collect();
            format!("can't blend {} and {}", self.model, names.join(", "))
        })?;
        if let Some(temperature) = self.temperature {
            model.temper(temperature)?;
        }
        for (class, factor) in &self.prior {
            model.multiply_prior(class, *factor)?;
        }
        Ok(model)
    }
}

/// A model and its share of a blend.
fn parse_share(text: &str) -> Result<(String, f32), String> {
    named_number(text)
        .filter(|(_, share)| share.is_finite())
        .ok_or_else(|| "expected MODEL=SHARE, such as runs/again=0.4".to_owned())
}

/// A class and how many times likelier it becomes.
fn parse_factor(text: &str) -> Result<(String, f32), String> {
    named_number(text)
        .filter(|(_, factor)| factor.is_finite() && *factor > 0.0)
        .ok_or_else(|| "expected CLASS=FACTOR with a factor over 0, such as none=0.2".to_owned())
}

fn named_number(text: &str) -> Option<(String, f32)> {
    let (name, number) = text.rsplit_once('=')?;
    Some((name.to_owned(), number.parse().ok()?))
}
