//! Digits of data sets, with what tells one writer's from another's.

use shuzi_data::{
    ClassScheme, Dataset, DatasetError,
    idx::{Images, Labels},
};

use crate::{
    outline::{BANDS, Outline, band},
    random::Chance,
};

/// Ink of a pixel that counts, of 255.
const INK: u8 = 64;

/// A digit of a data set; lengths in shares of its ink's height.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    /// Where it stands in the set.
    index: usize,
    /// Left, top, width and height of its ink in pixels.
    ink: [f32; 4],
    /// Half the width of its stroke.
    pub(crate) half: f32,
    /// Columns to a row that it leans to the right, beyond what its digit does anyway.
    pub(crate) slant: f32,
    /// Its outline, upright.
    pub(crate) outline: Outline,
}

/// Digits of one data set.
#[derive(Debug, Clone)]
pub struct Bank {
    images: Images,
    digits: [Vec<Model>; 10],
}

impl Bank {
    /// The digits of a set. What is no digit, or has no ink, is left out.
    pub fn new(set: &Dataset) -> Self {
        let mut digits: [Vec<Model>; 10] = Default::default();
        for index in 0..set.len() {
            let Some((pixels, label)) = set.get(index) else {
                continue;
            };
            let models = digits.get_mut(usize::from(label));
            if let (Some(models), Some(model)) = (models, measured(index, pixels, set.width())) {
                models.push(model);
            }
        }
        for models in &mut digits {
            upright(models);
        }
        Self {
            images: set.images().clone(),
            digits,
        }
    }

    /// The digits of `numbers-ch` that are part of this crate: 8,039 of 14 writers with
    /// European shapes; `data/README.md` has their source and licence.
    ///
    /// # Errors
    ///
    /// [`DatasetError`] if the crate was built with other files than its own.
    pub fn numbers_ch() -> Result<Self, DatasetError> {
        let images = include_bytes!("../data/numbers-ch-train-images-idx3-ubyte.gz");
        let labels = include_bytes!("../data/numbers-ch-train-labels-idx1-ubyte.gz");
        let images = Images::from_reader(&images[..])?;
        let labels = Labels::from_reader(&labels[..])?;
        Ok(Self::new(&Dataset::new(
            images,
            labels,
            ClassScheme::Digits,
        )?))
    }

    /// How many there are of a digit.
    pub fn count(&self, digit: u8) -> usize {
        self.digits.get(usize::from(digit)).map_or(0, Vec::len)
    }

    /// Of a few by chance the one nearest to a stroke and a slant: one writer's digits look
    /// alike.
    pub(crate) fn nearest(
        &self,
        digit: u8,
        half: f32,
        slant: f32,
        chance: &mut Chance,
    ) -> Option<&Model> {
        /// Enough that two digits of a line look alike, few enough that all are used.
        const TRIES: usize = 5;
        let models = self.digits.get(usize::from(digit))?;
        let far =
            |model: &Model| (model.half - half).abs() / 0.02 + (model.slant - slant).abs() / 0.2;
        let mut best = models.get(chance.below(models.len()))?;
        for _ in 1..TRIES {
            let other = models.get(chance.below(models.len()))?;
            if far(other) < far(best) {
                best = other;
            }
        }
        Some(best)
    }

    /// Ink of a digit, 0 to 1, at a point of its ink's box: right and down, 0 to 1 from top
    /// to bottom, the same measure across.
    pub(crate) fn at(&self, model: &Model, [u, v]: [f32; 2]) -> f32 {
        let [left, top, _, height] = model.ink;
        let (x, y) = (left + u * height - 0.5, top + v * height - 0.5);
        let Some(pixels) = self.images.get(model.index) else {
            return 0.0;
        };
        let (w, h) = (self.images.width() as isize, self.images.height() as isize);
        let (x0, y0) = (x.floor(), y.floor());
        let (dx, dy) = (x - x0, y - y0);
        let (x0, y0) = (x0 as isize, y0 as isize);
        if x0 < -2 || y0 < -2 || x0 > w || y0 > h {
            return 0.0;
        }
        let (across, along) = (cubic(dx), cubic(dy));
        let mut sum = 0.0;
        for (j, weight) in along.into_iter().enumerate() {
            let y = y0 + j as isize - 1;
            if !(0..h).contains(&y) {
                continue;
            }
            let row = &pixels[(y * w) as usize..][..w as usize];
            for (i, part) in across.into_iter().enumerate() {
                let x = x0 + i as isize - 1;
                if (0..w).contains(&x) {
                    sum += weight * part * f32::from(row[x as usize]);
                }
            }
        }
        sum / 255.0
    }

    /// Pixels of a digit's height.
    pub(crate) fn pixels(model: &Model) -> f32 {
        model.ink[3]
    }

    /// Width of a digit's ink to its height, as it stands in the set.
    pub(crate) fn width(model: &Model) -> f32 {
        model.ink[2] / model.ink[3]
    }
}

/// Keys' kernel (1981): weights of the four pixels around a position.
fn cubic(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        -0.5 * t3 + t2 - 0.5 * t,
        1.5 * t3 - 2.5 * t2 + 1.0,
        -1.5 * t3 + 2.0 * t2 + 0.5 * t,
        0.5 * t3 - 0.5 * t2,
    ]
}

/// Box, stroke and slant of an image's ink, if it has any.
fn measured(index: usize, pixels: &[u8], width: usize) -> Option<Model> {
    let (mut low, mut high) = ([usize::MAX; 2], [0; 2]);
    let [mut mass, mut mx, mut my] = [0.0f32; 3];
    for (at, &ink) in pixels.iter().enumerate() {
        let (x, y) = (at % width, at / width);
        if ink >= INK {
            low = [low[0].min(x), low[1].min(y)];
            high = [high[0].max(x + 1), high[1].max(y + 1)];
        }
        mass += f32::from(ink);
        mx += f32::from(ink) * x as f32;
        my += f32::from(ink) * y as f32;
    }
    if low[0] == usize::MAX || high[1] - low[1] < 4 {
        return None;
    }
    let (mx, my) = (mx / mass, my / mass);
    let [mut mixed, mut square, mut edge] = [0.0f32; 3];
    for (at, &ink) in pixels.iter().enumerate() {
        let (x, y) = (at % width, at / width);
        let (dx, dy) = (x as f32 - mx, y as f32 - my);
        mixed += f32::from(ink) * dx * dy;
        square += f32::from(ink) * dy * dy;
        // The sum of the gradient is the length of the edge.
        let right = if x + 1 < width { pixels[at + 1] } else { 0 };
        let below = pixels.get(at + width).copied().unwrap_or(0);
        let step = |other: u8| f32::from(other) - f32::from(ink);
        edge += step(right).hypot(step(below));
    }
    let [left, top] = low.map(|v| v as f32);
    let height = (high[1] - low[1]) as f32;
    Some(Model {
        index,
        ink: [left, top, (high[0] - low[0]) as f32, height],
        half: mass / edge.max(1.0) / height,
        slant: if square > 0.0 { -mixed / square } else { 0.0 },
        outline: outline(pixels, width, [left, top, height]),
    })
}

/// The outline as it stands in the image.
fn outline(pixels: &[u8], width: usize, [left, top, height]: [f32; 3]) -> Outline {
    let mut outline = Outline::NONE;
    for (at, _) in pixels.iter().enumerate().filter(|(_, ink)| **ink >= INK) {
        let (x, y) = ((at % width) as f32, (at / width) as f32);
        let row = (y + 0.5 - top) / height;
        let x = (x - left) / height;
        outline.add(band(row), [x, x + 1.0 / height]);
    }
    outline
}

/// Slants become those beyond the digit's own, and outlines upright.
fn upright(models: &mut [Model]) {
    if models.is_empty() {
        return;
    }
    let mean = models.iter().map(|model| model.slant).sum::<f32>() / models.len() as f32;
    /// Mean slant of people's digits, columns to a row: MNIST's ones and nines.
    const USUAL: f32 = 0.12;
    for model in models {
        model.slant = (model.slant - mean + USUAL).clamp(-0.7, 0.9);
        for at in 0..BANDS {
            model
                .outline
                .shift(at, -model.slant * (1.0 - Outline::row(at)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shuzi_data::rng::RngStream;

    #[test]
    fn the_digits_of_the_crate_are_whole() {
        let bank = Bank::numbers_ch().unwrap();
        let all: usize = (0..10).map(|digit| bank.count(digit)).sum();
        assert!((8000..=8039).contains(&all), "{all}");
        assert!((0..10).all(|digit| bank.count(digit) > 500));
        assert_eq!(bank.count(10), 0);
        for model in bank.digits.iter().flatten() {
            assert!((0.01..0.3).contains(&model.half), "{model:?}");
            let span = model.outline.span().unwrap();
            assert!(span[1] - span[0] < 3.0, "{model:?}");
        }
    }

    #[test]
    fn nearest_has_the_stroke_and_the_slant_asked_for() {
        let bank = Bank::numbers_ch().unwrap();
        let mut chance = Chance::new(1, RngStream::TextLine, 0);
        let mut mean = |half: f32, slant: f32| {
            let found = (0..200).filter_map(|i| bank.nearest(i % 10, half, slant, &mut chance));
            let all: Vec<[f32; 2]> = found.map(|model| [model.half, model.slant]).collect();
            [0, 1].map(|k| all.iter().map(|v| v[k]).sum::<f32>() / all.len() as f32)
        };
        let (thin, broad) = (mean(0.02, 0.4), mean(0.1, -0.2));
        assert!(
            broad[0] > thin[0] + 0.003 && broad[1] < thin[1] - 0.1,
            "{thin:?} {broad:?}"
        );
    }
}
