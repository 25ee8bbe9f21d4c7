//! The words of the command line. Help, completions and man pages come from
//! here and from the `Args` of each command.

use clap::Parser;

use crate::{commands::Command, context::Global};

/// Read handwritten numbers, and train and measure the networks that do it
#[derive(Debug, Parser)]
#[command(name = "shuzi", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: Global,
}
