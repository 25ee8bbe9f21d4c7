//! One module a command: its arguments and what it does.

mod bench;
mod compare;
mod completions;
mod data;
mod datasets;
mod dev;
mod eval;
mod export;
#[cfg(feature = "forms")]
mod forms;
mod labelled;
mod man;
mod model;
mod read;
#[cfg(feature = "serve")]
mod review;
#[cfg(feature = "serve")]
mod serve;
mod summary;
mod train;

use clap::Subcommand;

use crate::{context::Context, outcome::Outcome};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Read(read::Args),
    #[cfg(feature = "forms")]
    Forms(forms::Args),
    #[cfg(feature = "serve")]
    Serve(serve::Args),
    #[cfg(feature = "serve")]
    Review(review::Args),
    Eval(eval::Args),
    Train(train::Args),
    Compare(compare::Args),
    Summary(summary::Args),
    Bench(bench::Args),
    Data(data::Args),
    #[command(hide = true)]
    Dev(dev::Args),
    Export(export::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Command {
    /// Whether it writes rows, and knows their formats.
    pub(crate) fn writes_rows(&self) -> bool {
        match self {
            #[cfg(feature = "forms")]
            Self::Forms(args) => args.writes_rows(),
            _ => false,
        }
    }
}

/// Does what was asked for; `words` describes the whole command line.
pub(crate) fn run(
    command: Command,
    words: clap::Command,
    context: &Context,
) -> anyhow::Result<Outcome> {
    match command {
        Command::Read(args) => read::run(&args, words, context),
        #[cfg(feature = "forms")]
        Command::Forms(args) => forms::run(&args, context),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(args, words, context),
        #[cfg(feature = "serve")]
        Command::Review(args) => review::run(&args, words, context),
        Command::Eval(args) => eval::run(&args, context),
        Command::Train(args) => train::run(&args, context),
        Command::Compare(args) => compare::run(&args, context),
        Command::Summary(args) => summary::run(&args, context),
        Command::Bench(args) => bench::run(&args, context),
        Command::Data(args) => data::run(&args, context),
        Command::Dev(args) => dev::run(&args, context),
        Command::Export(args) => export::run(&args, context),
        Command::Completions(args) => completions::run(&args, words),
        Command::Man(args) => man::run(&args, words),
    }
}
