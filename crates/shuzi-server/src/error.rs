//! Why a server does not start, and why a page has no reading.

use std::{error::Error, io, net::SocketAddr};

use shuzi_nn::Shape;
use shuzi_reader::{DecodeError, ReadError};

/// Any error, of who makes the networks.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address is taken, or not this machine's.
    #[error("can't listen on {address}")]
    Listen {
        /// Where it was to listen.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// Others reach the address, and nothing says who may.
    #[error("{address} is reached from other machines: expected a token")]
    Open {
        /// Where it was to listen.
        address: SocketAddr,
    },
    /// The system gives no thread.
    #[error("can't start a thread")]
    Thread(#[source] io::Error),
    /// There are no networks.
    #[error("can't make the networks ready")]
    Engine(#[source] BoxError),
    /// A number of the configuration is not in its range.
    #[error("{name}: expected {expected}, got {got}")]
    Config {
        /// Which.
        name: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        got: String,
    },
}

/// Why a model can't be offered for tensors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelRefused {
    /// It takes other images.
    #[error("model {name}: expected a network for 28×28×1 images, got {input}")]
    Input {
        /// The model.
        name: String,
        /// What it takes.
        input: Shape,
    },
    /// Its weights are of another network.
    #[error(transparent)]
    Network(#[from] shuzi_nn::Error),
}

/// Why a page has no reading.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// It can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file has fewer pages.
    #[error("no page {page}: the image has {pages}")]
    NoSuchPage {
        /// Which was asked for, from 1.
        page: usize,
        /// How many there are.
        pages: usize,
    },
}

impl From<DecodeError> for PageError {
    fn from(error: DecodeError) -> Self {
        Self::Read(error.into())
    }
}

/// Refuses numbers of a configuration that are 0, by their names.
pub(crate) fn at_least_one<const N: usize>(
    numbers: [(&'static str, usize); N],
) -> Result<(), ServeError> {
    match numbers.into_iter().find(|(_, got)| *got == 0) {
        Some((name, got)) => Err(ServeError::Config {
            name,
            expected: "at least 1",
            got: got.to_string(),
        }),
        None => Ok(()),
    }
}
