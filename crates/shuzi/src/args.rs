//! The words of the command line. Help, completions and man pages come from
//! here and from the `Args` of each command.

use std::num::NonZeroUsize;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::{bench, compare, completions, data, eval, export, man, read, summary, train};

/// Read handwritten numbers, and train and measure the networks that do it
#[derive(Debug, Parser)]
#[command(name = "shuzi", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: Global,
}

/// What every command understands.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// What to print: text for people, or one JSON value
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT"
    )]
    pub(crate) format: Format,
    /// Most cores to use [default: all]
    #[arg(long, global = true, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
}

/// What goes to stdout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for people
    #[default]
    Text,
    /// One JSON value and nothing else
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Read(read::Args),
    Eval(eval::Args),
    Train(train::Args),
    Compare(compare::Args),
    Summary(summary::Args),
    Bench(bench::Args),
    Data(data::Args),
    Export(export::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// A temperature, as the command line gives it.
pub(crate) fn temperature(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(value) if value > 0.0 && f32::is_finite(value) => Ok(value),
        _ => Err("expected a number above 0".into()),
    }
}
