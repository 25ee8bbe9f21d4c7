//! `shuzi eval --strings`: how good the whole way from image to number is.

use std::{fs, path::Path, time::Instant};

use anyhow::Context as _;

use serde::Serialize;
use shuzi_reader::{
    Reader, Reading,
    calibration::{Calibration, CalibrationSample},
};
use shuzi_train::{Share, StringScore, StringTally};

use crate::{
    commands::labelled::{self, Labelled},
    context::Context,
    format::Format,
    outcome::Outcome,
    output::{self, percent},
    progress::Progress,
};

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
    calibrate: Option<&Path>,
    context: &Context,
) -> anyhow::Result<Outcome> {
    let images = labelled::load(labels)?;
    let limits = reader.config().limits;
    let mut progress = Progress::new(images.len(), "images");
    let mut tally = StringTally::default();
    let mut wrong = Vec::new();
    let mut sample = CalibrationSample::default();
    let start = Instant::now();
    let sources = images.iter().map(|image| (image, image.source(limits)));
    for (done, (image, page)) in (1..).zip(reader.read_many(sources)) {
        let reading = page?.reading;
        let right = tally.add(&image.label, &reading);
        sample.add(&reading, right);
        if !right {
            wrong.push(describe(image, &reading));
        }
        progress.set(done, "");
    }
    let seconds = start.elapsed().as_secs_f64();
    drop(progress);
    if let Some(path) = calibrate {
        write_calibration(path, &sample.finish(&labels.display().to_string()))?;
    }
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

/// Writes a calibration, and says what it can show.
fn write_calibration(path: &Path, calibration: &Calibration) -> anyhow::Result<()> {
    let mut json = serde_json::to_vec_pretty(calibration)?;
    json.push(b'\n');
    fs::write(path, json).with_context(|| format!("can't write {}", path.display()))?;
    match calibration.threshold(ERROR) {
        Ok(confidence) => output::note(format_args!(
            "{} of what is accepted from {} on are wrong at most, with 95 %",
            percent(ERROR),
            percent(f64::from(confidence)),
        )),
        Err(error) => output::note(format_args!("{error}")),
    }
    Ok(())
}

/// How often a clerk who keys numbers is wrong.
const ERROR: f64 = 0.003;

fn describe(image: &Labelled, reading: &Reading) -> Wrong {
    Wrong {
        file: image.path.display().to_string(),
        label: image.label.clone(),
        text: reading.text.clone(),
        confidence: reading.confidence,
        accepted: reading.accepted,
    }
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
