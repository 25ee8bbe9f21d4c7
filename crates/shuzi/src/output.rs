//! What reaches stdout and stderr.

use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
};

use anyhow::{Context as _, bail};
use serde::Serialize;

/// Writes a line to stdout.
pub(crate) fn line(text: impl fmt::Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    // Whoever waits for a line at the other end of a pipe gets it now.
    out.flush()
}

/// Writes text that ends in a line's end to stdout.
pub(crate) fn text(text: impl fmt::Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    write!(out, "{text}")?;
    out.flush()
}

/// Opens a file of lines to go on with; makes it if there is none.
///
/// # Errors
/// If it can't be opened, or is there and no file: to read a device to its end may never end.
pub(crate) fn open_lines(path: &Path) -> anyhow::Result<File> {
    if path.exists() && !path.is_file() {
        bail!("{}: expected a file to go on with", path.display());
    }
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path);
    file.with_context(|| format!("can't write {}", path.display()))
}

/// Writes `value` to stdout as JSON.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let written = serde_json::to_writer_pretty(&mut out, value);
    written.map_err(io::Error::from)?;
    writeln!(out)?;
    out.flush()?;
    Ok(())
}

/// An error and its causes in one line, each once: many name theirs already.
pub(crate) fn describe(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// Says on stderr what went wrong.
pub(crate) fn complain(message: impl fmt::Display) {
    note(format_args!("shuzi: {message}"));
}

/// Writes a line to stderr.
pub(crate) fn note(message: impl fmt::Display) {
    // Nobody left to tell it to if this fails.
    let _ = writeln!(io::stderr().lock(), "{message}");
}

/// Whether `error` only means that nobody reads our output any more.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// `0.98765` as `98.77 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_cause_that_was_named_is_not_named_again() {
        let error = anyhow!("no such file").context("a.png: no such file");
        let error = error.context("can't read");
        assert_eq!(describe(&error), "can't read: a.png: no such file");
    }
}
