//! `shuzi compare`: runs side by side.

use std::path::PathBuf;

use anyhow::Context as _;
use shuzi_train::compare::{ablation, collect, kept, table, write_figures, write_risk_coverage};

use crate::{context::Context, format::Format, outcome::Outcome, output};

/// Compare runs
///
/// Prints the paper's Table 2 with ours beside it, as Markdown: accuracy on
/// MNIST's test set with the last weights, parameters, cost and speed of every
/// system by recipe. It reads the folders of runs and trains nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A run counts with its run.json and its history.jsonl (or fit.json). What
`shuzi eval --model RUN --format json` prints, kept as eval.json beside them,
is its reading of the test set.

Examples:
  shuzi compare                         the runs behind the project's figures
  shuzi compare runs --figures fig4     runs of your own, and Fig. 4 of them
  shuzi compare --ablation              from AlexNet to the paper's network")]
pub(crate) struct Args {
    /// Folders with a folder for each run [default: the runs behind the project's
    /// figures, which are inside]
    #[arg(value_name = "DIR")]
    runs: Vec<PathBuf>,
    /// Instead of Table 2, what each change from AlexNet to the paper's network
    /// does
    #[arg(long)]
    ablation: bool,
    /// Draw Fig. 4a (loss) and 4b (accuracy by epoch) into this folder, as SVG
    /// and PNG, from runs of recipe `paper`
    #[arg(long, value_name = "DIR")]
    figures: Option<PathBuf>,
    /// Draw the risk-coverage curves of all runs whose eval.json has one into this
    /// folder: the error that remains when the least sure images are refused
    #[arg(long, value_name = "DIR")]
    risk_coverage: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, context: &Context) -> anyhow::Result<Outcome> {
    let runs = if args.runs.is_empty() {
        kept()
    } else {
        let folders = args.runs.iter().map(|folder| collect(folder));
        folders
            .collect::<Result<Vec<_>, _>>()
            .map(|runs| runs.concat())
    };
    let runs = runs.context("can't read the runs")?;
    if let Some(folder) = &args.figures {
        for file in write_figures(&runs, folder)? {
            output::note(file.display());
        }
    }
    if let Some(folder) = &args.risk_coverage {
        for file in write_risk_coverage(&runs, folder)? {
            output::note(file.display());
        }
    }
    if args.ablation {
        let ablation = ablation(&runs);
        match context.format {
            Format::Text => output::text(&ablation)?,
            Format::Json => output::json(&ablation)?,
        }
    } else {
        let table = table(&runs);
        match context.format {
            Format::Text => output::text(&table)?,
            Format::Json => output::json(&table)?,
        }
    }
    Ok(Outcome::Done)
}
