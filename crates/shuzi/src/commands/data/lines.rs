//! `shuzi data lines`: what the reader's network is trained on as whole numbers.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;
use shuzi_data::mnist::Store;
use shuzi_models::READER;
use shuzi_reader::LabelledLines;
use shuzi_synth::{
    handwriting::{DistractorRate, SyntheticPage},
    strings::Content,
};

use super::{
    cut_line::CutLine,
    hands::{HandArgs, Hands, Kind},
};
use crate::{Outcome, args::Format, commands::model, context::Context, output};

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
    hands: HandArgs,
}

/// The JSON output.
#[derive(Debug, Serialize)]
struct Record {
    file: PathBuf,
    lines: usize,
    arcs: usize,
    digits: usize,
}

/// What the pages show, in turn: three of eight as on paper.
fn kind(index: u32) -> Kind {
    match index % 8 {
        0 => Kind::Empty(index / 8),
        1 | 2 => Kind::Strings(Content::Touching),
        3 => Kind::Strings(Content::Digits),
        4 => Kind::Written(DistractorRate::High),
        _ => Kind::Written(DistractorRate::Low),
    }
}

pub(super) fn run(args: &Args, store: &Store, context: &Context) -> anyhow::Result<Outcome> {
    let hands = Hands::load(&args.hands, store)?;
    // Before the work: it takes minutes.
    if let Some(folder) = args.out.parent() {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let mut classifier = model::load(&args.model)?.classifier(context.threads.clone())?;
    let mut labelled = LabelledLines::default();
    let pages = |page: SyntheticPage, image| (page.digits, image);
    hands.each_page(kind, args.pages, context, pages, |(digits, image)| {
        let lines = CutLine::all_of(image, &mut classifier)?;
        // Of a page that is not one line nobody knows which digits are on which.
        if digits.is_empty() || lines.len() == 1 {
            for line in &lines {
                labelled.add(&line.line, &line.crops, &digits);
            }
        }
        Ok(())
    })?;
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
