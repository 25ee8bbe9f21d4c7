//! What `shuzi read` is given to read.

use std::{
    fs::{self, File},
    io::{Read, stdin},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

/// Endings of image files in a folder.
const ENDINGS: [&str; 14] = [
    "png", "jpg", "jpeg", "tif", "tiff", "bmp", "pgm", "ppm", "pbm", "pnm", "pam", "webp", "gif",
    "jfif",
];

/// Most bytes of one file: far more than 64 megapixels of any format.
const MOST_BYTES: u64 = 1 << 30;

/// One image to read.
#[derive(Debug)]
pub(in crate::commands) enum Input {
    Stdin,
    File(PathBuf),
    /// A folder that could not be listed, and why.
    Unlisted(PathBuf, String),
}

impl Input {
    /// What `path` stands for: stdin, a file, the images of a folder, or all
    /// that a pattern fits.
    pub(in crate::commands) fn of(path: &Path) -> anyhow::Result<Vec<Self>> {
        if path == Path::new("-") {
            return Ok(vec![Self::Stdin]);
        }
        if path.is_dir() {
            return Ok(match images(path) {
                Ok(images) => images.into_iter().map(Self::File).collect(),
                Err(error) => vec![Self::Unlisted(path.to_owned(), error.to_string())],
            });
        }
        let text = path.to_string_lossy();
        if path.exists() || !text.contains(['*', '?', '[']) {
            return Ok(vec![Self::File(path.to_owned())]);
        }
        let paths = glob::glob(&text).with_context(|| format!("in the pattern {text}"))?;
        let mut inputs = Vec::new();
        for path in paths {
            match path {
                Ok(path) if path.is_file() => inputs.push(Self::File(path)),
                Ok(_) => {}
                Err(error) => {
                    let path = error.path().to_owned();
                    inputs.push(Self::Unlisted(path, error.error().to_string()));
                }
            }
        }
        if inputs.is_empty() {
            bail!("no file fits the pattern {text}");
        }
        Ok(inputs)
    }

    /// The images that `list` names, one a line; `-` is stdin.
    pub(in crate::commands) fn listed(list: &Path) -> anyhow::Result<Vec<Self>> {
        let text = if list == Path::new("-") {
            std::io::read_to_string(stdin().lock())
        } else {
            fs::read_to_string(list)
        };
        let text = text.with_context(|| format!("can't read the list {}", list.display()))?;
        let names = text
            .lines()
            .map(str::trim_end)
            .filter(|name| !name.is_empty());
        Ok(names.map(|name| Self::File(name.into())).collect())
    }

    /// Its name in the output.
    pub(in crate::commands) fn name(&self) -> String {
        match self {
            Self::Stdin => "-".to_owned(),
            Self::File(path) | Self::Unlisted(path, _) => path.display().to_string(),
        }
    }

    /// Where it lies; stdin has the name `stdin`.
    pub(in crate::commands) fn path(&self) -> &Path {
        match self {
            Self::Stdin => Path::new("stdin"),
            Self::File(path) | Self::Unlisted(path, _) => path,
        }
    }

    /// Does `work` with its bytes.
    pub(in crate::commands) fn and_then<R>(
        &self,
        work: impl FnOnce(Vec<u8>) -> anyhow::Result<R>,
    ) -> anyhow::Result<R> {
        let bytes = match self {
            Self::Stdin => limited(stdin().lock()),
            Self::File(path) => File::open(path).map_err(Into::into).and_then(limited),
            Self::Unlisted(_, error) => bail!("can't list the folder: {error}"),
        };
        work(bytes.context("can't read the file")?)
    }
}

fn limited(source: impl Read) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        bail!("expected at most {MOST_BYTES} bytes, got more");
    }
    Ok(bytes)
}

/// The images of a folder, by name.
fn images(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut images = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        let known = ending.is_some_and(|ending| {
            ENDINGS
                .iter()
                .any(|known| known.eq_ignore_ascii_case(ending))
        });
        if known && path.is_file() {
            images.push(path);
        }
    }
    images.sort();
    Ok(images)
}
