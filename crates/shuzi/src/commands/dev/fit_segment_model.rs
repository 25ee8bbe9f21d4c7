//! `shuzi dev fit-segment-model`: how much sizes, places and cuts say beside the network.

use serde::Serialize;
use shuzi_data::mnist::Store;
use shuzi_models::READER;
use shuzi_reader::classify::segment_model::FEATURE_NAMES;
use shuzi_train::{FitProgress, PageSource, SegmentModelParams, fit_segment_model};

use super::writers::WriterArgs;
use crate::{
    commands::model,
    context::Context,
    format::Format,
    outcome::Outcome,
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
    writers: WriterArgs,
}

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
    /// Mean logarithm of the probability of what they show, and of what held-out
    /// lines do.
    log_likelihood: f64,
    held_out_log_likelihood: f64,
}

pub(super) fn run(args: &Args, store: &Store, context: &Context) -> anyhow::Result<Outcome> {
    let writers = args.writers.load(store)?;
    let mut classifier = model::load(&args.model)?.classifier(context.threads.clone())?;
    let source = PageSource {
        writers: &writers,
        pages: args.pages,
        threads: &context.threads,
    };
    let params = SegmentModelParams::default();
    let mut bar = Progress::new(args.pages as usize, "pages");
    let fit = fit_segment_model(
        &source,
        &mut classifier,
        &params,
        &mut |progress| match progress {
            FitProgress::Pages(pages) => bar.set(pages as usize, ""),
            FitProgress::Lines { all, legible } => {
                bar = Progress::new(params.steps as usize, "steps");
                note(format_args!("{legible} of {all} lines can be read right"));
            }
            FitProgress::Step {
                done,
                log_likelihood,
            } => bar.set(
                done as usize,
                &format!("log-likelihood {log_likelihood:.4}"),
            ),
            _ => {}
        },
    )?;
    let weights = FEATURE_NAMES.into_iter().zip(fit.weights);
    let record = Record {
        weights: weights
            .map(|(name, weight)| Weight { name, weight })
            .collect(),
        lines: fit.fitted.lines,
        arcs: fit.arcs,
        log_likelihood: fit.fitted.after,
        held_out_log_likelihood: fit.held_out.after,
    };
    match context.format {
        Format::Text => {
            for Weight { name, weight } in &record.weights {
                output::line(format_args!("    {weight:.3}, // {name}"))?;
            }
            output::line(format_args!(
                "{} lines, {} that may be digits; mean log-likelihood {:.4}, of {} held-out lines {:.4} (at the start {:.4})",
                record.lines,
                record.arcs,
                record.log_likelihood,
                fit.held_out.lines,
                record.held_out_log_likelihood,
                fit.held_out.before
            ))?;
        }
        Format::Json => output::json(&record)?,
    }
    Ok(Outcome::Done)
}
