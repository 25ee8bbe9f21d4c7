#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

use image::{GrayImage, Luma};
use shuzi_models::{Model, PAIRS, READER};
use shuzi_nn::Threads;

use crate::{Page, Reader, Reading, Role, StageParams, image::decode::Picture};

/// Brightness of the paper and of the ink of the sample.
const PAPER: f32 = 244.0;
const INK: f32 = 52.0;

/// What is read on an image.
fn read(image: &GrayImage) -> Reading {
    let [digits, bigrams] = [READER, PAIRS].map(|name| {
        let model = Model::load(name).unwrap();
        model.classifier(Threads::single()).unwrap()
    });
    let mut reader = Reader::new(digits, Default::default()).unwrap();
    reader = reader.with_bigrams(bigrams).unwrap();
    let [width, height] = [image.width(), image.height()].map(|side| side as usize);
    let picture = Picture {
        width,
        height,
        pixels: image.as_raw().clone(),
        original_width: width,
        original_height: height,
    };
    let mut page = Page::new(picture, &StageParams::default());
    reader.read_pages(std::slice::from_mut(&mut page)).unwrap();
    page.reading
}

/// A written number and where its digits are, as `[x, y, width, height]`.
struct Written {
    image: GrayImage,
    digits: Vec<[f32; 4]>,
}

impl Written {
    /// 0690, by a hand of MNIST's.
    fn number() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/line-0690.pgm");
        let image = image::open(path).unwrap().into_luma8();
        let reading = read(&image);
        assert_eq!(reading.text, "0690");
        let boxes = reading.digits().map(|digit| digit.bounds);
        let digits = boxes.map(|b| [b.x, b.y, b.width, b.height].map(|side| side as f32));
        Self {
            digits: digits.collect(),
            image,
        }
    }

    fn height(&self) -> f32 {
        self.digits[0][3]
    }

    /// Opens a gap of `heights` before the digit at `position`, or behind all, and gives the
    /// middle of its upper edge in the digits' rows.
    fn open(&mut self, position: usize, heights: f32) -> [f32; 2] {
        let wide = (heights * self.height()) as u32;
        let end = |digit: [f32; 4]| digit[0] + digit[2];
        let at = match (position, self.digits.get(position)) {
            (0, Some(first)) => first[0] - 2.0,
            (_, Some(next)) => 0.5 * (end(self.digits[position - 1]) + next[0]),
            (_, None) => end(self.digits[position - 1]) + 2.0,
        };
        let (old, split) = (&self.image, at as u32);
        self.image = GrayImage::from_fn(old.width() + wide, old.height(), |x, y| {
            let gap = split..split + wide;
            match x {
                x if gap.contains(&x) => Luma([old.get_pixel(split, 0).0[0]]),
                x if x >= gap.end => *old.get_pixel(x - wide, y),
                x => *old.get_pixel(x, y),
            }
        });
        for digit in &mut self.digits[position..] {
            digit[0] += wide as f32;
        }
        let top = self.digits[position.min(3)][1];
        [at + 0.5 * wide as f32, top]
    }

    /// Draws strokes of a pen's width, in heights of the digits from `origin`.
    fn draw(&mut self, origin: [f32; 2], strokes: &[[f32; 4]], ink: u8) {
        let height = self.height();
        for (x, y, pixel) in self.image.enumerate_pixels_mut() {
            let u = (x as f32 - origin[0]) / height;
            let v = (y as f32 - origin[1]) / height;
            let near = strokes.iter().any(|&[x0, y0, x1, y1]| {
                let (dx, dy) = (x1 - x0, y1 - y0);
                let square = dx * dx + dy * dy + 1e-9;
                let along = (((u - x0) * dx + (v - y0) * dy) / square).clamp(0.0, 1.0);
                (u - x0 - along * dx).hypot(v - y0 - along * dy) <= 0.055
            });
            if near {
                pixel.0[0] = pixel.0[0].min(ink);
            }
        }
    }
}

/// What is read where a sign stands before the digit at `position`.
fn with_sign(position: usize, strokes: &[[f32; 4]]) -> Reading {
    let mut written = Written::number();
    let origin = written.open(position, 0.9);
    written.draw(origin, strokes, 30);
    read(&written.image)
}

/// That the digits are read, and a mark of that role is seen, as text `text`.
fn expect_sign(reading: &Reading, role: Role, text: &str) {
    assert_eq!(reading.text, text, "{reading:?}");
    assert!(
        reading.marks.iter().any(|mark| mark.role == role),
        "{:?}",
        reading.marks
    );
}

#[test]
fn the_minus_before_a_number_does_not_vanish() {
    let reading = with_sign(0, &[[-0.2, 0.5, 0.2, 0.48]]);
    expect_sign(&reading, Role::Minus, "-0690");
}

#[test]
fn twelve_point_five_is_not_125() {
    let reading = with_sign(2, &[[0.0, 0.95, 0.0, 0.97]]);
    expect_sign(&reading, Role::Point, "06.90");
}

#[test]
fn a_comma_is_told_from_a_point() {
    let reading = with_sign(2, &[[0.04, 0.92, -0.03, 1.1]]);
    expect_sign(&reading, Role::Comma, "06,90");
}

#[test]
fn a_point_half_way_up_and_a_colon_are_told_from_a_point() {
    let dot = with_sign(2, &[[0.0, 0.5, 0.01, 0.5]]);
    expect_sign(&dot, Role::MiddleDot, "06·90");
    let colon = with_sign(2, &[[0.0, 0.35, 0.01, 0.35], [0.0, 0.78, 0.01, 0.78]]);
    expect_sign(&colon, Role::Colon, "06:90");
}

#[test]
fn signs_of_several_strokes_are_one_sign() {
    let bars = [[-0.2, 0.4, 0.2, 0.38], [-0.2, 0.65, 0.2, 0.63]];
    expect_sign(&with_sign(2, &bars), Role::Equals, "06=90");
    let [above, below] = [[0.0, 0.28, 0.01, 0.28], [0.0, 0.74, 0.01, 0.74]];
    let divided = with_sign(2, &[above, [-0.2, 0.51, 0.2, 0.5], below]);
    expect_sign(&divided, Role::Division, "06÷90");
}

#[test]
fn a_letter_behind_the_number_is_no_reason_to_accept_the_rest() {
    // A k: read as a digit, or not explained.
    let k = [
        [-0.2, 0.0, -0.2, 1.0],
        [0.2, 0.35, -0.2, 0.7],
        [-0.1, 0.65, 0.25, 1.0],
    ];
    let reading = with_sign(4, &k);
    assert!(!reading.accepted, "{reading:?}");
}

#[test]
fn a_ring_around_a_digit_does_not_take_it_away() {
    let mut written = Written::number();
    let [x, y, width, height] = written.digits[2];
    let round = (0..48).map(|at| at as f32 / 48.0 * std::f32::consts::TAU);
    let corners: Vec<[f32; 2]> = round.map(|a| [0.9 * a.cos(), 0.8 * a.sin()]).collect();
    let strokes = corners
        .windows(2)
        .map(|w| [w[0][0], w[0][1], w[1][0], w[1][1]]);
    let strokes: Vec<[f32; 4]> = strokes.collect();
    written.draw([x + 0.5 * width, y + 0.5 * height], &strokes, 30);
    let reading = read(&written.image);
    assert!(!reading.accepted || reading.text == "0690", "{reading:?}");
}

#[test]
fn a_number_that_is_struck_out_is_not_accepted() {
    let mut written = Written::number();
    let [first, last] = [written.digits[0], written.digits[3]];
    let along = (last[0] + last[2] - first[0]) / written.height();
    let strokes = [[-0.15, 0.53, along + 0.15, 0.47]];
    written.draw([first[0], first[1]], &strokes, 30);
    let reading = read(&written.image);
    assert!(!reading.accepted, "{reading:?}");
}

#[test]
fn two_numbers_side_by_side_are_not_one() {
    for heights in [0.8, 1.5, 2.5, 4.0] {
        let mut written = Written::number();
        written.open(2, heights);
        let reading = read(&written.image);
        assert_eq!(reading.text, "06 90", "{heights}");
        assert!(!reading.accepted, "{heights}");
    }
}

#[test]
fn one_digit_in_weaker_ink_is_not_dropped() {
    for weak in [110.0, 150.0, 190.0, 210.0] {
        let mut written = Written::number();
        let [x, _, width, _] = written.digits[1];
        let columns = (x - 2.0) as u32..(x + width + 2.0) as u32;
        for (at, _, pixel) in written.image.enumerate_pixels_mut() {
            if columns.contains(&at) {
                let ink = (PAPER - f32::from(pixel.0[0])) / (PAPER - INK);
                pixel.0[0] = (PAPER - ink * (PAPER - weak)) as u8;
            }
        }
        let reading = read(&written.image);
        assert!(
            !reading.accepted || reading.text == "0690",
            "{weak}: {reading:?}"
        );
    }
}

#[test]
fn dust_around_a_number_takes_nothing_from_it() {
    let plain = Written::number();
    let before = read(&plain.image);
    let mut dusty = plain;
    let [x, y, ..] = dusty.digits[1];
    for (dx, dy) in [(3, 3), (20, 110), (70, 8)] {
        dusty
            .image
            .put_pixel(x as u32 + dx, (y as u32 + dy) % 128, Luma([60]));
    }
    let after = read(&dusty.image);
    assert_eq!((after.text, after.accepted), (before.text, before.accepted));
    assert_eq!(after.marks, []);
}
