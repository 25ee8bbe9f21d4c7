//! `shuzi review`: people look at what a reader doubts.

mod export;
mod operators;

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context as _;
use clap::error::ErrorKind;
use shuzi_review::{Share, Statistics, Store};
use shuzi_server::{HttpConfig, ReviewConfig, ReviewServer};

use self::{
    export::Kind,
    operators::{add, file, one},
};
use super::serve::process::{Log, signals};
use crate::{context::Context, format::Format, outcome::Outcome, output};

/// Look at what is doubted, and say what it is
///
/// `shuzi read --review STACK` puts numbers into a stack. This opens a page on which people say
/// what they are: digits many at once, numbers one by one, by one person or by two who are blind
/// of each other. What is said is on disk before it is acknowledged. Some of what is shown is
/// known, so that the page says how often people err. A line on stderr says where it is; Ctrl-C
/// or SIGTERM ends it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shuzi read scans/ --review stack.db              fills a stack
  shuzi review stack.db                            one person, on this machine
  shuzi review stack.db --operators ops --add-operator ana
  shuzi review stack.db --operators ops --keyings 2
  shuzi review stack.db --export rows.csv          what is known so far
  shuzi review stack.db --export digits/ --as idx  digits to learn from
  shuzi review stack.db --forget                   drops all pictures")]
pub(crate) struct Args {
    /// The stack
    #[arg(value_name = "STACK")]
    stack: PathBuf,
    /// Address and port; port 0 is one that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// A name by which the server is called, beside localhost and addresses; may stand several times
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// Who may review: a file with a line each, name and hash of the token
    ///
    /// Without it one person may, on this machine, by the link that is printed.
    #[arg(long, value_name = "FILE")]
    operators: Option<PathBuf>,
    /// Add an operator to the file, print a new token, and do nothing else
    #[arg(long, value_name = "NAME", requires = "operators")]
    add_operator: Option<String>,
    /// How many people key each item, 1 or 2; the stack remembers it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=2))]
    keyings: Option<i64>,
    /// Write what is known so far to this file or folder, and do nothing else
    #[arg(long, value_name = "PATH", group = "instead")]
    export: Option<PathBuf>,
    /// As what [default: by the ending of the file]
    #[arg(long = "as", value_enum, value_name = "KIND", requires = "export")]
    kind: Option<Kind>,
    /// Print what remains and how often people err, and do nothing else
    #[arg(long, group = "instead")]
    statistics: bool,
    /// Drop all pictures from the stack, and do nothing else
    #[arg(long, group = "instead")]
    forget: bool,
    /// What is written to stderr: never a picture, and nothing that was keyed
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
    log: Log,
}

pub(crate) fn run(
    args: &Args,
    mut words: clap::Command,
    context: &Context,
) -> anyhow::Result<Outcome> {
    if let (Some(path), Some(name)) = (&args.operators, &args.add_operator) {
        output::line(add(path, name)?)?;
        return Ok(Outcome::Done);
    }
    if args.operators.is_none() && !args.listen.ip().is_loopback() {
        let message = format!(
            "{} is reached from other machines: --operators FILE says who may review",
            args.listen
        );
        words.error(ErrorKind::ValueValidation, message).exit();
    }
    let name = args.stack.display();
    if !args.stack.exists() {
        anyhow::bail!("no stack {name}: `shuzi read --review {name}` makes one");
    }
    let store = Store::open(&args.stack);
    let mut store = store.with_context(|| format!("can't use the stack {name}"))?;
    if let Some(keyings) = args.keyings {
        store.set_keyings(keyings)?;
    }
    if args.forget {
        let pictures = store.forget()?;
        output::note(format_args!("{pictures} pictures are forgotten"));
        return Ok(Outcome::Done);
    }
    if let Some(path) = &args.export {
        let kind = args.kind.map_or_else(|| Kind::of(path), Ok)?;
        kind.write(&store, path)
            .with_context(|| format!("can't write {}", path.display()))?;
        return Ok(Outcome::Done);
    }
    if args.statistics {
        let statistics = store.statistics()?;
        match context.format {
            Format::Json => output::json(&statistics)?,
            Format::Text => output::text(in_words(&statistics))?,
        }
        return Ok(Outcome::Done);
    }
    serve(args, store)?;
    Ok(Outcome::Done)
}

fn serve(args: &Args, store: Store) -> anyhow::Result<()> {
    let (operators, link) = match &args.operators {
        Some(path) => (file(path)?, String::new()),
        None => {
            let (operators, token) = one()?;
            // Behind the #: no server sees it, and no log.
            (operators, format!("#token={token}"))
        }
    };
    args.log.start();
    let signals = signals()?;
    let http = HttpConfig {
        listen: args.listen,
        hosts: args.hosts.clone(),
        ..HttpConfig::default()
    };
    let server = ReviewServer::start(ReviewConfig { http, operators }, store)?;
    output::note(format_args!(
        "review on http://{}/review{link}",
        server.address()
    ));
    // An error is a handler that is gone: there is nothing to wait for.
    let _ = signals.recv();
    server.stop();
    Ok(())
}

/// Statistics for people.
fn in_words(all: &Statistics) -> String {
    use std::fmt::Write as _;
    let share = |share: &Share| match share.share {
        None => "not known yet".to_owned(),
        Some(of) => {
            let [of, low, high] = [of, share.low, share.high].map(output::percent);
            format!("{} of {}: {of} ({low} to {high})", share.count, share.of)
        }
    };
    let mut text = format!(
        "{} items: {} accepted by the reader, {} to key, {} to arbitrate, {} keyed, {} arbitrated\n\
         wrong in the end, of what was known before: {} (two clerks who key blind: {})\n",
        all.items,
        all.read,
        all.open,
        all.disputed,
        all.agreed,
        all.arbitrated,
        share(&all.wrong),
        output::percent(all.goal)
    );
    for one in &all.operators {
        let seconds = one.seconds_an_item;
        let seconds = seconds.map_or(String::new(), |time| format!(", {time:.1} s an item"));
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{}: {} items, {} digits{seconds}; keyed wrong: {}; wrong digits left in a group: {}",
            one.operator,
            one.items,
            one.digits,
            share(&one.wrong),
            share(&one.missed)
        );
    }
    text
}
