//! Filled sheets are read, and what is none goes to review.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

mod common;

use common::{Hands, SCAN, View, reader, score_sheet, seen};
use shuzi_forms::{
    decode::Reason,
    output::{Row, Rows},
    reader::Told,
};
use shuzi_reader::Picture;

const VALUES: [(&str, &str); 5] = [
    ("student", "204871"),
    ("q1", "_7"),
    ("q2", "12"),
    ("q3", "x5"),
    ("total", "_24"),
];

/// The rows of some pictures.
fn rows(pictures: &[Picture]) -> Vec<Row> {
    let template = score_sheet();
    let mut reader = reader(&[&template]);
    let mut rows = Rows::default();
    let mut all = Vec::new();
    for (index, picture) in pictures.iter().enumerate() {
        let page = reader.read(picture, &Told::default()).unwrap();
        all.extend(rows.add(format!("{index}.png"), page, &reader));
    }
    all.extend(rows.finish(&reader));
    all
}

fn sheet(serial: u32) -> Picture {
    Hands::new().fill(
        &score_sheet(),
        0,
        Some(serial),
        &VALUES,
        200.0,
        u64::from(serial),
    )
}

/// What fields say, without those that are not accepted: and these, counted.
fn right(row: &Row) -> usize {
    let mut accepted = 0;
    for (name, cells) in VALUES {
        let (_, field) = row.fields.iter().find(|(other, _)| other == name).unwrap();
        if field.accepted {
            accepted += 1;
            assert_eq!(field.cells, cells, "{name}: {row:?}");
        }
    }
    accepted
}

#[test]
fn sheets_are_read_upright_turned_tilted_and_in_shadow() {
    let views = [
        SCAN,
        View {
            turn: 180.0,
            ..SCAN
        },
        View { turn: 97.0, ..SCAN },
        View {
            turn: -12.0,
            tilt: 0.15,
            shadow: 0.45,
            ..SCAN
        },
    ];
    let pictures: Vec<Picture> = (0u32..)
        .zip(views)
        .map(|(i, view)| seen(&sheet(i + 7), view, 1))
        .collect();
    let rows = rows(&pictures);
    assert_eq!(rows.len(), 4);
    let mut accepted = 0;
    for (serial, row) in (7..).zip(&rows) {
        assert_eq!(row.form, "score", "{row:?}");
        // At 200 dpi a code under tilt and shadow may be lost, but not be another.
        assert!(row.serial.is_none_or(|read| read == serial), "{row:?}");
        assert!(serial == 10 || row.serial.is_some(), "{row:?}");
        assert!(row.registration_mm.unwrap() < 0.5, "{row:?}");
        accepted += right(row);
        let (_, absent) = row
            .fields
            .iter()
            .find(|(name, _)| name == "absent")
            .unwrap();
        assert_eq!(absent.value.as_deref(), Some("false"), "{row:?}");
    }
    assert!(accepted >= 14, "{accepted} of 20: {rows:#?}");
}

#[test]
fn a_mirrored_page_and_a_desk_are_no_form() {
    let page = sheet(1);
    let mirrored = seen(
        &page,
        View {
            mirrored: true,
            ..SCAN
        },
        1,
    );
    let desk = Picture {
        pixels: vec![90; page.pixels.len()],
        ..page
    };
    for row in rows(&[mirrored, desk]) {
        assert!(row.needs_review && row.registration_mm.is_none(), "{row:?}");
        assert!(row.fields.iter().all(|(_, field)| field.value.is_none()));
        assert!(!row.reasons.is_empty());
    }
}

#[test]
fn a_torn_page_says_which_marks_are_missing() {
    let mut page = sheet(1);
    let (width, height) = (page.width, page.height);
    for y in 0..height / 8 {
        page.pixels[y * width..y * width + width / 5].fill(255);
    }
    let row = rows(&[seen(&page, SCAN, 1)]).remove(0);
    assert!(row.needs_review, "{row:?}");
    assert!(row.reasons[0].contains("marks"), "{row:?}");
    assert!(row.fields.iter().all(|(_, field)| !field.accepted));
}

#[test]
fn two_pages_on_one_picture_are_told() {
    let [a, b] = [1, 2].map(|serial| seen(&sheet(serial), SCAN, 1));
    let mut pixels = Vec::new();
    for y in 0..a.height {
        for page in [&a, &b] {
            pixels.extend_from_slice(&page.pixels[y * page.width..(y + 1) * page.width]);
        }
    }
    let both = Picture {
        width: 2 * a.width,
        original_width: 2 * a.width,
        pixels,
        ..a
    };
    let row = rows(&[both]).remove(0);
    assert!(row.reasons[0].contains("several pages"), "{row:?}");
    assert!(row.fields.is_empty());
}

#[test]
fn a_wrong_total_is_reported_as_written() {
    let mut values = VALUES;
    values[4].1 = "_38";
    let template = score_sheet();
    let page = Hands::new().fill(&template, 0, Some(3), &values, 250.0, 5);
    let mut reader = reader(&[&template]);
    let read = reader
        .read(&seen(&page, SCAN, 1), &Told::default())
        .unwrap();
    let written = read.fields[4].reading.clone();
    assert_eq!(written.cells, "_38", "{written:?}");
    let row = Rows::default().add("a".into(), read, &reader).unwrap();
    let (_, total) = &row.fields[4];
    assert_eq!(total.value.as_deref(), Some("38"));
    assert!(
        !total.accepted
            && total
                .reasons
                .iter()
                .any(|why| why.contains("7 + 12 + 5 = 24")),
        "{total:?}"
    );
}

#[test]
fn an_empty_sheet_is_all_blank() {
    let template = score_sheet();
    let page = Hands::new().fill(&template, 0, None, &[], 200.0, 1);
    let mut reader = reader(&[&template]);
    let view = View {
        turn: 3.0,
        tilt: 0.05,
        ..SCAN
    };
    let read = reader
        .read(&seen(&page, view, 2), &Told::default())
        .unwrap();
    for field in &read.fields[..5] {
        assert!(field.reading.cells.chars().all(|c| c == '_'), "{field:?}");
        assert_eq!(field.reading.reasons, [Reason::Empty]);
    }
}
