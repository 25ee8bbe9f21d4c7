//! `shuzi data strings`: pictures of numbers, made from MNIST.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::BufWriter,
    path::PathBuf,
};

use anyhow::{Context as _, bail};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use image::{GrayImage, codecs::jpeg::JpegEncoder};
use rayon::prelude::*;
use serde::Serialize;
use shuzi_data::{
    Dataset,
    mnist::{Part, Store},
};
use shuzi_synth::strings::{Content, StringsConfig, string_image};

use crate::{Outcome, args::Format, context::Context, output};

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
        (Some(images), Some(labels)) => Dataset::read(images, labels)?.of_digits()?,
        _ => store.load(Part::Test)?,
    };
    let list = args.out.join("labels.tsv");
    if list.exists() {
        bail!("{} is there already", list.display());
    }
    let folder = args.out.join("images");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let config = StringsConfig {
        content: args.content,
        lengths: usize::from(args.least)..=usize::from(args.most),
        seed: args.seed,
    };
    let labels: Vec<String> = context.threads.run(|| {
        let images = (0..args.count).into_par_iter().map(|index| {
            let made = string_image(&data, &config, u64::from(index));
            let path = folder.join(name(index));
            let (width, height) = (made.width as u32, made.height as u32);
            let picture = GrayImage::from_raw(width, height, made.pixels)
                .context("a picture of another size")?;
            let file = File::create(&path).with_context(|| path.display().to_string())?;
            JpegEncoder::new_with_quality(BufWriter::new(file), args.quality)
                .encode_image(&picture)
                .with_context(|| path.display().to_string())?;
            Ok(made.label)
        });
        images.collect::<anyhow::Result<_>>()
    })?;
    let mut text = String::from("file\tlabel\n");
    for (index, label) in (0..).zip(&labels) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "images/{}\t{label}", name(index));
    }
    fs::write(&list, text).with_context(|| list.display().to_string())?;
    match context.format {
        Format::Text => output::line(list.display())?,
        Format::Json => output::json(&Record {
            labels: list,
            images: args.count,
        })?,
    }
    Ok(Outcome::Done)
}

fn name(index: u32) -> String {
    format!("{index:05}.jpg")
}
