//! Work on shuzi that is no part of it: `cargo xtask COMMAND`.

#![allow(clippy::print_stderr)] // a tool for people at a terminal

mod check_all;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Parser, Subcommand};

/// Work on shuzi that is no part of it
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    CheckAll(check_all::Args),
}

fn main() -> anyhow::Result<()> {
    let root = root()?;
    match Cli::parse().command {
        Command::CheckAll(args) => check_all::run(&args, &root),
    }
}

/// The project's folder.
fn root() -> anyhow::Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    Ok(root.context("xtask has no folder above it")?.to_owned())
}
