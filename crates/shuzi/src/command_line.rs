//! The command line as a function: the binary calls it, and so does the Python package.

use std::ffi::OsString;

use clap::{CommandFactory, Parser, error::ErrorKind};

use crate::{args::Cli, commands, context::Context, outcome::Outcome, output};

/// Exit code of a command that did all or that nobody listens to any more.
const DONE: u8 = 0;
/// Exit code of a command that failed, or failed in part.
const FAILED: u8 = 1;
/// Exit code of words that are no command.
const USAGE: u8 = 2;
/// Exit code of a command that did all, and someone should look at some of it.
const REVIEW: u8 = 3;

/// Runs the command that `words` say, the first of which is the program's name, and prints
/// what it prints. The result is the exit code: 0 done, 1 something failed, 2 wrong usage,
/// 3 done and something needs review.
///
/// A command that misses an argument ends the process by itself.
///
/// ```
/// assert_eq!(shuzi::command_line(["shuzi", "summary", "lenet5"].map(Into::into)), 0);
/// assert_eq!(shuzi::command_line(["shuzi", "reed"].map(Into::into)), 2);
/// ```
pub fn command_line(words: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(error) => {
            // Nobody left to tell it to if this fails.
            let _ = error.print();
            return if error.use_stderr() { USAGE } else { DONE };
        }
    };
    if cli.global.format.is_of_rows() && !cli.command.writes_rows() {
        let message = "only `forms read` writes rows: expected --format text or json";
        let error = Cli::command().error(ErrorKind::ValueValidation, message);
        // As above.
        let _ = error.print();
        return USAGE;
    }
    let context = Context::new(&cli.global);
    match commands::run(cli.command, Cli::command(), &context) {
        Ok(Outcome::Done) => DONE,
        Ok(Outcome::Partly) => FAILED,
        Ok(Outcome::Review) => REVIEW,
        // Whoever read our output has seen enough.
        Err(error) if output::is_broken_pipe(&error) => DONE,
        Err(error) => {
            output::complain(output::describe(&error));
            FAILED
        }
    }
}
