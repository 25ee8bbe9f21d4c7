//! `shuzi dev crops`: what the reader's networks are trained on.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;
use shuzi_data::{
    idx::{self, Compression, Labels},
    mnist::Store,
};
use shuzi_train::{PageSource, synthetic_bigrams, synthetic_digits};

use super::writers::WriterArgs;
use crate::{context::Context, format::Format, outcome::Outcome, output, progress::Progress};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder to write into; it gets `crops-images-idx3-ubyte.gz` and
    /// `crops-labels-idx1-ubyte.gz`, label 10 for what is no digit
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What the network `pairs` is trained on instead: crops that may show two digits that
    /// touch, label 10 a + b for a and b, 100 for none
    #[arg(long)]
    bigrams: bool,
    /// How many lines of handwriting to cut
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pages: u32,
    #[command(flatten)]
    writers: WriterArgs,
}

/// The JSON output.
#[derive(Debug, Serialize)]
struct Record {
    images: PathBuf,
    labels: PathBuf,
    digits: usize,
    no_digits: usize,
}

pub(super) fn run(args: &Args, store: &Store, context: &Context) -> anyhow::Result<Outcome> {
    let writers = args.writers.load(store)?;
    // Before the work: it takes minutes.
    std::fs::create_dir_all(&args.out).with_context(|| args.out.display().to_string())?;
    let source = PageSource {
        writers: &writers,
        pages: args.pages,
        threads: &context.threads,
    };
    let mut bar = Progress::new(args.pages as usize, "pages");
    let progress = &mut |pages| bar.set(pages as usize, "");
    let (made, what) = if args.bigrams {
        (synthetic_bigrams(&source, progress)?, "pairs")
    } else {
        (synthetic_digits(&source, progress)?, "digits")
    };
    let (labels, none) = (made.labels(), made.scheme().none());
    let is_none = |label: &&u8| Some(**label) == none;
    let no_digits = labels.iter().filter(is_none).count();
    let record = Record {
        images: args.out.join("crops-images-idx3-ubyte.gz"),
        labels: args.out.join("crops-labels-idx1-ubyte.gz"),
        digits: labels.len() - no_digits,
        no_digits,
    };
    idx::write_images(&record.images, made.images(), Compression::Gzip)?;
    let labels = Labels::new(labels.to_vec())?;
    idx::write_labels(&record.labels, &labels, Compression::Gzip)?;
    match context.format {
        Format::Text => output::line(format_args!(
            "{} {what}, {} that are none, in {}",
            record.digits,
            record.no_digits,
            args.out.display()
        ))?,
        Format::Json => output::json(&record)?,
    }
    Ok(Outcome::Done)
}
