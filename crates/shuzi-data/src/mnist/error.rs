//! What can go wrong with MNIST on disk.

use std::io;
use std::path::PathBuf;

use super::{Digest, File};
use crate::dataset::DatasetError;

/// Why MNIST could not be brought, checked or loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing says where MNIST could live.
    #[error("no home directory found: set SHUZI_DATA to the folder that shall hold MNIST")]
    NoHome,
    /// A file is not there.
    #[error(
        "{}: not found; run `shuzi data get`, or `shuzi data import PATH` if you have MNIST",
        path.display()
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// A file, folder or archive could not be read or written.
    #[error("{place}: {error}")]
    Io {
        /// The path, or the archive and its member.
        place: String,
        /// What the operating system or the unpacking said.
        error: io::Error,
    },
    /// The content is not that of MNIST.
    #[error("{place}: not MNIST's {file}: expected SHA-256 {expected}, found {found}")]
    Hash {
        /// The path, address, or the archive and its member.
        place: String,
        /// The file that it should be.
        file: File,
        /// The pinned value.
        expected: Digest,
        /// The value of what came.
        found: Digest,
    },
    /// The content is longer than MNIST's file.
    #[error("{place}: not MNIST's {file}: expected {expected} bytes, found more")]
    TooLong {
        /// The path, address, or the archive and its member.
        place: String,
        /// The file that it should be.
        file: File,
        /// Length of the true file.
        expected: u64,
    },
    /// A path to import holds none of the four files.
    #[error(
        "{}: none of MNIST's files in it; expected {} and the like, raw or .gz, \
         in a folder or a .tgz",
        path.display(),
        File::TrainImages
    )]
    NothingFound {
        /// The path.
        path: PathBuf,
    },
    /// The files are right by their hashes yet make no data set.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// An HTTPS request failed.
    #[cfg(feature = "download")]
    #[error("{url}: {error}")]
    Http {
        /// The address.
        url: String,
        /// What the client said.
        error: Box<ureq::Error>,
    },
    /// A download is longer than MNIST's file can be.
    #[cfg(feature = "download")]
    #[error("{url}: expected at most {limit} bytes, found more")]
    DownloadTooLong {
        /// The address.
        url: String,
        /// The most bytes taken.
        limit: u64,
    },
    /// `npm` is not installed.
    #[cfg(feature = "download")]
    #[error("npm is not installed")]
    NoNpm,
    /// `npm` ran and failed.
    #[cfg(feature = "download")]
    #[error("npm pack failed: {message}")]
    Npm {
        /// The end of what it wrote, or why it was stopped.
        message: String,
    },
    /// No source gave what is missing; each failure was reported as an event.
    #[cfg(feature = "download")]
    #[error(
        "no source gave {}; download MNIST elsewhere and run `shuzi data import PATH`",
        missing.iter().map(|file| file.name()).collect::<Vec<_>>().join(", ")
    )]
    NoSource {
        /// The files that are still missing.
        missing: Vec<File>,
    },
}

impl Error {
    pub(crate) fn io(place: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let place = place.into();
        move |error| Self::Io { place, error }
    }
}
