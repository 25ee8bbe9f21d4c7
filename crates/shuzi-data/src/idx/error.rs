//! What can be wrong with an IDX file.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::MAX_BYTES;

/// An IDX file that could not be read or written: what is wrong and, if the data
/// came from a file, which one.
#[derive(Debug)]
pub struct Error {
    file: Option<PathBuf>,
    kind: ErrorKind,
}

/// What is wrong with an IDX file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system failed, or the gzip packing is broken.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file ends amid its header.
    #[error("header ends too soon: expected {expected} bytes, found {found}")]
    TruncatedHeader {
        /// Bytes that the header has.
        expected: usize,
        /// Bytes that came.
        found: usize,
    },
    /// The first four bytes are those of something else.
    #[error(
        "not an IDX file of this kind: expected magic number {expected:#010x}, found {found:#010x}"
    )]
    Magic {
        /// `0x00000803` for images, `0x00000801` for labels.
        expected: u32,
        /// The number that came.
        found: u32,
    },
    /// An axis has size 0.
    #[error("{axis} is 0: expected at least 1")]
    EmptyAxis {
        /// Name of the axis: `count`, `height` or `width`.
        axis: &'static str,
    },
    /// More data than is taken.
    #[error("{bytes} bytes of data: expected at most {MAX_BYTES}")]
    TooLarge {
        /// Bytes that the axes ask for.
        bytes: u128,
    },
    /// Less data than the axes ask for.
    #[error("data ends too soon: expected {expected} bytes, found {found}")]
    Truncated {
        /// Bytes that the axes ask for.
        expected: u64,
        /// Bytes that came.
        found: u64,
    },
    /// More data than the axes ask for.
    #[error("data goes on after its end: expected {expected} bytes, found more")]
    Trailing {
        /// Bytes that the axes ask for.
        expected: u64,
    },
}

impl Error {
    /// The file at fault, if the data came from one.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// What is wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// What is wrong, taken out.
    pub fn into_kind(self) -> ErrorKind {
        self.kind
    }

    /// The same error about `file`.
    pub(crate) fn in_file(self, file: &Path) -> Self {
        Self {
            file: Some(file.to_path_buf()),
            ..self
        }
    }
}

impl<K: Into<ErrorKind>> From<K> for Error {
    fn from(kind: K) -> Self {
        Self {
            file: None,
            kind: kind.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{}: {}", file.display(), self.kind),
            None => self.kind.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The message holds the kind's own; the source is what lies below it.
        self.kind.source()
    }
}
