//! The two files of a model, read with limits and written whole.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Version of the format that this crate writes.
pub const FORMAT: u32 = 1;

/// Name of the configuration in a model's directory.
pub const CONFIG_FILE: &str = "config.json";

/// Name of the weights in a model's directory.
pub const WEIGHTS_FILE: &str = "model.safetensors";

/// Most bytes that weights may have.
pub(crate) const MAX_WEIGHTS: u64 = 1 << 31;

/// Most bytes that a configuration may have.
pub(crate) const MAX_CONFIG: u64 = 1 << 20;

/// Writes `bytes` to `path` so that a reader sees the old file or the new one,
/// even after a crash: beside it first, synced, then renamed.
///
/// # Errors
/// If the directory can't be written to, or is full.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{}.part", std::process::id()));
    let aside = PathBuf::from(aside);
    let write = || {
        let mut file = File::create(&aside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&aside, path)?;
        // The rename itself; not every platform can open a directory.
        if let Ok(directory) = File::open(directory) {
            directory.sync_all()?;
        }
        Ok(())
    };
    write().inspect_err(|_| {
        // Best effort: the error that matters is the first.
        let _ = fs::remove_file(&aside);
    })
}
