//! One module a command: its arguments and what it does.

pub(crate) mod bench;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod data;
mod datasets;
pub(crate) mod eval;
pub(crate) mod export;
pub(crate) mod man;
pub(crate) mod model;
pub(crate) mod read;
pub(crate) mod summary;
pub(crate) mod train;

use crate::{Outcome, args::Command, context::Context};

/// Does what was asked for.
pub(crate) fn run(command: Command, context: &Context) -> anyhow::Result<Outcome> {
    match command {
        Command::Read(args) => read::run(&args, context),
        Command::Eval(args) => eval::run(&args, context),
        Command::Train(args) => train::run(&args, context),
        Command::Compare(args) => compare::run(&args, context),
        Command::Summary(args) => summary::run(&args, context),
        Command::Bench(args) => bench::run(&args, context),
        Command::Data(args) => data::run(&args, context),
        Command::Export(args) => export::run(&args, context),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}
