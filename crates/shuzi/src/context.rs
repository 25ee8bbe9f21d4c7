//! What every command needs.

use std::num::NonZeroUsize;

use clap::Args;
use shuzi_nn::Threads;

use crate::format::{Format, FormatArg};

/// What every command understands.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// What to print: text for people, or one JSON value
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT"
    )]
    pub(crate) format: FormatArg,
    /// Most cores to use [default: all]
    #[arg(long, global = true, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
}

/// The choices that hold for every command.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) format: Format,
    /// The format as it was named.
    #[cfg_attr(not(feature = "forms"), allow(dead_code))] // only rows have more formats
    pub(crate) rows: FormatArg,
    pub(crate) threads: Threads,
}

impl Context {
    pub(crate) fn new(global: &Global) -> Self {
        Self {
            format: global.format.plain(),
            rows: global.format,
            threads: global.threads.map_or_else(Threads::available, Threads::new),
        }
    }
}
