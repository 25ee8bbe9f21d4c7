//! Errors as the command line words them.

use std::{error::Error, fmt::Display};

use pyo3::{PyErr, create_exception, exceptions::PyValueError};

create_exception!(
    shuzi,
    ReadError,
    PyValueError,
    "Why an image can't be read, or a reader not be made; in the command line's words."
);

/// An error and its causes in one line, each once: many name theirs already.
pub(crate) fn describe(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

/// Why an image is not read, without its name.
pub(crate) fn why(error: &shuzi::Error) -> String {
    const FILE: &str = "can't read the file";
    match error {
        shuzi::Error::File { source, .. } => format!("{FILE}: {source}"),
        shuzi::Error::TooManyBytes { limit, .. } => {
            format!("{FILE}: expected at most {limit} bytes, got more")
        }
        shuzi::Error::Image { source, .. } => describe(source),
        other => describe(other),
    }
}

/// A `ReadError` that says the error and its causes.
pub(crate) fn read_error(error: &dyn Error) -> PyErr {
    ReadError::new_err(describe(error))
}

/// A `ValueError` of an option.
pub(crate) fn wrong_option(name: &'static str) -> impl Fn(&dyn Display) -> PyErr {
    move |error| PyValueError::new_err(format!("{name}: {error}"))
}
