//! A region to the image that the network sees.

use serde::{Deserialize, Serialize};

use crate::{
    binarize::Ink,
    image::resample::{Part, resample},
    segment::components::{Components, Region},
};

/// Side of a normalised image in pixels.
pub const SIDE: usize = 28;

/// Longest side of the strokes in it.
const BOX: f64 = 20.0;

/// Column and row where the centre of mass comes to lie; pixels are named by
/// their index. Measured over MNIST's training images: 14.0 ± 0.3.
const CENTRE: f64 = 14.0;

/// How strokes become a crop, where MNIST does not say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CropParams {
    /// Widest strokes of a pair, in pixels of the crop.
    pub pair: f64,
    /// How many times wider than high a pair may be.
    pub widest_pair: f64,
    /// One in so many pixels of ink becomes full ink, the strongest.
    pub full: usize,
    /// Brightness that a crop has somewhere if its strokes are as thick as a thin pen's: fainter
    /// ones, of which the network knows none, are brought to full strength. Off: they stay faint.
    pub faint: Option<u8>,
}

impl Default for CropParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            pair: 26.0,
            widest_pair: 4.0,
            full: 10,
            faint: Some(200),
        }
    }
}

/// A digit as MNIST shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    /// `[28, 28]`, 0 paper to 255 ink.
    pub pixels: [u8; SIDE * SIDE],
}

impl Crop {
    /// Paper alone.
    pub(crate) fn blank() -> Self {
        Self {
            pixels: [0; SIDE * SIDE],
        }
    }

    /// What the network takes: `[28, 28, 1]`, pixel / 255.
    pub fn input(&self) -> impl Iterator<Item = f32> + '_ {
        self.pixels.iter().map(|&pixel| f32::from(pixel) / 255.0)
    }
}

/// Brings a region's strokes to 28×28 the way MNIST was made (LeCun et al.
/// 1998, section III.A): scaled with their aspect ratio kept, antialiased,
/// until the longer side is 20 pixels, then moved by whole pixels until their
/// centre of mass is at the centre. Ink that is not the region's is left
/// out; faint ink is brought to full strength, and so are strokes that
/// become thinner than a pixel.
pub fn normalize_digit(
    ink: &Ink,
    components: &Components,
    region: &Region,
    params: &CropParams,
) -> Crop {
    let strokes = StrokeImage::of(ink, components, region, params);
    let longest = strokes.width.max(strokes.height);
    let scale = BOX / longest;
    let (mass_x, mass_y) = strokes.centre_of_mass();
    // Where the strokes' corner comes to lie, by whole pixels; pixel i reaches
    // from i to i + 1.
    let place = |mass: f64, from: f64, length: f64| {
        let ideal = (CENTRE + 0.5 - (mass - from) * scale).round();
        // A long tail must not leave the image.
        ideal.clamp(0.0, (SIDE as f64 - length * scale).floor().max(0.0))
    };
    let x = place(mass_x, strokes.left, strokes.width);
    let y = place(mass_y, strokes.top, strokes.height);
    strokes.crop([scale; 2], [x, y], params)
}

/// Brings what may be two digits to 28×28: as high as one digit is in its image, squeezed
/// if that would be too wide, and in the middle. The rest is as in [`normalize_digit`].
pub fn normalize_bigram(
    ink: &Ink,
    components: &Components,
    region: &Region,
    params: &CropParams,
) -> Crop {
    let strokes = StrokeImage::of(ink, components, region, params);
    // What is far wider than high is no pair, and would be drawn out without end.
    let down = BOX / strokes.height.max(strokes.width / params.widest_pair);
    let across = down.min(params.pair / strokes.width);
    let middle = |length: f64, scale: f64| 0.5 * (SIDE as f64 - length * scale);
    let corner = [middle(strokes.width, across), middle(strokes.height, down)];
    strokes.crop([across, down], corner, params)
}

/// A region's ink alone.
struct StrokeImage {
    /// Size of `coverage`.
    columns: usize,
    rows: usize,
    /// `[rows, columns]`.
    coverage: Vec<u8>,
    /// The strokes' rectangle in it, to fractions of a pixel: a pixel at the
    /// border counts by its coverage.
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

impl StrokeImage {
    fn of(ink: &Ink, components: &Components, region: &Region, params: &CropParams) -> Self {
        let [across, down] = region.with_soft_edge(ink);
        let (columns, rows) = (across.len(), down.len());
        let own = |label: &u32| match region.labels.as_slice() {
            [part] => part == label,
            parts => parts.contains(label),
        };
        let mut coverage = Vec::with_capacity(columns * rows);
        for y in down {
            let row = y * ink.width + across.start..y * ink.width + across.end;
            let pixels = ink.coverage[row.clone()].iter();
            let pixels = pixels.zip(&components.labels[row]);
            coverage.extend(pixels.map(|(ink, label)| if own(label) { *ink } else { 0 }));
        }
        strengthen(&mut coverage, Ink::EDGE, params.full);
        let mut column_peaks = vec![0; columns];
        for row in coverage.chunks_exact(columns) {
            for (peak, coverage) in column_peaks.iter_mut().zip(row) {
                *peak = (*peak).max(*coverage);
            }
        }
        let row_peaks: Vec<u8> = coverage
            .chunks_exact(columns)
            .map(|row| row.iter().copied().max().unwrap_or(0))
            .collect();
        let (left, width) = extent(&column_peaks);
        let (top, height) = extent(&row_peaks);
        Self {
            columns,
            rows,
            coverage,
            left,
            top,
            width,
            height,
        }
    }

    /// The 28×28 in which they are `[across, down]` times as large as here and their
    /// corner is at `[x, y]`.
    fn crop(&self, [across, down]: [f64; 2], [x, y]: [f64; 2], params: &CropParams) -> Crop {
        // What becomes the 28×28 reaches over the strokes' own pixels, so that a canvas
        // around them is needed, with a pixel to spare for rounding.
        let [width, height] = [across, down].map(|scale| SIDE as f64 / scale);
        let [left, top] = [self.left - x / across, self.top - y / down];
        let over = |by: f64| by.max(0.0).ceil() as usize + 1;
        let before = [over(-left), over(-top)];
        let canvas_width = before[0] + self.columns + over(left + width - self.columns as f64);
        let canvas_height = before[1] + self.rows + over(top + height - self.rows as f64);
        let mut canvas = vec![0u8; canvas_width * canvas_height];
        for (row, line) in self.coverage.chunks_exact(self.columns).enumerate() {
            let start = (row + before[1]) * canvas_width + before[0];
            canvas[start..start + self.columns].copy_from_slice(line);
        }
        let part = Part {
            left: left + before[0] as f64,
            top: top + before[1] as f64,
            width,
            height,
        };
        let size = [canvas_width, canvas_height];
        let small = resample(&canvas, size, part, [SIDE, SIDE]);
        // The part lies within the canvas by construction.
        debug_assert!(small.is_some(), "{part:?} of {size:?}");
        let mut pixels = [0; SIDE * SIDE];
        if let Some(small) = small {
            pixels.copy_from_slice(&small);
        }
        // Strokes thinner than a pixel of it.
        let brightest = pixels.iter().copied().max().unwrap_or(0);
        if params.faint.is_some_and(|faint| brightest < faint) {
            strengthen(&mut pixels, brightest / 2, params.full);
        }
        Crop { pixels }
    }

    fn centre_of_mass(&self) -> (f64, f64) {
        let (mut mass, mut x_sum, mut y_sum) = (0.0, 0.0, 0.0);
        for (y, row) in self.coverage.chunks_exact(self.columns).enumerate() {
            let (mut mass_of_row, mut x_sum_of_row) = (0u64, 0u64);
            for (x, &coverage) in (0u64..).zip(row) {
                mass_of_row += u64::from(coverage);
                x_sum_of_row += u64::from(coverage) * x;
            }
            let mass_of_row = mass_of_row as f64;
            mass += mass_of_row;
            x_sum += x_sum_of_row as f64 + 0.5 * mass_of_row;
            y_sum += mass_of_row * (y as f64 + 0.5);
        }
        (x_sum / mass.max(1.0), y_sum / mass.max(1.0))
    }
}

/// Scales `coverage` until one in so many pixels that have the `least` of it is full.
fn strengthen(coverage: &mut [u8], least: u8, one_in: usize) {
    let mut counts = [0usize; 256];
    for &coverage in coverage.iter() {
        counts[usize::from(coverage)] += 1;
    }
    let ink = || (0..=255u8).zip(counts).skip(usize::from(least.max(1)));
    let all: usize = ink().map(|(_, count)| count).sum();
    if all == 0 {
        return;
    }
    let mut below = 0;
    let full = ink().find(|(_, count)| {
        below += count;
        below >= all - all / one_in.max(1)
    });
    let full = full.map_or(255, |(full, _)| full);
    let stronger: [u8; 256] =
        std::array::from_fn(|value| (value * 255 / usize::from(full)).min(255) as u8);
    for value in coverage {
        *value = stronger[usize::from(*value)];
    }
}

/// Where the strokes begin along an axis and how long they are, given the
/// largest coverage of each row or column.
fn extent(peaks: &[u8]) -> (f64, f64) {
    let share = |peak: u8| f64::from(peak) / 255.0;
    let inner = |peak: &u8| *peak >= Ink::EDGE;
    let first = peaks.iter().position(inner).unwrap_or(0);
    let last = peaks.iter().rposition(inner).unwrap_or(0);
    // The pixel beyond an edge belongs to the stroke by its share.
    let before = if first > 0 {
        share(peaks[first - 1])
    } else {
        0.0
    };
    let after = peaks.get(last + 1).map_or(0.0, |&peak| share(peak));
    (
        first as f64 - before,
        (last + 1 - first) as f64 + before + after,
    )
}

#[cfg(test)]
mod tests;
