//! Pages in any order to rows, a form each.

use std::collections::BTreeMap;

use super::Row;
use crate::reader::{FormReader, PageReading};

/// Pages that wait for others of their sheet: by form, version and serial.
#[derive(Debug, Default)]
pub struct Rows {
    waiting: BTreeMap<(usize, u32), Vec<(String, PageReading)>>,
}

impl Rows {
    /// Takes a page. Gives the row that it makes whole, if it does: that of a sheet without a
    /// number or with one page at once, of others when their last page has come. A page that was
    /// there already is a row of its own.
    pub fn add(&mut self, file: String, page: PageReading, reader: &FormReader) -> Option<Row> {
        let config = reader.config();
        let Some([index, number]) = page.page else {
            return Some(Row::of(None, vec![(file, page)], config));
        };
        let form = &reader.forms()[index];
        let (Some(serial), true) = (page.serial, form.pages.len() > 1) else {
            return Some(Row::of(Some(form), vec![(file, page)], config));
        };
        let sheet = self.waiting.entry((index, serial)).or_default();
        let same = |(_, other): &(String, PageReading)| other.page == page.page;
        if sheet.iter().any(same) {
            let mut row = Row::of(Some(form), vec![(file, page)], config);
            let again = format!("page {} of sheet {serial} is there twice", number + 1);
            row.reasons.insert(0, again);
            return Some(row);
        }
        sheet.push((file, page));
        if sheet.len() < form.pages.len() {
            return None;
        }
        let pages = self.waiting.remove(&(index, serial)).unwrap_or_default();
        Some(Row::of(Some(form), sorted(pages), config))
    }

    /// The rows of sheets that lack pages.
    pub fn finish(self, reader: &FormReader) -> Vec<Row> {
        let rows = self.waiting.into_iter().map(|((index, _), pages)| {
            Row::of(Some(&reader.forms()[index]), sorted(pages), reader.config())
        });
        rows.collect()
    }
}

fn sorted(mut pages: Vec<(String, PageReading)>) -> Vec<(String, PageReading)> {
    pages.sort_by_key(|(_, page)| page.page);
    pages
}
