//! `shuzi data evidence`: how much sizes, places and cuts say beside the network.

use rayon::prelude::*;
use serde::Serialize;
use shuzi_data::mnist::Store;
use shuzi_models::READER;
use shuzi_reader::{FEATURE_COUNT, FEATURE_NAMES, fit::FitLine};
use shuzi_synth::handwriting::{DistractorRate, SyntheticPage};

use super::{
    cut_line::CutLine,
    hands::{HandArgs, Hands, Kind},
};
use crate::{
    Outcome,
    args::Format,
    commands::model,
    context::Context,
    output::{self, note},
    progress::Progress,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The network beside which the rest is weighed
    #[arg(long, value_name = "MODEL", default_value = READER)]
    model: String,
    /// How many lines of handwriting to weigh it on; every fifth is kept to
    /// measure
    #[arg(long, value_name = "N", default_value_t = 6000)]
    pages: u32,
    #[command(flatten)]
    hands: HandArgs,
}

/// Every so many lines measures.
const KEPT: usize = 5;

/// Steps of Adam, and the rate of the first.
const STEPS: usize = 400;
const RATE: f64 = 0.1;

/// Probability of a line about which no weights say anything: those that are
/// hardly legible would else outweigh the others.
const HOPELESS: f64 = 0.01;

/// How strongly a weight is drawn to where it starts, for each line.
const DECAY: f64 = 2e-4;

/// One weight, for the JSON output.
#[derive(Debug, Serialize)]
struct Weight {
    name: &'static str,
    weight: f64,
}

/// The JSON output.
#[derive(Debug, Serialize)]
struct Record {
    weights: Vec<Weight>,
    lines: usize,
    /// Digits that may be on them.
    arcs: usize,
    /// Mean logarithm of the probability of what they show, and of what kept
    /// lines do.
    log_likelihood: f64,
    kept_log_likelihood: f64,
}

pub(super) fn run(args: &Args, store: &Store, context: &Context) -> anyhow::Result<Outcome> {
    let hands = Hands::load(&args.hands, store)?;
    let mut classifier = model::load(&args.model)?.classifier(context.threads.clone())?;
    let mut lines = Vec::new();
    let pages = |page: SyntheticPage, image| (page.digits, image);
    let kind = |_| Kind::Written(DistractorRate::Low);
    hands.each_page(kind, args.pages, context, pages, |(digits, image)| {
        let cut = CutLine::all_of(image, &mut classifier)?;
        // Of a page that is not one line nobody knows which digits are on which.
        if let [line] = cut.as_slice() {
            lines.push(line.fit(digits, &mut classifier)?);
        }
        Ok(())
    })?;
    let start = start();
    let all = lines.len();
    lines.retain(|line| line.likelihood(&start).is_some());
    note(format_args!(
        "{} of {all} lines can be read right",
        lines.len()
    ));
    let (kept, fitted): (Vec<_>, Vec<_>) = lines
        .into_iter()
        .enumerate()
        .partition(|(index, _)| index.is_multiple_of(KEPT));
    let [kept, fitted] = [kept, fitted].map(|lines| {
        lines
            .into_iter()
            .map(|(_, line)| line)
            .collect::<Vec<FitLine>>()
    });
    let weights = context.threads.run(|| ascend(&fitted, start));
    let record = Record {
        weights: FEATURE_NAMES
            .into_iter()
            .zip(weights)
            .map(|(name, weight)| Weight { name, weight })
            .collect(),
        lines: fitted.len(),
        arcs: fitted.iter().map(|line| line.arcs.len()).sum(),
        log_likelihood: mean(&fitted, &weights).0,
        kept_log_likelihood: mean(&kept, &weights).0,
    };
    match context.format {
        Format::Text => {
            for Weight { name, weight } in &record.weights {
                output::line(format_args!("    {weight:.3}, // {name}"))?;
            }
            output::line(format_args!(
                "{} lines, {} that may be digits; mean log-likelihood {:.4}, of {} kept lines {:.4} (at the start {:.4})",
                record.lines,
                record.arcs,
                record.log_likelihood,
                kept.len(),
                record.kept_log_likelihood,
                mean(&kept, &start).0
            ))?;
        }
        Format::Json => output::json(&record)?,
    }
    Ok(Outcome::Done)
}

/// The network alone.
fn start() -> [f64; FEATURE_COUNT] {
    std::array::from_fn(|i| match FEATURE_NAMES[i] {
        "digit: ln p of the network" | "none: ln p of the network" => 1.0,
        _ => 0.0,
    })
}

/// Mean logarithm of the probability of what the lines show, and its gradient.
fn mean(lines: &[FitLine], weights: &[f64; FEATURE_COUNT]) -> (f64, [f64; FEATURE_COUNT]) {
    let zero = || (0.0, [0.0; FEATURE_COUNT]);
    let add = |mut a: (f64, [f64; FEATURE_COUNT]), b: (f64, [f64; FEATURE_COUNT])| {
        a.0 += b.0;
        for (to, other) in a.1.iter_mut().zip(b.1) {
            *to += other;
        }
        a
    };
    let each = lines.par_iter().filter_map(|line| {
        let (log, gradient) = line.likelihood(weights)?;
        // Of a line that can't be read there is nothing to learn.
        let p = log.exp();
        let share = p / (p + HOPELESS);
        Some(((p + HOPELESS).ln(), gradient.map(|value| share * value)))
    });
    let (log, gradient) = each.reduce(zero, add);
    let n = lines.len().max(1) as f64;
    (log / n, gradient.map(|sum| sum / n))
}

/// The weights under which `lines` are likeliest, by Adam on all of them.
fn ascend(lines: &[FitLine], start: [f64; FEATURE_COUNT]) -> [f64; FEATURE_COUNT] {
    let mut weights = start;
    let (mut first, mut second) = ([0.0; FEATURE_COUNT], [0.0; FEATURE_COUNT]);
    let mut bar = Progress::new(STEPS, "steps");
    for step in 1..=STEPS {
        let (log, gradient) = mean(lines, &weights);
        let rate = RATE * (1.0 - (step - 1) as f64 / STEPS as f64);
        let unbiased = |moment: f64, decay: f64| moment / (1.0 - decay.powi(step as i32));
        for i in 0..FEATURE_COUNT {
            let gradient = gradient[i] - DECAY * (weights[i] - start[i]);
            first[i] = 0.9 * first[i] + 0.1 * gradient;
            second[i] = 0.99 * second[i] + 0.01 * gradient * gradient;
            let deviation = unbiased(second[i], 0.99).sqrt() + 1e-9;
            weights[i] += rate * unbiased(first[i], 0.9) / deviation;
        }
        bar.set(step, &format!("log-likelihood {log:.4}"));
    }
    weights
}
