//! Why something can't be made.

use std::{io, path::PathBuf};

use shuzi_data::ClassScheme;

/// Why handwriting can't be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SynthError {
    /// There is nobody who writes.
    #[error("no data sets of digits: expected at least one")]
    NoWriters,
    /// Labels of a writer's data set stand for something else than digits.
    #[error("labels are {got}: expected {}", ClassScheme::Digits)]
    Scheme {
        /// What they stand for.
        got: ClassScheme,
    },
    /// There are fewer pixels than the sides of a picture say.
    #[error("expected {height}×{width} pixels, got {got}")]
    Pixels {
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
        /// How many there are.
        got: usize,
    },
    /// A picture can't be encoded.
    #[error("can't encode a picture: {0}")]
    Encode(#[from] image::ImageError),
    /// A file can't be written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something of this name is there already.
    #[error("{path} is there already", path = path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
}

impl SynthError {
    /// What the system says of the file at `path`.
    pub(crate) fn io(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Io {
            path: path.into(),
            source,
        }
    }
}
