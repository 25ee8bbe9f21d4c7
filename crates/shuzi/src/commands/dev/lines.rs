//! `shuzi dev lines`: what the reader's network is trained on as whole numbers.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;
use shuzi_data::mnist::Store;
use shuzi_models::READER;
use shuzi_train::{PageSource, synthetic_lines};

use super::writers::WriterArgs;
use crate::{
    commands::model, context::Context, format::Format, outcome::Outcome, output, progress::Progress,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// File to write, in the safetensors format
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The network that says what need not be cut
    #[arg(long, value_name = "MODEL", default_value = READER)]
    model: String,
    /// How many lines of handwriting to cut
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pages: u32,
    #[command(flatten)]
    writers: WriterArgs,
}

/// The JSON output.
#[derive(Debug, Serialize)]
struct Record {
    file: PathBuf,
    lines: usize,
    arcs: usize,
    digits: usize,
}

pub(super) fn run(args: &Args, store: &Store, context: &Context) -> anyhow::Result<Outcome> {
    let writers = args.writers.load(store)?;
    // Before the work: it takes minutes.
    if let Some(folder) = args.out.parent() {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let mut classifier = model::load(&args.model)?.classifier(context.threads.clone())?;
    let source = PageSource {
        writers: &writers,
        pages: args.pages,
        threads: &context.threads,
    };
    let mut bar = Progress::new(args.pages as usize, "pages");
    let progress = &mut |pages| bar.set(pages as usize, "");
    let labelled = synthetic_lines(&source, &mut classifier, progress)?;
    drop(bar);
    labelled.write(&args.out)?;
    let lines = labelled.lines();
    let record = Record {
        file: args.out.clone(),
        lines: lines.len(),
        arcs: labelled.pieces(),
        digits: lines.iter().map(|line| line.digits().len()).sum(),
    };
    match context.format {
        Format::Text => output::line(format_args!(
            "{} lines of {} digits, {} that may be some, in {}",
            record.lines,
            record.digits,
            record.arcs,
            args.out.display()
        ))?,
        Format::Json => output::json(&record)?,
    }
    Ok(Outcome::Done)
}
