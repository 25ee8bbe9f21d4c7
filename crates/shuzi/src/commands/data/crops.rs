//! `shuzi data crops`: what the reader's network is trained on.

use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use image::{GrayImage, codecs::jpeg::JpegEncoder};
use rayon::prelude::*;
use serde::Serialize;
use shuzi_data::{
    Dataset, NO_DIGIT,
    handwriting::{self, Page},
    idx::{self, Compression, Images, Labels},
    mnist::{Part, Store},
    strings::{Content, StringsConfig, string_image},
};
use shuzi_reader::{Hypothesis, Limits, Prepared, SIDE, prepare};

use crate::{Outcome, args::Format, context::Context, output, progress::Progress};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder to write into; it gets `crops-images-idx3-ubyte.gz` and
    /// `crops-labels-idx1-ubyte.gz`, label 10 for what is no digit
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How many lines of handwriting to cut
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pages: u32,
    /// Decides everything
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Digits of other hands beside MNIST's training set (IDX, plain or gzip);
    /// may be given several times
    #[arg(long, value_name = "FILE", requires = "labels")]
    images: Vec<PathBuf>,
    /// Their labels
    #[arg(long, value_name = "FILE", requires = "images")]
    labels: Vec<PathBuf>,
}

/// The JSON output.
#[derive(Debug, Serialize)]
struct Record {
    images: PathBuf,
    labels: PathBuf,
    digits: usize,
    no_digits: usize,
}

/// Pages that are made between two looks at the progress bar.
const TURN: u32 = 500;

/// Every so many pages shows no digit at all.
const EMPTY: u32 = 6;

/// Share of a digit's ink, and of the ink in a crop that is the digit's, from
/// which it shows that digit, and under which it shows none. What lies between
/// is left out.
const WHOLE: [f64; 2] = [0.8, 0.85];
const PART: [f64; 2] = [0.6, 0.65];

/// Most crops without a digit that a page gives, spread over it: most of them
/// are alike.
const MOST_NONES: usize = 6;

pub(super) fn run(args: &Args, store: &Store, context: &Context) -> anyhow::Result<Outcome> {
    ensure!(
        args.images.len() == args.labels.len(),
        "expected as many --labels as --images, got {} and {}",
        args.labels.len(),
        args.images.len()
    );
    let mut hands = vec![store.load(Part::Train)?];
    for (images, labels) in args.images.iter().zip(&args.labels) {
        hands.push(Dataset::read(images, labels)?);
    }
    for data in &hands {
        let side = [data.height(), data.width()];
        if side != [SIDE, SIDE] {
            bail!(
                "expected images of {SIDE}×{SIDE}, got {}×{}",
                side[0],
                side[1]
            );
        }
    }
    let hands: Vec<&Dataset> = hands.iter().collect();
    let (mut pixels, mut values) = (Vec::new(), Vec::new());
    let mut bar = Progress::new(args.pages as usize, "pages");
    let mut done = 0;
    while done < args.pages {
        let end = (done + TURN).min(args.pages);
        let made: Vec<Vec<([u8; SIDE * SIDE], u8)>> = context.threads.run(|| {
            (done..end)
                .into_par_iter()
                .map(|index| crops_of(&hands, args.seed, index))
                .collect::<anyhow::Result<_>>()
        })?;
        for (crop, label) in made.into_iter().flatten() {
            pixels.extend(crop);
            values.push(label);
        }
        done = end;
        bar.set(done as usize, "");
    }
    drop(bar);
    // The digits as they are, too.
    for data in &hands {
        for (image, label) in (0..data.len()).filter_map(|index| data.get(index)) {
            pixels.extend(image);
            values.push(label);
        }
    }
    let no_digits = values.iter().filter(|label| **label == NO_DIGIT).count();
    let record = Record {
        images: args.out.join("crops-images-idx3-ubyte.gz"),
        labels: args.out.join("crops-labels-idx1-ubyte.gz"),
        digits: values.len() - no_digits,
        no_digits,
    };
    std::fs::create_dir_all(&args.out).with_context(|| args.out.display().to_string())?;
    let images = Images::new(SIDE, SIDE, pixels)?;
    idx::write_images(&record.images, &images, Compression::Gzip)?;
    idx::write_labels(&record.labels, &Labels::new(values)?, Compression::Gzip)?;
    match context.format {
        Format::Text => output::line(format_args!(
            "{} digits, {} that are none, in {}",
            record.digits,
            record.no_digits,
            args.out.display()
        ))?,
        Format::Json => output::json(&record)?,
    }
    Ok(Outcome::Done)
}

/// The crops of one page with their labels.
fn crops_of(
    hands: &[&Dataset],
    seed: u64,
    index: u32,
) -> anyhow::Result<Vec<([u8; SIDE * SIDE], u8)>> {
    let page = if index.is_multiple_of(EMPTY) {
        let contents = [
            Content::Strokes,
            Content::Strokes,
            Content::Dashes,
            Content::Noise,
        ];
        let config = StringsConfig {
            content: contents[(index / EMPTY) as usize % contents.len()],
            lengths: 0..=0,
            seed: seed.wrapping_add(1 << 32),
        };
        let image = string_image(hands[0], &config, u64::from(index));
        Page {
            owner: vec![0; image.pixels.len()],
            width: image.width,
            height: image.height,
            pixels: image.pixels,
            digits: Vec::new(),
        }
    } else {
        handwriting::page(hands, seed, u64::from(index))
    };
    let picture = GrayImage::from_raw(page.width as u32, page.height as u32, page.pixels.clone())
        .context("a picture of another size")?;
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 55 + (index % 41) as u8).encode_image(&picture)?;
    let prepared = prepare(&bytes, Limits::default())?;
    let shown = prepared.hypotheses().filter_map(|(hypothesis, crop)| {
        let label = label_of(&prepared, &page, hypothesis)?;
        Some((crop.pixels, label))
    });
    let (mut crops, nones): (Vec<_>, Vec<_>) = shown.partition(|(_, label)| *label != NO_DIGIT);
    let kept = nones.len().min(MOST_NONES);
    crops.extend((0..kept).map(|i| nones[i * nones.len() / kept]));
    Ok(crops)
}

/// What a crop shows: a digit of the page, or none; `None` if that is not clear.
fn label_of(prepared: &Prepared, page: &Page, hypothesis: &Hypothesis) -> Option<u8> {
    let (ink, segments) = prepared.ink()?;
    let candidate = &hypothesis.candidate;
    let bounds = &candidate.bounds;
    let mut own = [0usize; 256];
    for y in bounds.y..bounds.bottom() {
        for x in bounds.x..bounds.right() {
            if candidate
                .parts
                .contains(&segments.labels[y * ink.width + x])
            {
                let (x, y) = (x * page.width / ink.width, y * page.height / ink.height);
                own[usize::from(page.owner[y * page.width + x])] += 1;
            }
        }
    }
    let written: usize = own[1..].iter().sum();
    let (best, &most) = (1..=u8::MAX).zip(&own[1..]).max_by_key(|(_, n)| **n)?;
    if best == handwriting::OTHER || most == 0 {
        return Some(NO_DIGIT);
    }
    let scale = (ink.width * ink.height) as f64 / (page.width * page.height) as f64;
    let total = page.owner.iter().filter(|owner| **owner == best).count();
    let shares = [
        most as f64 / (total as f64 * scale),
        most as f64 / written as f64,
    ];
    let digit = page.digits.get(usize::from(best) - 1).copied();
    if shares[0] >= WHOLE[0] && shares[1] >= WHOLE[1] {
        digit
    } else if shares[0] < PART[0] || shares[1] < PART[1] {
        Some(NO_DIGIT)
    } else {
        None
    }
}
