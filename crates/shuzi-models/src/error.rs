//! Why a model can't be loaded, changed or saved.

use std::{io, path::PathBuf};

use crate::files::{CONFIG_FILE, FORMAT, WEIGHTS_FILE};

/// Why a model can't be loaded or saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The reference is neither a shipped name nor something on disk.
    #[error(
        "no model {name}: expected one of {shipped}, a directory with {CONFIG_FILE} and {WEIGHTS_FILE}, or a .safetensors file beside its {CONFIG_FILE}"
    )]
    Unknown {
        /// What was asked for.
        name: String,
        /// The shipped names.
        shipped: String,
    },
    /// The reference is neither a network's name nor something on disk.
    #[error(
        "no network {name}: expected one of {known}, a {CONFIG_FILE}, or a directory that holds one"
    )]
    UnknownNetwork {
        /// What was asked for.
        name: String,
        /// The known names.
        known: String,
    },
    /// A file can't be read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is larger than any model of this kind.
    #[error("{path}: expected at most {limit} bytes", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: u64,
    },
    /// The configuration is not what this version writes.
    #[error("{path}: not a model configuration: {source}", path = path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The configuration is of a method that is no network.
    #[error("{path}: a classical method, expected a network", path = path.display())]
    NoNetwork {
        /// The file.
        path: PathBuf,
    },
    /// The configuration is of another version.
    #[error("{path}: expected format {FORMAT}, got {got}", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Its version.
        got: u32,
    },
    /// Architecture or weights are unsound, or don't belong together.
    #[error("{path}: {source}", path = path.display())]
    Network {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: shuzi_nn::Error,
    },
    /// Classes are named that the network does not have, or the reverse.
    #[error("{path}: expected {expected} classes, got {got}", path = path.display())]
    Classes {
        /// The file.
        path: PathBuf,
        /// Outputs of the network.
        expected: usize,
        /// Names in the configuration.
        got: usize,
    },
    /// No class of the model has that name.
    #[error("no class {name}: expected one of {known}")]
    UnknownClass {
        /// What was asked for.
        name: String,
        /// Its classes.
        known: String,
    },
    /// The logits have no weights of their own.
    #[error("the network's last layer is not linear: its logits can't be changed")]
    LastLayer,
}
