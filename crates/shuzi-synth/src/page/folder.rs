//! A folder of made pages and a list of what they show.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use rayon::prelude::*;
use shuzi_line::Symbol;

use super::{PageSample, Pages};
use crate::{error::SynthError, strings::new_folder};

/// Writes the first `count` pages of `seed` as PNGs to `images/` in `folder`, which is made if
/// need be, and beside it [`LABELS_FILE`](crate::strings::LABELS_FILE), whose path is given back: `file`, `label` (the digits
/// alone) and `text` (with signs), tabs between them. What is struck out is neither. The work is
/// done on the threads of the caller's pool.
///
/// # Errors
///
/// [`SynthError::Exists`] if the list is there already, or if something can't be written.
pub fn write_pages(
    folder: &Path,
    pages: &Pages,
    seed: u64,
    count: u32,
) -> Result<PathBuf, SynthError> {
    let [list, images] = new_folder(folder)?;
    let write = |index: u32| {
        let page = pages.sample(seed, u64::from(index));
        let path = images.join(name(index));
        let mut bytes = Vec::new();
        let size = [page.width as u32, page.height as u32];
        PngEncoder::new(&mut bytes)
            .write_image(&page.pixels, size[0], size[1], ExtendedColorType::Rgb8)
            .map_err(|error| SynthError::io(&path, std::io::Error::other(error)))?;
        fs::write(&path, bytes).map_err(|source| SynthError::io(path, source))?;
        Ok(text_of(&page))
    };
    let texts: Result<Vec<String>, SynthError> = (0..count).into_par_iter().map(write).collect();
    let mut lines = String::from("file\tlabel\ttext\n");
    for (index, text) in (0..).zip(&texts?) {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        // Writing to a string does not fail.
        let _ = writeln!(lines, "images/{}\t{digits}\t{text}", name(index));
    }
    fs::write(&list, lines).map_err(|source| SynthError::io(&list, source))?;
    Ok(list)
}

/// What a page shows: its texts without other writing and what is struck out, a space between
/// numbers.
fn text_of(page: &PageSample) -> String {
    let told = |symbol: &Symbol| match symbol {
        Symbol::Other | Symbol::Struck => ' ',
        symbol => symbol.char(),
    };
    let texts = page
        .texts
        .iter()
        .map(|text| text.iter().map(told).collect());
    let all = texts.collect::<Vec<String>>().join(" ");
    all.split_whitespace().collect::<Vec<&str>>().join(" ")
}

fn name(index: u32) -> String {
    format!("{index:05}.png")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bank, PageParams};

    #[test]
    fn a_folder_has_a_page_for_each_line_of_its_list_and_is_not_written_over() {
        let params = PageParams {
            lines: 1..=1,
            largest: 20_000,
            ..PageParams::default()
        };
        let pages = Pages::new(vec![Bank::numbers_ch().unwrap()], params);
        let folder = tempfile::tempdir().unwrap();
        let write = || write_pages(folder.path(), &pages, 1, 4);
        let text = fs::read_to_string(write().unwrap()).unwrap();
        assert_eq!(text.lines().count(), 5);
        for (index, line) in text.lines().skip(1).enumerate() {
            let cells: Vec<&str> = line.split('\t').collect();
            let page = pages.sample(1, index as u64);
            assert_eq!(cells[2], text_of(&page));
            let image = image::open(folder.path().join(cells[0])).unwrap();
            assert_eq!(image.to_rgb8().into_raw(), page.pixels);
        }
        assert!(matches!(write(), Err(SynthError::Exists { .. })));
    }
}
