//! `shuzi data crops`: what the reader's network is trained on.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;
use shuzi_data::{
    NO_DIGIT,
    handwriting::{self, Marks, Page},
    idx::{self, Compression, Images, Labels},
    mnist::Store,
};
use shuzi_reader::{CutImage, Hypothesis, Prepared, SIDE};

use super::hands::{HandArgs, Hands, Kind};
use crate::{Outcome, args::Format, context::Context, output};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder to write into; it gets `crops-images-idx3-ubyte.gz` and
    /// `crops-labels-idx1-ubyte.gz`, label 10 for what is no digit
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
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

/// Share of a digit's ink, and of the ink in a crop that is the digit's, from
/// which it shows that digit, and under which it shows none. What lies between
/// is left out.
const WHOLE: [f64; 2] = [0.8, 0.85];
const PART: [f64; 2] = [0.6, 0.65];

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
    let crops = |page: Page, image| crops_of(&page, image);
    let kind = |index: u32| match index.is_multiple_of(EMPTY) {
        true => Kind::Empty(index / EMPTY),
        false => Kind::Written(Marks::Many),
    };
    hands.each_page(kind, args.pages, context, crops, |made| {
        for (crop, label) in made {
            pixels.extend(crop);
            values.push(label);
        }
        Ok(())
    })?;
    // The digits as they are, too.
    for data in hands.data() {
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
fn crops_of(page: &Page, prepared: Prepared) -> Vec<([u8; SIDE * SIDE], u8)> {
    // Of no candidate is anything known: all are cut.
    let prepared = prepared.cut(&[]);
    let mut on_page = [0; 256];
    for &owner in &page.owner {
        on_page[usize::from(owner)] += 1;
    }
    let shown = prepared.hypotheses().filter_map(|(hypothesis, crop)| {
        let label = label_of(&prepared, page, &on_page, hypothesis)?;
        let unclear = label == NO_DIGIT && upright_stroke(&crop.pixels);
        (!unclear).then_some((crop.pixels, label))
    });
    let (mut crops, nones): (Vec<_>, Vec<_>) = shown.partition(|(_, label)| *label != NO_DIGIT);
    let kept = nones.len().min(MOST_NONES);
    crops.extend((0..kept).map(|i| nones[i * nones.len() / kept]));
    crops
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

/// How many pixels each owner has, in a crop or on a page.
type Owned = [usize; 256];

/// What a crop shows: a digit of the page, or none; `None` if that is not clear.
fn label_of(
    prepared: &CutImage,
    page: &Page,
    on_page: &Owned,
    hypothesis: &Hypothesis,
) -> Option<u8> {
    let (ink, segments) = prepared.ink()?;
    let candidate = &hypothesis.candidate;
    let bounds = &candidate.bounds;
    let mut own = [0; 256];
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
    let scale = (ink.width * ink.height) as f64 / (page.width * page.height) as f64;
    match Shown::by(&own, on_page, scale) {
        Shown::Digit(index) => page.digits.get(index).copied(),
        Shown::NoDigit => Some(NO_DIGIT),
        Shown::Unclear => None,
    }
}

/// What a crop shows of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// The page's digit of this index.
    Digit(usize),
    NoDigit,
    Unclear,
}

impl Shown {
    /// By the pixels that the owners have in a crop, which has `scale` pixels for each of
    /// the page.
    fn by(own: &Owned, on_page: &Owned, scale: f64) -> Self {
        let other = usize::from(handwriting::OTHER);
        let digits = 1..other;
        let most = digits.clone().max_by_key(|owner| own[*owner]);
        let Some(best) = most.filter(|best| own[*best] > own[other]) else {
            return Self::NoDigit;
        };
        let there = |owner: usize| own[owner] as f64 / (on_page[owner] as f64 * scale);
        // Two digits are none, however little ink the second has: often it is a 1.
        let mut others = digits.filter(|&owner| owner != best && own[owner] > 0);
        if others.any(|owner| there(owner) >= PART[0]) {
            return Self::NoDigit;
        }
        let written: usize = own[1..].iter().sum();
        let shares = [there(best), own[best] as f64 / written as f64];
        if shares[0] >= WHOLE[0] && shares[1] >= WHOLE[1] {
            Self::Digit(best - 1)
        } else if shares[0] < PART[0] || shares[1] < PART[1] {
            Self::NoDigit
        } else {
            Self::Unclear
        }
    }
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
    fn what_a_crop_shows() {
        // A page of a 2 and a thin 1, and something beside them.
        let other = usize::from(handwriting::OTHER);
        let owned = |two, one, rest| {
            let mut owned = [0; 256];
            (owned[1], owned[2], owned[other]) = (two, one, rest);
            owned
        };
        let page = owned(100, 30, 200);
        let of = |two, one, rest| Shown::by(&owned(two, one, rest), &page, 1.0);
        let (digit, none, unclear) = (Shown::Digit(0), Shown::NoDigit, Shown::Unclear);
        assert_eq!(of(100, 0, 0), digit);
        assert_eq!(of(85, 10, 5), digit, "a piece of the next");
        assert_eq!(of(0, 30, 0), Shown::Digit(1));
        assert_eq!(of(100, 30, 0), none, "both");
        assert_eq!(of(100, 18, 0), none, "both");
        assert_eq!(of(50, 0, 0), none, "half of one");
        assert_eq!(of(70, 0, 0), unclear);
        assert_eq!(of(100, 0, 20), unclear);
        assert_eq!(of(100, 0, 100), none);
        assert_eq!(of(0, 0, 100), none);
        assert_eq!(of(0, 0, 0), none);
        // The crop has four pixels for one of the page.
        assert_eq!(Shown::by(&owned(200, 0, 0), &page, 4.0), none);
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
