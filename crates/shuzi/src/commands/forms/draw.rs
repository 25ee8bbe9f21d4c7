//! `shuzi forms draw`: what was found on a picture.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, bail};
use image::{Rgb, RgbImage};
use shuzi_forms::{
    geometry::{Point, distance},
    reader::{Form, PageReading, Told},
};
use shuzi_models::READER;
use shuzi_reader::{Limits, Pages, Picture};

use super::template;
use crate::{commands::model::load, context::Context, outcome::Outcome, output};

/// Draw what was found on a picture: boxes in green, doubtful fields in red
///
/// Each box has what was read in it above it. A page that is not found is an error with its
/// reason.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A picture of a page
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    /// A template; several are tried
    #[arg(long = "form", value_name = "TEMPLATE", required = true)]
    forms: Vec<PathBuf>,
    /// The picture to write: .png
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Draw the page upright, at so many pixels a millimetre, in place of the picture
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=40))]
    upright: Option<u16>,
}

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Outcome> {
    let forms: anyhow::Result<Vec<Form>> = args
        .forms
        .iter()
        .map(|path| Ok(Form::new(template(path)?)?))
        .collect();
    let limits = Limits::default();
    let of = || format!("can't read {}", args.image.display());
    let bytes = fs::read(&args.image).with_context(of)?;
    let picture = Pages::of(bytes, limits).and_then(|pages| pages.decode(0, limits));
    let picture = picture.with_context(of)?;
    let digits = load(READER)?.classifier(context.threads.clone())?;
    let mut reader = shuzi_forms::FormReader::new(digits, None, forms?, Default::default())?;
    let read = reader.read(&picture, &Told::default())?;
    let registration = match &read.registration {
        Ok(registration) => registration,
        Err(why) => bail!("{}: {why}", args.image.display()),
    };
    let [form, page] = read.page.context("no page was found")?;
    let form = &reader.forms()[form];
    let image = match args.upright {
        Some(scale) => {
            let rect = form.template.page[page].size.rect();
            let cut = registration.cut(&picture, rect, f64::from(scale));
            colour(&cut)
        }
        None => colour(&picture),
    };
    let place = |point: Point| match args.upright {
        Some(scale) => point.map(|mm| mm * f64::from(scale)),
        None => registration.place(point),
    };
    drawn(image, form, page, &read, place)
        .save(&args.out)
        .with_context(|| format!("can't write {}", args.out.display()))?;
    output::note(format_args!(
        "{} page {}, marks {:.2} mm from their places, {:.0} % of boxes seen",
        form.template.form,
        page + 1,
        registration.residual,
        100.0 * registration.walls_seen
    ));
    Ok(Outcome::Done)
}

fn colour(picture: &Picture) -> RgbImage {
    RgbImage::from_fn(picture.width as u32, picture.height as u32, |x, y| {
        Rgb([picture.pixels[y as usize * picture.width + x as usize]; 3])
    })
}

const GREEN: Rgb<u8> = Rgb([0, 160, 60]);
const RED: Rgb<u8> = Rgb([220, 30, 30]);

fn drawn(
    mut image: RgbImage,
    form: &Form,
    page: usize,
    read: &PageReading,
    place: impl Fn(Point) -> Point,
) -> RgbImage {
    for (field, placed) in form.pages[page].fields.iter().zip(&read.fields) {
        let pen = if placed.reading.accepted { GREEN } else { RED };
        let characters: Vec<char> = placed.reading.cells.chars().collect();
        for (index, cell) in field.cells.iter().enumerate() {
            let corners = cell.rect.corners().map(&place);
            for side in 0..4 {
                line(&mut image, corners[side], corners[(side + 1) % 4], pen);
            }
            if let Some(c) = characters.get(index) {
                letter(&mut image, corners[0], *c, pen);
            }
        }
    }
    image
}

fn put(image: &mut RgbImage, x: f64, y: f64, pen: Rgb<u8>) {
    if x >= 0.0 && y >= 0.0 && x < f64::from(image.width()) && y < f64::from(image.height()) {
        image.put_pixel(x as u32, y as u32, pen);
    }
}

fn line(image: &mut RgbImage, from: Point, to: Point, pen: Rgb<u8>) {
    let steps = (distance(from, to).ceil() as usize).clamp(1, 20_000);
    for step in 0..=steps {
        let share = step as f64 / steps as f64;
        let at = |axis: usize| from[axis] + share * (to[axis] - from[axis]);
        put(image, at(0), at(1), pen);
    }
}

/// A sign above a place, of some strokes: 4 pixels wide and 7 high, doubled.
fn letter(image: &mut RgbImage, at: Point, c: char, pen: Rgb<u8>) {
    // Seven segments: top, upper right, lower right, bottom, lower left, upper left, middle.
    const DIGITS: [u8; 10] = [0x3f, 0x06, 0x5b, 0x4f, 0x66, 0x6d, 0x7d, 0x07, 0x7f, 0x6f];
    const ENDS: [[[f64; 2]; 2]; 7] = [
        [[0.0, 0.0], [4.0, 0.0]],
        [[4.0, 0.0], [4.0, 3.0]],
        [[4.0, 3.0], [4.0, 6.0]],
        [[0.0, 6.0], [4.0, 6.0]],
        [[0.0, 3.0], [0.0, 6.0]],
        [[0.0, 0.0], [0.0, 3.0]],
        [[0.0, 3.0], [4.0, 3.0]],
    ];
    let base = [at[0] + 2.0, at[1] - 16.0];
    let mut stroke = |[a, b]: [[f64; 2]; 2]| {
        let place = |p: [f64; 2]| [base[0] + 2.0 * p[0], base[1] + 2.0 * p[1]];
        line(image, place(a), place(b), pen);
    };
    match c.to_digit(10) {
        Some(digit) => {
            for (index, ends) in ENDS.into_iter().enumerate() {
                if DIGITS[digit as usize] >> index & 1 == 1 {
                    stroke(ends);
                }
            }
        }
        None if c == '_' => stroke(ENDS[3]),
        None => {
            stroke([[0.0, 0.0], [4.0, 6.0]]);
            stroke([[4.0, 0.0], [0.0, 6.0]]);
        }
    }
}
