//! The file that `shuzi read --out` writes: a line of JSON for each image, as
//! soon as it is read.

use std::{
    collections::HashSet,
    fs::File,
    io::{BufRead, BufReader, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use crate::output;

/// The file, open for more lines.
#[derive(Debug)]
pub(super) struct Lines {
    path: PathBuf,
    file: File,
    /// Images that it holds already, and of which page.
    held: HashSet<(String, Option<usize>)>,
}

/// As much of a line as tells whose it is.
#[derive(Deserialize)]
struct Line {
    file: String,
    page: Option<usize>,
    pages: Option<usize>,
}

/// What to do with a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Existing {
    Refuse,
    GoOn,
}

impl Lines {
    /// Opens `path`. A last line that was cut off is taken away.
    pub(super) fn open(path: &Path, existing: Existing) -> anyhow::Result<Self> {
        let cannot = || format!("can't write {}", path.display());
        if existing == Existing::Refuse && path.exists() {
            bail!(
                "{} is there already: --resume goes on with it",
                path.display()
            );
        }
        let mut file = output::open_lines(path)?;
        let mut held = HashSet::new();
        let mut whole = 0;
        let mut reader = BufReader::new(&file);
        let mut line = String::new();
        for number in 1.. {
            line.clear();
            let bytes = reader.read_line(&mut line).with_context(cannot)?;
            if bytes == 0 || !line.ends_with('\n') {
                break;
            }
            match serde_json::from_str::<Line>(&line) {
                Ok(line) => {
                    // Pages are written in order: the last says that all are there.
                    if line.page == line.pages {
                        held.insert((line.file.clone(), None));
                    }
                    held.insert((line.file, line.page));
                }
                Err(error) => bail!(
                    "{}: line {}: expected what `shuzi read --out` writes: {error}",
                    path.display(),
                    number
                ),
            }
            whole += bytes as u64;
        }
        file.set_len(whole).with_context(cannot)?;
        file.seek(SeekFrom::End(0)).with_context(cannot)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            held,
        })
    }

    /// Whether there is a line for the image `file` already, or for all its pages.
    pub(super) fn holds_all_of(&self, file: &str) -> bool {
        self.held.contains(&(file.to_owned(), None))
    }

    /// The pages of files that there are lines for already; `None` is all of a file.
    pub(super) fn held(&self) -> HashSet<(String, Option<usize>)> {
        self.held.clone()
    }

    /// Writes a line, all of it at once.
    pub(super) fn write(&mut self, record: &impl Serialize) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        let written = self.file.write_all(&line);
        written.with_context(|| format!("can't write {}", self.path.display()))
    }
}
