//! Why an image is not read.

use std::{io, path::PathBuf};

use shuzi_models::ModelError;
use shuzi_reader::ReadError;

/// Why a reader can't be made, or an image not be read.
///
/// ```
/// use shuzi::{Error, Reader};
///
/// let error = Reader::open()?.read("no-such.png").unwrap_err();
/// assert!(matches!(&error, Error::File { path, .. } if path.ends_with("no-such.png")));
/// assert!(error.to_string().starts_with("no-such.png: "));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file can't be read.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file has more bytes than any image that is read.
    #[error("{path}: expected at most {limit} bytes", path = path.display())]
    TooManyBytes {
        /// Which.
        path: PathBuf,
        /// Most bytes.
        limit: u64,
    },
    /// What a file holds can't be read as an image.
    #[error("{path}: {source}", path = path.display())]
    Image {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        source: ReadError,
    },
    /// Bytes or pixels that came without a file can't be read, or the options of the reader
    /// contradict each other.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A network can't be loaded.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A network can't be run.
    #[error(transparent)]
    Network(#[from] shuzi_nn::Error),
}
