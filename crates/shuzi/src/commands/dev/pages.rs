//! `shuzi dev pages`: made pages with signs, print and all, and what they show.

use std::path::PathBuf;

use serde::Serialize;
use shuzi_data::{ClassScheme, Dataset};
use shuzi_synth::{Bank, PageParams, Pages, write_pages};

use crate::{context::Context, format::Format, outcome::Outcome, output};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder to write into; it gets `labels.tsv` and `images/`
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How many pages
    #[arg(long, value_name = "N", default_value_t = 1000)]
    count: u32,
    /// Decides what is written, by whom and on what
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Most lines of a page
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=20))]
    lines: u16,
    /// Share of pages that are tables
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = crate::commands::read::probability)]
    tables: f32,
    /// Digits to write with, beside the pen's (IDX, plain or gzip)
    #[arg(long, value_name = "FILE")]
    images: PathBuf,
    /// Their labels
    #[arg(long, value_name = "FILE")]
    labels: PathBuf,
}

/// The JSON output.
#[derive(Debug, Serialize)]
struct Record {
    labels: PathBuf,
    pages: u32,
}

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Outcome> {
    let digits = Dataset::read(&args.images, &args.labels, ClassScheme::Digits)?;
    let defaults = PageParams::default();
    let params = PageParams {
        lines: 1..=usize::from(args.lines),
        table: (args.tables, defaults.table.1),
        ..defaults
    };
    let pages = Pages::new(vec![Bank::new(&digits)], params);
    let labels = context
        .threads
        .run(|| write_pages(&args.out, &pages, args.seed, args.count))?;
    match context.format {
        Format::Text => output::line(labels.display())?,
        Format::Json => output::json(&Record {
            labels,
            pages: args.count,
        })?,
    }
    Ok(Outcome::Done)
}
