//! `shuzi export`: a model for other programs.

use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;
use shuzi_models::{CONFIG_FILE, Model, WEIGHTS_FILE};

use crate::{Outcome, args::Format, context::Context, output};

/// Write a model for other programs
///
/// The files open in PyTorch as they are: its names, its order of weights.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A shipped model, a run's directory or a .safetensors file
    #[arg(value_name = "MODEL")]
    model: String,
    /// The format
    #[arg(long, value_enum)]
    to: Target,
    /// Folder to write into [default: the network's name]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Target {
    /// `model.safetensors`, and `config.json` that describes the network
    Safetensors,
}

/// The JSON output.
#[derive(Debug, Serialize)]
struct Record {
    files: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args, context: &Context) -> anyhow::Result<Outcome> {
    let model = Model::load(&args.model)?;
    let name = &model.config.architecture.name;
    let folder = args.out.clone().unwrap_or_else(|| PathBuf::from(name));
    match args.to {
        Target::Safetensors => model.save(&folder)?,
    }
    let files = vec![folder.join(WEIGHTS_FILE), folder.join(CONFIG_FILE)];
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
