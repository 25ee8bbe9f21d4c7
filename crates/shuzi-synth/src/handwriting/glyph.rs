//! A digit of a data set, written on a sheet, and strokes from one to the next.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{
    sheet::{OTHER, Sheet},
    writer::Writer,
};
use crate::canvas::{ink_bounds, rounded};

/// A digit of a data set.
pub(super) struct Model<'a> {
    pub(super) pixels: &'a [u8],
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Model<'_> {
    /// Ink at a point between pixels, 0 to 1.
    fn at(&self, u: f32, v: f32) -> f32 {
        let pixel = |x: isize, y: isize| -> f32 {
            let inside =
                (0..self.width as isize).contains(&x) && (0..self.height as isize).contains(&y);
            if !inside {
                return 0.0;
            }
            f32::from(self.pixels[y as usize * self.width + x as usize]) / 255.0
        };
        let (x, y) = (u.floor(), v.floor());
        let (dx, dy) = (u - x, v - y);
        let (x, y) = (x as isize, y as isize);
        let upper = pixel(x, y) * (1.0 - dx) + pixel(x + 1, y) * dx;
        let lower = pixel(x, y + 1) * (1.0 - dx) + pixel(x + 1, y + 1) * dx;
        upper * (1.0 - dy) + lower * dy
    }
}

/// Writes a digit with its left edge at `x`, on the baseline, so high and wide against
/// others of the writer, and says where the next may begin.
pub(super) fn write(
    sheet: &mut Sheet,
    model: &Model<'_>,
    writer: &Writer,
    instance: u8,
    [x, baseline]: [f32; 2],
    [high, wide]: [f32; 2],
    rng: &mut ChaCha8Rng,
) -> f32 {
    let [left, top, width, height] = ink_bounds(model.pixels, [model.width, model.height]);
    let down = writer.size * high * rng.random_range(0.85..1.15) / height.max(0.6 * width);
    let across = down * (wide / high) * writer.stretch * rng.random_range(0.92..1.08);
    let bottom = baseline + writer.size * rng.random_range(-0.07..0.07);
    let middle = bottom - 0.5 * height * down;
    // Edges as soft as a scan's, not as an enlarged model's; where the model has no ink
    // there is none.
    let gain = down.max(0.5 / writer.edge);
    sheet.draw(instance, |canvas| {
        for y in 0..canvas.height {
            let v = (y as f32 + 0.5 - middle) / down + top + 0.5 * height - 0.5;
            if v < -1.0 || v > model.height as f32 {
                continue;
            }
            let shift = writer.slant * (y as f32 + 0.5 - middle);
            for column in 0..canvas.width {
                let u = (column as f32 + 0.5 + shift - x) / across + left - 0.5;
                if u < -1.0 || u > model.width as f32 {
                    continue;
                }
                let ink = (0.5 + gain * (model.at(u, v) - writer.edge)).clamp(0.0, 1.0);
                let to = &mut canvas.ink[y * canvas.width + column];
                *to = to.max(ink);
            }
        }
    });
    let gap = writer.gap + rng.random_range(-0.06..0.06);
    x + width * across + gap * writer.size
}

/// A stroke from one digit to the next.
pub(super) fn join(
    sheet: &mut Sheet,
    writer: &Writer,
    x: f32,
    baseline: f32,
    rng: &mut ChaCha8Rng,
) {
    let mut point = |from: f32, to: f32| {
        [
            x + writer.size * rng.random_range(from..to),
            baseline - writer.size * rng.random_range(0.1..0.95),
        ]
    };
    let (from, to) = (point(-0.3, 0.0), point(0.0, 0.3));
    sheet.trace(OTHER, &[from, to], writer.half);
}

/// An arch or a bar from the upper part of one zero to that of the next.
pub(super) fn join_tops(
    sheet: &mut Sheet,
    writer: &Writer,
    x: f32,
    baseline: f32,
    rng: &mut ChaCha8Rng,
) {
    let mut point = |across: [f32; 2], up: [f32; 2]| {
        let up = writer.zero * rng.random_range(up[0]..up[1]);
        [
            x + writer.size * (rng.random_range(across[0]..across[1]) + writer.slant * (up - 0.5)),
            baseline - writer.size * up,
        ]
    };
    let line = rounded(vec![
        point([-0.35, -0.05], [0.7, 1.0]),
        point([-0.1, 0.1], [0.6, 1.15]),
        point([0.05, 0.35], [0.7, 1.0]),
    ]);
    sheet.trace(OTHER, &line, writer.half);
}

#[cfg(test)]
mod tests {
    use shuzi_data::rng::{RngStream, generator};

    use super::*;
    use crate::handwriting::writer::DistractorRate;

    /// A broad pen's small digits had the square of their model behind them.
    #[test]
    fn where_the_model_has_no_ink_there_is_none() {
        let mut pixels = [0; 28 * 28];
        for y in 10..18 {
            pixels[28 * y + 10..28 * y + 18].fill(255);
        }
        let model = Model {
            pixels: &pixels,
            width: 28,
            height: 28,
        };
        let mut rng = generator(1, RngStream::Handwriting, 0, 0);
        let writer = Writer {
            size: 8.0,
            slant: 0.0,
            stretch: 1.0,
            edge: 0.22,
            ..Writer::new(DistractorRate::Low, &mut rng)
        };
        let (width, height) = (60, 40);
        let mut sheet = Sheet::blank(width, height);
        write(
            &mut sheet,
            &model,
            &writer,
            1,
            [25.0, 24.0],
            [1.0; 2],
            &mut rng,
        );
        let near = |at: usize| (23..37).contains(&(at % width)) && (12..27).contains(&(at / width));
        let ink = sheet.canvas.ink.iter().enumerate();
        let (inside, outside): (Vec<_>, Vec<_>) = ink.partition(|(at, _)| near(*at));
        assert!(inside.iter().any(|(_, ink)| **ink > 0.9));
        assert!(outside.iter().all(|(_, ink)| **ink == 0.0));
    }
}
