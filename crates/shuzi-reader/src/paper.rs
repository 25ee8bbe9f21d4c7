//! How bright the paper is, wherever ink may lie on it.

use crate::Picture;

/// Brightness of a tile that is something else than paper, as a share of most tiles'.
const ODD: f32 = 0.25;

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
    pub(crate) fn without_odd_tiles(self) -> Self {
        let mut sorted = self.values.clone();
        sorted.sort_unstable_by(f32::total_cmp);
        let usual = sorted[sorted.len() / 2];
        let odd = |value: f32| match usual {
            bright if bright >= 128.0 => value < ODD * bright,
            dark => 255.0 - value < ODD * (255.0 - dark),
        };
        let kept = self
            .values
            .iter()
            .map(|&value| (!odd(value)).then_some(value));
        let kept: Vec<Option<f32>> = kept.collect();
        let odd = kept.iter().filter(|value| value.is_none()).count();
        if odd == 0 || 3 * odd > kept.len() {
            return self;
        }
        let values = filled(kept, self.columns, self.rows).unwrap_or(self.values);
        Self { values, ..self }
    }

    /// Calls `each` with every row of pixels: its index and the paper's
    /// brightness along it.
    pub(crate) fn for_each_row(&self, mut each: impl FnMut(usize, &[f32])) {
        let mut line = vec![0.0; self.width];
        let along: Vec<_> = (0..self.width)
            .map(|x| Self::between(x, self.width, self.columns))
            .collect();
        for y in 0..self.height {
            let (top, bottom, down) = Self::between(y, self.height, self.rows);
            let row = |row: usize| &self.values[row * self.columns..(row + 1) * self.columns];
            let (upper, lower) = (row(top), row(bottom));
            for (to, &(left, right, across)) in line.iter_mut().zip(&along) {
                let at = |row: &[f32]| row[left] + across * (row[right] - row[left]);
                let (above, below) = (at(upper), at(lower));
                *to = above + down * (below - above);
            }
            each(y, &line);
        }
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
    fn rows<'a>(&'a self, picture: &'a Picture) -> impl Iterator<Item = (usize, &'a [u8])> {
        self.y.clone().map(move |y| {
            let start = y * picture.width;
            (y, &picture.pixels[start + self.x.start..start + self.x.end])
        })
    }

    pub(crate) fn median(&self, picture: &Picture) -> f32 {
        let mut histogram = [0usize; 256];
        for (_, row) in self.rows(picture) {
            for &pixel in row {
                histogram[usize::from(pixel)] += 1;
            }
        }
        let half = self.x.len() * self.y.len() / 2;
        let mut seen = 0;
        let median = histogram.iter().position(|&count| {
            seen += count;
            seen > half
        });
        median.unwrap_or(0) as f32
    }

    /// Mean of the pixels within `floor` of the paper; `None` if they are few.
    pub(crate) fn mean_of_paper(
        &self,
        picture: &Picture,
        paper: &Field,
        floor: f32,
    ) -> Option<f32> {
        let near = floor * 255.0;
        let (mut sum, mut count) = (0.0, 0usize);
        for (y, row) in self.rows(picture) {
            let (top, bottom, down) = Field::between(y, paper.height, paper.rows);
            for (x, &pixel) in self.x.clone().zip(row) {
                let (left, right, across) = Field::between(x, paper.width, paper.columns);
                let at = |row: usize| {
                    let row = &paper.values[row * paper.columns..(row + 1) * paper.columns];
                    row[left] + across * (row[right] - row[left])
                };
                let expected = at(top) + down * (at(bottom) - at(top));
                if (f32::from(pixel) - expected).abs() <= near {
                    sum += f32::from(pixel);
                    count += 1;
                }
            }
        }
        (4 * count >= self.x.len() * self.y.len()).then(|| sum / count as f32)
    }
}
