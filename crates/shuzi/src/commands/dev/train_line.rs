//! `shuzi dev train-line`: the network that reads whole lines.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::Context as _;
use serde::Serialize;
use shuzi_data::mnist::{Part, Store};
use shuzi_line::CLASSES;
use shuzi_models::line;
use shuzi_synth::{Bank, LineParams};
use shuzi_train::{
    LineNetworkRecipe, LineNetworkRun, LineOutcome, LineRunConfig, LineScore, LineStepRecord,
    TrainError,
};

use crate::{
    context::Context,
    format::Format,
    outcome::Outcome,
    output::{self, note, percent},
};

/// Digits that lines are written with beside the pen's.
const BANKS: [&str; 2] = ["mnist", "numbers-ch"];

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the run: checkpoint, history and, at its end, the model
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Go on with the run in that folder
    #[arg(long)]
    resume: bool,
    /// Steps of the run [default: those of the recipe]
    #[arg(long, value_name = "N", conflicts_with = "resume")]
    steps: Option<u64>,
    /// Decides start weights, lines and their order
    #[arg(long, value_name = "S", default_value_t = 1, conflicts_with = "resume")]
    seed: u64,
    /// Highest learning rate [default: that of the recipe]
    #[arg(long, value_name = "RATE", conflicts_with = "resume")]
    learning_rate: Option<f32>,
}

/// The JSON output.
#[derive(Debug, Serialize)]
struct Record {
    directory: PathBuf,
    steps: u64,
    finished: bool,
    /// What the model makes of lines of another seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<LineScore>,
}

pub(super) fn run(args: &Args, store: &Store, context: &Context) -> anyhow::Result<Outcome> {
    let threads = context.threads.clone();
    let mut run = if args.resume {
        LineNetworkRun::resume(&args.out, |config| banks(&config.banks, store), threads)?
    } else {
        let names = BANKS.map(str::to_owned).to_vec();
        let mut recipe = LineNetworkRecipe::default();
        recipe.steps = args.steps.unwrap_or(recipe.steps);
        recipe.learning_rate = args.learning_rate.unwrap_or(recipe.learning_rate);
        let config = LineRunConfig {
            architecture: line(CLASSES),
            recipe,
            seed: args.seed,
            lines: LineParams::default(),
            banks: names.clone(),
        };
        LineNetworkRun::start(&args.out, config, banks(&names, store)?, threads)?
    };
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed)).context("Ctrl-C")?;
    let steps = run.config().recipe.steps;
    let mut observe = |record: &LineStepRecord| {
        note(format_args!(
            "{}/{steps} steps, {:.0} s: loss {:.4}, rate {:.2e}",
            record.step, record.seconds, record.loss, record.learning_rate
        ));
    };
    let outcome = run.run(&mut observe, &stop)?;
    let record = Record {
        directory: args.out.clone(),
        steps: run.steps(),
        finished: outcome != LineOutcome::Stopped,
        score: match outcome {
            LineOutcome::Finished(score) => Some(score),
            LineOutcome::Stopped => None,
        },
    };
    match (context.format, &record.score) {
        (Format::Json, _) => output::json(&record)?,
        (Format::Text, Some(score)) => output::line(format_args!(
            "{} of {} lines of another seed, {} right as a whole, {} of the symbols wrong",
            score.exact,
            score.lines,
            percent(score.exact_share()),
            percent(score.edits as f64 / score.symbols.max(1) as f64),
        ))?,
        (Format::Text, None) => output::line(format_args!(
            "stopped after {} steps: go on with `shuzi dev train-line --resume --out {}`",
            record.steps,
            args.out.display()
        ))?,
    }
    Ok(Outcome::Done)
}

/// The digits of these names.
fn banks(names: &[String], store: &Store) -> Result<Vec<Bank>, TrainError> {
    let bank = |name: &String| match name.as_str() {
        "numbers-ch" => Ok(Bank::numbers_ch()?),
        "mnist" => Ok(Bank::new(&store.load(Part::Train)?)),
        _ => Err(TrainError::UnknownDigits {
            name: name.clone(),
            known: BANKS.join(", "),
        }),
    };
    names.iter().map(bank).collect()
}
