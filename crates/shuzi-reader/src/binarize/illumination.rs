//! Light that falls off from one side of a picture to the other.

use serde::{Deserialize, Serialize};

use crate::image::decode::Picture;

/// When light falls off and is evened out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IlluminationParams {
    /// Blocks along the picture's shorter side.
    pub blocks: usize,
    /// Most blocks along the longer one: all pairs are looked at.
    pub most_blocks: usize,
    /// Least difference of light, as a share of the brightest.
    pub least: f64,
    /// How many times as many pixels as one brightness explains the slope has to explain.
    pub gain: f64,
    /// Least share of all pixels that it has to explain: that is paper.
    pub share: f64,
    /// How far paper departs from its brightness, in grey levels; where the darkest paper has
    /// less there is no light to divide by.
    pub paper: f64,
    /// Pixels that are looked at along each side of a block.
    pub looked_at: usize,
    /// Pixels along each side of the picture that are looked at to see what is explained.
    pub looked_at_of_all: usize,
}

impl Default for IlluminationParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            blocks: 6,
            most_blocks: 24,
            least: 0.15,
            gain: 1.5,
            share: 0.4,
            paper: 10.0,
            looked_at: 8,
            looked_at_of_all: 64,
        }
    }
}

/// Brightness of paper that changes evenly along both axes.
#[derive(Clone, Copy, Debug)]
struct Slope {
    /// In the corner.
    start: f64,
    /// Change for a pixel to the right, and for one down.
    by: [f64; 2],
}

impl Slope {
    fn at(&self, x: f64, y: f64) -> f64 {
        self.start + self.by[0] * x + self.by[1] * y
    }
}

/// A picture as if its light did not fall off from one side to the other; `None` if it
/// hardly does.
///
/// The slope is that of most pairs of blocks (Theil and Sen), which ink in some does not
/// change, and it counts if it explains more pixels than one brightness does.
pub(crate) fn flatten_illumination(
    picture: &Picture,
    params: &IlluminationParams,
) -> Option<Picture> {
    let (width, height) = (picture.width, picture.height);
    let slope = slope(picture, params)?;
    let (right, bottom) = (width as f64 - 1.0, height as f64 - 1.0);
    let corners = [(0.0, 0.0), (right, 0.0), (0.0, bottom), (right, bottom)];
    let corners = corners.map(|(x, y)| slope.at(x, y));
    let brightest = corners.iter().copied().fold(0.0, f64::max);
    let darkest = corners.iter().copied().fold(f64::INFINITY, f64::min);
    let hardly = darkest < params.paper || brightest - darkest < params.least * brightest;
    if hardly || !explains(&slope, picture, params) {
        return None;
    }
    let full = brightest.min(255.0);
    let mut lit = picture.clone();
    for (y, row) in lit.pixels.chunks_exact_mut(width).enumerate() {
        for (x, pixel) in row.iter_mut().enumerate() {
            let even = f64::from(*pixel) * full / slope.at(x as f64, y as f64);
            *pixel = (even + 0.5) as u8;
        }
    }
    Some(lit)
}

/// The slope of the medians of blocks.
fn slope(picture: &Picture, params: &IlluminationParams) -> Option<Slope> {
    let (width, height) = (picture.width, picture.height);
    let side = (width.min(height) / params.blocks.max(1)).max(1);
    let [columns, rows] = [width, height].map(|length| (length / side).min(params.most_blocks));
    if columns < 2 || rows < 2 {
        return None;
    }
    let step = |length: usize, blocks: usize| (length / blocks).div_ceil(params.looked_at.max(1));
    let (across, down) = (step(width, columns), step(height, rows));
    let block = |row: usize, column: usize| {
        let rows = row * height / rows..(row + 1) * height / rows;
        let columns = column * width / columns..(column + 1) * width / columns;
        let lines = rows
            .step_by(down)
            .map(|y| &picture.pixels[y * width..][columns.clone()]);
        let pixels = lines.flat_map(|line| line.iter().step_by(across));
        median(pixels.map(|pixel| f64::from(*pixel)).collect())
    };
    let mut blocks = Vec::with_capacity(columns * rows);
    for row in 0..rows {
        for column in 0..columns {
            blocks.push(block(row, column)?);
        }
    }
    let at = |row: usize, column: usize| blocks[row * columns + column];
    let (mut across, mut down) = (Vec::new(), Vec::new());
    for row in 0..rows {
        for column in 0..columns {
            let here = at(row, column);
            across.extend((0..column).map(|x| (here - at(row, x)) / (column - x) as f64));
            down.extend((0..row).map(|y| (here - at(y, column)) / (row - y) as f64));
        }
    }
    let by = [
        median(across)? * columns as f64 / width as f64,
        median(down)? * rows as f64 / height as f64,
    ];
    let level = Slope { start: 0.0, by };
    let middle = |index: usize, count: usize, length: usize| {
        (index as f64 + 0.5) * length as f64 / count as f64 - 0.5
    };
    let starts = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    let starts = starts.map(|(row, column)| {
        let (x, y) = (middle(column, columns, width), middle(row, rows, height));
        at(row, column) - level.at(x, y)
    });
    let start = median(starts.collect())?;
    Some(Slope { start, by })
}

/// Whether more pixels are near to the slope than to one brightness.
fn explains(slope: &Slope, picture: &Picture, params: &IlluminationParams) -> bool {
    let step = |length: usize| length.div_ceil(params.looked_at_of_all.max(1));
    let rows = (0..picture.height).step_by(step(picture.height));
    let pixels = rows.flat_map(|y| {
        let columns = (0..picture.width).step_by(step(picture.width));
        columns.map(move |x| (x as f64, y as f64, y * picture.width + x))
    });
    let seen: Vec<(f64, f64)> = pixels
        .map(|(x, y, at)| (slope.at(x, y), f64::from(picture.pixels[at])))
        .collect();
    let Some(usual) = median(seen.iter().map(|(_, pixel)| *pixel).collect()) else {
        return false;
    };
    let near = |expected: &dyn Fn(f64) -> f64| {
        let near = seen
            .iter()
            .filter(|(on_slope, pixel)| (pixel - expected(*on_slope)).abs() <= params.paper);
        near.count() as f64
    };
    let (by_slope, by_one) = (near(&|on_slope| on_slope), near(&|_| usual));
    by_slope >= params.gain * by_one && by_slope >= params.share * seen.len() as f64
}

/// `None` of nothing.
fn median(mut values: Vec<f64>) -> Option<f64> {
    let half = values.len() / 2;
    let (_, middle, _) =
        (!values.is_empty()).then(|| values.select_nth_unstable_by(half, f64::total_cmp))?;
    Some(*middle)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::binarize::tests::picture;

    /// A ring that covers a fourth of a small picture.
    fn ring(x: usize, y: usize) -> bool {
        (6.0..10.0).contains(&(x as f64 - 14.0).hypot(y as f64 - 14.0))
    }

    #[test]
    fn light_that_falls_off_is_evened_out() {
        // Across, down, and both ways.
        for [right, down] in [[-5.0, 0.0], [0.0, -5.0], [-3.0, 3.0]] {
            let light = |x: usize, y: usize| 240.0 + right * x as f64 + down * y as f64;
            let light = |x: usize, y: usize| (light(x, y) - f64::max(0.0, down) * 27.0).max(0.0);
            let shaded = picture(28, 28, |x, y| {
                (light(x, y) * if ring(x, y) { 0.3 } else { 1.0 }) as u8
            });
            let lit = flatten_illumination(&shaded, &IlluminationParams::default()).unwrap();
            for (at, &pixel) in lit.pixels.iter().enumerate() {
                let inked = ring(at % 28, at / 28);
                let expected = if inked { 60..80 } else { 225..255 };
                assert!(
                    expected.contains(&pixel),
                    "{right} {down}: pixel {at} is {pixel}"
                );
            }
        }
    }

    #[test]
    fn what_is_lit_evenly_stays() {
        // Ink on one side alone is no light.
        let pictures = [
            picture(28, 28, |x, y| if ring(x, y) { 30 } else { 200 }),
            picture(40, 60, |x, _| if x > 28 { 30 } else { 200 }),
            picture(300, 80, |x, y| 180 + ((x * 7919 + y * 104_729) % 13) as u8),
            picture(30, 30, |_, _| 0),
            picture(1, 50, |_, y| y as u8),
            picture(
                60_000,
                12,
                |x, y| if (x / 9 + y) % 5 == 0 { 30 } else { 200 },
            ),
        ];
        for picture in pictures {
            assert!(flatten_illumination(&picture, &IlluminationParams::default()).is_none());
        }
    }

    proptest! {
        #[test]
        fn any_pixels_have_some_light(
            (width, height) in (1usize..50, 1usize..50),
            seed in prop::collection::vec(any::<u8>(), 2500),
        ) {
            let given = picture(width, height, |x, y| seed[y * width + x]);
            if let Some(lit) = flatten_illumination(&given, &IlluminationParams::default()) {
                prop_assert_eq!(lit.pixels.len(), width * height);
            }
        }
    }
}
