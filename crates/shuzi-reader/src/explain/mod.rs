//! Pictures of what each stage made of a page, named as the stages' folders are.

mod draw;

use image::{Rgb, RgbImage};
use shuzi_line::{CLASSES, HEIGHT, Symbol};

use crate::{
    binarize::{self, BinarizeParams, Ink},
    classify::crop::{Crop, SIDE},
    explain::draw::{GLYPH, Label, draw_box, draw_label, fill_row},
    image::decode::Picture,
    page::Page,
    reading::Digit,
    recognize::Recognition,
    text_line::{Hypothesis, Kind, TextLine},
};

/// What is likely right, and what is less so; and print, and what is beside the point.
const SURE: Rgb<u8> = Rgb([0, 140, 60]);
const UNSURE: Rgb<u8> = Rgb([210, 40, 30]);
const PRINT: Rgb<u8> = Rgb([230, 120, 100]);
const PALE: Rgb<u8> = Rgb([190, 190, 190]);
const WHITE: Rgb<u8> = Rgb([255; 3]);

/// Colours of neighbouring segments.
const SEGMENTS: [Rgb<u8>; 6] = [
    Rgb([31, 119, 180]),
    Rgb([220, 110, 10]),
    Rgb([44, 140, 44]),
    Rgb([200, 40, 40]),
    Rgb([130, 90, 180]),
    Rgb([120, 75, 65]),
];

/// Probability from which a digit counts as likely right.
const LIKELY: f32 = 0.9;

/// Least probability of a hypothesis that is drawn.
const DRAWN: f32 = 0.02;

/// What a stage made, as a picture.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The stage's folder, and where that has several what is shown: `binarize.ink`.
    pub name: String,
    /// The picture.
    pub image: RgbImage,
}

/// Draws what each stage made of a page that was read, in their order: the picture; the page
/// without its surroundings and evenly lit, the brightness of the paper, and the ink; print
/// apart from writing; segments; the crop of each digit that was read; the hypotheses of the
/// lattice with those that were read; each line as a whole; and the digits on the picture. Of a blank page there is
/// less.
pub fn explain(page: &Page) -> Vec<Stage> {
    let picture = &page.picture;
    let stage = |name: &str, image: RgbImage| Stage {
        name: name.to_owned(),
        image,
    };
    let mut stages = vec![stage("image", grey(picture, |at| picture.pixels[at]))];
    if page.ink.is_some()
        && let Some(background) = binarize::background_of(picture, &BinarizeParams::default())
    {
        let page = &background.page;
        stages.push(stage("binarize.page", grey(page, |at| page.pixels[at])));
        let paper = grey(picture, |at| background.brightness[at] as u8);
        stages.push(stage("binarize.background", paper));
    }
    let ink = page.ink.as_ref();
    let writing = |at: usize| 255 - ink.map_or(0, |ink| ink.coverage[at]);
    stages.push(stage(
        "binarize.ink",
        with_print(page, writing, Rgb([0; 3])),
    ));
    if ink.is_some() {
        stages.push(stage("form_removal", with_print(page, writing, PRINT)));
        stages.push(stage("segment", segments(page)));
        let digits = page.reading.digits().enumerate();
        stages.extend(digits.map(|(index, digit)| Stage {
            name: format!("classify.{}", index + 1),
            image: crop_image(&digit.crop),
        }));
        stages.push(stage("lattice", lattice(page)));
    }
    let whole = page.lines.iter().filter_map(TextLine::recognition);
    stages.extend((1..).zip(whole).map(|(number, whole)| Stage {
        name: format!("recognize.{number}"),
        image: recognition(whole),
    }));
    stages.push(stage("decode", digits(page)));
    stages
}

/// The image of a line as the network for whole lines sees it, and under it the likeliest
/// symbol of each frame where it changes.
fn recognition(whole: &Recognition) -> RgbImage {
    const SCALE: usize = 3;
    let (width, height) = (SCALE * whole.image.width, SCALE * HEIGHT);
    let mut image = RgbImage::from_pixel(width as u32, (height + GLYPH + 4) as u32, WHITE);
    for y in 0..height {
        for x in 0..width {
            let value = whole.image.pixels[y / SCALE * whole.image.width + x / SCALE];
            image.put_pixel(x as u32, y as u32, Rgb([255 - value; 3]));
        }
    }
    let frames = whole.frames().max(1);
    let mut last = None;
    for (frame, row) in whole.logits.chunks_exact(CLASSES).enumerate() {
        let classes = (0..).zip(row);
        let likeliest = classes.max_by(|a, b| a.1.total_cmp(b.1));
        let symbol = likeliest.and_then(|(class, _)| Symbol::from_class(class));
        if symbol != last
            && let Some(symbol) = symbol
        {
            let label = Label {
                text: symbol.to_string(),
                x: frame * width / frames,
                y: height + 2,
                scale: 1,
            };
            draw_label(&mut image, &label, SURE);
        }
        last = symbol;
    }
    image
}

/// A picture of one grey for each pixel of `picture`.
fn grey(picture: &Picture, value: impl Fn(usize) -> u8) -> RgbImage {
    RgbImage::from_fn(picture.width as u32, picture.height as u32, |x, y| {
        Rgb([value(y as usize * picture.width + x as usize); 3])
    })
}

fn crop_image(crop: &Crop) -> RgbImage {
    let side = SIDE as u32;
    RgbImage::from_fn(side, side, |x, y| {
        Rgb([crop.pixels[y as usize * SIDE + x as usize]; 3])
    })
}

/// The writing, and the print that was taken out in its colour.
fn with_print(page: &Page, writing: impl Fn(usize) -> u8, print: Rgb<u8>) -> RgbImage {
    let mut image = grey(&page.picture, writing);
    let width = page.picture.width;
    for at in &page.form.printed {
        image.put_pixel((at % width) as u32, (at / width) as u32, print);
    }
    image
}

/// The ink of each segment in a colour unlike its neighbours'; what is no digit is pale.
fn segments(page: &Page) -> RgbImage {
    let colours = page.lines.iter().flat_map(|line| {
        let segments = line.segments.iter().zip(SEGMENTS.into_iter().cycle());
        segments.flat_map(|(segment, colour)| segment.labels.iter().map(move |l| (*l, colour)))
    });
    let mut of_label = vec![PALE; page.components.last_label as usize + 1];
    for (label, colour) in colours {
        if let Some(to) = of_label.get_mut(label as usize) {
            *to = colour;
        }
    }
    let mut image = grey(&page.picture, |_| 255);
    let ink = page.ink.iter().flat_map(|ink| &ink.coverage);
    let pixels = image.pixels_mut().zip(ink).zip(&page.components.labels);
    for ((pixel, coverage), label) in pixels {
        if *coverage >= Ink::EDGE {
            *pixel = of_label.get(*label as usize).copied().unwrap_or(PALE);
        }
    }
    image
}

/// Under each line its hypotheses, a bar each with the likeliest class: those that were read
/// in colour. Above all of it the two likeliest numbers.
fn lattice(page: &Page) -> RgbImage {
    let rows: Vec<(&TextLine, Vec<&Hypothesis>)> = page
        .lines
        .iter()
        .map(|line| {
            let likely =
                |hypothesis: &&Hypothesis| best(hypothesis).is_some_and(|(_, p)| p >= DRAWN);
            (line, line.hypotheses.iter().filter(likely).collect())
        })
        .collect();
    let bar = GLYPH + 4;
    let count: usize = rows.iter().map(|(_, hypotheses)| hypotheses.len()).sum();
    let top = 3 * bar;
    let (width, height) = (page.picture.width, top + (count + rows.len()) * bar);
    let mut image = RgbImage::from_pixel(width as u32, height as u32, WHITE);
    let reading = &page.reading;
    let second = reading.runner_up.as_ref();
    let numbers = [
        Some((&reading.text, reading.confidence, SURE)),
        second.map(|second| (&second.text, second.confidence, UNSURE)),
    ];
    for (row, (text, confidence, colour)) in numbers.into_iter().flatten().enumerate() {
        let text = format!("{text} {:.1}%", 100.0 * confidence);
        draw_label(
            &mut image,
            &Label {
                text,
                x: 0,
                y: row * bar,
                scale: 1,
            },
            colour,
        );
    }
    let mut y = top;
    for (_, hypotheses) in rows {
        for hypothesis in hypotheses {
            let read = page
                .reading
                .digits()
                .any(|digit| digit.crop == hypothesis.crop);
            let colour = if read { SURE } else { PALE };
            let bounds = &hypothesis.region.bounds;
            fill_row(&mut image, [bounds.x, bounds.right()], y, colour);
            if let Some((class, p)) = best(hypothesis) {
                let class = match hypothesis.kind {
                    Kind::Digit => format!("{class}"),
                    Kind::Bigram => format!("{class:02}"),
                };
                let text = format!("{class} {:.0}%", 100.0 * p);
                draw_label(
                    &mut image,
                    &Label {
                        text,
                        x: bounds.x,
                        y: y + 2,
                        scale: 1,
                    },
                    colour,
                );
            }
            y += bar;
        }
        y += bar;
    }
    image
}

/// The likeliest class of a hypothesis.
fn best(hypothesis: &Hypothesis) -> Option<(usize, f32)> {
    let classes = hypothesis.posterior.as_ref()?.classes.iter().copied();
    classes.enumerate().max_by(|a, b| a.1.total_cmp(&b.1))
}

/// The picture with a box around each digit, the digit above it and its probability in
/// percent below.
fn digits(page: &Page) -> RgbImage {
    let picture = &page.picture;
    let mut image = grey(picture, |at| picture.pixels[at]);
    // Visible whatever the size of the picture.
    let thickness = (picture.width.max(picture.height) / 600).max(1);
    for digit in page.reading.digits() {
        draw_digit(&mut image, digit, thickness);
    }
    image
}

fn draw_digit(image: &mut RgbImage, digit: &Digit, thickness: usize) {
    let bounds = &digit.on_picture;
    let colour = if digit.confidence >= LIKELY {
        SURE
    } else {
        UNSURE
    };
    draw_box(image, bounds, thickness, colour);
    // Some third of the digit's height, and no wider than the digit.
    let large = (bounds.height / (3 * GLYPH)).clamp(1, 6 * thickness);
    let name = Label {
        text: digit.digit.to_string(),
        x: bounds.x,
        y: bounds.y.saturating_sub(GLYPH * large + thickness),
        scale: large,
    };
    let percent = format!("{:.0}%", 100.0 * digit.confidence);
    let share = Label {
        scale: (bounds.longest() / (percent.len() * GLYPH)).clamp(1, 3 * thickness),
        text: percent,
        x: bounds.x,
        y: bounds.bottom() + 2 * thickness,
    };
    draw_label(image, &name, colour);
    draw_label(image, &share, colour);
}
