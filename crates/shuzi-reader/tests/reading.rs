//! The whole way with the shipped networks: what a page holds before and after, batches, and
//! what is known of a number.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

mod common;

use std::fs;

use common::{reader, sample};
use shuzi_reader::{
    Page, ReadError, ReaderConfig,
    image::decode::decode,
    lattice::{Constraints, acceptors::Length},
    text_line::Kind,
};

const LINE: &str = "line-7210414959.png";

fn page(name: &str) -> Page {
    let bytes = fs::read(sample(name)).unwrap();
    Page::decode(&bytes, Default::default(), &Default::default()).unwrap()
}

#[test]
fn a_page_is_filled_where_it_stands() {
    let mut page = page(LINE);
    assert_eq!(page.lines.len(), 1);
    let components = page.lines[0].segments.len();
    assert_eq!(page.components.regions.len(), components);
    assert!(page.hypotheses().all(|digit| digit.posterior.is_none()));
    assert_eq!(page.reading.text, "");

    let mut reader = reader(ReaderConfig::default());
    reader.read_pages(std::slice::from_mut(&mut page)).unwrap();
    let line = &page.lines[0];
    assert!(line.segments.len() >= components);
    for hypothesis in page.hypotheses() {
        assert!(hypothesis.posterior.is_some());
        assert!(hypothesis.span.from < hypothesis.span.to && hypothesis.span.to < line.nodes());
        let labels = &page.components.labels;
        let mut own = hypothesis.region.labels.iter();
        assert!(own.all(|label| labels.contains(label)));
    }
    assert!(line.digits().iter().all(|digit| digit.kind == Kind::Digit));
    assert!(line.bigrams().iter().all(|run| run.kind == Kind::Bigram));
    assert_eq!(page.reading.text, "7210414959");
    assert!(page.reading.accepted);
    assert_eq!(page.reading.digits().count(), 10);
    assert!(page.reading.digits().all(|digit| {
        let on = &digit.on_picture;
        on.right() <= page.picture.width && on.bottom() <= page.picture.height
    }));
}

#[test]
fn a_batch_reads_as_each_by_itself_does() {
    let mut pages: Vec<Page> = [LINE, "blank.png", "digit-4.png"].map(page).into();
    let mut alone = pages.clone();
    let mut reader = reader(ReaderConfig::default());
    reader.read_pages(&mut pages).unwrap();
    for (one, page) in alone.iter_mut().zip(&pages) {
        reader.read_pages(std::slice::from_mut(one)).unwrap();
        assert_eq!(one.reading, page.reading);
    }
    let texts: Vec<&str> = pages
        .iter()
        .map(|page| page.reading.text.as_str())
        .collect();
    assert_eq!(texts, ["7210414959", "", "4"]);
}

#[test]
fn many_come_in_order_and_one_that_is_no_image_leaves_the_others_whole() {
    let mut reader = reader(ReaderConfig::default());
    let limits = reader.config().limits;
    let [line, digit] = [LINE, "digit-4.png"].map(|name| fs::read(sample(name)).unwrap());
    // More than a batch.
    let sources = (0..50usize).map(|index| {
        let bytes = match index % 25 {
            0 => line.as_slice(),
            1 => b"no image",
            _ => digit.as_slice(),
        };
        (index, move || Ok(decode(bytes, limits)?))
    });
    let mut seen = 0;
    for (expected, (index, page)) in reader.read_many(sources).enumerate() {
        let page: Result<Page, ReadError> = page;
        assert_eq!(index, expected);
        let text = page.map(|page| page.reading.text).ok();
        let right = match index % 25 {
            0 => Some("7210414959"),
            1 => None,
            _ => Some("4"),
        };
        assert_eq!(text.as_deref(), right, "{index}");
        seen += 1;
    }
    assert_eq!(seen, 50);
}

#[test]
fn what_is_known_of_a_number_decides() {
    let with = |constraints: Constraints| {
        let config = ReaderConfig {
            constraints,
            runner_up: true,
            ..ReaderConfig::default()
        };
        let bytes = fs::read(sample(LINE)).unwrap();
        reader(config).read(&bytes).unwrap()
    };
    let free = with(Constraints::default());
    assert_eq!((free.raw.as_deref(), free.corrected), (None, false));
    let second = free.runner_up.expect("there is another");
    assert!(second.text != free.text && second.confidence < free.confidence);
    let length = with(Constraints {
        length: Some(Length::exactly(10)),
        ..Constraints::default()
    });
    assert_eq!(length.text, free.text);
    assert!(length.confidence >= 0.9 && !length.corrected);
    let pattern = with(Constraints {
        pattern: Some(r"8\d{9}".parse().unwrap()),
        ..Constraints::default()
    });
    assert_eq!(&pattern.text[..1], "8");
    assert!(pattern.corrected && !pattern.accepted);
    assert_eq!(pattern.raw.as_deref(), Some("7210414959"));
}
