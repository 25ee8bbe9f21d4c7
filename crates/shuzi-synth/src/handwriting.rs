//! Made lines of handwriting: digits of data sets as one writer writes them, close
//! together, with points and dashes between, on all kinds of paper, and to which
//! of them each pixel of ink belongs. What a reader is taught with.

mod rings;

use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use shuzi_data::{
    Dataset,
    rng::{RngStream, generator},
};

use crate::strings::{Canvas, frame, ink_bounds, print, rounded, rule, stroke};
use rings::Ring;

/// Instance of ink that is no digit's.
pub const OTHER: u8 = u8::MAX;

/// A grey picture of a line of handwriting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntheticPage {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `[height, width]`, dark ink on light paper.
    pub pixels: Vec<u8>,
    /// `[height, width]`, whose ink a pixel is: 0 nobody's, `i + 1` that of the
    /// `i`-th digit, or [`OTHER`].
    pub instances: Vec<u8>,
    /// The digits from left to right.
    pub digits: Vec<u8>,
}

/// Most digits of a line.
const MOST: usize = 8;

/// How often a zero is looked for at the end of a round number.
const ZERO_TRIES: usize = 20;

/// Least ink of a pixel that belongs to an instance.
const INSTANCE_INK: f32 = 0.5;

/// How often something that is no digit stands between the digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DistractorRate {
    /// More often than in real life, also bars and letters: a network learns them
    /// the sooner.
    High,
    /// As on cheques and forms: points and dashes, hardly ever anything as high as
    /// a digit.
    Low,
}

impl DistractorRate {
    /// Probability of one before the digits, after a digit, after the last and
    /// after all.
    fn shares(self) -> [f64; 4] {
        match self {
            Self::High => [0.1, 0.2, 0.25, 0.15],
            Self::Low => [0.05, 0.12, 0.15, 0.15],
        }
    }

    /// Probability that one is as high as a digit.
    fn high(self) -> f64 {
        match self {
            Self::High => 0.4,
            Self::Low => 0.01,
        }
    }
}

/// How a writer writes, in shares of a digit's height where nothing else is said.
struct Writer {
    /// Height of a digit in pixels.
    size: f32,
    /// Columns to a row.
    slant: f32,
    /// Width to height, against the model's.
    stretch: f32,
    /// Gap between digits.
    gap: f32,
    /// Ink of the model that becomes the stroke's edge: low is a broad pen.
    edge: f32,
    /// Half the width of strokes that are no digit's.
    half: f32,
    /// Height of a zero that follows another digit.
    zero: f32,
    /// How much closer a zero comes to another.
    cling: f32,
    /// Width of a zero that follows another digit, against the model's.
    flat: f32,
    /// Whether zeros that follow another digit are rings of one stroke.
    coils: bool,
    /// Whether digits are joined by a stroke, how often, and zeros.
    joins: [f32; 2],
    /// What stands between digits.
    distractors: DistractorRate,
}

impl Writer {
    fn new(distractors: DistractorRate, rng: &mut ChaCha8Rng) -> Self {
        // Small digits are the harder ones.
        let size = 16.0 * 4.0f32.powf(rng.random_range(0.0..1.0f32).powf(1.3));
        let touching = rng.random_bool(0.6);
        let edge = rng.random_range(0.22..0.62f32);
        Self {
            size,
            slant: rng.random_range(-0.15..0.5),
            stretch: rng.random_range(0.75..1.3),
            gap: if touching {
                rng.random_range(-0.2..0.06)
            } else {
                rng.random_range(0.05..0.5)
            },
            edge,
            half: size * (0.075 - 0.07 * edge) * rng.random_range(0.8..1.2),
            zero: if rng.random_bool(0.3) {
                rng.random_range(0.4..0.85)
            } else {
                1.0
            },
            cling: if rng.random_bool(0.3) {
                rng.random_range(0.0..0.3)
            } else {
                0.0
            },
            flat: if rng.random_bool(0.3) {
                rng.random_range(1.1..1.9)
            } else {
                1.0
            },
            coils: rng.random_bool(0.15),
            joins: [
                if rng.random_bool(0.3) { 0.5 } else { 0.03 },
                if rng.random_bool(0.25) { 0.7 } else { 0.05 },
            ],
            distractors,
        }
    }
}

/// A canvas that remembers who wrote what.
struct Sheet {
    canvas: Canvas,
    instances: Vec<u8>,
}

impl Sheet {
    /// Nothing is written on it yet.
    fn blank(width: usize, height: usize) -> Self {
        Self {
            canvas: Canvas {
                width,
                height,
                ink: vec![0.0; width * height],
            },
            instances: vec![0; width * height],
        }
    }

    /// Draws on the canvas and gives what it darkens to `instance`.
    fn draw(&mut self, instance: u8, mut draw: impl FnMut(&mut Canvas)) {
        let before = self.canvas.ink.clone();
        draw(&mut self.canvas);
        for ((ink, before), to) in self.canvas.ink.iter().zip(before).zip(&mut self.instances) {
            if *ink > before && *ink > INSTANCE_INK {
                *to = instance;
            }
        }
    }

    /// Draws a pen's way from point to point, `half` pixels to either side, for `instance`.
    fn trace(&mut self, instance: u8, way: &[[f32; 2]], half: f32) {
        self.draw(instance, |canvas| {
            for pair in way.windows(2) {
                stroke(canvas, pair[0], pair[1], half, 1.0);
            }
        });
    }
}

/// The `index`-th page of `seed`, its digits by one of `writers`, which must not
/// be empty.
pub fn page(
    writers: &[&Dataset],
    distractors: DistractorRate,
    seed: u64,
    index: u64,
) -> SyntheticPage {
    let mut rng = generator(seed, RngStream::Handwriting, 0, index);
    let writer = Writer::new(distractors, &mut rng);
    let [before_all, after_one, after_last, after_all] = distractors.shares();
    let data = writers.choose(&mut rng);
    let n = rng.random_range(1..=MOST);
    let width = (writer.size * (n as f32 * (1.3 * writer.stretch + 0.5) + 4.0)) as usize;
    let height = (writer.size * rng.random_range(1.25..2.4)) as usize + 4;
    let mut sheet = Sheet::blank(width, height);
    let baseline = 0.5 * (height as f32 + writer.size);
    let mut digits = Vec::new();
    // Where the pen is after the ring of a zero.
    let mut pen = None;
    let mut x = writer.size * rng.random_range(0.15..1.0);
    if rng.random_bool(before_all) {
        x = mark(&mut sheet, &writer, x, baseline, &mut rng);
    }
    if let Some(data) = data {
        // Amounts are often round.
        let round = if rng.random_bool(0.3) {
            rng.random_range(1..=n)
        } else {
            n
        };
        for i in 0..n {
            let mut pick = || data.get(rng.random_range(0..data.len()));
            let mut picked = pick();
            for _ in 0..if i >= round { ZERO_TRIES } else { 0 } {
                if picked.is_some_and(|(_, digit)| digit == 0) {
                    break;
                }
                picked = pick();
            }
            let Some((pixels, digit)) = picked else {
                continue;
            };
            let model = Model {
                pixels,
                width: data.width(),
                height: data.height(),
            };
            let [small, wide] = if digit == 0 && i > 0 {
                [writer.zero, writer.flat]
            } else {
                [1.0; 2]
            };
            let instance = digits.len() as u8 + 1;
            let zeros = digit == 0 && digits.last() == Some(&0);
            digits.push(digit);
            if writer.coils && digit == 0 && i > 0 {
                let ring = Ring::new(&writer, [x, baseline], &mut rng);
                ring.draw(
                    &mut sheet,
                    &writer,
                    instance,
                    pen.filter(|_| zeros),
                    &mut rng,
                );
                pen = Some(ring.end());
                x = ring.next(&writer, &mut rng);
            } else {
                if zeros {
                    x -= writer.cling * writer.size;
                }
                let before = x;
                let size = [small, small * wide];
                x = write(
                    &mut sheet,
                    &model,
                    &writer,
                    instance,
                    [x, baseline],
                    size,
                    &mut rng,
                );
                if i > 0 && rng.random_range(0.0..1.0) < writer.joins[usize::from(zeros)] {
                    let join = if zeros { join_tops } else { join };
                    join(&mut sheet, &writer, before, baseline, &mut rng);
                }
            }
            let share = if i + 1 == n { after_last } else { after_one };
            if rng.random_bool(share) {
                pen = None;
                x = mark(&mut sheet, &writer, x, baseline, &mut rng);
            }
        }
    }
    if rng.random_bool(after_all) {
        mark(&mut sheet, &writer, x, baseline, &mut rng);
    }
    let Sheet {
        mut canvas,
        instances,
    } = sheet;
    print_form(&mut canvas, writer.size, &mut rng);
    let used = (x + writer.size * rng.random_range(0.2..1.2)) as usize;
    let (canvas, instances) = cropped(&canvas, &instances, used);
    let pixels = blurred(&canvas, print(&canvas, &mut rng), &mut rng);
    SyntheticPage {
        width: canvas.width,
        height: canvas.height,
        pixels,
        instances,
        digits,
    }
}

/// A digit of a data set.
struct Model<'a> {
    pixels: &'a [u8],
    width: usize,
    height: usize,
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
fn write(
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
fn join(sheet: &mut Sheet, writer: &Writer, x: f32, baseline: f32, rng: &mut ChaCha8Rng) {
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
fn join_tops(sheet: &mut Sheet, writer: &Writer, x: f32, baseline: f32, rng: &mut ChaCha8Rng) {
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

/// Something that is no digit, and where the next may begin.
fn mark(sheet: &mut Sheet, writer: &Writer, x: f32, baseline: f32, rng: &mut ChaCha8Rng) -> f32 {
    let size = writer.size;
    let mut lines: Vec<Vec<[f32; 2]>> = Vec::new();
    let y = |share: f32| baseline - share * size;
    let x = x + size * rng.random_range(-0.1..0.15);
    let kind = if rng.random_bool(writer.distractors.high()) {
        rng.random_range(6..9)
    } else {
        rng.random_range(0..6)
    };
    let advance = match kind {
        // A point or a comma, low or high.
        0..3 => {
            let up = if rng.random_bool(0.2) { 0.8 } else { 0.0 };
            let tail = size * rng.random_range(0.0..0.25);
            let lean = tail * rng.random_range(0.0..0.6);
            lines.push(vec![[x + lean, y(up + 0.05)], [x, y(up + 0.05) + tail]]);
            0.15
        }
        // Dashes, one or two.
        3..6 => {
            let length = size * rng.random_range(0.25..1.1);
            let drop = length * rng.random_range(-0.25..0.15);
            let middle = rng.random_range(0.3..0.65);
            let lift = rng.random_range(0.15..0.3);
            for i in 0..rng.random_range(1..3) {
                let y = y(middle) - lift * size * i as f32;
                lines.push(vec![[x, y], [x + length, y + drop]]);
            }
            length / size + 0.1
        }
        // A slash or a bar.
        6 => {
            let lean = size * rng.random_range(-0.1..0.6);
            let over = rng.random_range(0.9..1.4);
            lines.push(vec![[x, y(1.0 - over)], [x + lean, y(over)]]);
            0.4
        }
        // Something like a letter.
        _ => {
            let wide = rng.random_range(0.3..1.2);
            for _ in 0..rng.random_range(1..3) {
                let points = (0..rng.random_range(3..7)).map(|_| {
                    let across = rng.random_range(0.0..wide);
                    [x + size * across, y(rng.random_range(-0.2..1.1))]
                });
                lines.push(rounded(points.collect()));
            }
            wide + 0.1
        }
    };
    for line in lines {
        sheet.trace(OTHER, &line, writer.half);
    }
    x + advance * size
}

/// What paper has before it is written on: rules, boxes, patterns against
/// forgery.
fn print_form(canvas: &mut Canvas, size: f32, rng: &mut ChaCha8Rng) {
    match rng.random_range(0..10) {
        0..4 => rule(canvas, size, rng),
        4 => {
            let (w, h) = (canvas.width as f32, canvas.height as f32);
            frame(canvas, [0.01 * w, 0.04 * h, 0.99 * w, 0.96 * h], 0.8);
        }
        _ => {}
    }
    if !rng.random_bool(0.5) {
        return;
    }
    for _ in 0..rng.random_range(1..3) {
        let strength = rng.random_range(0.05..0.3f32);
        let period = rng.random_range(3.0..9.0f32);
        let angle = rng.random_range(0.0..std::f32::consts::PI);
        let (wave, length) = (
            rng.random_range(0.0..6.0f32),
            rng.random_range(12.0..60.0f32),
        );
        let phase = rng.random_range(0.0..std::f32::consts::TAU);
        let fine = rng.random_range(-0.2..0.7f32);
        let (sin, cos) = angle.sin_cos();
        for at in 0..canvas.ink.len() {
            let (x, y) = ((at % canvas.width) as f32, (at / canvas.width) as f32);
            let (along, across) = (x * cos + y * sin, y * cos - x * sin);
            let bend = wave * (along / length * std::f32::consts::TAU + phase).sin();
            let line = ((across + bend) / period * std::f32::consts::TAU).cos();
            let ink = strength * ((line - fine) / (1.0 - fine)).max(0.0);
            canvas.ink[at] = canvas.ink[at].max(ink);
        }
    }
}

/// The left part of a sheet.
fn cropped(canvas: &Canvas, instances: &[u8], columns: usize) -> (Canvas, Vec<u8>) {
    let columns = columns.clamp(1, canvas.width);
    let rows = 0..canvas.height;
    let cut = |y: usize| y * canvas.width..y * canvas.width + columns;
    let instances = rows
        .clone()
        .flat_map(|y| instances[cut(y)].to_vec())
        .collect();
    let ink = rows.flat_map(|y| canvas.ink[cut(y)].to_vec()).collect();
    let canvas = Canvas {
        width: columns,
        height: canvas.height,
        ink,
    };
    (canvas, instances)
}

/// The picture as a lens of some kind sees it.
fn blurred(canvas: &Canvas, mut pixels: Vec<u8>, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let (width, height) = (canvas.width, canvas.height);
    for _ in 0..rng.random_range(0..3) {
        for (step, across, along) in [(1, width, height), (width, height, width)] {
            // One direction, then the other; three taps: 1, 2, 1.
            let before = pixels.clone();
            for line in 0..along {
                let start = line * if step == 1 { width } else { 1 };
                for i in 0..across {
                    let at = |i: usize| u32::from(before[start + i * step]);
                    let (low, high) = (i.saturating_sub(1), (i + 1).min(across - 1));
                    pixels[start + i * step] = ((at(low) + 2 * at(i) + at(high) + 2) / 4) as u8;
                }
            }
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;
    use shuzi_data::fixture;

    #[test]
    fn every_digit_owns_ink_and_the_same_seed_gives_the_same_page() {
        let (_, data) = fixture::load();
        for index in 0..60 {
            let made = page(&[&data], DistractorRate::High, 3, index);
            assert_eq!(made, page(&[&data], DistractorRate::High, 3, index));
            assert_eq!(made.pixels.len(), made.width * made.height);
            assert_eq!(made.instances.len(), made.pixels.len());
            let most = made.digits.len() as u8;
            for i in 1..=most {
                let own = made
                    .instances
                    .iter()
                    .filter(|instance| **instance == i)
                    .count();
                assert!(own > 5, "page {index}, digit {i}: {own} pixels");
            }
            assert!(made.instances.iter().all(|&o| o <= most || o == OTHER));
        }
        assert_ne!(
            page(&[&data], DistractorRate::High, 3, 0),
            page(&[&data], DistractorRate::High, 4, 0)
        );
    }

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

    #[test]
    fn ink_is_darker_than_its_paper() {
        let (_, data) = fixture::load();
        for index in 0..20 {
            let made = page(&[&data], DistractorRate::Low, 5, index);
            let mean = |owned: bool| {
                let of = made.instances.iter().zip(&made.pixels);
                let of: Vec<f32> = of
                    .filter(|(instance, _)| (**instance > 0) == owned)
                    .map(|(_, pixel)| f32::from(*pixel))
                    .collect();
                of.iter().sum::<f32>() / of.len() as f32
            };
            assert!(mean(true) + 10.0 < mean(false), "page {index}");
        }
    }
}
