//! `shuzi data crops`: what the reader's network is trained on.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;
use shuzi_data::{
    NO_DIGIT, NO_PAIR,
    idx::{self, Compression, Images, Labels},
    mnist::Store,
};
use shuzi_reader::{Prepared, SIDE, normalize_bigram};
use shuzi_synth::handwriting::{DistractorRate, SyntheticPage};

use super::{
    hands::{HandArgs, Hands, Kind},
    owners::Owners,
};
use crate::{Outcome, args::Format, context::Context, output};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder to write into; it gets `crops-images-idx3-ubyte.gz` and
    /// `crops-labels-idx1-ubyte.gz`, label 10 for what is no digit
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What the network `pairs` is trained on instead: crops that may show two digits that
    /// touch, label 10 a + b for a and b, 100 for none
    #[arg(long)]
    pairs: bool,
    /// How many lines of handwriting to cut
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pages: u32,
    #[command(flatten)]
    hands: HandArgs,
}

/// The JSON output.
#[derive(Debug, Serialize)]
struct Record {
    images: PathBuf,
    labels: PathBuf,
    digits: usize,
    no_digits: usize,
}

/// Every so many pages shows no digit at all.
const EMPTY: u32 = 6;

/// Most crops without a digit that a page gives, spread over it: most of them
/// are alike.
const MOST_NONES: usize = 6;

/// Widest plain stroke, in its lengths.
const PLAIN: f64 = 0.22;

pub(super) fn run(args: &Args, store: &Store, context: &Context) -> anyhow::Result<Outcome> {
    let hands = Hands::load(&args.hands, store)?;
    // Before the work: it takes minutes.
    std::fs::create_dir_all(&args.out).with_context(|| args.out.display().to_string())?;
    let (mut pixels, mut values) = (Vec::new(), Vec::new());
    let cut = if args.pairs { pairs_of } else { crops_of };
    let crops = |page: SyntheticPage, image| cut(&page, image);
    let kind = |index: u32| match index.is_multiple_of(EMPTY) {
        true => Kind::Empty(index / EMPTY),
        false => Kind::Written(DistractorRate::High),
    };
    hands.each_page(kind, args.pages, context, crops, |made| {
        for (crop, label) in made {
            pixels.extend(crop);
            values.push(label);
        }
        Ok(())
    })?;
    // The digits as they are, too.
    let singles = if args.pairs { &[] } else { hands.data() };
    for data in singles {
        for (image, label) in (0..data.len()).filter_map(|index| data.get(index)) {
            pixels.extend(image);
            values.push(label);
        }
    }
    let none = if args.pairs { NO_PAIR } else { NO_DIGIT };
    let no_digits = values.iter().filter(|label| **label == none).count();
    let record = Record {
        images: args.out.join("crops-images-idx3-ubyte.gz"),
        labels: args.out.join("crops-labels-idx1-ubyte.gz"),
        digits: values.len() - no_digits,
        no_digits,
    };
    let images = Images::new(SIDE, SIDE, pixels)?;
    idx::write_images(&record.images, &images, Compression::Gzip)?;
    idx::write_labels(&record.labels, &Labels::new(values)?, Compression::Gzip)?;
    match context.format {
        Format::Text => output::line(format_args!(
            "{} {}, {} that are none, in {}",
            record.digits,
            if args.pairs { "pairs" } else { "digits" },
            record.no_digits,
            args.out.display()
        ))?,
        Format::Json => output::json(&record)?,
    }
    Ok(Outcome::Done)
}

/// A crop and what it shows.
type Labelled = ([u8; SIDE * SIDE], u8);

/// The crops of one page with their labels.
fn crops_of(page: &SyntheticPage, prepared: Prepared) -> Vec<Labelled> {
    // Of no candidate is anything known: all are cut.
    let prepared = prepared.cut(&[]);
    let Some(ink) = prepared.ink() else {
        return Vec::new();
    };
    let owners = Owners::of(page);
    let shown = prepared.hypotheses().filter_map(|(hypothesis, crop)| {
        let label = owners.digit(ink, &hypothesis.region)?;
        let unclear = label == NO_DIGIT && upright_stroke(&crop.pixels);
        (!unclear).then_some((crop.pixels, label))
    });
    let (mut crops, nones): (Vec<_>, Vec<_>) = shown.partition(|(_, label)| *label != NO_DIGIT);
    crops.extend(spread(&nones, MOST_NONES));
    crops
}

/// The crops of one page that may show two digits, with their labels.
fn pairs_of(page: &SyntheticPage, prepared: Prepared) -> Vec<Labelled> {
    let prepared = prepared.cut(&[]);
    let Some((ink, segments)) = prepared.ink() else {
        return Vec::new();
    };
    let owners = Owners::of(page);
    let pairs = prepared.lines().flat_map(|(line, _)| line.pairs());
    let shown = pairs.filter_map(|pair| {
        let label = owners.pair((ink, segments), &pair.region)?;
        Some((normalize_bigram(ink, segments, &pair.region).pixels, label))
    });
    let (mut crops, nones): (Vec<_>, Vec<_>) = shown.partition(|(_, label)| *label != NO_PAIR);
    let most = 2 * crops.len().max(2) / 3;
    crops.extend(spread(&nones, most));
    crops
}

/// At most so many of `all`, spread over them.
fn spread<T: Copy>(all: &[T], most: usize) -> impl Iterator<Item = T> {
    let kept = all.len().min(most);
    (0..kept).map(move |i| all[i * all.len() / kept])
}

/// Whether a crop shows one plain stroke, more upright than not: a 1, a bar, a
/// comma and a piece of a 4 look the same here, only their size and place tell.
fn upright_stroke(pixels: &[u8; SIDE * SIDE]) -> bool {
    let weighted = || {
        let points = pixels.iter().enumerate();
        points.map(|(at, &ink)| {
            let [x, y] = [at % SIDE, at / SIDE].map(|i| i as f64);
            (x, y, f64::from(ink))
        })
    };
    let total: f64 = weighted().map(|(_, _, ink)| ink).sum();
    if total == 0.0 {
        return false;
    }
    let mean = |of: fn(f64, f64) -> f64| -> f64 {
        weighted().map(|(x, y, ink)| ink * of(x, y)).sum::<f64>() / total
    };
    let (x, y) = (mean(|x, _| x), mean(|_, y| y));
    let across = mean(|x, _| x * x) - x * x;
    let down = mean(|_, y| y * y) - y * y;
    let both = mean(|x, y| x * y) - x * y;
    // The variances along the stroke and across it.
    let half = 0.5 * (across - down).hypot(2.0 * both);
    let middle = 0.5 * (across + down);
    down > across && middle - half < PLAIN * PLAIN * (middle + half)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line from one pixel to another, three pixels wide.
    fn line(from: [f64; 2], to: [f64; 2]) -> [u8; SIDE * SIDE] {
        let mut pixels = [0; SIDE * SIDE];
        for step in 0..=100 {
            let share = f64::from(step) / 100.0;
            let [x, y] = [0, 1].map(|i| (from[i] + share * (to[i] - from[i])) as usize);
            for y in y - 1..=y + 1 {
                pixels[y * SIDE + x - 1..=y * SIDE + x + 1].fill(255);
            }
        }
        pixels
    }

    #[test]
    fn only_upright_plain_strokes_are_unclear() {
        assert!(upright_stroke(&line([14.0, 4.0], [14.0, 24.0])));
        assert!(upright_stroke(&line([18.0, 4.0], [9.0, 24.0])));
        assert!(!upright_stroke(&line([4.0, 14.0], [24.0, 14.0])), "a dash");
        assert!(!upright_stroke(&[0; SIDE * SIDE]), "nothing");
        let mut corner = line([8.0, 4.0], [8.0, 24.0]);
        for (to, other) in corner.iter_mut().zip(line([8.0, 24.0], [20.0, 24.0])) {
            *to = other.max(*to);
        }
        assert!(!upright_stroke(&corner), "an L");
    }
}
