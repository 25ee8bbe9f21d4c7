//! The pages of an image file: a TIFF has any number, every other format one.

use std::{
    borrow::Cow,
    io::{self, BufRead, Read, Seek, SeekFrom},
};

use crate::{
    error::DecodeError,
    image::decode::{Limits, Picture, decode, decode_from},
};

/// Bytes at the start of a TIFF that tell where its first page is described.
const HEADER: usize = 16;

/// Tag of what a page is for, and its bits for a smaller copy of another page
/// and for a mask.
const SUBFILE: u64 = 254;
const NO_PAGE: u64 = 0b101;

/// An image file with its pages counted, none of them decoded yet.
#[derive(Clone, Debug)]
pub struct Pages<'a> {
    bytes: Cow<'a, [u8]>,
    /// For each page the start of the file, changed to name that page as the
    /// first; empty if the file is to be taken as it is.
    headers: Vec<[u8; HEADER]>,
}

impl<'a> Pages<'a> {
    /// Counts the pages of a file. Smaller copies of pages, and masks, are none.
    ///
    /// # Errors
    /// If it has more pages than `limits` allow, or no bytes.
    pub fn of(bytes: impl Into<Cow<'a, [u8]>>, limits: Limits) -> Result<Self, DecodeError> {
        let bytes = bytes.into();
        if bytes.is_empty() {
            return Err(DecodeError::Empty);
        }
        let headers = match Tiff::of(&bytes) {
            Some(tiff) => tiff.headers(limits.pages)?,
            None => Vec::new(),
        };
        // One page: the decoder finds it, or says why not.
        let headers = if headers.len() > 1 {
            headers
        } else {
            Vec::new()
        };
        Ok(Self { bytes, headers })
    }

    /// How many there are.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.headers.len().max(1)
    }

    /// Decodes the `index`-th page, the first being 0, as [`decode`]
    /// does; past the last one, the first again.
    ///
    /// # Errors
    /// As [`decode`], for this page alone.
    pub fn decode(&self, index: usize, limits: Limits) -> Result<Picture, DecodeError> {
        let Some(header) = self.headers.get(index) else {
            return decode(&self.bytes, limits);
        };
        let source = Patched {
            header,
            bytes: &self.bytes,
            at: 0,
        };
        decode_from(source, limits)
    }
}

/// How a TIFF writes its numbers.
struct Tiff<'a> {
    bytes: &'a [u8],
    little_endian: bool,
    /// BigTIFF: 64-bit offsets.
    big: bool,
}

impl<'a> Tiff<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let (little_endian, big) = match bytes.get(..4)? {
            b"II\x2a\0" => (true, false),
            b"MM\0\x2a" => (false, false),
            b"II\x2b\0" => (true, true),
            b"MM\0\x2b" => (false, true),
            _ => return None,
        };
        (bytes.len() >= HEADER).then_some(Self {
            bytes,
            little_endian,
            big,
        })
    }

    /// The unsigned number of `size` bytes at `at`.
    fn number(&self, at: u64, size: usize) -> Option<u64> {
        let at = usize::try_from(at).ok()?;
        let bytes = self.bytes.get(at..at.checked_add(size)?)?.iter();
        let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.little_endian {
            bytes.rev().fold(0, add)
        } else {
            bytes.fold(0, add)
        })
    }

    /// Size of an offset.
    fn wide(&self) -> usize {
        if self.big { 8 } else { 4 }
    }

    /// Where the offset of the first page's description stands.
    fn first(&self) -> usize {
        if self.big { 8 } else { 4 }
    }

    /// The file's start for each page.
    fn headers(&self, most: usize) -> Result<Vec<[u8; HEADER]>, DecodeError> {
        let mut headers = Vec::new();
        let mut seen = Vec::new();
        let mut link = self.first() as u64;
        while let Some(offset) = self.number(link, self.wide()).filter(|offset| *offset > 0) {
            if seen.contains(&offset) {
                break;
            }
            // Copies and masks count too: each is looked at.
            if seen.len() == most {
                return Err(DecodeError::TooManyPages { limit: most });
            }
            seen.push(offset);
            let Some((entries, next)) = self.description(offset) else {
                // A page that is not all there: its decoder says so.
                headers.push(self.header(offset));
                break;
            };
            if !self.is_no_page(offset, entries) {
                headers.push(self.header(offset));
            }
            link = next;
        }
        Ok(headers)
    }

    /// Number of entries of the description at `offset` and where the offset of
    /// the next stands.
    fn description(&self, offset: u64) -> Option<(u64, u64)> {
        let (count, entry) = if self.big { (8, 20) } else { (2, 12) };
        let entries = self.number(offset, count)?;
        let next = offset
            .checked_add(count as u64)?
            .checked_add(entries.checked_mul(entry)?)?;
        self.number(next, self.wide())?;
        Some((entries, next))
    }

    /// Whether the description is of a smaller copy or a mask.
    fn is_no_page(&self, offset: u64, entries: u64) -> bool {
        let (count, entry, value) = if self.big { (8, 20, 12) } else { (2, 12, 8) };
        // Tags are in order, this one among the first.
        let subfile = (0..entries.min(8))
            .map(|index| offset + count + index * entry)
            .find(|at| self.number(*at, 2) == Some(SUBFILE));
        let flags = subfile.and_then(|at| self.number(at + value, 4));
        flags.is_some_and(|flags| flags & NO_PAGE != 0)
    }

    /// The file's start with `offset` as the first page's.
    fn header(&self, offset: u64) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        header.copy_from_slice(&self.bytes[..HEADER]);
        let field = &mut header[self.first()..self.first() + self.wide()];
        for (index, byte) in field.iter_mut().enumerate() {
            let place = if self.little_endian {
                index
            } else {
                self.wide() - 1 - index
            };
            *byte = (offset >> (8 * place)) as u8;
        }
        header
    }
}

/// A file whose start is another.
struct Patched<'a> {
    header: &'a [u8],
    bytes: &'a [u8],
    at: usize,
}

impl BufRead for Patched<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let start = self.header.get(self.at..).filter(|rest| !rest.is_empty());
        Ok(start.unwrap_or_else(|| self.bytes.get(self.at..).unwrap_or(&[])))
    }

    fn consume(&mut self, amount: usize) {
        self.at = self.at.saturating_add(amount);
    }
}

impl Read for Patched<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(to)?;
        self.consume(count);
        Ok(count)
    }
}

impl Seek for Patched<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => usize::try_from(at).ok(),
            SeekFrom::End(by) => moved(self.bytes.len(), by),
            SeekFrom::Current(by) => moved(self.at, by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at as u64)
    }
}

fn moved(from: usize, by: i64) -> Option<usize> {
    from.checked_add_signed(isize::try_from(by).ok()?)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;
    use tiff::{
        encoder::{TiffEncoder, TiffKind, TiffKindBig, TiffKindStandard, colortype::Gray8},
        tags::Tag,
    };

    use super::*;

    /// A TIFF of pages of one grey each, with what each is for.
    fn made<K: TiffKind>(
        mut encoder: TiffEncoder<Cursor<&mut Vec<u8>>, K>,
        pages: &[(u8, [u32; 2], u32)],
    ) {
        for &(grey, [width, height], kind) in pages {
            let mut image = encoder.new_image::<Gray8>(width, height).unwrap();
            let _ = image.encoder().write_tag(Tag::NewSubfileType, kind);
            image
                .write_data(&vec![grey; (width * height) as usize])
                .unwrap();
        }
    }

    fn standard(pages: &[(u8, [u32; 2], u32)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let to = Cursor::new(&mut bytes);
        made::<TiffKindStandard>(TiffEncoder::new(to).unwrap(), pages);
        bytes
    }

    fn sizes(bytes: &[u8]) -> Vec<(usize, usize, u8)> {
        let pages = Pages::of(bytes, Limits::default()).unwrap();
        let page = |index| pages.decode(index, Limits::default()).unwrap();
        (0..pages.len())
            .map(page)
            .map(|page| (page.width, page.height, page.pixels[0]))
            .collect()
    }

    const THREE: [(u8, [u32; 2], u32); 3] = [(10, [8, 5], 0), (20, [30, 2], 0), (30, [4, 4], 0)];

    #[test]
    fn every_page_is_decoded_small_and_big_tiff() {
        let expected = [(8, 5, 10), (30, 2, 20), (4, 4, 30)];
        assert_eq!(sizes(&standard(&THREE)), expected);
        let mut big = Vec::new();
        let to = Cursor::new(&mut big);
        made::<TiffKindBig>(TiffEncoder::new_big(to).unwrap(), &THREE);
        assert_eq!(&big[..4], b"II\x2b\0");
        assert_eq!(sizes(&big), expected);
    }

    #[test]
    fn smaller_copies_and_masks_are_no_pages() {
        let bytes = standard(&[
            (10, [8, 8], 0),
            (10, [2, 2], 1),
            (0, [8, 8], 4),
            (20, [8, 8], 2),
        ]);
        assert_eq!(sizes(&bytes), [(8, 8, 10), (8, 8, 20)]);
        // Of a file that has nothing else, the first.
        assert_eq!(sizes(&standard(&[(10, [2, 2], 1)])), [(2, 2, 10)]);
    }

    #[test]
    fn limits_hold_for_every_page_and_their_number() {
        let bytes = standard(&THREE);
        let limits = Limits {
            pixels: 50,
            ..Limits::default()
        };
        let pages = Pages::of(&bytes, limits).unwrap();
        let decoded: Vec<bool> = (0..3)
            .map(|page| pages.decode(page, limits).is_ok())
            .collect();
        assert_eq!(decoded, [true, false, true]);
        let limits = Limits {
            pages: 2,
            ..Limits::default()
        };
        let error = Pages::of(&bytes, limits).unwrap_err();
        assert!(
            matches!(error, DecodeError::TooManyPages { limit: 2 }),
            "{error}"
        );
    }

    #[test]
    fn a_broken_page_leaves_the_others_whole() {
        let whole = standard(&THREE);
        let tiff = Tiff::of(&whole).unwrap();
        let first = tiff.number(4, 4).unwrap();
        let (_, link) = tiff.description(first).unwrap();
        let second = tiff.number(link, 4).unwrap();
        // The width of the second page becomes nothing.
        let mut broken = whole.clone();
        let (entries, next) = tiff.description(second).unwrap();
        let width = (0..entries)
            .map(|entry| second + 2 + 12 * entry)
            .find(|at| tiff.number(*at, 2) == Some(256))
            .unwrap() as usize;
        broken[width + 8..width + 12].fill(0);
        let pages = Pages::of(&broken, Limits::default()).unwrap();
        let decoded: Vec<bool> = (0..3)
            .map(|page| pages.decode(page, Limits::default()).is_ok())
            .collect();
        assert_eq!(decoded, [true, false, true]);
        // The third page is said to be where the file has ended.
        let mut broken = whole.clone();
        broken[next as usize..next as usize + 4].fill(0x7f);
        let pages = Pages::of(&broken, Limits::default()).unwrap();
        assert_eq!(pages.len(), 3);
        assert!(pages.decode(1, Limits::default()).is_ok());
        let error = pages.decode(2, Limits::default()).unwrap_err();
        assert!(matches!(error, DecodeError::Damaged(_)), "{error}");
        // A last page that leads back to the first is the last.
        let mut round = whole.clone();
        let third = tiff.number(next, 4).unwrap();
        let (_, end) = tiff.description(third).unwrap();
        round.copy_within(4..8, end as usize);
        assert_eq!(Pages::of(&round, Limits::default()).unwrap().len(), 3);
    }

    proptest! {
        #[test]
        fn damaged_tiffs_never_panic(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
            keep in any::<prop::sample::Index>(),
        ) {
            let mut bytes = standard(&THREE);
            for (at, value) in changes {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            bytes.truncate(keep.index(bytes.len()) + 1);
            let limits = Limits { pixels: 1 << 20, pages: 10, ..Limits::default() };
            // Either answer is right; a panic is not.
            if let Ok(pages) = Pages::of(&bytes, limits) {
                for page in 0..pages.len() {
                    let _ = pages.decode(page, limits);
                }
            }
        }
    }
}
