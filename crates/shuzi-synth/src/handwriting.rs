//! Made lines of handwriting: digits of data sets as one writer writes them, close
//! together, with points and dashes between, on all kinds of paper, and to which
//! of them each pixel of ink belongs. What a reader is taught with.

mod distractors;
mod form;
mod glyph;
mod rings;
mod sheet;
mod writer;

use rand::{RngExt, seq::IndexedRandom};
use shuzi_data::{
    Dataset,
    rng::{RngStream, generator},
};

use crate::canvas::{blurred, print};
use distractors::mark;
use form::print_form;
use glyph::{Model, join, join_tops, write};
use rings::Ring;
pub use sheet::OTHER;
use sheet::{Sheet, cropped};
pub use writer::DistractorRate;
use writer::Writer;

/// A grey picture of a line of handwriting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntheticPage {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `[height, width]`, dark ink on light paper.
    pub pixels: Vec<u8>,
    /// `[height, width]`, whose ink a pixel is: 0 nobody's, `i + 1` that of the
    /// `i`-th digit, or [`OTHER`].
    pub instances: Vec<u8>,
    /// The digits from left to right.
    pub digits: Vec<u8>,
}

/// Most digits of a line.
const MOST: usize = 8;

/// How often a zero is looked for at the end of a round number.
const ZERO_TRIES: usize = 20;

/// The `index`-th page of `seed`, its digits by one of `writers`, which must not
/// be empty.
pub fn page(
    writers: &[&Dataset],
    distractors: DistractorRate,
    seed: u64,
    index: u64,
) -> SyntheticPage {
    let mut rng = generator(seed, RngStream::Handwriting, 0, index);
    let writer = Writer::new(distractors, &mut rng);
    let [before_all, after_one, after_last, after_all] = distractors.shares();
    let data = writers.choose(&mut rng);
    let n = rng.random_range(1..=MOST);
    let width = (writer.size * (n as f32 * (1.3 * writer.stretch + 0.5) + 4.0)) as usize;
    let height = (writer.size * rng.random_range(1.25..2.4)) as usize + 4;
    let mut sheet = Sheet::blank(width, height);
    let baseline = 0.5 * (height as f32 + writer.size);
    let mut digits = Vec::new();
    // Where the pen is after the ring of a zero.
    let mut pen = None;
    let mut x = writer.size * rng.random_range(0.15..1.0);
    if rng.random_bool(before_all) {
        x = mark(&mut sheet, &writer, x, baseline, &mut rng);
    }
    if let Some(data) = data {
        // Amounts are often round.
        let round = if rng.random_bool(0.3) {
            rng.random_range(1..=n)
        } else {
            n
        };
        for i in 0..n {
            let mut pick = || data.get(rng.random_range(0..data.len()));
            let mut picked = pick();
            for _ in 0..if i >= round { ZERO_TRIES } else { 0 } {
                if picked.is_some_and(|(_, digit)| digit == 0) {
                    break;
                }
                picked = pick();
            }
            let Some((pixels, digit)) = picked else {
                continue;
            };
            let model = Model {
                pixels,
                width: data.width(),
                height: data.height(),
            };
            let [small, wide] = if digit == 0 && i > 0 {
                [writer.zero, writer.flat]
            } else {
                [1.0; 2]
            };
            let instance = digits.len() as u8 + 1;
            let zeros = digit == 0 && digits.last() == Some(&0);
            digits.push(digit);
            if writer.coils && digit == 0 && i > 0 {
                let ring = Ring::new(&writer, [x, baseline], &mut rng);
                ring.draw(
                    &mut sheet,
                    &writer,
                    instance,
                    pen.filter(|_| zeros),
                    &mut rng,
                );
                pen = Some(ring.end());
                x = ring.next(&writer, &mut rng);
            } else {
                if zeros {
                    x -= writer.cling * writer.size;
                }
                let before = x;
                let size = [small, small * wide];
                x = write(
                    &mut sheet,
                    &model,
                    &writer,
                    instance,
                    [x, baseline],
                    size,
                    &mut rng,
                );
                if i > 0 && rng.random_range(0.0..1.0) < writer.joins[usize::from(zeros)] {
                    let join = if zeros { join_tops } else { join };
                    join(&mut sheet, &writer, before, baseline, &mut rng);
                }
            }
            let share = if i + 1 == n { after_last } else { after_one };
            if rng.random_bool(share) {
                pen = None;
                x = mark(&mut sheet, &writer, x, baseline, &mut rng);
            }
        }
    }
    if rng.random_bool(after_all) {
        mark(&mut sheet, &writer, x, baseline, &mut rng);
    }
    let Sheet {
        mut canvas,
        instances,
    } = sheet;
    print_form(&mut canvas, writer.size, &mut rng);
    let used = (x + writer.size * rng.random_range(0.2..1.2)) as usize;
    let (canvas, instances) = cropped(&canvas, &instances, used);
    let pixels = blurred(&canvas, print(&canvas, &mut rng), &mut rng);
    SyntheticPage {
        width: canvas.width,
        height: canvas.height,
        pixels,
        instances,
        digits,
    }
}

#[cfg(test)]
mod tests {
    use shuzi_data::fixture;

    use super::*;

    #[test]
    fn every_digit_owns_ink_and_the_same_seed_gives_the_same_page() {
        let (_, data) = fixture::load();
        for index in 0..60 {
            let made = page(&[&data], DistractorRate::High, 3, index);
            assert_eq!(made, page(&[&data], DistractorRate::High, 3, index));
            assert_eq!(made.pixels.len(), made.width * made.height);
            assert_eq!(made.instances.len(), made.pixels.len());
            let most = made.digits.len() as u8;
            for i in 1..=most {
                let own = made
                    .instances
                    .iter()
                    .filter(|instance| **instance == i)
                    .count();
                assert!(own > 5, "page {index}, digit {i}: {own} pixels");
            }
            assert!(made.instances.iter().all(|&o| o <= most || o == OTHER));
        }
        assert_ne!(
            page(&[&data], DistractorRate::High, 3, 0),
            page(&[&data], DistractorRate::High, 4, 0)
        );
    }

    #[test]
    fn ink_is_darker_than_its_paper() {
        let (_, data) = fixture::load();
        for index in 0..20 {
            let made = page(&[&data], DistractorRate::Low, 5, index);
            let mean = |owned: bool| {
                let of = made.instances.iter().zip(&made.pixels);
                let of: Vec<f32> = of
                    .filter(|(instance, _)| (**instance > 0) == owned)
                    .map(|(_, pixel)| f32::from(*pixel))
                    .collect();
                of.iter().sum::<f32>() / of.len() as f32
            };
            assert!(mean(true) + 10.0 < mean(false), "page {index}");
        }
    }
}
