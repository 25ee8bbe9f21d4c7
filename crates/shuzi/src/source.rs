//! What an image is read from.

use std::{
    borrow::Cow,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use shuzi_reader::{DecodeError, Limits, Pages, Picture, Pixels, ReadError};

use crate::error::Error;

/// Most bytes of a file: four gigapixels of 16-bit RGBA do not need more.
const MOST_BYTES: u64 = 1 << 30;

/// What an image is read from: a file by its path, the bytes of one, or pixels.
///
/// Text is a path.
///
/// ```
/// use shuzi::{Pixels, Reader, Source};
///
/// let mut reader = Reader::open()?;
/// // The bytes of a PNM file, and the same blank sheet as pixels.
/// let file = [b"P5 40 30 255\n".as_slice(), &[255; 40 * 30]].concat();
/// assert_eq!(reader.read(file.as_slice())?.text, "");
/// assert_eq!(reader.read(Pixels::grey(40, 30, &[255; 40 * 30]))?.text, "");
/// assert!(matches!(Source::from("slip.png"), Source::File(_)));
/// # Ok::<(), shuzi::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Source<'a> {
    /// A file, by its path.
    File(Cow<'a, Path>),
    /// The bytes of a file: PNG, JPEG, TIFF, BMP, PNM, WebP or GIF.
    Bytes(Cow<'a, [u8]>),
    /// Pixels in memory.
    Pixels(Pixels<'a>),
}

impl Source<'_> {
    /// Decodes the image; of a file of several pages, the first.
    pub(crate) fn decode(&self, limits: Limits) -> Result<Picture, Error> {
        let first = |bytes: &[u8]| Pages::of(bytes, limits)?.decode(0, limits);
        let decoded = match self {
            Self::File(path) => first(&load(path)?),
            Self::Bytes(bytes) => first(bytes),
            Self::Pixels(pixels) => pixels.decode(limits),
        };
        decoded.map_err(|error| self.blame(error.into()))
    }

    /// Decodes every page, one at a time; `with` is given each.
    pub(crate) fn each_page<T>(
        &self,
        limits: Limits,
        mut with: impl FnMut(Result<Picture, Error>) -> T,
    ) -> Result<Vec<T>, Error> {
        let bytes = match self {
            Self::File(path) => Cow::Owned(load(path)?),
            Self::Bytes(bytes) => Cow::Borrowed(bytes.as_ref()),
            Self::Pixels(_) => return Ok(vec![with(self.decode(limits))]),
        };
        let blamed = |error: DecodeError| self.blame(error.into());
        let pages = Pages::of(bytes, limits).map_err(blamed)?;
        let each = (0..pages.len()).map(|page| pages.decode(page, limits).map_err(blamed));
        Ok(each.map(with).collect())
    }

    /// The error, with the name of the file.
    pub(crate) fn blame(&self, source: ReadError) -> Error {
        match self {
            Self::File(path) => Error::Image {
                path: path.to_path_buf(),
                source,
            },
            _ => Error::Read(source),
        }
    }
}

fn load(path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|source| Error::File {
            path: path.to_owned(),
            source,
        })?;
    if read as u64 > MOST_BYTES {
        return Err(Error::TooManyBytes {
            path: path.to_owned(),
            limit: MOST_BYTES,
        });
    }
    Ok(bytes)
}

impl<'a> From<&'a Path> for Source<'a> {
    fn from(path: &'a Path) -> Self {
        Self::File(path.into())
    }
}

impl<'a> From<&'a PathBuf> for Source<'a> {
    fn from(path: &'a PathBuf) -> Self {
        Self::File(path.as_path().into())
    }
}

impl From<PathBuf> for Source<'_> {
    fn from(path: PathBuf) -> Self {
        Self::File(path.into())
    }
}

impl<'a> From<&'a str> for Source<'a> {
    fn from(path: &'a str) -> Self {
        Path::new(path).into()
    }
}

impl From<String> for Source<'_> {
    fn from(path: String) -> Self {
        PathBuf::from(path).into()
    }
}

impl<'a> From<&'a [u8]> for Source<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl<'a> From<&'a Vec<u8>> for Source<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Bytes(bytes.as_slice().into())
    }
}

impl From<Vec<u8>> for Source<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl<'a> From<Pixels<'a>> for Source<'a> {
    fn from(pixels: Pixels<'a>) -> Self {
        Self::Pixels(pixels)
    }
}
