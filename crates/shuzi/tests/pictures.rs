//! What `shuzi read` makes of pictures drawn for it.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

mod common;

use std::path::Path;

use common::{fixture, read_json, run, sample, truth};
use image::{GrayImage, Luma, imageops::overlay};
use serde_json::Value;

/// A picture of 200×200: a thin or thick 1-like or 7-like stroke somewhere.
fn strokes(ground: u8, ink: u8, half: f32, lines: &[[f32; 4]]) -> GrayImage {
    GrayImage::from_fn(200, 200, |x, y| {
        let (x, y) = (x as f32, y as f32);
        let near = lines.iter().any(|&[x0, y0, x1, y1]| {
            let (dx, dy) = (x1 - x0, y1 - y0);
            let along = (((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
            (x - x0 - along * dx).hypot(y - y0 - along * dy) <= half
        });
        Luma([if near { ink } else { ground }])
    })
}

#[test]
fn drawn_strokes_are_read_thick_or_thin_and_either_way_round() {
    let folder = tempfile::tempdir().unwrap();
    let seven = [[20.0, 30.0, 70.0, 30.0], [70.0, 30.0, 40.0, 110.0]];
    let one = [[150.0, 100.0, 142.0, 180.0]];
    let pens = [
        (0.6, "hairline"),
        (1.5, "thin"),
        (4.0, "middle"),
        (8.0, "thick"),
    ];
    for (half, name) in pens {
        for (ground, ink) in [(250, 20), (10, 240), (180, 90)] {
            for (lines, digit) in [(&seven[..], "7"), (&one[..], "1")] {
                let path = folder.path().join("drawn.png");
                strokes(ground, ink, half, lines).save(&path).unwrap();
                let (_, records) = read_json(&[path.to_str().unwrap()]);
                assert_eq!(
                    records[0]["text"], digit,
                    "{name} {digit} {ink} on {ground}"
                );
            }
        }
    }
}

/// Reads a picture.
fn text_of(picture: &GrayImage) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture.png");
    picture.save(&path).unwrap();
    let (_, records) = read_json(&[path.to_str().unwrap()]);
    records[0]["text"].as_str().unwrap().to_owned()
}

#[test]
fn light_that_falls_off_on_a_small_picture_hides_nothing() {
    let seven = [[6.0, 6.0, 20.0, 6.0], [20.0, 6.0, 11.0, 23.0]];
    let whole = strokes(255, 70, 1.3, &seven);
    let small = image::imageops::crop_imm(&whole, 0, 0, 28, 28).to_image();
    assert_eq!(text_of(&small), "7");
    let shaded = GrayImage::from_fn(28, 28, |x, y| {
        let light = 0.35 + 0.65 * x as f32 / 27.0;
        Luma([(light * f32::from(small.get_pixel(x, y).0[0])) as u8])
    });
    assert_eq!(text_of(&shaded), "7");
}

#[test]
fn a_dark_desk_beside_the_sheet_hides_no_pale_writing() {
    let seven = [[60.0, 60.0, 110.0, 60.0], [110.0, 60.0, 80.0, 140.0]];
    for (desk, pen) in [(10, 130), (250, 60)] {
        let mut picture = strokes(190, pen, 4.0, &seven);
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            if x < 22 || y + x / 10 > 185 {
                *pixel = Luma([desk]);
            }
        }
        assert_eq!(text_of(&picture), "7", "{desk}");
    }
}

#[test]
fn a_sheet_on_a_dark_desk_is_read() {
    let sheet = image::open(sample("line-0690.pgm")).unwrap().into_luma8();
    for around in [20, 60] {
        let (width, height) = (sheet.width() + 2 * around, sheet.height() + 2 * around);
        let mut picture = GrayImage::from_pixel(width, height, Luma([15]));
        image::imageops::replace(&mut picture, &sheet, around.into(), around.into());
        assert_eq!(text_of(&picture), "0690", "{around}");
    }
}

#[test]
fn digits_of_a_few_pixels_are_read() {
    for name in ["line-0690.pgm", "digit-4.png"] {
        let whole = image::open(sample(name)).unwrap().into_luma8();
        let high = 20;
        let wide = whole.width() * high / whole.height();
        let small = image::imageops::thumbnail(&whole, wide, high);
        assert_eq!(text_of(&small), truth(Path::new(name)), "{name}");
    }
}

#[test]
fn a_scribble_as_wide_as_several_digits_is_not_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scribble.png");
    let corners = [
        [15.0, 70.0],
        [40.0, 130.0],
        [65.0, 75.0],
        [95.0, 135.0],
        [130.0, 70.0],
        [185.0, 128.0],
    ];
    let lines: Vec<[f32; 4]> = corners
        .windows(2)
        .map(|pair| [pair[0][0], pair[0][1], pair[1][0], pair[1][1]])
        .collect();
    strokes(255, 0, 4.0, &lines).save(&path).unwrap();
    let (_, records) = read_json(&[path.to_str().unwrap()]);
    assert_eq!(records[0]["accepted"], false, "{}", records[0]);
}

#[test]
fn two_numbers_far_apart_are_two() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.png");
    let number = image::open(sample("line-0690.pgm")).unwrap().into_luma8();
    let read = |gap: u32, more: &[&str]| {
        let (width, height) = number.dimensions();
        let paper = *number.get_pixel(0, 0);
        let mut both = GrayImage::from_pixel(2 * width + gap, height, paper);
        overlay(&mut both, &number, 0, 0);
        overlay(&mut both, &number, i64::from(width + gap), 0);
        both.save(&path).unwrap();
        let (_, records) = read_json(&[&[path.to_str().unwrap()], more].concat());
        records[0].clone()
    };
    // Nearer, too: the gap is far wider than the others.
    for gap in [0, 8 * number.height()] {
        let two = read(gap, &[]);
        assert_eq!(two["text"], "0690 0690", "{gap}");
        let numbers = two["numbers"].as_array().unwrap();
        let texts: Vec<&str> = numbers
            .iter()
            .map(|n| n["text"].as_str().unwrap())
            .collect();
        assert_eq!(texts, ["0690", "0690"], "{gap}");
    }
    // It is one if that is known.
    let known = read(8 * number.height(), &["--length", "8"]);
    assert_eq!(
        (&known["text"], &known["accepted"]),
        (&"06900690".into(), &true.into())
    );
}

#[test]
fn a_point_makes_three_digits_behind_it_likelier() {
    let folder = tempfile::tempdir().unwrap();
    // Part of a ring, in twelfths from the right downwards.
    let ring = |x: f32, twelfths: std::ops::Range<usize>| {
        let at = move |i: usize| {
            let angle = i as f32 * std::f32::consts::PI / 6.0;
            [x + 14.0 * angle.cos(), 90.0 + 18.0 * angle.sin()]
        };
        twelfths.map(move |i| {
            let ([x0, y0], [x1, y1]) = (at(i), at(i + 1));
            [x0, y0, x1, y1]
        })
    };
    let one = |x: f32| [[x, 68.0, x, 108.0], [x, 68.0, x - 9.0, 78.0]];
    let mut lines = one(22.0).to_vec();
    lines.extend(ring(70.0, 0..12));
    // As far as the network knows this may be no digit. It is not the last: of zeros at the
    // end the reader is sure without a point.
    lines.extend(ring(110.0, 2..10));
    lines.extend(one(150.0));
    let confidence = |name: &str, lines: &[[f32; 4]], text: &str| {
        let path = folder.path().join(name);
        strokes(255, 0, 2.0, lines).save(&path).unwrap();
        let (_, records) = read_json(&[path.to_str().unwrap()]);
        assert_eq!(records[0]["text"], text);
        records[0]["confidence"].as_f64().unwrap()
    };
    let without = confidence("without.png", &lines, "1001");
    lines.push([38.0, 106.0, 39.0, 106.0]);
    let with = confidence("with.png", &lines, "1.001");
    assert!(with > without + 0.002, "{without} {with}");
}

#[test]
fn digits_that_touch_are_cut_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("touching.png");
    // Two 4s, the bar of the one running into the other.
    let four = |x: f32| {
        [
            [x + 28.0, 50.0, x, 110.0],
            [x, 110.0, x + 84.0, 110.0],
            [x + 44.0, 75.0, x + 42.0, 150.0],
        ]
    };
    let lines = [four(12.0), four(96.0)].concat();
    strokes(255, 0, 4.0, &lines).save(&path).unwrap();
    let (_, records) = read_json(&[path.to_str().unwrap()]);
    let digits = records[0]["numbers"][0]["digits"].as_array().unwrap();
    assert_eq!(digits.len(), 2, "{}", records[0]);
    assert_eq!(
        (&digits[0]["digit"], &digits[1]["digit"]),
        (&4.into(), &4.into())
    );
}

#[test]
fn digits_that_run_into_each_other_are_read_as_pairs() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let made = run([
        "dev",
        "strings",
        "--content",
        "touching",
        "--count",
        "60",
        "--seed",
        "5",
        "--images",
        &fixture("t10k-images-idx3-ubyte.gz"),
        "--labels",
        &fixture("t10k-labels-idx1-ubyte.gz"),
        "--out",
        out,
    ]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let labels = folder.path().join("labels.tsv");
    let right = |more: &[&str]| {
        let labels = labels.to_str().unwrap();
        let args = ["eval", "--format", "json", "--strings", labels];
        let ran = run([&args[..], more].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran.json()["exact"]["count"].as_u64().unwrap()
    };
    let [with, without] = [right(&[]), right(&["--pairs", "none"])];
    assert!(with >= without + 3, "{without} {with}");
}

#[test]
fn a_rule_under_the_digits_is_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ruled.png");
    let lines = [
        [60.0, 40.0, 110.0, 40.0],
        [110.0, 40.0, 80.0, 130.0],
        [138.0, 66.0, 160.0, 40.0],
        [160.0, 40.0, 152.0, 134.0],
        // Through the feet of both.
        [2.0, 124.0, 198.0, 127.0],
    ];
    strokes(255, 0, 3.0, &lines).save(&path).unwrap();
    let (_, records) = read_json(&[path.to_str().unwrap()]);
    assert_eq!(records[0]["text"], "71");
}

#[test]
fn nothing_is_read_off_images_without_digits() {
    let folder = tempfile::tempdir().unwrap();
    let noise = |x: u32, y: u32| (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)) % 9;
    let images = [
        ("white", GrayImage::from_pixel(100, 80, Luma([255]))),
        ("black", GrayImage::from_pixel(100, 80, Luma([0]))),
        ("dot", GrayImage::from_pixel(1, 1, Luma([7]))),
        (
            "paper",
            GrayImage::from_fn(300, 200, |x, y| Luma([(220 + noise(x, y)) as u8])),
        ),
        (
            "shade",
            GrayImage::from_fn(300, 200, |x, _| Luma([(100 + x / 3) as u8])),
        ),
        ("dash", strokes(255, 0, 4.0, &[[60.0, 100.0, 140.0, 100.0]])),
        (
            "blob",
            GrayImage::from_fn(200, 200, |x, y| {
                Luma([if x.abs_diff(100) < 20 && y.abs_diff(100) < 20 {
                    0
                } else {
                    255
                }])
            }),
        ),
    ];
    for (name, image) in images {
        let path = folder.path().join(format!("{name}.png"));
        image.save(&path).unwrap();
        let (ran, records) = read_json(&[path.to_str().unwrap()]);
        assert_eq!(
            (ran.code, &records[0]["text"]),
            (Some(0), &Value::from("")),
            "{name}"
        );
        assert_eq!(records[0]["accepted"], false);
    }
}
