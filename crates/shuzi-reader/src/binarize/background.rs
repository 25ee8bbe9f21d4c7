//! How bright the paper is, wherever ink may lie on it.

use serde::{Deserialize, Serialize};

use crate::image::decode::Picture;

/// How the paper's brightness is found: by tiles, between whose middles it is interpolated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BackgroundParams {
    /// Tiles along the picture's shorter side.
    pub across: usize,
    /// Least side of a tile in pixels.
    pub least: usize,
    /// Tiles on something else than paper take their neighbours' brightness. Off: each has its
    /// own.
    pub odd: Option<OddTilesParams>,
    /// The brightness is measured once more in smaller tiles, without what looks like ink.
    /// Off: it is that of the large tiles.
    pub finer: Option<FinerTilesParams>,
}

impl Default for BackgroundParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            across: 3,
            least: 32,
            odd: Some(OddTilesParams::default()),
            finer: Some(FinerTilesParams::default()),
        }
    }
}

/// Which tiles lie on something else than paper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OddTilesParams {
    /// Their brightness, as a share of most tiles'; on dark ground their darkness.
    pub brightness: f32,
    /// Where a greater share of the tiles than this is odd, none is.
    pub most: f64,
}

impl Default for OddTilesParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            brightness: 0.25,
            most: 1.0 / 3.0,
        }
    }
}

/// How the paper's brightness is measured once more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FinerTilesParams {
    /// Tiles along the side of a large one.
    pub across: usize,
    /// Least share of a tile that has to look like paper, lest it take its neighbours'
    /// brightness.
    pub paper: f64,
}

impl Default for FinerTilesParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            across: 4,
            paper: 0.25,
        }
    }
}

/// Brightness of the paper at the centres of tiles, interpolated between them.
pub(crate) struct Field {
    width: usize,
    height: usize,
    columns: usize,
    rows: usize,
    /// `[rows, columns]`.
    values: Vec<f32>,
}

/// A tile of the picture.
pub(crate) struct Tile {
    x: std::ops::Range<usize>,
    y: std::ops::Range<usize>,
}

impl Field {
    /// A field of tiles of about `side` pixels. Tiles without a value take
    /// that of their neighbours; `None` if no tile has one.
    pub(crate) fn new(
        width: usize,
        height: usize,
        side: usize,
        value: impl Fn(&Tile) -> Option<f32>,
    ) -> Option<Self> {
        let side = side.max(1);
        let (columns, rows) = ((width / side).max(1), (height / side).max(1));
        let mut values = Vec::with_capacity(columns * rows);
        for row in 0..rows {
            for column in 0..columns {
                values.push(value(&Tile {
                    x: column * width / columns..(column + 1) * width / columns,
                    y: row * height / rows..(row + 1) * height / rows,
                }));
            }
        }
        Some(Self {
            width,
            height,
            columns,
            rows,
            values: filled(values, columns, rows)?,
        })
    }

    /// The same, but tiles that are far darker than most, or on dark ground far brighter, take
    /// the value of their neighbours: they lie on something else.
    pub(crate) fn without_odd_tiles(self, params: &OddTilesParams) -> Self {
        let mut sorted = self.values.clone();
        sorted.sort_unstable_by(f32::total_cmp);
        let usual = sorted[sorted.len() / 2];
        let odd = |value: f32| match usual {
            bright if bright >= 128.0 => value < params.brightness * bright,
            dark => 255.0 - value < params.brightness * (255.0 - dark),
        };
        let kept = self
            .values
            .iter()
            .map(|&value| (!odd(value)).then_some(value));
        let kept: Vec<Option<f32>> = kept.collect();
        let odd = kept.iter().filter(|value| value.is_none()).count();
        if odd == 0 || odd as f64 / kept.len() as f64 > params.most {
            return self;
        }
        let values = filled(kept, self.columns, self.rows).unwrap_or(self.values);
        Self { values, ..self }
    }

    /// The paper's brightness at every pixel, `[height, width]`.
    pub(crate) fn brightness(&self) -> Vec<f32> {
        let along: Vec<_> = (0..self.width)
            .map(|x| Self::between(x, self.width, self.columns))
            .collect();
        let shares: Vec<f32> = along.iter().map(|(.., share)| *share).collect();
        let same_tiles = |a: &(usize, usize, f32), b: &(usize, usize, f32)| a.0 == b.0;
        let mut brightness = Vec::with_capacity(self.width * self.height);
        for y in 0..self.height {
            let (top, bottom, down) = Self::between(y, self.height, self.rows);
            let at = |column: usize| {
                let [above, below] =
                    [top, bottom].map(|row| self.values[row * self.columns + column]);
                above + down * (below - above)
            };
            let mut shares = shares.as_slice();
            for between in along.chunk_by(same_tiles) {
                let (left, right, _) = between[0];
                let (left, right) = (at(left), at(right));
                let (own, others) = shares.split_at(between.len());
                shares = others;
                brightness.extend(own.iter().map(|share| left + share * (right - left)));
            }
        }
        brightness
    }

    /// The tiles before and after pixel `at` of `length`, and how far it is
    /// from the first to the second.
    fn between(at: usize, length: usize, tiles: usize) -> (usize, usize, f32) {
        let position = (at as f32 + 0.5) * tiles as f32 / length as f32 - 0.5;
        let before = position.max(0.0) as usize;
        let after = (before + 1).min(tiles - 1);
        let before = before.min(tiles - 1);
        (before, after, (position - before as f32).clamp(0.0, 1.0))
    }
}

/// Gives tiles without a value the mean of their neighbours', ring by ring.
fn filled(mut values: Vec<Option<f32>>, columns: usize, rows: usize) -> Option<Vec<f32>> {
    if values.iter().all(Option::is_none) {
        return None;
    }
    while values.iter().any(Option::is_none) {
        let known = values.clone();
        for row in 0..rows {
            for column in 0..columns {
                if known[row * columns + column].is_some() {
                    continue;
                }
                let around = (row.saturating_sub(1)..(row + 2).min(rows)).flat_map(|row| {
                    let columns_around = column.saturating_sub(1)..(column + 2).min(columns);
                    columns_around.map(move |column| row * columns + column)
                });
                let (sum, count) = around
                    .filter_map(|index| known[index])
                    .fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
                if count > 0 {
                    values[row * columns + column] = Some(sum / count as f32);
                }
            }
        }
    }
    values.into_iter().collect()
}

impl Tile {
    /// Its rows of what has a value for each of `width` columns.
    fn rows<'a, T>(&self, width: usize, values: &'a [T]) -> impl Iterator<Item = &'a [T]> {
        let columns = self.x.clone();
        let rows = self.y.clone();
        rows.map(move |y| &values[y * width..][columns.clone()])
    }

    pub(crate) fn median(&self, picture: &Picture) -> f32 {
        let mut histogram = [0usize; 256];
        for &pixel in self.rows(picture.width, &picture.pixels).flatten() {
            histogram[usize::from(pixel)] += 1;
        }
        let half = self.x.len() * self.y.len() / 2;
        let mut seen = 0;
        let median = histogram.iter().position(|&count| {
            seen += count;
            seen > half
        });
        median.unwrap_or(0) as f32
    }

    /// Mean of the pixels within `floor` of the paper's `brightness`, `[height, width]`; `None`
    /// if they are few.
    pub(crate) fn mean_of_paper(
        &self,
        picture: &Picture,
        brightness: &[f32],
        floor: f32,
        params: &FinerTilesParams,
    ) -> Option<f32> {
        let near = floor * 255.0;
        let (mut sum, mut count) = (0u64, 0);
        let pixels = self.rows(picture.width, &picture.pixels);
        for (pixels, papers) in pixels.zip(self.rows(picture.width, brightness)) {
            // Of one row, which 32 bits hold.
            let (mut sum_of_row, mut count_of_row) = (0u32, 0u32);
            for (&pixel, paper) in pixels.iter().zip(papers) {
                let is_paper = u32::from((f32::from(pixel) - paper).abs() <= near);
                sum_of_row += is_paper * u32::from(pixel);
                count_of_row += is_paper;
            }
            sum += u64::from(sum_of_row);
            count += count_of_row as usize;
        }
        let all = self.x.len() * self.y.len();
        let enough = count > 0 && count as f64 / all as f64 >= params.paper;
        enough.then(|| (sum as f64 / count as f64) as f32)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn brightness_is_interpolated_between_the_nearest_four_tiles(
            (width, height, side) in (1usize..40, 1usize..40, 1usize..20),
            values in prop::collection::vec(0.0..255.0f32, 1600),
        ) {
            let values = std::cell::RefCell::new(values.into_iter());
            let field = Field::new(width, height, side, |_| values.borrow_mut().next()).unwrap();
            let brightness = field.brightness();
            prop_assert_eq!(brightness.len(), width * height);
            for (at, found) in brightness.into_iter().enumerate() {
                let (left, right, across) = Field::between(at % width, width, field.columns);
                let (top, bottom, down) = Field::between(at / width, height, field.rows);
                let value = |row: usize, column: usize| field.values[row * field.columns + column];
                let mix = |from: f32, to: f32, share: f32| (1.0 - share) * from + share * to;
                let above = mix(value(top, left), value(top, right), across);
                let below = mix(value(bottom, left), value(bottom, right), across);
                prop_assert!((found - mix(above, below, down)).abs() < 1e-2);
            }
        }
    }
}
