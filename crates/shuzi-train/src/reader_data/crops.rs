//! Crops of synthetic pages, right and wrong, with what they show.

use shuzi_data::{
    ClassScheme, Dataset, NO_BIGRAM, NO_DIGIT,
    idx::{Images, Labels},
};
use shuzi_reader::{
    Page, StageParams,
    classify::crop::SIDE,
    segment::{components::Region, over_segmentation::Networks},
    text_line::Kind,
};
use shuzi_synth::{
    Coverage, GroundTruth, PageKind,
    handwriting::{DistractorRate, SyntheticPage},
};

use crate::reader_data::{error::ReaderDataError, pages::PageSource};

/// Every so many pages shows no digit at all.
const EMPTY: u32 = 6;

/// Most crops without a digit that a page gives, spread over it: most of them
/// are alike.
const MOST_NONES: usize = 6;

/// Widest plain stroke, in its lengths.
const PLAIN: f64 = 0.22;

/// A crop and what it shows.
type Labelled = ([u8; SIDE * SIDE], u8);

fn kind(index: u32) -> PageKind {
    match index.is_multiple_of(EMPTY) {
        true => PageKind::Empty(index / EMPTY),
        false => PageKind::Written(DistractorRate::High),
    }
}

/// Every crop of the pages of `source` that may be a digit, labelled with it or as none,
/// and after them the writers' own digits; `progress` is told how many pages are done.
///
/// # Errors
/// If a page can't be made, or the writers' images have another size than crops.
pub fn synthetic_digits(
    source: &PageSource<'_>,
    progress: &mut dyn FnMut(u32),
) -> Result<Dataset, ReaderDataError> {
    let (mut pixels, mut labels) = crops(source, digits_of, progress)?;
    for set in source.writers.sets() {
        pixels.extend_from_slice(set.images().pixels());
        labels.extend_from_slice(set.labels());
    }
    dataset(pixels, labels, ClassScheme::DigitsAndNone)
}

/// Every crop of the pages of `source` that may be two digits which touch, labelled with
/// them or as none; `progress` is told how many pages are done.
///
/// # Errors
/// As [`synthetic_digits`].
pub fn synthetic_bigrams(
    source: &PageSource<'_>,
    progress: &mut dyn FnMut(u32),
) -> Result<Dataset, ReaderDataError> {
    let (pixels, labels) = crops(source, bigrams_of, progress)?;
    dataset(pixels, labels, ClassScheme::Bigrams)
}

fn dataset(
    pixels: Vec<u8>,
    labels: Vec<u8>,
    scheme: ClassScheme,
) -> Result<Dataset, ReaderDataError> {
    let images = Images::new(SIDE, SIDE, pixels)?;
    Ok(Dataset::new(images, Labels::new(labels)?, scheme)?)
}

/// Pixels and labels of what `of` cuts out of each page.
fn crops(
    source: &PageSource<'_>,
    of: fn(&SyntheticPage, Page) -> Vec<Labelled>,
    progress: &mut dyn FnMut(u32),
) -> Result<(Vec<u8>, Vec<u8>), ReaderDataError> {
    for set in source.writers.sets() {
        let (height, width) = (set.height(), set.width());
        if [height, width] != [SIDE; 2] {
            return Err(ReaderDataError::Size { height, width });
        }
    }
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    let take = |made: Vec<Labelled>| {
        for (crop, label) in made {
            pixels.extend(crop);
            labels.push(label);
        }
        Ok(())
    };
    source.each(kind, |page, prepared| of(&page, prepared), take, progress)?;
    Ok((pixels, labels))
}

/// What `region`, a part of the ink that was found on a page, shows of it.
fn coverage<'a>(truth: &'a GroundTruth<'_>, page: &Page, region: &Region) -> Coverage<'a> {
    let [width, height] = [page.picture.width, page.picture.height];
    let bounds = &region.bounds;
    let pixels = (bounds.y..bounds.bottom())
        .flat_map(|y| (bounds.x..bounds.right()).map(move |x| [x, y]))
        .filter(|[x, y]| {
            let label = page.components.labels[y * width + x];
            region.labels.contains(&label)
        });
    truth.coverage([height, width], pixels)
}

/// The crops of one page with their labels.
fn digits_of(made: &SyntheticPage, mut page: Page) -> Vec<Labelled> {
    let params = StageParams::default();
    page.over_segment(Networks::Digits, &params);
    let truth = GroundTruth::of(made);
    let shown = page.hypotheses().filter_map(|digit| {
        let label = coverage(&truth, &page, &digit.region).digit()?;
        let unclear = label == NO_DIGIT && is_upright_stroke(&digit.crop.pixels);
        (!unclear).then_some((digit.crop.pixels, label))
    });
    let (mut crops, nones): (Vec<_>, Vec<_>) = shown.partition(|(_, label)| *label != NO_DIGIT);
    crops.extend(spread(&nones, MOST_NONES));
    crops
}

/// The crops of one page that may show two digits, with their labels.
fn bigrams_of(made: &SyntheticPage, mut page: Page) -> Vec<Labelled> {
    let params = StageParams::default();
    page.over_segment(Networks::Digits, &params);
    page.propose_bigrams(&params.classify);
    let truth = GroundTruth::of(made);
    let bigrams = page.hypotheses().filter(|run| run.kind == Kind::Bigram);
    let shown = bigrams.filter_map(|bigram| {
        let label = coverage(&truth, &page, &bigram.region).bigram()?;
        Some((bigram.crop.pixels, label))
    });
    let (mut crops, nones): (Vec<_>, Vec<_>) = shown.partition(|(_, label)| *label != NO_BIGRAM);
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
fn is_upright_stroke(pixels: &[u8; SIDE * SIDE]) -> bool {
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
        assert!(is_upright_stroke(&line([14.0, 4.0], [14.0, 24.0])));
        assert!(is_upright_stroke(&line([18.0, 4.0], [9.0, 24.0])));
        assert!(
            !is_upright_stroke(&line([4.0, 14.0], [24.0, 14.0])),
            "a dash"
        );
        assert!(!is_upright_stroke(&[0; SIDE * SIDE]), "nothing");
        let mut corner = line([8.0, 4.0], [8.0, 24.0]);
        for (to, other) in corner.iter_mut().zip(line([8.0, 24.0], [20.0, 24.0])) {
            *to = other.max(*to);
        }
        assert!(!is_upright_stroke(&corner), "an L");
    }
}
