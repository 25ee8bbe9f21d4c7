//! Whole lines of synthetic pages: all that may be a digit on them, and the digits that are.

use shuzi_nn::Classifier;
use shuzi_reader::{Page, labelled::LabelledLines};
use shuzi_synth::{
    PageKind,
    handwriting::{DistractorRate, SyntheticPage},
    strings::Content,
};

use crate::reader_data::{error::ReaderDataError, line::over_segment, pages::PageSource};

/// What the pages show, in turn: three of eight as on paper.
fn kind(index: u32) -> PageKind {
    match index % 8 {
        0 => PageKind::Empty(index / 8),
        1 | 2 => PageKind::String(Content::Touching),
        3 => PageKind::String(Content::Digits),
        4 => PageKind::Written(DistractorRate::High),
        _ => PageKind::Written(DistractorRate::Low),
    }
}

/// The lines of the pages of `source`, cut where `classifier` is not sure; `progress` is
/// told how many pages are done.
///
/// # Errors
/// If a page can't be made or the network takes no crops.
pub fn synthetic_lines(
    source: &PageSource<'_>,
    classifier: &mut Classifier,
    progress: &mut dyn FnMut(u32),
) -> Result<LabelledLines, ReaderDataError> {
    let mut labelled = LabelledLines::default();
    let page = |made: SyntheticPage, page| (made.digits, page);
    let take = |(digits, mut page): (Vec<u8>, Page)| {
        over_segment(&mut page, classifier)?;
        // Of a page that is not one line nobody knows which digits are on which.
        if digits.is_empty() || page.lines.len() == 1 {
            for line in &page.lines {
                labelled.add(line, &digits);
            }
        }
        Ok(())
    };
    source.each(kind, page, take, progress)?;
    Ok(labelled)
}
