//! Sheets that are filled by made hands: printed from a template, written on with digits of the
//! synthesiser's own set, seen by a scanner or a phone.

#![allow(clippy::unwrap_used, dead_code)] // each test uses a part

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use shuzi_data::idx::{Images, Labels};
use shuzi_forms::{
    FormReader, FormReaderConfig, Template,
    geometry::Rect,
    print::{pixels, sheet},
    reader::Form,
    register::Homography,
};
use shuzi_models::{Model, READER};
use shuzi_nn::Threads;
use shuzi_reader::Picture;

/// Digits to write with.
pub(crate) struct Hands {
    images: Images,
    digits: Vec<Vec<usize>>,
}

impl Hands {
    pub(crate) fn new() -> Self {
        let images =
            include_bytes!("../../../shuzi-synth/data/numbers-ch-train-images-idx3-ubyte.gz");
        let labels =
            include_bytes!("../../../shuzi-synth/data/numbers-ch-train-labels-idx1-ubyte.gz");
        let images = Images::from_reader(&images[..]).unwrap();
        let labels = Labels::from_reader(&labels[..]).unwrap();
        let mut digits = vec![Vec::new(); 10];
        for index in 0..images.count() {
            digits[usize::from(labels.values()[index])].push(index);
        }
        Self { images, digits }
    }

    /// Writes into the boxes of a page: for each field by its name a character for each box, a
    /// digit, `x` a cross, `_` nothing.
    pub(crate) fn fill(
        &self,
        template: &Template,
        page: usize,
        serial: Option<u32>,
        values: &[(&str, &str)],
        dpi: f64,
        seed: u64,
    ) -> Picture {
        let mut picture = pixels(&sheet(template, page, serial).unwrap(), dpi);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for field in template.page[page].expanded().unwrap() {
            let Some((_, text)) = values.iter().find(|(name, _)| *name == field.name) else {
                continue;
            };
            assert_eq!(text.chars().count(), field.cells.len(), "{}", field.name);
            for (cell, c) in field.cells.iter().zip(text.chars()) {
                match c.to_digit(10) {
                    Some(digit) => {
                        self.digit(&mut picture, cell.rect, digit as usize, dpi, &mut rng);
                    }
                    None if c == 'x' => cross(&mut picture, cell.rect, dpi, &mut rng),
                    None => {}
                }
            }
        }
        picture
    }

    fn digit(
        &self,
        picture: &mut Picture,
        cell: Rect,
        digit: usize,
        dpi: f64,
        rng: &mut ChaCha8Rng,
    ) {
        let all = &self.digits[digit];
        let image = self
            .images
            .get(all[rng.random_range(0..all.len())])
            .unwrap();
        let scale = dpi / 25.4;
        // Twenty of the image's pixels are the digit's height.
        let height = cell.height.min(1.4 * cell.width) * rng.random_range(0.55..0.75) * scale;
        let unit = height / 20.0;
        let [cx, cy] = cell.middle();
        let shift = 0.06 * cell.width;
        let cx = (cx + rng.random_range(-shift..shift)) * scale;
        let cy = (cy + rng.random_range(-shift..shift)) * scale;
        let reach = 14.0 * unit;
        let at = |x: isize, y: isize| {
            let inside = (0..28).contains(&x) && (0..28).contains(&y);
            if inside {
                f64::from(image[(y * 28 + x) as usize]) / 255.0
            } else {
                0.0
            }
        };
        for y in (cy - reach) as usize..(cy + reach) as usize {
            for x in (cx - reach) as usize..(cx + reach) as usize {
                let u = (x as f64 + 0.5 - cx) / unit + 13.5;
                let v = (y as f64 + 0.5 - cy) / unit + 13.5;
                let (x0, y0) = (u.floor(), v.floor());
                let (dx, dy) = (u - x0, v - y0);
                let (x0, y0) = (x0 as isize, y0 as isize);
                let ink = (at(x0, y0) * (1.0 - dx) + at(x0 + 1, y0) * dx) * (1.0 - dy)
                    + (at(x0, y0 + 1) * (1.0 - dx) + at(x0 + 1, y0 + 1) * dx) * dy;
                darken(picture, x, y, 0.85 * (1.6 * ink).min(1.0));
            }
        }
    }
}

fn darken(picture: &mut Picture, x: usize, y: usize, ink: f64) {
    if x < picture.width && y < picture.height {
        let pixel = &mut picture.pixels[y * picture.width + x];
        *pixel = (f64::from(*pixel) * (1.0 - ink)) as u8;
    }
}

fn cross(picture: &mut Picture, cell: Rect, dpi: f64, rng: &mut ChaCha8Rng) {
    let scale = dpi / 25.4;
    let mut near = |[x, y]: [f64; 2]| {
        let by = 0.1 * cell.width;
        [
            (x + rng.random_range(-by..by)) * scale,
            (y + rng.random_range(-by..by)) * scale,
        ]
    };
    let corners = cell.grown(-0.4).corners().map(&mut near);
    for [a, b] in [[corners[0], corners[2]], [corners[1], corners[3]]] {
        let half = 0.25 * scale;
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let length = dx.hypot(dy);
        for y in (a[1].min(b[1]) - 2.0) as usize..(a[1].max(b[1]) + 2.0) as usize {
            for x in (a[0].min(b[0]) - 2.0) as usize..(a[0].max(b[0]) + 2.0) as usize {
                let (px, py) = (x as f64 + 0.5 - a[0], y as f64 + 0.5 - a[1]);
                let off = ((px * dy - py * dx) / length).abs();
                darken(picture, x, y, 0.85 * (half + 0.5 - off).clamp(0.0, 1.0));
            }
        }
    }
}

/// How a page is seen.
#[derive(Clone, Copy)]
pub(crate) struct View {
    /// Degrees clockwise.
    pub(crate) turn: f64,
    /// Share by which the far edge is shorter.
    pub(crate) tilt: f64,
    /// Light that a shadow takes from half of the picture, as a share.
    pub(crate) shadow: f64,
    /// Seen in a mirror.
    pub(crate) mirrored: bool,
}

pub(crate) const SCAN: View = View {
    turn: 0.0,
    tilt: 0.0,
    shadow: 0.0,
    mirrored: false,
};

/// A picture of a page on a dark desk.
pub(crate) fn seen(page: &Picture, view: View, seed: u64) -> Picture {
    let (w, h) = (page.width as f64, page.height as f64);
    let side = (1.15 * w.hypot(h)) as usize;
    let (sin, cos) = view.turn.to_radians().sin_cos();
    let place = |[x, y]: [f64; 2]| {
        let x = if view.mirrored { w - x } else { x };
        let narrow = 1.0 - view.tilt * (1.0 - y / h);
        let (x, y) = (
            (x - 0.5 * w) * narrow,
            (y - 0.5 * h) * (1.0 - 0.5 * view.tilt),
        );
        let middle = 0.5 * side as f64;
        [middle + cos * x - sin * y, middle + sin * x + cos * y]
    };
    let corners = [[0.0, 0.0], [w, 0.0], [w, h], [0.0, h]];
    let map = Homography::fit(corners.map(|c| (place(c), c)), 1.0).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut pixels = Vec::with_capacity(side * side);
    for y in 0..side {
        for x in 0..side {
            let [u, v] = map.apply([x as f64 + 0.5, y as f64 + 0.5]);
            let inside = u >= 0.0 && v >= 0.0 && u < w && v < h;
            let light = if inside {
                let sub = |dx: f64, dy: f64| {
                    let x = ((u + dx) as usize).min(page.width - 1);
                    let y = ((v + dy) as usize).min(page.height - 1);
                    f64::from(page.pixels[y * page.width + x])
                };
                0.92 * 0.25 * (sub(0.0, 0.0) + sub(0.5, 0.0) + sub(0.0, 0.5) + sub(0.5, 0.5))
            } else {
                70.0
            };
            let shade = if x > side / 2 { 1.0 - view.shadow } else { 1.0 };
            let noise = rng.random_range(-5.0..5.0);
            pixels.push((light * shade + noise).clamp(0.0, 255.0) as u8);
        }
    }
    Picture {
        width: side,
        height: side,
        pixels,
        original_width: side,
        original_height: side,
    }
}

/// A reader of some forms, by the shipped network.
pub(crate) fn reader(templates: &[&Template]) -> FormReader {
    let digits = Model::load(READER)
        .unwrap()
        .classifier(Threads::available())
        .unwrap();
    let forms = templates
        .iter()
        .map(|t| Form::new((*t).clone()).unwrap())
        .collect();
    FormReader::new(digits, None, forms, FormReaderConfig::default()).unwrap()
}

/// A score sheet: three scores and their sum, a code, a comb with fillers.
pub(crate) fn score_sheet() -> Template {
    Template::checked(include_str!("score.toml")).unwrap()
}
