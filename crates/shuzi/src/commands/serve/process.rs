//! What a program needs that runs until it is told to stop: a log, and signals.

use std::{
    io, process,
    sync::mpsc::{Receiver, channel},
};

use anyhow::Context as _;
use clap::ValueEnum;
use tracing_subscriber::filter::LevelFilter;

/// What is worth a line.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Log {
    /// Nothing.
    Off,
    /// Failures.
    Error,
    /// Also what is odd.
    #[default]
    Warn,
    /// Also each request.
    Info,
    /// Also how connections end.
    Debug,
}

impl From<Log> for LevelFilter {
    fn from(log: Log) -> Self {
        match log {
            Log::Off => Self::OFF,
            Log::Error => Self::ERROR,
            Log::Warn => Self::WARN,
            Log::Info => Self::INFO,
            Log::Debug => Self::DEBUG,
        }
    }
}

impl Log {
    /// Writes so much to stderr from now on.
    pub(crate) fn start(self) {
        let log = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::from(self))
            .with_writer(io::stderr)
            .with_ansi(false)
            // If nobody reads stderr, there is nobody to tell that.
            .log_internal_errors(false);
        // Set once: this is the program's only one.
        let _ = log.try_init();
    }
}

/// Where a Ctrl-C or SIGTERM arrives; a second one ends the program at once.
pub(crate) fn signals() -> anyhow::Result<Receiver<()>> {
    let (signal, signals) = channel();
    let mut first = true;
    ctrlc::set_handler(move || {
        if !first {
            process::exit(1);
        }
        first = false;
        // The one who waits for it has ended already: so will the program.
        let _ = signal.send(());
    })
    .context("can't take signals")?;
    Ok(signals)
}
