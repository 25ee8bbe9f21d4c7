//! Lists of pictures and what they show.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use shuzi_reader::{Limits, Picture, image::decode::decode};

/// An image and the digits that it shows.
pub(super) struct Labelled {
    pub(super) path: PathBuf,
    pub(super) label: String,
}

impl Labelled {
    /// What decodes it.
    pub(super) fn source(
        &self,
        limits: Limits,
    ) -> impl FnOnce() -> anyhow::Result<Picture> + Send + '_ {
        move || {
            let bytes = fs::read(&self.path).map_err(anyhow::Error::from);
            let picture = bytes.and_then(|bytes| Ok(decode(&bytes, limits)?));
            picture.with_context(|| format!("can't read {}", self.path.display()))
        }
    }

    /// Its label without what is no digit.
    pub(super) fn digits(&self) -> String {
        self.label.chars().filter(char::is_ascii_digit).collect()
    }
}

/// Tab-separated: a line with the columns' names, among them `file` (beside
/// the list) and `label`, then a line an image.
pub(super) fn load(labels: &Path) -> anyhow::Result<Vec<Labelled>> {
    let name = labels.display();
    let text = fs::read_to_string(labels).with_context(|| format!("can't read {name}"))?;
    let mut lines = text.lines().enumerate();
    let header: Vec<&str> = lines
        .next()
        .map_or_else(Vec::new, |(_, line)| line.split('\t').collect());
    let column = |wanted: &str| header.iter().position(|column| *column == wanted);
    let (Some(file), Some(label)) = (column("file"), column("label")) else {
        bail!("{name}: expected a first line with the columns file and label, between tabs");
    };
    let folder = labels.parent().unwrap_or(Path::new(""));
    let mut images = Vec::new();
    for (line, text) in lines.filter(|(_, line)| !line.is_empty()) {
        let cells: Vec<&str> = text.split('\t').collect();
        let (Some(file), Some(label)) = (cells.get(file), cells.get(label)) else {
            bail!(
                "{name}: line {}: expected {} columns",
                line + 1,
                header.len()
            );
        };
        images.push(Labelled {
            path: folder.join(file),
            label: (*label).to_owned(),
        });
    }
    if images.is_empty() {
        bail!("{name}: expected at least one image");
    }
    Ok(images)
}
