//! Work on shuzi that is no part of it: `cargo xtask COMMAND`.

#![allow(clippy::print_stderr)] // a tool for people at a terminal

mod check_all;
mod links;
mod markdown;
mod results;
mod words;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::{Parser, Subcommand};

use crate::markdown::Problem;

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
    /// Hold every figure that a page quotes to results/, and that to its raw run
    Results,
    /// Follow every link between pages, and see that the book lists all of its own
    Links,
    /// Find sentences of more than 35 words
    Words,
    /// The three above
    Pages,
}

fn main() -> anyhow::Result<()> {
    let root = root()?;
    match Cli::parse().command {
        Command::CheckAll(args) => check_all::run(&args, &root),
        Command::Results => none_of(&results::check(&root)?),
        Command::Links => none_of(&links::check(&root)?),
        Command::Words => none_of(&words::check(&root)?),
        Command::Pages => {
            let checks = [results::check, links::check, words::check];
            let problems: Result<Vec<_>, _> = checks.iter().map(|check| check(&root)).collect();
            none_of(&problems?.concat())
        }
    }
}

/// Fails with `problems`, each on a line of its own.
fn none_of(problems: &[Problem]) -> anyhow::Result<()> {
    for problem in problems {
        eprintln!("{problem}");
    }
    ensure!(problems.is_empty(), "{} problems", problems.len());
    Ok(())
}

/// The project's folder.
fn root() -> anyhow::Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    Ok(root.context("xtask has no folder above it")?.to_owned())
}
