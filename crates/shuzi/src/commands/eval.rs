//! `shuzi eval`: how good a model is.

mod strings;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::{ValueEnum, builder::ArgPredicate};
use serde::Serialize;
use shuzi_data::{
    ClassScheme, Dataset,
    mnist::{Part, Store},
};
use shuzi_models::{DEFAULT, READER};
use shuzi_reader::ReaderConfig;
use shuzi_train::{Evaluation, RunConfig, Tempered, TestTimeAugmentation, evaluate_on};

use super::model;
use crate::{
    context::Context,
    format::Format,
    outcome::Outcome,
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
  shuzi eval --model runs/a,runs/b        two models together
  shuzi eval --images i.gz --labels l.gz  on images of your own (IDX)
  shuzi eval --strings labels.tsv         on pictures of whole numbers")]
#[command(mut_arg("pairs", |pairs| pairs.requires("strings")))]
pub(crate) struct Args {
    /// A shipped model, a run's directory or a .safetensors file; with --strings,
    /// `reader` if none is named
    ///
    /// Several with commas between them answer together: their probabilities are
    /// averaged.
    #[arg(
        long,
        value_name = "MODEL[,MODEL…]",
        default_value = DEFAULT,
        default_value_if("strings", ArgPredicate::IsPresent, READER)
    )]
    model: String,
    /// Divide every score by this before it becomes a probability, above 0
    ///
    /// Above 1 the model is less sure of the same answers. What is printed for
    /// held-out images says what suits those best.
    #[arg(long, value_name = "T", default_value_t = 1.0, value_parser = crate::temperature::temperature, conflicts_with = "strings")]
    temperature: f32,
    /// Average over five views of each image: as it is, turned and leaned by so many
    /// degrees either way
    ///
    /// Takes five times as long (test-time augmentation).
    #[arg(long, value_name = "DEGREES", value_parser = degrees, conflicts_with = "strings")]
    views: Option<f32>,
    /// A known test set
    #[arg(long, value_enum, default_value_t, conflicts_with = "images")]
    data: Known,
    /// Images to measure on: IDX, plain or gzip
    #[arg(long, value_name = "FILE", requires = "labels")]
    images: Option<PathBuf>,
    /// Their labels: IDX, plain or gzip
    #[arg(long, value_name = "FILE", requires = "images")]
    labels: Option<PathBuf>,
    /// Measure on the training images that the run of --model held out
    ///
    /// Of MNIST's, or of those that --images names; of several runs on what all of them
    /// held out.
    #[arg(long, conflicts_with_all = ["data", "strings"])]
    held_out: bool,
    /// Instead of digits, read whole numbers off the images that this list names
    ///
    /// Tab-separated, the first line names the columns: `file`, beside the list,
    /// and `label`, the digits that the image shows.
    #[arg(long, value_name = "LABELS.tsv", conflicts_with_all = ["images", "data"])]
    strings: Option<PathBuf>,
    /// Least confidence of a number that is accepted, with --strings
    #[arg(long, value_name = "P", requires = "strings", default_value_t = ReaderConfig::default().min_confidence, value_parser = super::read::probability)]
    min_confidence: f32,
    /// Write how often readings are wrong, by their confidence, into this file
    ///
    /// For `shuzi read --calibration FILE --max-error SHARE`: 1,000 numbers of which none is
    /// wrong show 0.3 % with 95 %.
    #[arg(long, value_name = "FILE", requires = "strings")]
    calibrate: Option<PathBuf>,
    #[command(flatten)]
    networks: model::NetworkArgs,
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
    temperature: f32,
    /// Degrees of --views.
    #[serde(skip_serializing_if = "Option::is_none")]
    views: Option<f32>,
    #[serde(flatten)]
    evaluation: &'a Evaluation,
}

pub(crate) fn run(args: &Args, context: &Context) -> anyhow::Result<Outcome> {
    if let Some(labels) = &args.strings {
        ensure!(
            model::each(&args.model).len() == 1,
            "--strings reads with one model, got {}",
            args.model
        );
        let config = ReaderConfig {
            min_confidence: args.min_confidence,
            ..ReaderConfig::default()
        };
        let reader = args
            .networks
            .reader(&args.model, config, &context.threads)?;
        let calibrate = args.calibrate.as_deref();
        return strings::run(labels, &args.model, reader, calibrate, context);
    }
    let mut model = model::scorer(&args.model, &context.threads)?;
    let scheme = ClassScheme::of_classes(model.classes()).unwrap_or_default();
    let (data, indices) = measured_on(args, scheme)?;
    if let Some(degrees) = args.views {
        model = Box::new(TestTimeAugmentation::new(
            model,
            [data.height(), data.width()],
            degrees,
        )?);
    }
    let mut model = Tempered::new(model, args.temperature);
    let mut progress = Progress::new(indices.len(), "images");
    let evaluation = evaluate_on(&mut model, &data, &indices, |done| progress.set(done, ""))?;
    drop(progress);
    match context.format {
        Format::Text => print(&args.model, args.temperature, &evaluation)?,
        Format::Json => output::json(&Record {
            model: &args.model,
            temperature: args.temperature,
            views: args.views,
            evaluation: &evaluation,
        })?,
    }
    Ok(Outcome::Done)
}

/// The images to measure on and which of them.
fn measured_on(args: &Args, scheme: ClassScheme) -> anyhow::Result<(Dataset, Vec<usize>)> {
    // All of these images, or the part of them that was held out.
    let part = if args.held_out {
        Part::Train
    } else {
        Part::Test
    };
    let data = match (&args.images, &args.labels) {
        (Some(images), Some(labels)) => Dataset::read(images, labels, scheme)?,
        _ => match args.data {
            Known::Mnist => Store::from_environment()?.load(part)?,
        },
    };
    let mut indices: Vec<usize> = (0..data.len()).collect();
    if args.held_out {
        for name in model::each(&args.model) {
            let held_out = RunConfig::read(Path::new(name))
                .and_then(|run| run.held_out(&data))
                .with_context(|| format!("can't tell what {name} held out"))?;
            indices.retain(|index| held_out.binary_search(index).is_ok());
        }
        ensure!(
            !indices.is_empty(),
            "no image was held out by all of {}",
            args.model
        );
    }
    Ok((data, indices))
}

/// How far images are turned, as the command line gives it.
fn degrees(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(value) if (0.0..=45.0).contains(&value) => Ok(value),
        _ => Err("expected degrees, 0 to 45".into()),
    }
}

/// Shares of refused images that people are told of.
const TOLD: [f64; 3] = [0.005, 0.01, 0.02];

fn print(model: &str, temperature: f32, evaluation: &Evaluation) -> std::io::Result<()> {
    let Evaluation {
        n,
        errors,
        accuracy,
        nll,
        ece,
        best_temperature,
        risk_coverage,
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
    if let Some(best) = best_temperature {
        output::line(format_args!(
            "temperature                 {temperature} ({best:.2} would suit these images best)"
        ))?;
    }
    for point in risk_coverage {
        if TOLD.contains(&point.refused) {
            output::line(format_args!(
                "least sure {:>4} refused     {} of the others wrong ({} errors)",
                format!("{} %", 100.0 * point.refused),
                percent(point.error),
                point.errors
            ))?;
        }
    }
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
