//! What `shuzi read --explain` writes: pictures, and a page of words.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use shuzi_reader::{PageNumber, Reading, explain::explain};

/// Writes the pictures of one image after another.
#[derive(Debug)]
pub(super) struct Explainer {
    folder: PathBuf,
    taken: HashSet<String>,
}

impl Explainer {
    /// Writes into `folder`, which is made if need be.
    pub(super) fn new(folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)
            .with_context(|| format!("can't make the folder {}", folder.display()))?;
        Ok(Self {
            folder: folder.to_owned(),
            taken: HashSet::new(),
        })
    }

    /// Writes `NAME.txt` and a picture of what each stage made for the image at `path`, called
    /// `NAME.image.png`, `NAME.binarize.ink.png` and so on; of a page, `NAME#2.txt` and so on.
    pub(super) fn write(
        &mut self,
        path: &Path,
        page: Option<PageNumber>,
        read: &shuzi_reader::Page,
    ) -> anyhow::Result<()> {
        let name = self.name(path, page);
        let cannot = |path: &Path| format!("can't write {}", path.display());
        for stage in explain(read) {
            let path = self.folder.join(format!("{name}.{}.png", stage.name));
            stage.image.save(&path).with_context(|| cannot(&path))?;
        }
        let words = self.folder.join(format!("{name}.txt"));
        fs::write(&words, in_words(&read.reading)).with_context(|| cannot(&words))
    }

    /// The file's name without its ending; images of the same name get a
    /// number.
    fn name(&mut self, path: &Path, page: Option<PageNumber>) -> String {
        let stem = path.file_stem().unwrap_or(path.as_os_str());
        let page = page.map_or(String::new(), |page| format!("#{}", page.page));
        let stem = format!("{}{page}", stem.to_string_lossy());
        let mut name = stem.clone();
        let mut copy = 1;
        while !self.taken.insert(name.clone()) {
            copy += 1;
            name = format!("{stem}~{copy}");
        }
        name
    }
}

/// What was read, what else it may be, and why it is refused: a line each.
fn in_words(reading: &Reading) -> String {
    let sure = |text: &str, confidence: f32| {
        let text = if text.is_empty() { "no digits" } else { text };
        format!("{text} ({:.1} %)", 100.0 * confidence)
    };
    let mut lines = vec![format!("read: {}", sure(&reading.text, reading.confidence))];
    if let Some(raw) = &reading.raw {
        lines.push(format!("without the constraints: {raw}"));
    }
    if let Some(other) = &reading.runner_up {
        lines.push(format!(
            "runner-up: {}",
            sure(&other.text, other.confidence)
        ));
    }
    for (place, digit) in (1..).zip(reading.digits()) {
        let each = digit
            .candidates
            .iter()
            .map(|(value, p)| format!("{value} {:.1} %", 100.0 * p));
        let each: Vec<String> = each.collect();
        lines.push(format!("digit {place}: {}", each.join(", ")));
    }
    if reading.accepted {
        lines.push("accepted".into());
    }
    let refused = reading.reasons.iter();
    lines.extend(refused.map(|reason| format!("refused: {reason}")));
    lines.join("\n") + "\n"
}
