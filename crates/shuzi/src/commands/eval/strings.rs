//! `shuzi eval --strings`: how good the whole way from image to number is.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, bail};
use serde::Serialize;
use shuzi_reader::{Reader, Reading, image::decode::decode};
use shuzi_train::{Share, StringScore, StringTally};

use crate::{
    context::Context,
    format::Format,
    outcome::Outcome,
    output::{self, percent},
    progress::Progress,
};

/// An image and the digits that it shows.
struct Labelled {
    path: PathBuf,
    label: String,
}

/// The JSON output.
#[derive(Debug, Serialize)]
struct Record<'a> {
    model: &'a str,
    images: usize,
    #[serde(flatten)]
    score: StringScore,
    /// Decoding included.
    seconds: f64,
    images_per_second: f64,
    wrong: Vec<Wrong>,
}

/// An image that was not read right.
#[derive(Debug, Serialize)]
struct Wrong {
    file: String,
    label: String,
    text: String,
    confidence: f32,
    accepted: bool,
}

/// Reads all images that `labels` names and compares.
pub(super) fn run(
    labels: &Path,
    model: &str,
    mut reader: Reader,
    context: &Context,
) -> anyhow::Result<Outcome> {
    let images = load(labels)?;
    let limits = reader.config().limits;
    let mut progress = Progress::new(images.len(), "images");
    let mut tally = StringTally::default();
    let mut wrong = Vec::new();
    let start = Instant::now();
    let sources = images.iter().map(|image| {
        let picture = move || {
            let bytes = fs::read(&image.path).map_err(anyhow::Error::from);
            let picture = bytes.and_then(|bytes| Ok(decode(&bytes, limits)?));
            picture.with_context(|| format!("can't read {}", image.path.display()))
        };
        (image, picture)
    });
    for (done, (image, page)) in (1..).zip(reader.read_many(sources)) {
        let reading = page?.reading;
        if !tally.add(&image.label, &reading) {
            wrong.push(describe(image, &reading));
        }
        progress.set(done, "");
    }
    let seconds = start.elapsed().as_secs_f64();
    drop(progress);
    let record = Record {
        model,
        images: images.len(),
        score: tally.score(),
        seconds,
        images_per_second: images.len() as f64 / seconds,
        wrong,
    };
    match context.format {
        Format::Text => print(&record)?,
        Format::Json => output::json(&record)?,
    }
    Ok(Outcome::Done)
}

fn describe(image: &Labelled, reading: &Reading) -> Wrong {
    Wrong {
        file: image.path.display().to_string(),
        label: image.label.clone(),
        text: reading.text.clone(),
        confidence: reading.confidence,
        accepted: reading.accepted,
    }
}

/// Tab-separated: a line with the columns' names, among them `file` (beside
/// the list) and `label`, then a line an image.
fn load(labels: &Path) -> anyhow::Result<Vec<Labelled>> {
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

fn print(record: &Record<'_>) -> std::io::Result<()> {
    let StringScore {
        exact,
        digit_errors,
        accepted,
        wrong_accepted,
    } = &record.score;
    output::line(format_args!("{} on {} images", record.model, record.images))?;
    for (what, share) in [
        ("all digits right", exact),
        ("digit error rate", digit_errors),
        ("accepted", accepted),
        ("wrong among accepted", wrong_accepted),
    ] {
        let Share {
            count,
            of,
            share,
            interval: [low, high],
        } = share;
        output::line(format_args!(
            "{what:<22}{:>8}  ({count} of {of}; 95 %: {} to {})",
            percent(*share),
            percent(*low),
            percent(*high)
        ))?;
    }
    output::line(format_args!(
        "{:<22}{:>6.0} images/s, decoding included",
        "speed", record.images_per_second
    ))
}
