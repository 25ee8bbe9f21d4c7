//! `shuzi read` of files with several pages, from end to end.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

mod common;

use std::fs;

use common::{read_json, run, sample};
use serde_json::Value;

/// A TIFF whose pages show a line, nothing and one digit; the one in the middle
/// is cut short if asked for.
fn pages(middle_is_whole: bool) -> Vec<u8> {
    use tiff::{
        encoder::{TiffEncoder, colortype::Gray8},
        tags::Tag,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes).unwrap();
    for name in ["line-0690.pgm", "blank.png", "digit-4.png"] {
        let page = image::open(sample(name)).unwrap().into_luma8();
        let mut image = encoder
            .new_image::<Gray8>(page.width(), page.height())
            .unwrap();
        if name == "blank.png" && !middle_is_whole {
            let directory = image.encoder();
            directory
                .write_tag(Tag::PhotometricInterpretation, 77u16)
                .unwrap();
        }
        image.write_data(page.as_raw()).unwrap();
    }
    bytes.into_inner()
}

/// What is read of the three pages where each is an image alone.
fn alone() -> Vec<Value> {
    let files = ["line-0690.pgm", "blank.png", "digit-4.png"].map(sample);
    let (_, records) = read_json(&files.each_ref().map(String::as_str));
    records
        .iter()
        .map(|record| record["text"].clone())
        .collect()
}

#[test]
fn every_page_of_a_tiff_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("three.tif");
    let file = path.to_str().unwrap();
    fs::write(&path, pages(true)).unwrap();
    let line = sample("line-0690.pgm");
    let text = run(["read", file, &line]);
    assert_eq!(text.code, Some(0), "{}", text.stderr);
    let starts = [
        format!("{file}#1: "),
        format!("{file}#2: no digits"),
        format!("{file}#3: 4 ("),
        format!("{line}: "),
    ];
    assert_eq!(text.stdout.lines().count(), starts.len());
    for (line, start) in text.stdout.lines().zip(starts) {
        assert!(line.starts_with(&start), "{line}");
    }
    let (_, records) = read_json(&[file, &line]);
    let texts: Vec<&Value> = records[..3].iter().map(|record| &record["text"]).collect();
    assert_eq!(texts, alone().iter().collect::<Vec<_>>());
    let named: Vec<[Option<u64>; 2]> = records
        .iter()
        .map(|record| ["page", "pages"].map(|key| record.get(key).and_then(Value::as_u64)))
        .collect();
    let page = |page| [Some(page), Some(3)];
    assert_eq!(named, [page(1), page(2), page(3), [None, None]]);
    assert!(records[..3].iter().all(|record| record["file"] == file));
    let few = run(["read", file, "--max-pages", "2"]);
    assert_eq!((few.code, few.stdout.as_str()), (Some(1), ""));
    assert!(few.stderr.contains("more than 2 pages"), "{}", few.stderr);
}

#[test]
fn a_broken_page_is_named_and_reading_goes_on_after_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("three.tif");
    let file = path.to_str().unwrap();
    fs::write(&path, pages(false)).unwrap();
    let (ran, records) = read_json(&[file]);
    assert_eq!(ran.code, Some(1));
    let texts: Vec<&Value> = records.iter().map(|record| &record["text"]).collect();
    assert_eq!(texts, alone().iter().collect::<Vec<_>>());
    let broken: Vec<bool> = records
        .iter()
        .map(|record| record.get("error").is_some())
        .collect();
    assert_eq!(broken, [false, true, false]);
    assert!(ran.stderr.contains("three.tif#2: "), "{}", ran.stderr);

    // Stopped after the first page, gone on with from the second.
    let out = folder.path().join("numbers.jsonl");
    let out = out.to_str().unwrap();
    run(["read", file, "--out", out]);
    let whole = fs::read_to_string(out).unwrap();
    assert_eq!(whole.lines().count(), 3);
    let first = whole.split_inclusive('\n').next().unwrap();
    fs::write(out, first).unwrap();
    run(["read", file, "--out", out, "--resume"]);
    assert_eq!(fs::read_to_string(out).unwrap(), whole);
    let again = run(["read", file, "--out", out, "--resume"]);
    assert_eq!(again.code, Some(0), "all of it is held: {}", again.stderr);
    assert_eq!(fs::read_to_string(out).unwrap(), whole);
}
