//! `shuzi eval`: how good a model is.

mod strings;

use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;
use shuzi_data::{
    Dataset,
    mnist::{Part, Store},
};
use shuzi_reader::ReaderConfig;
use shuzi_train::{Evaluation, evaluate};

use super::model::ModelArgs;
use crate::{
    Outcome,
    args::Format,
    context::Context,
    output::{self, percent},
    progress::Progress,
};

/// Measure a model on labelled images
///
/// Counts its errors and tells how far its confidence can be believed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shuzi eval                              the default model on MNIST's test set
  shuzi eval --model runs/mine            a model of your own
  shuzi eval --images i.gz --labels l.gz  on images of your own (IDX)
  shuzi eval --strings labels.tsv         on pictures of whole numbers")]
pub(crate) struct Args {
    #[command(flatten)]
    model: ModelArgs,
    /// A known test set
    #[arg(long, value_enum, default_value_t, conflicts_with = "images")]
    data: Known,
    /// Images to measure on: IDX, plain or gzip
    #[arg(long, value_name = "FILE", requires = "labels")]
    images: Option<PathBuf>,
    /// Their labels: IDX, plain or gzip
    #[arg(long, value_name = "FILE", requires = "images")]
    labels: Option<PathBuf>,
    /// Instead of digits, read whole numbers off the images that this list names
    ///
    /// Tab-separated, the first line names the columns: `file`, beside the list,
    /// and `label`, the digits that the image shows.
    #[arg(long, value_name = "LABELS.tsv", conflicts_with_all = ["images", "data"])]
    strings: Option<PathBuf>,
    /// Least confidence of a number that is accepted, with --strings
    #[arg(long, value_name = "P", requires = "strings", default_value_t = ReaderConfig::default().min_confidence, value_parser = super::read::probability)]
    min_confidence: f32,
}

/// Test sets that shuzi knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Known {
    /// The 10,000 test images of MNIST (see `shuzi data`)
    #[default]
    Mnist,
}

/// The JSON output.
#[derive(Debug, Serialize)]
struct Record<'a> {
    model: &'a str,
    #[serde(flatten)]
    evaluation: &'a Evaluation,
}

pub(crate) fn run(args: &Args, context: &Context) -> anyhow::Result<Outcome> {
    if let Some(labels) = &args.strings {
        return strings::run(labels, &args.model, args.min_confidence, context);
    }
    let mut model = args.model.scorer(&context.threads)?;
    let data = match (&args.images, &args.labels) {
        (Some(images), Some(labels)) => Dataset::read(images, labels)?,
        _ => match args.data {
            Known::Mnist => Store::from_environment()?.load(Part::Test)?,
        },
    };
    let mut progress = Progress::new(data.len(), "images");
    let evaluation = evaluate(&mut *model, &data, |done| progress.set(done, ""))?;
    drop(progress);
    match context.format {
        Format::Text => print(&args.model.model, &evaluation)?,
        Format::Json => output::json(&Record {
            model: &args.model.model,
            evaluation: &evaluation,
        })?,
    }
    Ok(Outcome::Done)
}

fn print(model: &str, evaluation: &Evaluation) -> std::io::Result<()> {
    let Evaluation {
        n,
        errors,
        accuracy,
        nll,
        ece,
        confusion,
        images_per_second,
        ..
    } = evaluation;
    output::line(format_args!("{model} on {n} images"))?;
    output::line(format_args!(
        "accuracy                    {} ({errors} errors)",
        percent(*accuracy)
    ))?;
    output::line(format_args!("negative log-likelihood     {nll:.4} nats"))?;
    output::line(format_args!(
        "expected calibration error  {}",
        percent(*ece)
    ))?;
    output::line(format_args!(
        "speed                       {images_per_second:.0} images/s"
    ))?;
    output::line("\nconfusion: a row for each label, a column for each answer")?;
    let width = confusion
        .iter()
        .flatten()
        .max()
        .map_or(1, |most| most.to_string().len());
    let row = |name: &str, cells: &mut dyn Iterator<Item = String>| {
        let cells: Vec<_> = cells.map(|cell| format!("{cell:>width$}")).collect();
        output::line(format_args!("{name:>3}  {}", cells.join("  ")))
    };
    row("", &mut (0..confusion.len()).map(|class| class.to_string()))?;
    for (label, counts) in confusion.iter().enumerate() {
        let cell = |count: &u64| {
            if *count == 0 {
                "·".to_owned()
            } else {
                count.to_string()
            }
        };
        row(&label.to_string(), &mut counts.iter().map(cell))?;
    }
    Ok(())
}
