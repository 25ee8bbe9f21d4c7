//! Where rows and pictures for review go.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{BufRead, BufReader, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use image::GrayImage;
use serde::Deserialize;
use shuzi_forms::{
    output::{CsvTable, Row},
    reader::{Form, PageReading},
};
use shuzi_reader::Picture;

use crate::{format::FormatArg, output};

/// How rows are written.
enum Rows {
    Csv(CsvTable),
    JsonLines,
    /// One JSON value at the end.
    Json(Vec<Row>),
    /// A line for people.
    Text,
}

/// Where rows go.
pub(super) struct Sink {
    rows: Rows,
    /// `None` is stdout.
    file: Option<(PathBuf, File)>,
    /// Pictures whose rows are there already.
    held: HashSet<String>,
}

/// As much of a row as tells whose it is.
#[derive(Deserialize)]
struct Held {
    files: Vec<String>,
}

impl Sink {
    /// Into a file, by its ending, or to stdout, by the format.
    pub(super) fn open(
        out: Option<&Path>,
        resume: bool,
        detail: bool,
        format: FormatArg,
        forms: &[Form],
    ) -> anyhow::Result<Self> {
        let csv = || Rows::Csv(CsvTable::new(forms, detail));
        let Some(path) = out else {
            let rows = match format {
                FormatArg::Text => Rows::Text,
                FormatArg::Json => Rows::Json(Vec::new()),
                FormatArg::Jsonl => Rows::JsonLines,
                FormatArg::Csv => csv(),
            };
            if let Rows::Csv(table) = &rows {
                output::line(table.header())?;
            }
            let held = HashSet::new();
            return Ok(Self {
                rows,
                file: None,
                held,
            });
        };
        let ending = path.extension().and_then(|ending| ending.to_str());
        let rows = match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("csv") => csv(),
            Some("jsonl" | "ndjson") => Rows::JsonLines,
            _ => bail!(
                "{}: expected a file that ends in .csv or .jsonl",
                path.display()
            ),
        };
        let cannot = || format!("can't write {}", path.display());
        if path.exists() && !resume {
            bail!(
                "{} is there already: --resume goes on with a .jsonl",
                path.display()
            );
        }
        if resume && !matches!(rows, Rows::JsonLines) {
            bail!("{}: only a .jsonl can be gone on with", path.display());
        }
        let mut file = output::open_lines(path)?;
        let (held, whole) = held(&file, path)?;
        // A last line that was cut off goes.
        file.set_len(whole).with_context(cannot)?;
        file.seek(SeekFrom::End(0)).with_context(cannot)?;
        if let Rows::Csv(table) = &rows {
            writeln!(file, "{}", table.header()).with_context(cannot)?;
        }
        Ok(Self {
            rows,
            file: Some((path.to_owned(), file)),
            held,
        })
    }

    /// Whether there is a row of this picture already.
    pub(super) fn holds(&self, name: &str) -> bool {
        self.held.contains(name)
    }

    /// Writes a row, all of it at once.
    pub(super) fn write(&mut self, row: &Row) -> anyhow::Result<()> {
        let line = match &mut self.rows {
            Rows::Csv(table) => table.line(row),
            Rows::JsonLines => serde_json::to_string(row)?,
            Rows::Json(rows) => {
                rows.push(row.clone());
                return Ok(());
            }
            Rows::Text => text(row),
        };
        match &mut self.file {
            Some((path, file)) => file
                .write_all(format!("{line}\n").as_bytes())
                .with_context(|| format!("can't write {}", path.display())),
            None => Ok(output::line(line)?),
        }
    }

    /// All rows are written.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        if let Rows::Json(rows) = &self.rows {
            output::json(rows)?;
        }
        if let Some((path, file)) = &self.file {
            file.sync_all()
                .with_context(|| format!("can't write {}", path.display()))?;
        }
        Ok(())
    }
}

/// The pictures of rows in a file, and how many of its bytes are whole lines.
fn held(file: &File, path: &Path) -> anyhow::Result<(HashSet<String>, u64)> {
    let mut held = HashSet::new();
    let mut whole = 0;
    let mut reader = BufReader::new(file);
    let mut line = String::new();
    for number in 1.. {
        line.clear();
        let bytes = reader
            .read_line(&mut line)
            .with_context(|| format!("can't read {}", path.display()))?;
        if bytes == 0 || !line.ends_with('\n') {
            break;
        }
        let row: Held = serde_json::from_str(&line).with_context(|| {
            format!(
                "{}: line {number}: expected a row of `shuzi forms read`",
                path.display()
            )
        })?;
        held.extend(row.files);
        whole += bytes as u64;
    }
    Ok((held, whole))
}

/// A row for people.
fn text(row: &Row) -> String {
    let files = row.files.join(", ");
    let accepted = row
        .fields
        .iter()
        .filter(|(_, field)| field.accepted)
        .count();
    let form = if row.form.is_empty() {
        "no form"
    } else {
        &row.form
    };
    let mut text = format!(
        "{files}: {form}, {accepted} of {} fields accepted",
        row.fields.len()
    );
    for (name, field) in &row.fields {
        let value = field.value.as_deref().unwrap_or("-");
        let mark = if field.accepted { "" } else { "?" };
        text += &format!("\n  {name} = {value}{mark}");
        if !field.accepted {
            text += &format!(" ({}; {})", field.cells, field.reasons.join(", "));
        }
    }
    for reason in &row.reasons {
        text += &format!("\n  review: {reason}");
    }
    text
}

/// A folder for pictures of fields that are not accepted.
pub(super) struct Crops {
    folder: PathBuf,
}

/// Pixels of a millimetre on these pictures, and millimetres around a field.
const SCALE: f64 = 8.0;
const AROUND: f64 = 3.0;

impl Crops {
    pub(super) fn new(folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)
            .with_context(|| format!("can't make the folder {}", folder.display()))?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// Writes `FILE-FIELD.png` for each field that is not accepted by itself.
    pub(super) fn write(
        &self,
        name: &str,
        picture: &Picture,
        read: &PageReading,
        forms: &[Form],
    ) -> anyhow::Result<()> {
        let (Some([form, page]), Ok(registration)) = (read.page, &read.registration) else {
            return Ok(());
        };
        let plain = |text: &str| -> String {
            let plain = |c: char| {
                if c.is_alphanumeric() || matches!(c, '.' | '-') {
                    c
                } else {
                    '_'
                }
            };
            text.chars().map(plain).collect()
        };
        for (field, placed) in forms[form].pages[page].fields.iter().zip(&read.fields) {
            if placed.reading.accepted {
                continue;
            }
            let cut = registration.cut(picture, field.rect().grown(AROUND), SCALE);
            let path = self
                .folder
                .join(format!("{}-{}.png", plain(name), plain(&field.name)));
            let image = GrayImage::from_raw(cut.width as u32, cut.height as u32, cut.pixels);
            image
                .context("a picture of no size")?
                .save(&path)
                .with_context(|| format!("can't write {}", path.display()))?;
        }
        Ok(())
    }
}
