//! What the end-to-end tests share.

#![allow(dead_code, missing_docs)] // not every test file uses all of it
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// What a run of the binary came to.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// What stdout says, which must be one JSON value.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!("{error}\nstdout: {}\nstderr: {}", self.stdout, self.stderr)
        })
    }
}

/// The binary, without the user's MNIST.
pub(crate) fn shuzi() -> Command {
    let mut command = Command::new(BINARY);
    command.env("SHUZI_DATA", "does/not/exist");
    command
}

/// Where the binary is.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_shuzi");

/// Runs the binary to its end.
pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Ran {
    ran(shuzi().args(args))
}

/// Runs `command` to its end.
pub(crate) fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// Runs `shuzi read --format json` and gives one object a file.
pub(crate) fn read_json(args: &[&str]) -> (Ran, Vec<serde_json::Value>) {
    let ran = run([&["read", "--format", "json"], args].concat());
    let records = ran.json().as_array().unwrap().clone();
    (ran, records)
}

/// A path in the workspace.
pub(crate) fn workspace(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// A sample image.
pub(crate) fn sample(name: &str) -> String {
    workspace("samples").join(name).display().to_string()
}

/// A file of the MNIST fixture.
pub(crate) fn fixture(name: &str) -> String {
    let folder = workspace("crates/shuzi-data/fixtures");
    folder.join(name).display().to_string()
}

/// The options of `train` that name the fixture.
pub(crate) fn fixture_args() -> Vec<String> {
    [
        ("--images", "train-images-idx3-ubyte.gz"),
        ("--labels", "train-labels-idx1-ubyte.gz"),
        ("--test-images", "t10k-images-idx3-ubyte.gz"),
        ("--test-labels", "t10k-labels-idx1-ubyte.gz"),
    ]
    .into_iter()
    .flat_map(|(option, name)| [option.to_owned(), fixture(name)])
    .collect()
}

/// The digits that a sample's name says it shows.
pub(crate) fn truth(path: &Path) -> String {
    let stem = path.file_stem().unwrap().to_str().unwrap();
    stem.split_once('-')
        .map_or(String::new(), |(_, digits)| digits.to_owned())
}
