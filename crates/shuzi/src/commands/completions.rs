//! `shuzi completions`: what a shell completes.

use std::io::{self, Write};

use clap_complete::Shell;

use crate::outcome::Outcome;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shuzi completions bash > ~/.local/share/bash-completion/completions/shuzi
  shuzi completions fish > ~/.config/fish/completions/shuzi.fish")]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(args: &Args, mut words: clap::Command) -> anyhow::Result<Outcome> {
    // Into memory first: the generator panics where a pipe breaks.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut words, "shuzi", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(Outcome::Done)
}
