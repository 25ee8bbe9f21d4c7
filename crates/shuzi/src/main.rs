//! The command line of shuzi.

mod args;
mod commands;
mod context;
mod format;
mod outcome;
mod output;
mod progress;
mod temperature;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::{args::Cli, context::Context, outcome::Outcome};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let context = Context::new(&cli.global);
    match commands::run(cli.command, Cli::command(), &context) {
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
