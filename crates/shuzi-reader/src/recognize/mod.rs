//! Reading a text line as a whole: where it lies ([`window`]), its image, and what a network
//! says of each frame of it.

pub mod finder;
pub(crate) mod region;
mod tophat;
pub mod window;

use std::ops::Range;

use shuzi_line::{CLASSES, HEIGHT, LineImage, Normalization, Symbol, Window};
use shuzi_nn::{Error, Lines, Recognizer};

use crate::{
    classify::posterior::DIGITS,
    lattice::{Aligned, CtcParams, Lattice, LatticeError, Said, ctc_lattice},
    page::Page,
    recognize::window::window_polarity,
};

/// A text line as a network for whole lines sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recognition {
    /// Its part of the page's picture, all of it inside.
    pub window: Window,
    /// Its image.
    pub image: LineImage,
    /// `[frames, CLASSES]`: what the network says of each frame; nothing until it was asked.
    pub logits: Vec<f32>,
}

impl Recognition {
    /// The line of a page that lies in `window`; `None` if that has less than a pixel.
    pub(crate) fn new(page: &Page, window: Window) -> Option<Self> {
        let picture = &page.picture;
        let size = [picture.width, picture.height];
        let normalization = Normalization::default();
        let polarity = window_polarity(page);
        let image = LineImage::cut(&picture.pixels, size, window, polarity, &normalization).ok()?;
        Some(Self {
            window,
            image,
            logits: Vec::new(),
        })
    }

    /// Frames of the line.
    pub fn frames(&self) -> usize {
        self.logits.len() / CLASSES
    }

    /// How sure the network is of the line: the logarithm of the probability of its likeliest
    /// alignment, for each symbol.
    pub(crate) fn certainty(&self) -> f64 {
        let (mut sum, mut symbols, mut last) = (0.0, 1.0, None);
        for row in self.logits.chunks_exact(CLASSES) {
            let classes = (0u8..).zip(row.iter().copied());
            let Some((class, most)) = classes.max_by(|a, b| a.1.total_cmp(&b.1)) else {
                continue;
            };
            let all: f32 = row.iter().map(|logit| (logit - most).exp()).sum();
            sum -= f64::from(all.ln());
            let symbol = Symbol::from_class(class);
            symbols += f64::from(u8::from(symbol.is_some() && symbol != last));
            last = symbol;
        }
        sum / symbols
    }

    /// The columns of the page's picture, the first and past the last, that frames
    /// `first..end` show.
    pub fn columns(&self, first: usize, end: usize) -> [f64; 2] {
        let frames = self.frames().max(1) as f64;
        [first, end].map(|at| self.window.left + self.window.width * at as f64 / frames)
    }

    /// The probability of each digit in those of some frames where it is likeliest, beside the
    /// other digits.
    pub(crate) fn digit_probabilities(&self, frames: Range<usize>) -> [f32; DIGITS] {
        let mut most = [0.0f32; DIGITS];
        for frame in frames {
            let row = &self.logits[frame * CLASSES..][..CLASSES];
            let highest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            for (digit, most) in (0..).zip(&mut most) {
                let class = Symbol::from_digit(digit).map_or(0, Symbol::class);
                *most = most.max((row[usize::from(class)] - highest).exp());
            }
        }
        let all: f32 = most.iter().sum();
        most.map(|share| share / all.max(f32::MIN_POSITIVE))
    }

    /// The lattice of what the network said.
    ///
    /// # Errors
    /// If it said what is no number.
    pub fn lattice(&self, params: CtcParams, said: Said) -> Result<Lattice<Aligned>, LatticeError> {
        ctc_lattice(&self.logits, params, said)
    }
}

/// Columns of which widths are a multiple: a network is laid out once for each width.
const BUCKET: usize = 64;

/// Most lines that a network is asked about at once: more would only need more memory.
const BATCH: usize = 64;

/// Asks a network about lines of which it was not asked yet.
pub(crate) fn recognize(
    recognizer: &mut Recognizer,
    lines: &mut [&mut Recognition],
) -> Result<(), Error> {
    let width = |line: &Recognition| line.image.width.next_multiple_of(BUCKET);
    lines.sort_by_key(|line| width(line));
    let mut images = Vec::new();
    for equal in lines.chunk_by_mut(|a, b| width(a) == width(b)) {
        for batch in equal.chunks_mut(BATCH) {
            let width = width(batch[0]);
            images.clear();
            images.resize(batch.len() * HEIGHT * width, 0.0);
            for (line, image) in batch.iter().zip(images.chunks_exact_mut(HEIGHT * width)) {
                let rows = line.image.pixels.chunks_exact(line.image.width);
                for (row, to) in rows.zip(image.chunks_exact_mut(width)) {
                    for (pixel, to) in row.iter().zip(to) {
                        *to = f32::from(*pixel) / 255.0;
                    }
                }
            }
            let own: Vec<usize> = batch.iter().map(|line| line.image.width).collect();
            let frames = recognizer.logits(Lines {
                images: &images,
                width,
                own: &own,
            })?;
            let all = frames.logits.chunks_exact(frames.frames * CLASSES);
            for ((line, logits), own) in batch.iter_mut().zip(all).zip(frames.own) {
                line.logits = logits[..own * CLASSES].to_vec();
            }
        }
    }
    Ok(())
}
