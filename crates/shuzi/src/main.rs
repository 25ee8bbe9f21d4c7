//! The command line of shuzi.

mod args;
mod commands;
mod context;
mod output;
mod progress;

use std::process::ExitCode;

use clap::Parser;

use crate::{args::Cli, context::Context};

/// What a command came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// All of it was done.
    Done,
    /// Some of it was not; stderr has said what.
    Partly,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let context = Context::new(&cli.global);
    match commands::run(cli.command, &context) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Partly) => ExitCode::FAILURE,
        // Whoever read our output has seen enough.
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(output::describe(&error));
            ExitCode::FAILURE
        }
    }
}
