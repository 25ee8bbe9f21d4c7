//! Batches of lines of about the same width.

use std::sync::{Arc, mpsc};

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use shuzi_line::{HEIGHT, LineError};
use shuzi_models::LINE_STRIDE;
use shuzi_nn::Lines;
use shuzi_synth::TextLineSample;

use crate::line_network::recipe::LineNetworkRecipe;

/// Lines of one step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LineBatch {
    /// `[n, HEIGHT, width, 1]`, zeros past each line's own columns.
    pub(crate) images: Vec<f32>,
    /// Columns of all.
    pub(crate) width: usize,
    /// Own columns of each.
    pub(crate) own: Vec<usize>,
    /// Classes of each line's symbols.
    pub(crate) labels: Vec<Vec<u8>>,
}

/// Lines kept apart for each pool: more than it draws, those that don't fit among them.
const MOST_DRAWN: u64 = 1 << 24;

impl LineBatch {
    /// `lines` made equally wide.
    pub(crate) fn of(lines: &[TextLineSample], bucket: usize) -> Self {
        let widest = lines.iter().map(|line| line.image.width).max();
        let width = widest.unwrap_or(0).next_multiple_of(bucket.max(1));
        let mut images = vec![0.0; lines.len() * HEIGHT * width];
        for (line, image) in lines.iter().zip(images.chunks_exact_mut(HEIGHT * width)) {
            let rows = line.image.pixels.chunks_exact(line.image.width);
            for (row, to) in rows.zip(image.chunks_exact_mut(width)) {
                for (pixel, to) in row.iter().zip(to) {
                    *to = f32::from(*pixel) / 255.0;
                }
            }
        }
        let classes = |line: &TextLineSample| line.label.iter().map(|s| s.class()).collect();
        Self {
            images,
            width,
            own: lines.iter().map(|line| line.image.width).collect(),
            labels: lines.iter().map(classes).collect(),
        }
    }

    /// As a network takes them.
    pub(crate) fn lines(&self) -> Lines<'_> {
        Lines {
            images: &self.images,
            width: self.width,
            own: &self.own,
        }
    }
}

/// Whether a network with a frame every `stride` columns can spell the line: a frame for
/// each symbol, and one for the blank between equal neighbours.
fn has_alignment(line: &TextLineSample, stride: usize) -> bool {
    let repeats = line.label.windows(2).filter(|pair| pair[0] == pair[1]);
    line.image.width / stride >= line.label.len() + repeats.count()
}

/// The batches of pool number `pool`, in the order in which they are learned.
///
/// # Errors
/// If a line can't be made.
pub(crate) fn pool(
    lines: &shuzi_synth::Lines,
    recipe: &LineNetworkRecipe,
    seed: u64,
    pool: u64,
) -> Result<Vec<LineBatch>, LineError> {
    let wanted = recipe.batch * recipe.pool;
    let mut drawn: Vec<TextLineSample> = Vec::with_capacity(wanted);
    let mut index = pool * MOST_DRAWN;
    while drawn.len() < wanted {
        let line = lines.sample(seed, index)?;
        index += 1;
        if line.image.width <= recipe.max_width && has_alignment(&line, LINE_STRIDE) {
            drawn.push(line);
        }
    }
    drawn.sort_by_key(|line| line.image.width);
    let batches = drawn.chunks(recipe.batch.max(1));
    let mut batches: Vec<LineBatch> = batches
        .map(|lines| LineBatch::of(lines, recipe.bucket))
        .collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(pool);
    batches.shuffle(&mut rng);
    Ok(batches)
}

/// The batches from step `step` on, drawn ahead by a thread of their own.
pub(crate) fn from_step(
    lines: Arc<shuzi_synth::Lines>,
    recipe: &LineNetworkRecipe,
    seed: u64,
    step: u64,
) -> impl Iterator<Item = Result<LineBatch, LineError>> + use<> {
    // One pool is learned, one waits, one is drawn.
    let (to, from) = mpsc::sync_channel(1);
    let recipe = recipe.clone();
    let per_pool = recipe.pool.max(1) as u64;
    std::thread::spawn(move || {
        for number in step / per_pool.. {
            let batches = match pool(&lines, &recipe, seed, number) {
                Ok(batches) => batches.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error)],
            };
            // Nobody takes any more.
            if to.send(batches).is_err() {
                return;
            }
        }
    });
    from.into_iter().flatten().skip((step % per_pool) as usize)
}

#[cfg(test)]
mod tests {
    use shuzi_line::{LineImage, Symbol};
    use shuzi_synth::{LineParams, Lines as MadeLines};

    use super::*;

    fn recipe() -> LineNetworkRecipe {
        LineNetworkRecipe {
            batch: 4,
            pool: 5,
            ..LineNetworkRecipe::default()
        }
    }

    fn of_width(width: usize, digits: usize) -> TextLineSample {
        TextLineSample {
            image: LineImage {
                width,
                pixels: (0..HEIGHT * width).map(|at| (at % 200) as u8 + 1).collect(),
            },
            label: vec![Symbol::Zero; digits],
            marks: Vec::new(),
            ink: None,
        }
    }

    #[test]
    fn a_batch_keeps_every_pixel_and_is_zero_past_it() {
        let lines = [of_width(11, 1), of_width(48, 2)];
        let batch = LineBatch::of(&lines, 32);
        assert_eq!((batch.width, batch.own.as_slice()), (64, &[11, 48][..]));
        for (line, image) in lines.iter().zip(batch.images.chunks(HEIGHT * 64)) {
            for (y, row) in image.chunks(64).enumerate() {
                for (x, &value) in row.iter().enumerate() {
                    let own = x < line.image.width;
                    let pixel = own.then(|| line.image.pixels[y * line.image.width + x]);
                    assert_eq!(value, f32::from(pixel.unwrap_or(0)) / 255.0);
                }
            }
        }
    }

    #[test]
    fn all_batches_are_whole_and_none_is_too_wide() {
        let recipe = LineNetworkRecipe {
            max_width: 96,
            ..recipe()
        };
        let lines = MadeLines::new(Vec::new(), LineParams::default());
        for number in 0..2 {
            let batches = pool(&lines, &recipe, 1, number).unwrap();
            assert_eq!(batches.len(), 5);
            for batch in batches {
                assert_eq!(batch.own.len(), 4);
                assert!(batch.width <= 96 && batch.width % 32 == 0);
            }
        }
    }

    #[test]
    fn lines_without_an_alignment_are_left_out() {
        let narrow = of_width(8, 3);
        assert!(!has_alignment(&narrow, 2), "five frames are needed");
        assert!(has_alignment(&narrow, 1));
    }

    #[test]
    fn a_later_step_goes_on_where_an_earlier_one_was() {
        let lines = Arc::new(MadeLines::new(Vec::new(), LineParams::default()));
        let from = |step: usize| {
            let batches = from_step(Arc::clone(&lines), &recipe(), 7, step as u64);
            batches
                .take(12 - step)
                .map(Result::unwrap)
                .collect::<Vec<_>>()
        };
        let all = from(0);
        for step in [1, 5, 7] {
            assert_eq!(from(step), all[step..], "from {step}");
        }
    }
}
