//! `shuzi read`: numbers off images.

mod constraints;
mod explain;
pub(super) mod inputs;
mod lines;
#[cfg(feature = "serve")]
mod stack;

use std::{
    fs,
    io::{IsTerminal, stdin},
    path::PathBuf,
    sync::Arc,
};

use anyhow::{Context as _, anyhow, bail};
use clap::error::ErrorKind;
use shuzi_models::READER;
use shuzi_reader::{
    CutOff, Limits, PageNumber, Pages, Picture, ReaderConfig, Reading, Record, RejectReason,
};

#[cfg(feature = "serve")]
use self::stack::{Origin, Stack, known};
use self::{
    constraints::ConstraintArgs,
    explain::Explainer,
    inputs::Input,
    lines::{Existing, Lines},
};
use super::model::NetworkArgs;
use crate::{context::Context, format::Format, outcome::Outcome, output, progress::Progress};

/// Read the numbers that images show
///
/// Prints a line for each image: the number and how likely it is right as a
/// whole. A TIFF of several pages has a line a page, `slip.tif#2` the second. A number below --min-confidence is marked as unsure, and its doubtful
/// digits are question marks.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shuzi read slip.png                    the number on one image
  shuzi read --format json scans/        all images of a folder, as JSON
  shuzi read --check luhn card.png       the likeliest number that is valid
  shuzi read scans/ --out numbers.jsonl  a line of JSON each; --resume goes on
  find . -name '*.png' | shuzi read --files-from -
  convert a.heic png:- | shuzi read -    an image from another program
  shuzi read scans/ --review stack.db    and people look at what is doubted
  shuzi read --explain why slip.png      pictures of how it was read, too")]
pub(crate) struct Args {
    /// Images, folders of images, or - for stdin
    ///
    /// PNG, JPEG, TIFF, BMP, PNM, WebP or GIF. Of a folder, the files with
    /// such an ending, by name; folders in it are left alone. `*`, `?` and `[…]`
    /// stand for parts of names. Without any, stdin is read.
    #[arg(value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// Read the images that this file names, one a line; - for stdin
    #[arg(long, value_name = "FILE")]
    files_from: Option<PathBuf>,
    /// A shipped model, a run's directory or a .safetensors file
    #[arg(long, value_name = "MODEL", default_value = READER)]
    model: String,
    #[command(flatten)]
    networks: NetworkArgs,
    /// Least confidence of a number that is accepted, 0 to 1
    #[arg(long, value_name = "P", default_value_t = ReaderConfig::default().min_confidence, value_parser = probability, conflicts_with = "max_error")]
    min_confidence: f32,
    /// Largest share of accepted numbers that may be wrong, like 0.003, instead of
    /// --min-confidence
    ///
    /// The least confidence then comes from a calibration: of pictures whose numbers are known.
    #[arg(long, value_name = "SHARE")]
    max_error: Option<f64>,
    /// The calibration: a file that `shuzi eval --strings LABELS.tsv --calibrate FILE` wrote
    /// [default: made lines of handwriting]
    #[arg(long, value_name = "FILE", requires = "max_error")]
    calibration: Option<PathBuf>,
    /// Print doubtful digits too, as the likeliest they may be
    #[arg(long)]
    guess: bool,
    /// Write a line of JSON for each image into this file, as soon as it is read
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Go on with the file of --out: what it holds already is not read again
    #[arg(long, requires = "out")]
    resume: bool,
    /// Most pixels of an image, in millions
    #[arg(long, value_name = "MP", default_value_t = Limits::default().pixels / 1_000_000, value_parser = clap::value_parser!(u64).range(1..=4000))]
    max_megapixels: u64,
    /// Most pages of a TIFF
    #[arg(long, value_name = "N", default_value_t = Limits::default().pages as u64, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    max_pages: u64,
    /// Read files that end early, too, as far as they go
    #[arg(long)]
    allow_damaged: bool,
    /// Write how each number was read into this folder
    ///
    /// For every image a picture of what each stage made, from the page without its surroundings
    /// to a box and a label on each digit, with the 28×28 pixels of each that the network saw;
    /// and the next likeliest number and why it is refused, in words.
    #[arg(long, value_name = "DIR")]
    explain: Option<PathBuf>,
    /// Put each number into this stack, for people to look at what is doubted: `shuzi review`
    #[cfg(feature = "serve")]
    #[arg(long, value_name = "STACK")]
    review: Option<PathBuf>,
    /// What some of the pictures show, to see how often people err
    ///
    /// Tab-separated: a line with the columns' names, among them `file` and `label`, then a line
    /// a picture. A person who keys one of them is not told.
    #[cfg(feature = "serve")]
    #[arg(long, value_name = "LABELS", requires = "review")]
    known: Option<PathBuf>,
    #[command(flatten)]
    constraints: ConstraintArgs,
}

impl Args {
    /// The least confidence of a number that is accepted.
    fn least_confidence(&self) -> anyhow::Result<f32> {
        let Some(error) = self.max_error else {
            return Ok(self.min_confidence);
        };
        let calibration = match &self.calibration {
            Some(path) => {
                let json = fs::read(path).map_err(anyhow::Error::from);
                json.and_then(|json| Ok(serde_json::from_slice(&json)?))
                    .with_context(|| format!("can't use the calibration {}", path.display()))?
            }
            None => crate::shipped_calibration(),
        };
        Ok(calibration.threshold(error)?)
    }
}

#[cfg(feature = "serve")]
impl Args {
    /// The stack that is filled.
    fn stack(&self) -> anyhow::Result<Option<Stack>> {
        let Some(path) = &self.review else {
            return Ok(None);
        };
        let origin = Origin {
            model: self.networks.fingerprint(&self.model)?,
            rule: self.constraints.in_words(),
            known: self
                .known
                .as_deref()
                .map(known)
                .transpose()?
                .unwrap_or_default(),
        };
        Ok(Some(Stack::open(path, origin)?))
    }
}

/// A number from 0 to 1.
pub(crate) fn probability(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}

/// Confidence up to which a digit of a number that is not accepted is printed
/// as a question mark.
const DIGIT_CONFIDENCE: f32 = 0.95;

pub(crate) fn run(args: &Args, words: clap::Command, context: &Context) -> anyhow::Result<Outcome> {
    let mut inputs = inputs(args, words)?;
    let config = ReaderConfig {
        limits: Limits {
            pixels: args.max_megapixels * 1_000_000,
            pages: args.max_pages as usize,
            cut_off: if args.allow_damaged {
                CutOff::Read
            } else {
                CutOff::Refuse
            },
            ..Limits::default()
        },
        min_confidence: args.least_confidence()?,
        constraints: args.constraints.load()?,
        runner_up: args.explain.is_some(),
        ..ReaderConfig::default()
    };
    let limits = config.limits;
    let existing = if args.resume {
        Existing::GoOn
    } else {
        Existing::Refuse
    };
    let lines = args.out.as_deref().map(|path| Lines::open(path, existing));
    let lines = lines.transpose()?;
    let all = inputs.len();
    if let Some(lines) = &lines {
        inputs.retain(|input| !lines.holds_all_of(&input.name()));
    }
    if inputs.len() < all {
        output::note(format_args!(
            "{} images are read already",
            all - inputs.len()
        ));
    }
    let mut reader = args
        .networks
        .reader(&args.model, config, &context.threads)?;
    let mut report = Report {
        format: context.format,
        guess: args.guess,
        records: Vec::new(),
        lines,
        explainer: args.explain.as_deref().map(Explainer::new).transpose()?,
        #[cfg(feature = "serve")]
        stack: args.stack()?,
        progress: (inputs.len() > 1).then(|| Progress::new(inputs.len(), "files")),
        outcome: Outcome::Done,
    };
    let held = report.lines.as_ref().map(Lines::held);
    let held = |input: &Input, page: Option<PageNumber>| {
        let key = page.map(|page| (input.name(), Some(page.page)));
        key.is_some_and(|key| held.as_ref().is_some_and(|held| held.contains(&key)))
    };
    let jobs = inputs.iter().enumerate().flat_map(|(index, input)| {
        let jobs = Job::of(index, input, limits);
        jobs.filter(move |(job, _)| !held(input, job.page))
    });
    for (job, page) in reader.read_many(jobs) {
        report.add(job.input, job.page, page)?;
        report.show(job.index + 1);
    }
    drop(report.progress);
    if report.format == Format::Json && report.lines.is_none() {
        output::json(&report.records)?;
    }
    if all == 0 {
        bail!("no images in {}", names(&args.images));
    }
    Ok(report.outcome)
}

/// A page to read.
#[derive(Clone, Copy)]
struct Job<'a> {
    /// Which input it is of.
    index: usize,
    input: &'a Input,
    /// Which of several pages.
    page: Option<PageNumber>,
}

impl<'a> Job<'a> {
    /// The pages of an input, each with how it is decoded. What can't be opened is a page
    /// that can't be.
    fn of(
        index: usize,
        input: &'a Input,
        limits: Limits,
    ) -> impl Iterator<Item = (Self, impl FnOnce() -> anyhow::Result<Picture> + Send)> {
        let opened = input.and_then(|bytes| Ok(Pages::of(bytes, limits)?));
        let count = opened.as_ref().map_or(1, Pages::len);
        let opened = Arc::new(opened);
        (1..=count).map(move |number| {
            let page = (count > 1).then_some(PageNumber {
                page: number,
                pages: count,
            });
            let opened = Arc::clone(&opened);
            let picture = move || match opened.as_ref() {
                Ok(pages) => Ok(pages.decode(number - 1, limits)?),
                Err(error) => Err(anyhow!("{}", output::describe(error))),
            };
            (Self { index, input, page }, picture)
        })
    }
}

/// Where readings go.
struct Report {
    format: Format,
    guess: bool,
    records: Vec<Record>,
    lines: Option<Lines>,
    explainer: Option<Explainer>,
    #[cfg(feature = "serve")]
    stack: Option<Stack>,
    progress: Option<Progress>,
    outcome: Outcome,
}

impl Report {
    /// What was read of an image, or of a page of it.
    fn add(
        &mut self,
        input: &Input,
        page: Option<PageNumber>,
        read: anyhow::Result<shuzi_reader::Page>,
    ) -> anyhow::Result<()> {
        #[cfg(feature = "serve")]
        if let (Some(stack), Ok(read)) = (&mut self.stack, &read) {
            stack.add(&page_name(&input.name(), page), read)?;
        }
        let explainer = self.explainer.as_mut();
        let read = read.and_then(|read| {
            if let Some(explainer) = explainer {
                explainer.write(input.path(), page, &read)?;
            }
            Ok(read.reading)
        });
        match self.progress.take() {
            Some(progress) => {
                let added = progress.aside(|| self.write(input.name(), page, read));
                self.progress = Some(progress);
                added
            }
            None => self.write(input.name(), page, read),
        }
    }

    /// So many files are done.
    fn show(&mut self, done: usize) {
        if let Some(progress) = &mut self.progress {
            progress.set(done, "");
        }
    }

    fn write(
        &mut self,
        file: String,
        page: Option<PageNumber>,
        read: anyhow::Result<Reading>,
    ) -> anyhow::Result<()> {
        let name = page_name(&file, page);
        if let Err(error) = &read {
            output::complain(format_args!("{name}: {}", output::describe(error)));
            self.outcome = Outcome::Partly;
        }
        if let Some(lines) = &mut self.lines {
            return lines.write(&record(file, page, read));
        }
        match (&read, self.format) {
            (Ok(reading), Format::Text) => output::line(text(&name, reading, self.guess))?,
            (Err(_), Format::Text) => {}
            (_, Format::Json) => self.records.push(record(file, page, read)),
        }
        Ok(())
    }
}

/// The name of an image, or of a page of it.
fn page_name(file: &str, page: Option<PageNumber>) -> String {
    page.map_or(file.to_owned(), |page| format!("{file}#{}", page.page))
}

fn names(paths: &[PathBuf]) -> String {
    let names = paths.iter().map(|path| path.display().to_string());
    names.collect::<Vec<_>>().join(", ")
}

/// What is to be read. Ends the program if nothing is named.
fn inputs(args: &Args, mut words: clap::Command) -> anyhow::Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for path in &args.images {
        inputs.extend(Input::of(path)?);
    }
    if let Some(list) = &args.files_from {
        inputs.extend(Input::listed(list)?);
    } else if args.images.is_empty() {
        if stdin().is_terminal() {
            let message = "expected an image, a folder of images, or - for stdin";
            words
                .error(ErrorKind::MissingRequiredArgument, message)
                .exit();
        }
        inputs.push(Input::Stdin);
    }
    Ok(inputs)
}

/// A line for people. Without `guess`, digits of a number that is not accepted
/// are question marks where they are not sure.
fn text(file: &str, reading: &Reading, guess: bool) -> String {
    let confidence = 100.0 * reading.confidence;
    match &reading.raw {
        Some(raw) if reading.numbers.is_empty() => {
            let raw = if raw.is_empty() { "no digits" } else { raw };
            return format!("{file}: no such number ({raw})");
        }
        None if reading.numbers.is_empty() => return format!("{file}: no digits"),
        _ => {}
    }
    let number = if guess || reading.accepted {
        reading.text.clone()
    } else {
        unsure_as_question_marks(reading)
    };
    let unsure = match reading.reasons.as_slice() {
        [] => String::new(),
        // The confidence stands there already.
        [RejectReason::BelowConfidence { .. }, ..] => ", unsure".into(),
        [reason, ..] => format!(", unsure: {reason}"),
    };
    let corrected = match &reading.raw {
        Some(raw) if reading.corrected => format!(", read as {raw}"),
        _ => String::new(),
    };
    format!("{file}: {number} ({confidence:.1} %{unsure}{corrected})")
}

/// The text with a question mark for each digit that is less sure than all of
/// them should be together; at least for the least sure.
fn unsure_as_question_marks(reading: &Reading) -> String {
    let least = reading
        .digits()
        .map(|digit| digit.confidence)
        .fold(1.0, f32::min);
    let enough = DIGIT_CONFIDENCE.max(least);
    let mut digits = reading.digits();
    let characters = reading.text.chars().map(|character| {
        // Every digit of the text has one of the reading, in order.
        let digit = character.is_ascii_digit().then(|| digits.next()).flatten();
        match digit {
            Some(digit) if digit.confidence <= enough => '?',
            _ => character,
        }
    });
    characters.collect()
}

fn record(file: String, page: Option<PageNumber>, read: anyhow::Result<Reading>) -> Record {
    Record::new(file, page, read.map_err(|error| output::describe(&error)))
}
