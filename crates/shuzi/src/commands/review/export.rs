//! What is known of a stack, for other programs.

use std::{fs, path::Path};

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use shuzi_data::idx::{Compression, Images, Labels, write_images, write_labels};
use shuzi_models::write_atomic;
use shuzi_review::{Store, export, item::SIDE};

/// As what a stack is written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Kind {
    /// A line each picture or form, a column each field
    Csv,
    /// A line of JSON each picture or form, with where each value comes from
    Jsonl,
    /// A line of JSON for everything that was ever said
    Acts,
    /// Pictures and what people say of them, as tasks of Label Studio
    LabelStudio,
    /// A folder of pictures, and labels.tsv as `shuzi eval --strings` takes it
    Tsv,
    /// A folder of digits as MNIST's files have them, and where each comes from
    Idx,
}

impl Kind {
    /// By the ending of a file's name.
    pub(super) fn of(path: &Path) -> anyhow::Result<Self> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("csv") => Ok(Self::Csv),
            Some("jsonl") => Ok(Self::Jsonl),
            _ => bail!(
                "{}: expected a name that ends in .csv or .jsonl, or --as KIND",
                path.display()
            ),
        }
    }

    /// Writes what is known, each file whole or not at all.
    pub(super) fn write(self, store: &Store, path: &Path) -> anyhow::Result<()> {
        let mut bytes = Vec::new();
        match self {
            Self::Csv => export::write_csv(&store.rows()?, &mut bytes)?,
            Self::Jsonl => export::write_jsonl(&store.rows()?, &mut bytes)?,
            Self::LabelStudio => {
                export::write_label_studio(&store.labelled_crops()?, &mut bytes)?;
            }
            Self::Acts => {
                for act in store.history()? {
                    serde_json::to_writer(&mut bytes, &act)?;
                    bytes.push(b'\n');
                }
            }
            Self::Tsv => return pictures(store, path),
            Self::Idx => return digits(store, path),
        }
        Ok(write_atomic(path, &bytes)?)
    }
}

/// Text that stays within its cell.
fn cell(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}

/// The acts that a value rests on.
fn list(acts: &[i64]) -> String {
    let acts: Vec<String> = acts.iter().map(ToString::to_string).collect();
    acts.join(",")
}

fn pictures(store: &Store, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let mut labels = "file\tlabel\trow\tfield\tread\tacts\n".to_owned();
    for (number, crop) in (1..).zip(store.labelled_crops()?) {
        let name = format!("{number:06}.png");
        write_atomic(&folder.join(&name), &crop.crop)?;
        let value = &crop.value;
        let said = value.value.as_deref().unwrap_or_default();
        let cells: [&str; 6] = [
            &name,
            said,
            &crop.row,
            &value.field,
            &value.proposed,
            &list(&value.acts),
        ];
        labels += &cells.map(cell).join("\t");
        labels.push('\n');
    }
    // Last: what it names is there.
    Ok(write_atomic(&folder.join("labels.tsv"), labels.as_bytes())?)
}

fn digits(store: &Store, folder: &Path) -> anyhow::Result<()> {
    let glyphs = store.labelled_glyphs()?;
    if glyphs.is_empty() {
        bail!("nobody has said yet what a digit is");
    }
    fs::create_dir_all(folder)?;
    let pixels = glyphs.iter().flat_map(|glyph| glyph.pixels.iter().copied());
    let images = Images::new(SIDE, SIDE, pixels.collect())?;
    let labels = Labels::new(glyphs.iter().map(|glyph| glyph.digit).collect())?;
    let mut origin = "index\tlabel\tread\trow\tfield\tplace\tacts\n".to_owned();
    for (index, glyph) in glyphs.iter().enumerate() {
        let cells = [
            &index.to_string(),
            &glyph.digit.to_string(),
            &glyph.read.to_string(),
            &glyph.row,
            &glyph.field,
            &glyph.place.to_string(),
            &list(&glyph.acts),
        ];
        origin += &cells.map(|text| cell(text)).join("\t");
        origin.push('\n');
    }
    let at = |name: &str| folder.join(name);
    write_images(&at("images-idx3-ubyte"), &images, Compression::None)?;
    write_labels(&at("labels-idx1-ubyte"), &labels, Compression::None)?;
    write_atomic(&at("origin.tsv"), origin.as_bytes()).context("origin.tsv")
}
