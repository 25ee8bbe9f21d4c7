//! The command line of shuzi.

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    ExitCode::from(shuzi::command_line(env::args_os()))
}
