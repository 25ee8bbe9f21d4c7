//! What people complain of in other readers, each as a test from end to end.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

mod common;

use common::{run, sample};
use image::{
    GrayImage, Luma,
    imageops::{FilterType, invert, overlay, resize},
};
use serde_json::Value;

/// What `shuzi read` makes of a picture.
fn read(image: &GrayImage) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture.png");
    image.save(&path).unwrap();
    let ran = run(["read", "--format", "json", path.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    ran.json()[0].clone()
}

fn open(name: &str) -> GrayImage {
    image::open(sample(name)).unwrap().into_luma8()
}

/// A 4 that MNIST's test set has, cut close, 60 pixels high.
fn four() -> GrayImage {
    let page = open("digit-4.png");
    let dark = |x: u32, y: u32| page.get_pixel(x, y).0[0] < 128;
    let columns = || (0..page.width()).filter(|&x| (0..page.height()).any(|y| dark(x, y)));
    let rows = || (0..page.height()).filter(|&y| (0..page.width()).any(|x| dark(x, y)));
    let (left, right) = (columns().next().unwrap(), columns().next_back().unwrap());
    let (top, bottom) = (rows().next().unwrap(), rows().next_back().unwrap());
    let (width, height) = (right - left + 1, bottom - top + 1);
    let close = image::imageops::crop_imm(&page, left, top, width, height).to_image();
    resize(&close, width * 60 / height, 60, FilterType::Triangle)
}

fn paper(width: u32, height: u32) -> GrayImage {
    GrayImage::from_pixel(width, height, Luma([250]))
}

/// Darkens what `inked` says.
fn print(image: &mut GrayImage, inked: impl Fn(u32, u32) -> bool) {
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        if inked(x, y) {
            pixel.0[0] = pixel.0[0].min(40);
        }
    }
}

/// The darker of both, `top` with its corner at `x`, `y`.
fn write_on(image: &mut GrayImage, top: &GrayImage, x: u32, y: u32) {
    for (dx, dy, ink) in top.enumerate_pixels() {
        let pixel = image.get_pixel_mut(x + dx, y + dy);
        pixel.0[0] = pixel.0[0].min(ink.0[0]);
    }
}

#[test]
fn a_lone_digit_is_read_as_one_digit() {
    // tesseract #2389
    let mut page = paper(100, 100);
    let four = four();
    write_on(&mut page, &four, 30, 20);
    let reading = read(&page);
    assert_eq!(
        (&reading["text"], &reading["accepted"]),
        (&"4".into(), &true.into())
    );
}

#[test]
fn where_on_the_canvas_does_not_matter() {
    // 3Blue1Brown.com #169
    let four = four();
    for (x, y) in [(1, 1), (150, 5), (240, 130), (10, 135), (120, 70)] {
        let mut page = paper(300, 200);
        write_on(&mut page, &four, x, y);
        assert_eq!(read(&page)["text"], "4", "at {x}, {y}");
    }
}

#[test]
fn scale_centring_and_inversion_do_not_matter() {
    // makeyourownneuralnetwork #34
    let line = open("line-0690.bmp");
    for scale in [0.4, 0.7, 1.0, 2.0, 4.0] {
        let [width, height] = [line.width(), line.height()].map(|n| (n as f32 * scale) as u32);
        let mut small = resize(&line, width, height, FilterType::Triangle);
        let mut page = paper(width + 150, height + 90);
        overlay(&mut page, &small, 130, 10);
        assert_eq!(read(&page)["text"], "0690", "at scale {scale}");
        invert(&mut small);
        assert_eq!(
            read(&small)["text"],
            "0690",
            "light on dark, at scale {scale}"
        );
    }
}

#[test]
fn nothing_is_read_from_a_blank_box() {
    for (thick, margin) in [(1, 10), (2, 30), (4, 4)] {
        let (width, height) = (220, 120);
        let mut page = paper(width, height);
        print(&mut page, |x, y| {
            let inside = |m: u32| (m..width - m).contains(&x) && (m..height - m).contains(&y);
            inside(margin) && !inside(margin + thick)
        });
        let reading = read(&page);
        assert_eq!(
            (&reading["text"], &reading["accepted"]),
            (&"".into(), &false.into())
        );
    }
}

#[test]
fn a_dash_is_not_a_4() {
    // Swift-AI NeuralNet-Handwriting-iOS #3
    for (length, thick) in [(60, 8), (90, 12), (30, 6), (120, 5)] {
        let mut page = paper(200, 120);
        print(&mut page, |x, y| {
            (40..40 + length).contains(&x) && (55..55 + thick).contains(&y)
        });
        assert_eq!(read(&page)["text"], "", "{length}×{thick}");
    }
}

#[test]
fn better_blank_than_wrong() {
    // tesseract #2566
    let mut page = paper(260, 120);
    // Hatching: as high as digits, and none.
    print(&mut page, |x, y| {
        let at = |from: u32| (from..from + 60).contains(&x) && (30..90).contains(&y);
        let hatched = (x + y) % 12 < 4 || (x + 240 - y) % 12 < 4;
        (at(30) || at(140)) && hatched
    });
    assert_eq!(read(&page)["accepted"], false);
}

#[test]
fn digits_in_printed_boxes_are_read() {
    // PaddleOCR #12518
    let four = four();
    let mut page = paper(330, 120);
    print(&mut page, |x, y| {
        let (left, right) = (20, 20 + 3 * 96);
        let across = (left..=right).contains(&x);
        let down = (15..=105).contains(&y);
        (across && (y == 15 || y == 105)) || (down && across && (x - left) % 96 == 0)
    });
    for cell in 0..3 {
        write_on(&mut page, &four, 20 + 96 * cell + 26, 32);
    }
    assert_eq!(read(&page)["text"], "444");
}

#[test]
fn taking_out_the_grid_does_not_split_a_4() {
    let four = four();
    for step in [20, 27] {
        let mut page = paper(200, 140);
        print(&mut page, |x, y| x % step == 0 || y % step == 0);
        write_on(&mut page, &four, 70, 42);
        assert_eq!(read(&page)["text"], "4", "every {step} pixels");
    }
}
