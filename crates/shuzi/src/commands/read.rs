//! `shuzi read`: numbers off images.

mod explain;
mod inputs;

use std::{
    io::{IsTerminal, stdin},
    path::PathBuf,
};

use anyhow::bail;
use clap::{CommandFactory, error::ErrorKind};
use serde::Serialize;
use shuzi_reader::{Limits, Reader, ReaderConfig, Reading};

use self::{explain::Explainer, inputs::Input};
use super::model::ModelArgs;
use crate::{
    Outcome,
    args::{Cli, Format},
    context::Context,
    output,
    progress::Progress,
};

/// Read the numbers that images show
///
/// Prints a line for each image: the number and how likely it is right as a
/// whole. A number below --min-confidence is marked as unsure.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shuzi read slip.png                    the number on one image
  shuzi read --format json scans/        all images of a folder, as JSON
  convert a.heic png:- | shuzi read -    an image from another program
  shuzi read --explain why slip.png      pictures of how it was read, too")]
pub(crate) struct Args {
    /// Images, folders of images, or - for stdin
    ///
    /// PNG, JPEG, TIFF, BMP, PNM, WebP or GIF. Of a folder, the files with
    /// such an ending, by name; folders in it are left alone. Without any,
    /// stdin is read.
    #[arg(value_name = "IMAGE")]
    images: Vec<PathBuf>,
    #[command(flatten)]
    model: ModelArgs,
    /// Least confidence of a number that is accepted, 0 to 1
    #[arg(long, value_name = "P", default_value_t = ReaderConfig::default().min_confidence, value_parser = probability)]
    min_confidence: f32,
    /// Most pixels of an image, in millions
    #[arg(long, value_name = "MP", default_value_t = Limits::default().pixels / 1_000_000, value_parser = clap::value_parser!(u64).range(1..=4000))]
    max_megapixels: u64,
    /// Write how each number was read into this folder
    ///
    /// For every image a picture with a box and a label on each digit, and for
    /// every digit the 28×28 pixels that the network saw.
    #[arg(long, value_name = "DIR")]
    explain: Option<PathBuf>,
}

fn probability(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}

/// One image of the JSON output.
#[derive(Debug, Serialize)]
struct Record {
    file: String,
    #[serde(flatten)]
    reading: Reading,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(crate) fn run(args: &Args, context: &Context) -> anyhow::Result<Outcome> {
    let inputs = inputs(args);
    let model = args.model.load()?;
    let config = ReaderConfig {
        limits: Limits {
            pixels: args.max_megapixels * 1_000_000,
        },
        min_confidence: args.min_confidence,
    };
    let mut reader = Reader::new(model.classifier(context.threads.clone())?, config)?;
    let mut explainer = args.explain.as_deref().map(Explainer::new).transpose()?;
    let mut records = Vec::new();
    let mut outcome = Outcome::Done;
    let mut progress = (inputs.len() > 1).then(|| Progress::new(inputs.len(), "files"));
    for (done, input) in inputs.iter().enumerate() {
        let read = input.and_then(|bytes| -> anyhow::Result<Reading> {
            let trace = reader.trace(&bytes)?;
            if let Some(explainer) = &mut explainer {
                explainer.write(input.path(), &trace)?;
            }
            Ok(trace.reading)
        });
        let report = || -> anyhow::Result<()> {
            let file = input.name();
            match (&read, context.format) {
                (Err(error), _) => output::complain(format_args!("{file}: {error:#}")),
                (Ok(reading), Format::Text) => output::line(text(&file, reading))?,
                (Ok(_), Format::Json) => {}
            }
            Ok(())
        };
        match &progress {
            Some(progress) => progress.aside(report)?,
            None => report()?,
        }
        if read.is_err() {
            outcome = Outcome::Partly;
        }
        if context.format == Format::Json {
            records.push(record(input.name(), read));
        }
        if let Some(progress) = &mut progress {
            progress.set(done + 1, "");
        }
    }
    drop(progress);
    if context.format == Format::Json {
        output::json(&records)?;
    }
    if inputs.is_empty() {
        bail!("no images in {}", names(&args.images));
    }
    Ok(outcome)
}

fn names(paths: &[PathBuf]) -> String {
    let names = paths.iter().map(|path| path.display().to_string());
    names.collect::<Vec<_>>().join(", ")
}

/// What is to be read. Ends the program if nothing is.
fn inputs(args: &Args) -> Vec<Input> {
    if !args.images.is_empty() {
        return args
            .images
            .iter()
            .flat_map(|path| Input::of(path))
            .collect();
    }
    if stdin().is_terminal() {
        let message = "expected an image, a folder of images, or - for stdin";
        let mut command = Cli::command();
        command
            .error(ErrorKind::MissingRequiredArgument, message)
            .exit();
    }
    vec![Input::Stdin]
}

fn text(file: &str, reading: &Reading) -> String {
    if reading.digits.is_empty() {
        return format!("{file}: no digits");
    }
    let unsure = if reading.accepted { "" } else { ", unsure" };
    let confidence = 100.0 * reading.confidence;
    format!("{file}: {} ({confidence:.1} %{unsure})", reading.text)
}

fn record(file: String, read: anyhow::Result<Reading>) -> Record {
    let (reading, error) = match read {
        Ok(reading) => (reading, None),
        Err(error) => {
            let nothing = Reading {
                text: String::new(),
                confidence: 0.0,
                accepted: false,
                digits: Vec::new(),
            };
            (nothing, Some(format!("{error:#}")))
        }
    };
    Record {
        file,
        reading,
        error,
    }
}
