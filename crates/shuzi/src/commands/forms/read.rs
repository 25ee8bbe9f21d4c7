//! `shuzi forms read`: filled forms to rows.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow, bail};
use shuzi_forms::{
    FormReader, FormReaderConfig,
    decode::DecodeParams,
    output::{Row, Rows},
    reader::{Form, PageReading, Told},
};
use shuzi_models::READER;
use shuzi_reader::{Limits, Pages, Picture, ReaderConfig};

use super::{
    sink::{Crops, Sink},
    template,
};
use crate::{
    commands::{
        model::{NetworkArgs, load},
        read::{inputs::Input, probability},
    },
    context::Context,
    outcome::Outcome,
    output,
    progress::Progress,
};

/// Read filled forms: a row a form
///
/// Pages come in any order and lie in any direction, forms of several templates mixed. A page
/// that is not found, and a field that is not sure, go to review with their reasons: the row
/// says `needs_review`, and the program ends with 3.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shuzi forms read --form meter.toml scans/ --out rows.csv
  shuzi forms read --form a.toml --form b.toml *.tif --out rows.jsonl --resume
  shuzi forms read --form meter.toml photo.jpg --format jsonl --crops review/")]
pub(super) struct Args {
    /// Pictures of pages, folders of them, or - for stdin
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<PathBuf>,
    /// A template; several if forms are mixed
    #[arg(long = "form", value_name = "TEMPLATE", required = true)]
    forms: Vec<PathBuf>,
    /// All pictures show this page, from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    page: Option<u16>,
    /// A shipped model, a run's directory or a .safetensors file
    #[arg(long, value_name = "MODEL", default_value = READER)]
    model: String,
    #[command(flatten)]
    networks: NetworkArgs,
    /// Least confidence of a field that is accepted, 0 to 1
    #[arg(long, value_name = "P", default_value_t = DecodeParams::default().min_confidence as f32, value_parser = probability)]
    min_confidence: f32,
    /// Write the rows into this file, .jsonl or .csv, as soon as they are read
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Go on with the .jsonl of --out: what it holds already is not read again
    #[arg(long, requires = "out")]
    resume: bool,
    /// In CSV, confidence, acceptance, boxes and place beside each field
    #[arg(long)]
    detail: bool,
    /// Write pictures of fields that are not accepted into this folder
    #[arg(long, value_name = "DIR")]
    crops: Option<PathBuf>,
    /// Most pixels of an image, in millions
    #[arg(long, value_name = "MP", default_value_t = Limits::default().pixels / 1_000_000, value_parser = clap::value_parser!(u64).range(1..=4000))]
    max_megapixels: u64,
}

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Outcome> {
    let limits = Limits {
        pixels: args.max_megapixels * 1_000_000,
        ..Limits::default()
    };
    let mut inputs = Vec::new();
    for path in &args.images {
        inputs.extend(Input::of(path)?);
    }
    if inputs.is_empty() {
        bail!("no images in the folders that were named");
    }
    let forms: anyhow::Result<Vec<Form>> = args
        .forms
        .iter()
        .map(|path| Ok(Form::new(template(path)?)?))
        .collect();
    let mut reader = open(args, forms?, limits, context)?;
    let mut sink = Sink::open(
        args.out.as_deref(),
        args.resume,
        args.detail,
        context.rows,
        reader.forms(),
    )?;
    let mut work = Work {
        rows: Rows::default(),
        crops: args.crops.as_deref().map(Crops::new).transpose()?,
        progress: (inputs.len() > 1).then(|| Progress::new(inputs.len(), "files")),
        told: Told {
            form: None,
            page: args.page.map(usize::from),
        },
        review: false,
    };
    for (index, input) in inputs.iter().enumerate() {
        let done = work.file(input, limits, &mut reader, &mut sink);
        done.with_context(|| format!("after {index} of {} files", inputs.len()))?;
        if let Some(progress) = &mut work.progress {
            progress.set(index + 1, "");
        }
    }
    for row in std::mem::take(&mut work.rows).finish(&reader) {
        work.row(&row, &mut sink)?;
    }
    drop(work.progress);
    sink.finish()?;
    Ok(if work.review {
        Outcome::Review
    } else {
        Outcome::Done
    })
}

fn open(
    args: &Args,
    forms: Vec<Form>,
    limits: Limits,
    context: &Context,
) -> anyhow::Result<FormReader> {
    let config = FormReaderConfig {
        decode: DecodeParams {
            min_confidence: f64::from(args.min_confidence),
            ..DecodeParams::default()
        },
        ..FormReaderConfig::default()
    };
    let digits = load(&args.model)?.classifier(context.threads.clone())?;
    let fields = forms
        .iter()
        .flat_map(|form| &form.pages)
        .flat_map(|page| &page.fields);
    // Whole lines need three networks: only if a form has some.
    let lines = fields
        .clone()
        .any(shuzi_forms::template::ExpandedField::is_line)
        .then(|| {
            let config = ReaderConfig {
                limits,
                ..ReaderConfig::default()
            };
            args.networks.reader(&args.model, config, &context.threads)
        });
    Ok(FormReader::new(digits, lines.transpose()?, forms, config)?)
}

/// What is under way.
struct Work {
    rows: Rows,
    crops: Option<Crops>,
    progress: Option<Progress>,
    told: Told,
    review: bool,
}

impl Work {
    /// Reads all pages of a file. An error is of what is written: a page that can't be read has
    /// a row that says so.
    fn file(
        &mut self,
        input: &Input,
        limits: Limits,
        reader: &mut FormReader,
        sink: &mut Sink,
    ) -> anyhow::Result<()> {
        let opened = input.and_then(|bytes| Ok(Pages::of(bytes, limits)?));
        let count = opened.as_ref().map_or(1, Pages::len);
        for page in 0..count {
            let name = match count {
                1 => input.name(),
                _ => format!("{}#{}", input.name(), page + 1),
            };
            if sink.holds(&name) {
                continue;
            }
            let picture = match &opened {
                Ok(pages) => pages.decode(page, limits).map_err(anyhow::Error::from),
                Err(error) => Err(anyhow!("{}", output::describe(error))),
            };
            let read = picture.and_then(|picture| {
                let read = reader.read(&picture, &self.told)?;
                Ok((picture, read))
            });
            let row = match read {
                Ok((picture, read)) => {
                    self.cut(&name, &picture, &read, reader)?;
                    self.rows.add(name, read, reader)
                }
                Err(error) => Some(Row::failed(name, output::describe(&error))),
            };
            if let Some(row) = row {
                self.row(&row, sink)?;
            }
        }
        Ok(())
    }

    fn cut(
        &self,
        name: &str,
        picture: &Picture,
        read: &PageReading,
        reader: &FormReader,
    ) -> anyhow::Result<()> {
        match &self.crops {
            Some(crops) => crops.write(name, picture, read, reader.forms()),
            None => Ok(()),
        }
    }

    fn row(&mut self, row: &Row, sink: &mut Sink) -> anyhow::Result<()> {
        self.review |= row.needs_review;
        match &self.progress {
            Some(progress) => progress.aside(|| sink.write(row)),
            None => sink.write(row),
        }
    }
}
