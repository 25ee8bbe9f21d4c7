//! `shuzi forms`: stacks of filled forms to tables.

mod check;
mod draw;
mod new;
mod print;
mod read;
mod sink;

use std::{fs, path::Path};

use anyhow::Context as _;
use clap::Subcommand;
use shuzi_forms::Template;

use crate::{context::Context, outcome::Outcome};

/// Print forms, and read stacks of filled ones into a table
///
/// One template, a TOML file, says what stands where on a form and what is known of it. It
/// prints the form and reads it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shuzi forms new --form meter --field reading:6 > meter.toml
  shuzi forms check meter.toml
  shuzi forms print meter.toml --serials 1-200 --out meter.pdf
  shuzi forms read --form meter.toml scans/ --out rows.csv
  shuzi forms draw --form meter.toml scan.png --out seen.png")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: FormsCommand,
}

#[derive(Debug, Subcommand)]
enum FormsCommand {
    New(new::Args),
    Check(check::Args),
    Print(print::Args),
    Draw(draw::Args),
    Read(read::Args),
}

impl Args {
    /// Whether it writes rows.
    pub(crate) fn writes_rows(&self) -> bool {
        matches!(self.command, FormsCommand::Read(_))
    }
}

pub(crate) fn run(args: &Args, context: &Context) -> anyhow::Result<Outcome> {
    match &args.command {
        FormsCommand::New(args) => new::run(args),
        FormsCommand::Check(args) => check::run(args, context),
        FormsCommand::Print(args) => print::run(args),
        FormsCommand::Draw(args) => draw::run(args, context),
        FormsCommand::Read(args) => read::run(args, context),
    }
}

/// Most bytes of a template: lists of a hundred thousand values have fewer.
const MOST_BYTES: u64 = 16 << 20;

/// The text of a template's file.
fn text(path: &Path) -> anyhow::Result<String> {
    let of = || format!("can't use the template {}", path.display());
    let bytes = fs::metadata(path).with_context(of)?.len();
    anyhow::ensure!(
        bytes <= MOST_BYTES,
        "{}: expected at most {MOST_BYTES} bytes, got {bytes}",
        of()
    );
    fs::read_to_string(path).with_context(of)
}

/// A template that can work.
fn template(path: &Path) -> anyhow::Result<Template> {
    let of = || format!("can't use the template {}", path.display());
    Template::checked(&text(path)?).with_context(of)
}
