//! Sheets as pixels: previews, and pages to try.

use font8x8::UnicodeFonts;
use shuzi_reader::Picture;

use super::{Drawing, Mark};

/// Steps of a pixel's side at which print is looked at: its edges then have seventeen greys.
const STEPS: usize = 4;

/// A sheet as a grey picture of so many dots an inch. Letters are of a plain font of 8×8
/// points.
///
/// ```
/// use shuzi_forms::{geometry::Rect, print::{Drawing, Mark, pixels}};
///
/// let mark = Mark::Rect { rect: Rect::new([10.0, 10.0], [6.0, 6.0]), grey: 0.0 };
/// let picture = pixels(&Drawing { size: [50.0, 40.0], marks: vec![mark] }, 254.0);
/// assert_eq!((picture.width, picture.height), (500, 400));
/// assert_eq!((picture.pixels[130 * 500 + 130], picture.pixels[0]), (0, 255));
/// ```
pub fn pixels(drawing: &Drawing, dpi: f64) -> Picture {
    let scale = dpi / 25.4;
    let side = |length: f64| ((length * scale).round() as usize).max(1);
    let [width, height] = drawing.size.map(side);
    let mut canvas = Canvas {
        width,
        height,
        scale,
        light: vec![1.0; width * height],
    };
    for mark in &drawing.marks {
        match mark {
            Mark::Rect { rect, grey } => {
                let corners = [rect.x, rect.y, rect.right(), rect.bottom()];
                canvas.fill(corners, *grey, |_| true);
            }
            Mark::Disc { rect, grey } => {
                let ([cx, cy], rect) = (rect.middle(), *rect);
                let corners = [rect.x, rect.y, rect.right(), rect.bottom()];
                canvas.fill(corners, *grey, move |[x, y]| {
                    let (x, y) = ((x - cx) / rect.width, (y - cy) / rect.height);
                    x * x + y * y <= 0.25
                });
            }
            Mark::Line {
                from,
                to,
                width,
                grey,
            } => {
                let half = 0.5 * width;
                let corners = [
                    from[0].min(to[0]) - half,
                    from[1].min(to[1]) - half,
                    from[0].max(to[0]) + half,
                    from[1].max(to[1]) + half,
                ];
                let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
                let (from, length) = (*from, dx.hypot(dy).max(1e-9));
                canvas.fill(corners, *grey, move |[x, y]| {
                    let off = (x - from[0]) * dy - (y - from[1]) * dx;
                    (off / length).abs() <= half
                });
            }
            Mark::Text { at, size, text } => canvas.text(*at, *size, text),
        }
    }
    let pixels = canvas
        .light
        .iter()
        .map(|light| (255.0 * light).round() as u8);
    Picture {
        width,
        height,
        pixels: pixels.collect(),
        original_width: width,
        original_height: height,
    }
}

struct Canvas {
    width: usize,
    height: usize,
    scale: f64,
    light: Vec<f32>,
}

impl Canvas {
    /// Darkens what is covered within corners in millimetres: left, top, right, bottom.
    fn fill(&mut self, corners: [f64; 4], grey: f64, covers: impl Fn([f64; 2]) -> bool) {
        let [left, top, right, bottom] = corners.map(|length| length * self.scale);
        let low = |at: f64, size: usize| (at.floor().max(0.0) as usize).min(size);
        let high = |at: f64, size: usize| (at.ceil().max(0.0) as usize).min(size);
        for y in low(top, self.height)..high(bottom, self.height) {
            for x in low(left, self.width)..high(right, self.width) {
                let mut hits = 0;
                for step in 0..STEPS * STEPS {
                    let part = |step: usize| (step as f64 + 0.5) / STEPS as f64;
                    let px = x as f64 + part(step % STEPS);
                    let py = y as f64 + part(step / STEPS);
                    let within = px >= left && px < right && py >= top && py < bottom;
                    hits += usize::from(within && covers([px / self.scale, py / self.scale]));
                }
                let share = hits as f32 / (STEPS * STEPS) as f32;
                let light = &mut self.light[y * self.width + x];
                *light = light.min(1.0 - share * (1.0 - grey as f32));
            }
        }
    }

    fn text(&mut self, [x, y]: [f64; 2], size: f64, text: &str) {
        // Capitals are seven of the font's points high.
        let point = size / 7.0;
        for (index, c) in text.chars().enumerate() {
            let rows = font8x8::BASIC_FONTS
                .get(c)
                .or_else(|| font8x8::LATIN_FONTS.get(c));
            let left = x + index as f64 * 6.5 * point;
            for (row, bits) in rows.unwrap_or_default().iter().enumerate() {
                for column in (0..8).filter(|column| bits >> column & 1 == 1) {
                    let dx = left + f64::from(column) * point;
                    let dy = y - size + row as f64 * point;
                    self.fill([dx, dy, dx + point, dy + point], 0.0, |_| true);
                }
            }
        }
    }
}
