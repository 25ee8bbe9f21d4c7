//! Kinds of pictures that were complained of, each made from scratch: what is drawn around and
//! across digits of MNIST is all that changes.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

mod common;

use common::reader;
use shuzi_data::fixture;
use shuzi_reader::{Page, Picture, ReaderConfig, Reading, Role, lattice::Constraints};

/// Side of a digit's image, and how many times as large it is drawn.
const SIDE: usize = 28;
const SCALE: usize = 3;

/// Light paper to draw on.
struct Sheet {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Sheet {
    fn new(width: usize, height: usize) -> Self {
        // Grain, so that no two pixels of paper need be alike.
        let pixels = (0..width * height).map(|at| 240 + (at * 7919 % 11) as u8);
        Self {
            width,
            height,
            pixels: pixels.collect(),
        }
    }

    /// Darkens a pixel; outside of the sheet nothing happens.
    fn darken(&mut self, x: f64, y: f64, grey: u8) {
        let inside = x >= 0.0 && y >= 0.0 && x < self.width as f64 && y < self.height as f64;
        if inside {
            let at = y as usize * self.width + x as usize;
            self.pixels[at] = self.pixels[at].min(grey);
        }
    }

    /// A line so thick.
    fn line(&mut self, [x0, y0]: [f64; 2], [x1, y1]: [f64; 2], thickness: f64) {
        let length = (x1 - x0).hypot(y1 - y0);
        let steps = (2.0 * length) as usize;
        for step in 0..=steps {
            let t = step as f64 / steps.max(1) as f64;
            let (x, y) = (x0 + t * (x1 - x0), y0 + t * (y1 - y0));
            let reach = (2.0 * thickness) as i32;
            for at in -reach..=reach {
                let off = f64::from(at) / 4.0;
                self.darken(x + off, y, 40);
                self.darken(x, y + off, 40);
            }
        }
    }

    /// A digit of MNIST, its image's corner at `x`, `y`.
    fn digit(&mut self, image: &[u8], x: usize, y: usize) {
        let grey = |u: isize, v: isize| {
            let inside = |at: isize| (0..SIDE as isize).contains(&at);
            if inside(u) && inside(v) {
                f64::from(image[v as usize * SIDE + u as usize])
            } else {
                0.0
            }
        };
        for v in 0..SCALE * SIDE {
            for u in 0..SCALE * SIDE {
                let source = |at: usize| (at as f64 + 0.5) / SCALE as f64 - 0.5;
                let (su, sv) = (source(u), source(v));
                let (left, top) = (su.floor(), sv.floor());
                let (fu, fv) = (su - left, sv - top);
                let row = |v: isize| {
                    let left = left as isize;
                    (1.0 - fu) * grey(left, v) + fu * grey(left + 1, v)
                };
                let ink = (1.0 - fv) * row(top as isize) + fv * row(top as isize + 1);
                // Crisp, as a pen is.
                let ink = ((ink - 60.0) * 3.0).clamp(0.0, 215.0);
                self.darken((x + u) as f64, (y + v) as f64, 255 - ink as u8);
            }
        }
    }

    fn picture(self) -> Picture {
        Picture {
            width: self.width,
            height: self.height,
            pixels: self.pixels,
            original_width: self.width,
            original_height: self.height,
        }
    }
}

/// Numbers of the fixture's test digits, four each, with what they are.
fn numbers(count: usize) -> Vec<(String, Vec<Vec<u8>>)> {
    let (_, test) = fixture::load();
    let digits: Vec<(u8, Vec<u8>)> = (0..test.len())
        .map(|at| {
            test.get(at)
                .map(|(image, label)| (label, image.to_vec()))
                .unwrap()
        })
        .collect();
    let four = digits.chunks_exact(4).take(count);
    four.map(|four| {
        let text = four.iter().map(|(label, _)| char::from(b'0' + label));
        (
            text.collect(),
            four.iter().map(|(_, image)| image.clone()).collect(),
        )
    })
    .collect()
}

/// A digit's image side on the sheet, and the room between two.
const CELL: usize = SCALE * SIDE;

/// A sheet with a number, with room around it.
fn sheet(images: &[Vec<u8>], left: usize, right: usize) -> Sheet {
    let mut sheet = Sheet::new(left + images.len() * 70 + right + 14, CELL + 60);
    for (index, image) in images.iter().enumerate() {
        sheet.digit(image, left + index * 70, 30);
    }
    sheet
}

fn read(sheets: Vec<Sheet>, config: ReaderConfig) -> Vec<Reading> {
    let mut reader = reader(config);
    let params = reader.config().params.clone();
    let mut pages: Vec<Page> = sheets
        .into_iter()
        .map(|sheet| Page::new(sheet.picture(), &params))
        .collect();
    reader.read_pages(&mut pages).unwrap();
    pages.into_iter().map(|page| page.reading).collect()
}

/// How many are accepted; what is accepted must be right.
fn accepted(readings: &[Reading], truth: &[(String, Vec<Vec<u8>>)]) -> usize {
    let accepted = readings
        .iter()
        .zip(truth)
        .filter(|(reading, _)| reading.accepted);
    for (reading, (truth, _)) in accepted.clone() {
        assert_eq!(&reading.text, truth);
    }
    accepted.count()
}

#[test]
fn plain_numbers_are_accepted_for_the_rest_to_be_measured_by() {
    let numbers = numbers(10);
    let sheets = numbers.iter().map(|(_, images)| sheet(images, 30, 30));
    let readings = read(sheets.collect(), ReaderConfig::default());
    assert!(accepted(&readings, &numbers) >= 8);
}

#[test]
fn a_dark_edge_of_the_picture_is_told_and_costs_nothing() {
    let numbers = numbers(10);
    let strip = |(index, (_, images)): (usize, &(String, Vec<Vec<u8>>))| {
        let width = 30 + 9 * index;
        let mut sheet = sheet(images, 30 + width, 30);
        for y in 0..sheet.height {
            for x in 0..width {
                sheet.darken(x as f64, y as f64, 12);
            }
        }
        sheet
    };
    let sheets = numbers.iter().enumerate().map(strip);
    let readings = read(sheets.collect(), ReaderConfig::default());
    assert!(accepted(&readings, &numbers) >= 7);
    for reading in readings.iter().filter(|reading| reading.accepted) {
        assert!(reading.marks.iter().any(|mark| mark.role == Role::Border));
    }
}

#[test]
fn boxes_that_lean_are_made_level_and_places_are_those_of_the_picture() {
    let numbers = numbers(10);
    for degrees in [-3.0f64, 0.5, 2.0] {
        let slope = degrees.to_radians().tan();
        let boxed = |(_, images): &(String, Vec<Vec<u8>>)| {
            let (left, top, side) = (30.0, 40.0, CELL as f64 + 6.0);
            let mut sheet = Sheet::new(60 + 4 * side as usize, CELL + 90);
            let leaning = |x: f64, y: f64| [x - slope * (y - 80.0), y + slope * (x - 200.0)];
            for row in [0.0, 1.0] {
                let y = top + row * side;
                let right = left + 4.0 * side;
                sheet.line(leaning(left, y), leaning(right, y), 2.0);
            }
            for column in 0..5 {
                let x = left + f64::from(column) * side;
                sheet.line(leaning(x, top), leaning(x, top + side), 2.0);
            }
            for (index, image) in images.iter().enumerate() {
                let [x, y] = leaning(left + index as f64 * side + 3.0, top + 3.0);
                sheet.digit(image, x.max(0.0) as usize, y.max(0.0) as usize);
            }
            sheet
        };
        let config = ReaderConfig {
            constraints: Constraints {
                cells: Some(4),
                ..Constraints::default()
            },
            ..ReaderConfig::default()
        };
        let readings = read(numbers.iter().map(boxed).collect(), config);
        assert!(accepted(&readings, &numbers) >= 7, "{degrees}");
        for digit in readings.iter().flat_map(Reading::digits) {
            let [x, y] = digit.bounds.middle();
            let index = digit.cell.unwrap() as f64 - 0.5;
            let expected = [
                30.0 + index * (CELL as f64 + 6.0),
                80.0 + slope * (30.0 + index * 90.0 - 200.0),
            ];
            assert!((x - expected[0]).abs() < 30.0, "{x}, {expected:?}");
            assert!((y - expected[1]).abs() < 30.0, "{y}, {expected:?}");
        }
    }
}

#[test]
fn a_number_that_is_struck_out_is_never_accepted() {
    let numbers = numbers(10);
    let struck = |(index, (_, images)): (usize, &(String, Vec<Vec<u8>>))| {
        let mut sheet = sheet(images, 30, 30);
        let lean = 3.0 * (index as f64 - 5.0);
        let right = sheet.width as f64 - 20.0;
        sheet.line([20.0, 72.0 - lean], [right, 72.0 + lean], 4.0);
        sheet
    };
    let sheets = numbers.iter().enumerate().map(struck);
    let readings = read(sheets.collect(), ReaderConfig::default());
    assert!(readings.iter().all(|reading| !reading.accepted));
}

#[test]
fn a_number_of_which_some_digits_are_struck_out_is_not_accepted_with_them() {
    let numbers = numbers(10);
    let struck = |(_, images): &(String, Vec<Vec<u8>>)| {
        let mut sheet = sheet(images, 30, 30);
        sheet.line([26.0, 75.0], [166.0, 70.0], 4.0);
        sheet
    };
    let readings = read(
        numbers.iter().map(struck).collect(),
        ReaderConfig::default(),
    );
    for (reading, (truth, _)) in readings.iter().zip(&numbers) {
        assert!(
            !reading.accepted || reading.text == truth[2..],
            "{}",
            reading.text
        );
    }
}

#[test]
fn a_printed_cell_that_is_empty_to_both_readers_is_blank() {
    let numbers = numbers(10);
    let boxed = |(_, images): &(String, Vec<Vec<u8>>)| {
        let side = CELL + 6;
        let mut sheet = Sheet::new(60 + 5 * side, CELL + 90);
        let [left, top] = [30.0, 40.0];
        let far = |count: usize| left + (count * side) as f64;
        for y in [top, top + side as f64] {
            sheet.line([left, y], [far(5), y], 2.0);
        }
        for column in 0..6 {
            let x = far(column);
            sheet.line([x, top], [x, top + side as f64], 2.0);
        }
        // The third of five is blank.
        for (index, image) in [0, 1, 3, 4].into_iter().zip(images) {
            sheet.digit(image, far(index) as usize + 3, top as usize + 3);
        }
        sheet
    };
    let config = |cells: usize| ReaderConfig {
        constraints: Constraints {
            cells: Some(cells),
            ..Constraints::default()
        },
        ..ReaderConfig::default()
    };
    let readings = read(numbers.iter().map(boxed).collect(), config(5));
    assert!(accepted(&readings, &numbers) >= 7);
    // Five are printed, not four.
    for reading in read(numbers.iter().map(boxed).collect(), config(4)) {
        assert!(!reading.accepted);
        assert!(
            reading
                .reasons
                .iter()
                .any(|reason| reason.kind() == "other-cells")
        );
    }
}
