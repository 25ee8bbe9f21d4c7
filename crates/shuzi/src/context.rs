//! What every command needs.

use shuzi_nn::Threads;

use crate::args::{Format, Global};

/// The choices that hold for every command.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) format: Format,
    pub(crate) threads: Threads,
}

impl Context {
    pub(crate) fn new(global: &Global) -> Self {
        Self {
            format: global.format,
            threads: global.threads.map_or_else(Threads::available, Threads::new),
        }
    }
}
