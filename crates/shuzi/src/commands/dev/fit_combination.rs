//! `shuzi dev fit-combination`: how two opinions become one probability.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use serde::Serialize;
use shuzi_models::READER;
use shuzi_reader::{CombinationParams, ReaderConfig, fit::judged};
use shuzi_train::{JudgedLine, combination_log_likelihood, fit_combination};

use crate::{
    commands::{labelled, model::NetworkArgs},
    context::Context,
    format::Format,
    outcome::Outcome,
    output,
    progress::Progress,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Lists of pictures of one line each: tab-separated, with the columns `file` and `label`;
    /// each list weighs alike
    #[arg(value_name = "LABELS.tsv", required = true)]
    lists: Vec<PathBuf>,
    /// Write what each opinion says of each number into this file, a line of JSON each
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The network for digits
    #[arg(long, value_name = "MODEL", default_value = READER)]
    model: String,
    #[command(flatten)]
    networks: NetworkArgs,
}

/// The JSON output.
#[derive(Debug, Serialize)]
struct Record {
    combination: CombinationParams,
    /// Pictures on which one line was found, and which both read.
    lines: usize,
    /// Of all pictures.
    pictures: usize,
    /// Mean logarithm of the probability of what every fifth of them shows, which fit nothing,
    /// before and after.
    held_out_before: f64,
    held_out_after: f64,
}

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Outcome> {
    let config = ReaderConfig::default();
    let mut reader = args
        .networks
        .reader(&args.model, config.clone(), &context.threads)?;
    let mut images = Vec::new();
    for list in &args.lists {
        let list = labelled::load(list)?;
        // Lists weigh alike, however long they are.
        let weight = 1.0 / list.len() as f64;
        images.extend(list.into_iter().map(|image| (image, weight)));
    }
    let mut progress = Progress::new(images.len(), "pictures");
    let mut lines = Vec::new();
    let sources = images
        .iter()
        .map(|(image, weight)| ((image, *weight), image.source(config.limits)));
    for (done, ((image, weight), page)) in (1..).zip(reader.read_many(sources)) {
        let mut found = judged(&page?, &config)?;
        let line = found.pop().filter(|_| found.is_empty());
        lines.extend(line.map(|judged| JudgedLine {
            judged,
            truth: image.digits(),
            weight,
        }));
        progress.set(done, "");
    }
    drop(progress);
    let both = |line: &JudgedLine| {
        let opinions = line.judged.iter().flat_map(|judged| judged.opinions);
        opinions.into_iter().all(|opinion| opinion.is_some())
    };
    lines.retain(both);
    if let Some(path) = &args.out {
        write(path, &lines)?;
    }
    if lines.is_empty() {
        bail!("no picture of one line that both readers read");
    }
    let (mut fitted, mut held_out) = (Vec::new(), Vec::new());
    let all = lines.len();
    for (index, line) in lines.into_iter().enumerate() {
        let to = if index % 5 == 4 {
            &mut held_out
        } else {
            &mut fitted
        };
        to.push(line);
    }
    let start = config.params.decode.combination;
    let combination = fit_combination(&mut fitted, start);
    let record = Record {
        combination,
        lines: all,
        pictures: images.len(),
        held_out_before: combination_log_likelihood(&mut held_out, &start),
        held_out_after: combination_log_likelihood(&mut held_out, &combination),
    };
    match context.format {
        Format::Json => output::json(&record)?,
        Format::Text => {
            let CombinationParams {
                lattice,
                line,
                least,
                neither,
                ..
            } = combination;
            output::line(format_args!("lattice: {lattice:.3}"))?;
            output::line(format_args!("line: {line:.3}"))?;
            let [of_lattice, of_line] = least;
            output::line(format_args!("least: {of_lattice:.2}, {of_line:.2}"))?;
            output::line(format_args!("neither: {neither:.2}"))?;
            output::line(format_args!(
                "{} of {} pictures; mean log-likelihood of every fifth {:.4}, at the start {:.4}",
                record.lines, record.pictures, record.held_out_after, record.held_out_before
            ))?;
        }
    }
    Ok(Outcome::Done)
}

/// One line of `--out`.
#[derive(Debug, Serialize)]
struct Said<'a> {
    truth: &'a str,
    /// Digits and the logarithms that the lattice and the network give them.
    numbers: Vec<(String, [Option<f64>; 2])>,
}

fn write(path: &Path, lines: &[JudgedLine]) -> anyhow::Result<()> {
    let mut text = String::new();
    for line in lines {
        let numbers = line.judged.iter().map(|judged| {
            let digits: String = judged.number.iter().map(|symbol| symbol.char()).collect();
            // JSON knows no infinity.
            let finite = |log: f64| log.max(-1e9);
            (digits, judged.opinions.map(|opinion| opinion.map(finite)))
        });
        let said = Said {
            truth: &line.truth,
            numbers: numbers.collect(),
        };
        text.push_str(&serde_json::to_string(&said)?);
        text.push('\n');
    }
    fs::write(path, text).with_context(|| format!("can't write {}", path.display()))
}
