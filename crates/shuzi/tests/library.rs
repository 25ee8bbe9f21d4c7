//! The library, as another program uses it.

#![allow(clippy::unwrap_used)]

use std::{io::Cursor, path::PathBuf};

use image::{ImageFormat, RgbaImage};
use shuzi::{Error, Pixels, Reader, Source};
use tiff::encoder::{TiffEncoder, colortype::Gray8};

fn sample(name: &str) -> PathBuf {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples");
    PathBuf::from(samples).join(name)
}

fn number() -> RgbaImage {
    let image = image::open(sample("line-7210414959.png")).unwrap();
    image.to_rgba8()
}

#[test]
fn path_bytes_and_pixels_give_the_same_reading() {
    let mut reader = Reader::open().unwrap();
    let path = sample("line-7210414959.png");
    let expected = reader.read(&path).unwrap();
    assert_eq!(expected.text, "7210414959");
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(reader.read(&bytes).unwrap(), expected);
    let image = number();
    let (width, height) = image.dimensions();
    let rgba = Pixels::rgba(width, height, &image);
    assert_eq!(reader.read(rgba).unwrap(), expected);
}

#[test]
fn many_images_are_read_in_order_and_a_bad_one_leaves_the_others_whole() {
    let mut reader = Reader::open().unwrap();
    let path = sample("line-7210414959.png");
    let one = reader.read(&path).unwrap();
    // More than are on their way at once on one thread.
    let wrong = |index: usize| index % 5 == 3;
    let sources = (0..21).map(|index| {
        if wrong(index) {
            Source::from(&b"no image"[..])
        } else {
            Source::from(&path)
        }
    });
    let mut builder = Reader::builder();
    builder = builder.threads(std::num::NonZeroUsize::MIN);
    let read: Vec<_> = builder.open().unwrap().read_many(sources).collect();
    assert_eq!(read.len(), 21);
    for (index, reading) in read.into_iter().enumerate() {
        match reading {
            Ok(reading) => assert_eq!(reading, one, "{index}"),
            Err(error) => assert!(wrong(index) && matches!(error, Error::Read(_)), "{error}"),
        }
    }
}

#[test]
fn every_page_of_a_tiff_is_read() {
    let image = image::DynamicImage::from(number()).into_luma8();
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).unwrap();
    let blank = vec![255; image.as_raw().len()];
    let (width, height) = image.dimensions();
    for page in [&blank, image.as_raw()] {
        encoder.write_image::<Gray8>(width, height, page).unwrap();
    }
    let mut reader = Reader::open().unwrap();
    let pages = reader.read_pages(file.into_inner()).unwrap();
    let texts: Vec<String> = pages.into_iter().map(|page| page.unwrap().text).collect();
    assert_eq!(texts, ["", "7210414959"]);
    let mut png = Cursor::new(Vec::new());
    number().write_to(&mut png, ImageFormat::Png).unwrap();
    assert_eq!(reader.read_pages(png.get_ref()).unwrap().len(), 1);
}

#[test]
fn errors_name_the_file() {
    let mut reader = Reader::open().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "hello").unwrap();
    for path in [text, folder.path().join("not-there.png")] {
        let error = reader.read(&path).unwrap_err().to_string();
        assert!(error.starts_with(path.to_str().unwrap()), "{error}");
    }
}
