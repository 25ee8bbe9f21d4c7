//! Any paper and ink brought to one brightness and one contrast.

use serde::{Deserialize, Serialize};

use crate::image::HEIGHT;

/// Which of ink and paper is the darker one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    /// Dark ink on light paper.
    DarkInk,
    /// Light ink on dark paper.
    LightInk,
}

/// How contrast is evened. In windows around every column the paper's brightness and the
/// ink's are taken as percentiles; between them grey is stretched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Normalization {
    /// Columns to either side of a block of 8 that tell its paper and its ink, in
    /// shares of the line's height: wide enough for two digits, narrow enough for a shadow.
    pub reach: f32,
    /// Share of a window's pixels that are darker than its paper: above ink and print, below
    /// highlights.
    pub paper: f32,
    /// Share of a window's pixels that are darker than its ink: thin strokes cover a
    /// twentieth of their window.
    pub ink: f32,
    /// Least contrast of a window against that of the whole line: weak ink beside black ink
    /// is brought nearer to it, and bare paper between stays bare.
    pub least_of_line: f32,
    /// Least contrast of a window in grey levels: below it all is grain.
    pub least: f32,
}

impl Default for Normalization {
    fn default() -> Self {
        Self {
            reach: 1.0,
            paper: 0.8,
            ink: 0.02,
            least_of_line: 0.4,
            least: 25.0,
        }
    }
}

/// Columns that share a window.
const BLOCK: usize = 8;

/// Paper and contrast of a window, in grey levels.
#[derive(Clone, Copy)]
struct Level {
    paper: f32,
    contrast: f32,
}

impl Normalization {
    /// Value of paper in a line's image; what is lighter goes below.
    pub const PAPER: u8 = 48;

    /// Value of ink.
    pub const INK: u8 = 208;

    /// Evens the contrast of grey pixels `[HEIGHT, width]`: ink becomes bright.
    pub(crate) fn apply(&self, pixels: &mut [u8], width: usize, polarity: Polarity) {
        debug_assert_eq!(pixels.len(), HEIGHT * width);
        if polarity == Polarity::LightInk {
            for pixel in pixels.iter_mut() {
                *pixel = 255 - *pixel;
            }
        }
        let levels = self.levels(pixels, width);
        // Between the middles of two blocks the levels go from one to the other.
        let columns = (0..width).map(|x| {
            let at = (x as f32 + 0.5) / BLOCK as f32 - 0.5;
            let at = at.clamp(0.0, (levels.len() - 1) as f32);
            let (low, part) = (at as usize, at.fract());
            let (a, b) = (levels[low], levels[(low + 1).min(levels.len() - 1)]);
            let mix = |a: f32, b: f32| a + part * (b - a);
            let gain = f32::from(Self::INK - Self::PAPER) / mix(a.contrast, b.contrast);
            [mix(a.paper, b.paper), gain]
        });
        let columns: Vec<[f32; 2]> = columns.collect();
        for row in pixels.chunks_exact_mut(width) {
            for (pixel, [paper, gain]) in row.iter_mut().zip(&columns) {
                let value = f32::from(Self::PAPER) + (paper - f32::from(*pixel)) * gain;
                *pixel = value.round().clamp(0.0, 255.0) as u8;
            }
        }
    }

    /// The levels of each block of columns.
    fn levels(&self, pixels: &[u8], width: usize) -> Vec<Level> {
        let blocks = width.div_ceil(BLOCK);
        let mut counts = vec![[0u16; 256]; blocks];
        for row in pixels.chunks_exact(width) {
            for (block, part) in counts.iter_mut().zip(row.chunks(BLOCK)) {
                for &pixel in part {
                    block[usize::from(pixel)] += 1;
                }
            }
        }
        let of = |blocks: &[[u16; 256]]| {
            let mut sum = [0u32; 256];
            for block in blocks {
                for (sum, count) in sum.iter_mut().zip(block) {
                    *sum += u32::from(*count);
                }
            }
            let paper = percentile(&sum, self.paper);
            let contrast = paper - percentile(&sum, self.ink);
            Level { paper, contrast }
        };
        let least = (self.least_of_line * of(&counts).contrast).max(self.least);
        let reach = (self.reach * HEIGHT as f32 / BLOCK as f32).round() as usize;
        let windows = (0..blocks).map(|at| {
            let level = of(&counts[at.saturating_sub(reach)..(at + reach + 1).min(blocks)]);
            Level {
                contrast: level.contrast.max(least).max(1.0),
                ..level
            }
        });
        windows.collect()
    }
}

/// The grey value below which a share of all lies.
fn percentile(counts: &[u32; 256], share: f32) -> f32 {
    let all: u32 = counts.iter().sum();
    let wanted = share * all as f32;
    let mut below = 0;
    for (value, count) in counts.iter().enumerate() {
        below += count;
        if below as f32 >= wanted && below > 0 {
            return value as f32;
        }
    }
    255.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paper with a stroke of `ink` every 12 columns.
    fn strokes(width: usize, paper: impl Fn(usize) -> u8, ink: impl Fn(usize) -> u8) -> Vec<u8> {
        let at = |at: usize| {
            let (x, y) = (at % width, at / width);
            let stroke = x % 12 < 3 && (4..28).contains(&y);
            if stroke { ink(x) } else { paper(x) }
        };
        (0..HEIGHT * width).map(at).collect()
    }

    fn at(pixels: &[u8], width: usize, x: usize) -> u8 {
        pixels[16 * width + x]
    }

    #[test]
    fn paper_and_ink_come_to_their_values_whatever_they_were() {
        for (paper, ink, polarity) in [
            (250, 20, Polarity::DarkInk),
            (150, 100, Polarity::DarkInk),
            (10, 200, Polarity::LightInk),
        ] {
            let mut pixels = strokes(96, |_| paper, |_| ink);
            Normalization::default().apply(&mut pixels, 96, polarity);
            assert_eq!(at(&pixels, 96, 49), Normalization::INK);
            assert_eq!(at(&pixels, 96, 55), Normalization::PAPER);
        }
    }

    #[test]
    fn a_shadow_along_the_line_is_evened() {
        let shade = |x: usize, v: f32| (v * (1.0 - 0.5 * x as f32 / 240.0)) as u8;
        let mut pixels = strokes(240, |x| shade(x, 240.0), |x| shade(x, 60.0));
        Normalization::default().apply(&mut pixels, 240, Polarity::DarkInk);
        for x in (12..228).step_by(12) {
            assert!(at(&pixels, 240, x + 1) > 180, "ink at {x}");
            assert!(at(&pixels, 240, x + 7) < 80, "paper at {x}");
        }
    }

    #[test]
    fn weak_ink_beside_black_ink_gains_and_bare_paper_stays_bare() {
        let mut pixels = strokes(240, |_| 240, |x| if x < 120 { 20 } else { 180 });
        Normalization::default().apply(&mut pixels, 240, Polarity::DarkInk);
        // 60 levels of 220 would be 27 %.
        let gained = at(&pixels, 240, 217) - Normalization::PAPER;
        assert!(gained > 80, "{gained}");
        let mut bare: Vec<u8> = (0..HEIGHT * 96)
            .map(|at| 200 + (at * 7 % 5) as u8)
            .collect();
        Normalization::default().apply(&mut bare, 96, Polarity::DarkInk);
        assert!(bare.iter().all(|&v| v < 90));
    }
}
