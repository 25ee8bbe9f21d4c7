use std::{io, path::PathBuf};

use safetensors::SafeTensorError;

/// Why a file of labelled lines can't be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinesError {
    /// The system can't read or write it.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is no safetensors file, or lacks a column.
    #[error("{path}: not a file of `shuzi dev lines`: {source}", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: SafeTensorError,
    },
    /// A column is not as long as the others say, or of another type.
    #[error("{path}: column `{column}` is {got}: expected {expected}", path = path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// Its type and shape as they should be.
        expected: String,
        /// As they are.
        got: String,
    },
    /// A line's pieces are out of order or can't give its number.
    #[error("{path}: line {line} is unsound: expected pieces in order and a way with its number of digits", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Which of its lines, from 0.
        line: usize,
    },
    /// It was made for a reader that weighs otherwise.
    #[error("{path}: made by another version, which weighs size and place otherwise: make it again with `shuzi dev lines`", path = path.display())]
    Weights {
        /// The file.
        path: PathBuf,
    },
}
