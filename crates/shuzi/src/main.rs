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

use clap::{CommandFactory, Parser, error::ErrorKind};

use crate::{args::Cli, context::Context, outcome::Outcome};

/// How the program ends if all was done and someone should look at some of it.
const REVIEW: u8 = 3;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.global.format.is_of_rows() && !cli.command.writes_rows() {
        let message = "only `forms read` writes rows: expected --format text or json";
        Cli::command()
            .error(ErrorKind::ValueValidation, message)
            .exit();
    }
    let context = Context::new(&cli.global);
    match commands::run(cli.command, Cli::command(), &context) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Partly) => ExitCode::FAILURE,
        Ok(Outcome::Review) => ExitCode::from(REVIEW),
        // Whoever read our output has seen enough.
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(output::describe(&error));
            ExitCode::FAILURE
        }
    }
}
