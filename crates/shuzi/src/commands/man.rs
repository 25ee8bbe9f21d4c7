//! `shuzi man`: manual pages.

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
};

use anyhow::Context;

use crate::outcome::Outcome;

/// Print the manual page, or write all of them
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write a page for every command into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, words: clap::Command) -> anyhow::Result<Outcome> {
    match &args.out {
        Some(folder) => {
            fs::create_dir_all(folder)
                .and_then(|()| clap_mangen::generate_to(words, folder))
                .with_context(|| format!("can't write the pages into {}", folder.display()))?;
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(words).render(&mut page)?;
            io::stdout().lock().write_all(&page)?;
        }
    }
    Ok(Outcome::Done)
}
