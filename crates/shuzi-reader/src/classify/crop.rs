//! A region to the image that the network sees.

use crate::{
    binarize::Ink,
    image::resample::{Part, resample},
    segment::components::{Components, Region},
};

/// Side of a normalised image in pixels.
pub const SIDE: usize = 28;

/// Longest side of the strokes in it.
const BOX: f64 = 20.0;

/// Widest strokes of a pair in it, and how much wider than high a pair may be.
const PAIR: f64 = 26.0;
const WIDEST_PAIR: f64 = 4.0;

/// Column and row where the centre of mass comes to lie; pixels are named by
/// their index. Measured over MNIST's training images: 14.0 ± 0.3.
const CENTRE: f64 = 14.0;

/// Brightness that a crop has somewhere if its strokes are as thick as a thin pen's: the
/// network knows no digit whose strokes are fainter.
const FAINT: u8 = 200;

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
pub fn normalize_digit(ink: &Ink, components: &Components, region: &Region) -> Crop {
    let strokes = StrokeImage::of(ink, components, region);
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
    strokes.crop([scale; 2], [x, y])
}

/// Brings what may be two digits to 28×28: as high as one digit is in its image, squeezed
/// if that would be too wide, and in the middle. The rest is as in [`normalize_digit`].
pub fn normalize_bigram(ink: &Ink, components: &Components, region: &Region) -> Crop {
    let strokes = StrokeImage::of(ink, components, region);
    // What is far wider than high is no pair, and would be drawn out without end.
    let down = BOX / strokes.height.max(strokes.width / WIDEST_PAIR);
    let across = down.min(PAIR / strokes.width);
    let middle = |length: f64, scale: f64| 0.5 * (SIDE as f64 - length * scale);
    let corner = [middle(strokes.width, across), middle(strokes.height, down)];
    strokes.crop([across, down], corner)
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
    fn of(ink: &Ink, components: &Components, region: &Region) -> Self {
        // Soft edges may reach a little over the bounds.
        let reach = 2 + region.bounds.longest() / 20;
        let bounds = &region.bounds;
        let (x0, y0) = (
            bounds.x.saturating_sub(reach),
            bounds.y.saturating_sub(reach),
        );
        let (x1, y1) = (
            (bounds.right() + reach).min(ink.width),
            (bounds.bottom() + reach).min(ink.height),
        );
        let (columns, rows) = (x1 - x0, y1 - y0);
        let own = |label: &u32| match region.labels.as_slice() {
            [part] => part == label,
            parts => parts.contains(label),
        };
        let mut coverage = Vec::with_capacity(columns * rows);
        for y in y0..y1 {
            let row = y * ink.width + x0..y * ink.width + x1;
            let pixels = ink.coverage[row.clone()].iter();
            let pixels = pixels.zip(&components.labels[row]);
            coverage.extend(pixels.map(|(ink, label)| if own(label) { *ink } else { 0 }));
        }
        strengthen(&mut coverage, Ink::EDGE);
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
    fn crop(&self, [across, down]: [f64; 2], [x, y]: [f64; 2]) -> Crop {
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
        // StrokeImage thinner than a pixel of it.
        let brightest = pixels.iter().copied().max().unwrap_or(0);
        if brightest < FAINT {
            strengthen(&mut pixels, brightest / 2);
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

/// Scales `coverage` until the upper tenth of what has the `least` of it is full.
fn strengthen(coverage: &mut [u8], least: u8) {
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
        below >= all - all / 10
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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        binarize::binarize, image::decode::Limits, image::decode::decode,
        segment::components::find_components,
    };

    /// The only region of a light-on-dark image, normalised.
    fn normalized(width: usize, height: usize, pixels: &[u8]) -> Crop {
        let mut bytes = format!("P5 {width} {height} 255\n").into_bytes();
        bytes.extend(pixels);
        let ink = binarize(&decode(&bytes, Limits::default()).unwrap()).unwrap();
        let components = find_components(&ink);
        assert_eq!(components.regions.len(), 1);
        normalize_digit(&ink, &components, &components.regions[0])
    }

    fn extent_of(crop: &Crop) -> (usize, usize) {
        let inked = |at: usize| crop.pixels[at] >= Ink::EDGE;
        let columns = (0..SIDE).filter(|x| (0..SIDE).any(|y| inked(y * SIDE + x)));
        let rows = (0..SIDE).filter(|y| (0..SIDE).any(|x| inked(y * SIDE + x)));
        (columns.count(), rows.count())
    }

    /// A ring with a tail: something like a 9.
    fn nine(side: usize, x: f64, y: f64) -> u8 {
        let s = side as f64;
        let (x, y) = (x / s, y / s);
        let ring = ((x - 0.45).hypot(y - 0.35) - 0.15).abs() < 0.04;
        let tail = (0.55..0.63).contains(&x) && (0.35..0.85).contains(&y);
        if ring || tail { 255 } else { 0 }
    }

    fn draw(side: usize, dx: f64, dy: f64) -> Vec<u8> {
        (0..side * side)
            .map(|i| {
                nine(
                    side,
                    (i % side) as f64 + 0.5 - dx,
                    (i / side) as f64 + 0.5 - dy,
                )
            })
            .collect()
    }

    #[test]
    fn strokes_thinner_than_a_pixel_of_the_crop_are_as_bright_as_others() {
        for thickness in [1, 3, 20] {
            let mut pixels = vec![250; 200 * 240];
            for y in 20..220 {
                pixels[y * 200 + 80..][..thickness].fill(10);
            }
            let crop = normalized(200, 240, &pixels);
            let column: Vec<u8> = (0..SIDE)
                .filter_map(|y| crop.pixels[y * SIDE..][..SIDE].iter().copied().max())
                .collect();
            let bright = column.iter().filter(|&&ink| ink >= FAINT / 2).count();
            assert!((19..=21).contains(&bright), "{thickness}: {column:?}");
        }
    }

    #[test]
    fn any_size_and_place_gives_the_same_crop() {
        let expected = normalized(200, 200, &draw(200, 0.0, 0.0));
        let (columns, rows) = extent_of(&expected);
        assert_eq!(rows, 20);
        assert!(columns < 15);
        for (side, dx, dy) in [
            (200, 31.0, -17.0),
            (200, -40.0, 9.0),
            (601, 55.5, -70.25),
            (90, 0.0, 0.0),
        ] {
            let crop = normalized(side, side, &draw(side, dx, dy));
            let difference: u32 = crop
                .pixels
                .iter()
                .zip(&expected.pixels)
                .map(|(a, b)| u32::from(a.abs_diff(*b)))
                .sum();
            let mean = f64::from(difference) / (SIDE * SIDE) as f64;
            assert!(mean < 5.0, "{side} {dx} {dy}: {mean}");
        }
    }

    #[test]
    fn the_centre_of_mass_is_at_the_centre() {
        let crop = normalized(200, 200, &draw(200, 20.0, 12.0));
        let mass: f64 = crop.pixels.iter().map(|&p| f64::from(p)).sum();
        let mean = |at: fn(usize) -> usize| {
            let sum: f64 = crop
                .pixels
                .iter()
                .enumerate()
                .map(|(i, &p)| at(i) as f64 * f64::from(p))
                .sum();
            sum / mass
        };
        assert!((mean(|i| i % SIDE) - CENTRE).abs() <= 0.55);
        assert!((mean(|i| i / SIDE) - CENTRE).abs() <= 0.55);
    }

    #[test]
    fn an_image_of_mnist_comes_out_as_it_went_in() {
        let (train, _) = shuzi_data::fixture::load();
        let mut moved = 0;
        let n = 300;
        for index in 0..n {
            let (pixels, _) = train.get(index).unwrap();
            let ink_bytes = {
                let mut bytes = b"P5 28 28 255\n".to_vec();
                bytes.extend(pixels);
                bytes
            };
            let ink = binarize(&decode(&ink_bytes, Limits::default()).unwrap()).unwrap();
            let components = find_components(&ink);
            let Some(region) = components.regions.first() else {
                moved += 1;
                continue;
            };
            let crop = normalize_digit(&ink, &components, region);
            let difference: u32 = crop
                .pixels
                .iter()
                .zip(pixels)
                .map(|(a, b)| u32::from(a.abs_diff(*b)))
                .sum();
            if difference > 20 * 784 {
                moved += 1;
            }
        }
        // Broken strokes and boxes that are not 20 pixels make the rest.
        assert!(moved * 10 <= n, "{moved} of {n}");
    }

    /// The extent of what two strokes become, each `[x, y, width, height]`, as two digits.
    fn pair(strokes: [[usize; 4]; 2]) -> (usize, usize) {
        let (width, height) = (400, 100);
        let mut ink = Ink {
            width,
            height,
            coverage: vec![0; width * height],
            polarity: crate::binarize::Polarity::DarkOnLight,
        };
        for [x, y, across, down] in strokes {
            for row in y..y + down {
                ink.coverage[row * width + x..][..across].fill(255);
            }
        }
        let components = Components {
            labels: ink.coverage.iter().map(|c| u32::from(c / 255)).collect(),
            regions: Vec::new(),
            left_out: 0,
            points: Vec::new(),
            last_label: 1,
        };
        let bounds = strokes.map(|[x, y, width, height]| crate::image::rectangle::Rectangle {
            x,
            y,
            width,
            height,
        });
        let region = Region {
            bounds: bounds[0].union(&bounds[1]),
            line: 0,
            labels: vec![1],
        };
        extent_of(&normalize_bigram(&ink, &components, &region))
    }

    #[test]
    fn a_pair_is_as_high_as_a_digit_and_squeezed_if_it_is_wide() {
        let plain = pair([[50, 20, 8, 60], [50, 20, 48, 8]]);
        assert_eq!(plain, (16, 20));
        let wide = pair([[50, 20, 8, 40], [50, 20, 100, 8]]);
        assert_eq!(wide, (26, 20), "squeezed");
        let rule = pair([[0, 40, 200, 4], [200, 50, 200, 4]]);
        assert_eq!(rule, (26, 4), "not drawn out");
    }

    proptest! {
        #[test]
        fn any_ink_gives_a_crop(
            width in 1usize..50,
            height in 1usize..50,
            bytes in prop::collection::vec(any::<u8>(), 2500),
        ) {
            let ink = Ink {
                width,
                height,
                coverage: bytes[..width * height].to_vec(),
                polarity: crate::binarize::Polarity::LightOnDark,
            };
            let components = find_components(&ink);
            for region in &components.regions {
                normalize_digit(&ink, &components, region);
            }
        }
    }
}
