//! `shuzi dev strings`: pictures of numbers, made from MNIST.

use std::path::PathBuf;

use anyhow::bail;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use serde::Serialize;
use shuzi_data::{
    ClassScheme, Dataset,
    mnist::{Part, Store},
};
use shuzi_synth::strings::{Content, StringsConfig, write_folder};

use crate::{context::Context, format::Format, outcome::Outcome, output};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder to write into; it gets `labels.tsv` and `images/`
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What the pictures show
    #[arg(long, value_name = "KIND", default_value = "digits", value_parser = contents())]
    content: Content,
    /// How many
    #[arg(long, value_name = "N", default_value_t = 1000)]
    count: u32,
    /// Decides digits, spacing, slant, paper and light
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Fewest digits
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=100))]
    least: u16,
    /// Most digits
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=100))]
    most: u16,
    /// Quality of the JPEGs, 1 to 100
    #[arg(long, value_name = "Q", default_value_t = 60, value_parser = clap::value_parser!(u8).range(1..=100))]
    quality: u8,
    /// Digits to take instead of MNIST's test set (IDX, plain or gzip)
    #[arg(long, value_name = "FILE", requires = "labels")]
    images: Option<PathBuf>,
    /// Their labels
    #[arg(long, value_name = "FILE", requires = "images")]
    labels: Option<PathBuf>,
}

/// The kinds of pictures as the command line knows them.
fn contents() -> impl TypedValueParser<Value = Content> {
    let values = Content::ALL.map(|(_, name, shows)| PossibleValue::new(name).help(shows));
    PossibleValuesParser::new(values)
        .try_map(|name| Content::named(&name).ok_or("no such kind of picture"))
}

/// The JSON output.
#[derive(Debug, Serialize)]
struct Record {
    labels: PathBuf,
    images: u32,
}

pub(super) fn run(args: &Args, store: &Store, context: &Context) -> anyhow::Result<Outcome> {
    if args.least > args.most {
        bail!(
            "expected --least to be at most --most, got {} and {}",
            args.least,
            args.most
        );
    }
    let data = match (&args.images, &args.labels) {
        (Some(images), Some(labels)) => Dataset::read(images, labels, ClassScheme::Digits)?,
        _ => store.load(Part::Test)?,
    };
    let config = StringsConfig {
        content: args.content,
        lengths: usize::from(args.least)..=usize::from(args.most),
        seed: args.seed,
    };
    let labels = context
        .threads
        .run(|| write_folder(&args.out, &data, &config, args.count, args.quality))?;
    match context.format {
        Format::Text => output::line(labels.display())?,
        Format::Json => output::json(&Record {
            labels,
            images: args.count,
        })?,
    }
    Ok(Outcome::Done)
}
