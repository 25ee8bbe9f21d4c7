//! Sampling an image through an inverse map.

use super::affine::{Affine, centre};
use super::curl::Curl;
use super::elastic::Field;

/// Zeros around the source: one pixel before it and two behind, so that the four
/// neighbours of every clamped position exist.
const BEFORE: usize = 1;
const AROUND: usize = 3;

/// A source image with a border of zeros, and the scratch of one output row.
#[derive(Debug, Clone)]
pub(super) struct Source {
    height: usize,
    width: usize,
    /// `[h + AROUND, w + AROUND]`, pixel / 255.
    padded: Vec<f32>,
    /// Where the pixels of one output row look, `[w]` each.
    xs: Vec<f32>,
    ys: Vec<f32>,
}

impl Source {
    pub(super) fn new(height: usize, width: usize) -> Self {
        Self {
            height,
            width,
            padded: vec![0.0; (height + AROUND) * (width + AROUND)],
            xs: vec![0.0; width],
            ys: vec![0.0; width],
        }
    }

    /// Takes an image `[h, w]`.
    pub(super) fn load(&mut self, image: &[u8]) {
        self.fill(image, |&pixel| f32::from(pixel) / 255.0);
    }

    /// Takes an image `[h, w]` of pixels / 255.
    pub(super) fn load_values(&mut self, image: &[f32]) {
        self.fill(image, |&value| value);
    }

    fn fill<T>(&mut self, image: &[T], value: impl Fn(&T) -> f32) {
        assert_eq!(image.len(), self.height * self.width, "image [h, w]");
        let rows = self.padded.chunks_exact_mut(self.width + AROUND);
        for (row, pixels) in rows.skip(BEFORE).zip(image.chunks_exact(self.width)) {
            for (to, pixel) in row.iter_mut().skip(BEFORE).zip(pixels) {
                *to = value(pixel);
            }
        }
    }

    /// Samples the image bent by `curl`, moved by `map` and displaced by `field` into
    /// `output` `[h, w]`.
    pub(super) fn sample(
        &mut self,
        map: &Affine,
        field: Option<&Field>,
        curl: Option<&Curl>,
        output: &mut [f32],
    ) {
        assert_eq!(output.len(), self.height * self.width, "output [h, w]");
        let Some(inverse) = map.inverse() else {
            output.fill(0.0); // a flat map leaves nothing to see
            return;
        };
        let [[a, b], [c, d]] = inverse.matrix;
        let [shift_x, shift_y] = inverse.shift;
        let (centre_x, centre_y) = (centre(self.width), centre(self.height));
        for (row, output) in output.chunks_exact_mut(self.width).enumerate() {
            let y = row as f32 - centre_y;
            let (start_x, start_y) = (b * y + shift_x + centre_x, d * y + shift_y + centre_y);
            for (column, (sx, sy)) in self.xs.iter_mut().zip(&mut self.ys).enumerate() {
                let x = column as f32 - centre_x;
                *sx = a * x + start_x;
                *sy = c * x + start_y;
            }
            if let Some(field) = field {
                field.add_row(row, &mut self.xs, &mut self.ys);
            }
            if let Some(curl) = curl {
                for (x, y) in self.xs.iter_mut().zip(&mut self.ys) {
                    [*x, *y] = curl.source([*x, *y]);
                }
            }
            self.sample_row(output);
        }
    }

    /// Bilinear interpolation at (`xs`, `ys`).
    fn sample_row(&self, output: &mut [f32]) {
        let stride = self.width + AROUND;
        let (last_x, last_y) = (self.width as f32, self.height as f32);
        for ((value, &x), &y) in output.iter_mut().zip(&self.xs).zip(&self.ys) {
            // From one pixel before the image to one behind it all is 0, so that
            // clamping changes nothing. Counted from the border's corner the
            // position is not negative, and truncation is the floor.
            let x = x.clamp(-1.0, last_x) + BEFORE as f32;
            let y = y.clamp(-1.0, last_y) + BEFORE as f32;
            let (left, top) = (x as u32, y as u32);
            let (right_part, bottom_part) = (x - left as f32, y - top as f32);
            let corner = top as usize * stride + left as usize;
            let top = &self.padded[corner..corner + 2];
            let bottom = &self.padded[corner + stride..corner + stride + 2];
            let top = top[0] + right_part * (top[1] - top[0]);
            let bottom = bottom[0] + right_part * (bottom[1] - bottom[0]);
            *value = top + bottom_part * (bottom - top);
        }
    }
}
