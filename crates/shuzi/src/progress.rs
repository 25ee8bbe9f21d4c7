//! Progress of long work: a bar on a terminal, plain lines elsewhere.

use std::{
    io::{IsTerminal, stderr},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::output::note;

/// Time between two plain lines.
const PLAIN: Duration = Duration::from_secs(10);

/// How far some work has come.
pub(crate) struct Progress {
    /// `None` where stderr is no terminal.
    bar: Option<ProgressBar>,
    unit: &'static str,
    total: u64,
    start: Instant,
    last: Instant,
}

impl Progress {
    /// Work of `total` steps, `unit` in the plural.
    pub(crate) fn new(total: usize, unit: &'static str) -> Self {
        let total = total as u64;
        let bar = stderr().is_terminal().then(|| {
            let template = format!(
                "{{prefix}}{{wide_bar}} {{human_pos}}/{{human_len}} {unit}, {{rate}}/s, {{eta}} left{{msg}}"
            );
            let bar = ProgressBar::new(total);
            if let Ok(style) = ProgressStyle::with_template(&template) {
                bar.set_style(style.with_key("rate", write_rate));
            }
            bar
        });
        let now = Instant::now();
        Self {
            bar,
            unit,
            total,
            start: now,
            last: now,
        }
    }

    /// Begins again at 0, under another name.
    pub(crate) fn restart(&mut self, name: &str) {
        self.start = Instant::now();
        self.last = self.start;
        if let Some(bar) = &self.bar {
            bar.reset();
            bar.set_prefix(format!("{name} "));
        }
    }

    /// `done` steps are done; `message` says more about them.
    pub(crate) fn set(&mut self, done: usize, message: &str) {
        let done = done as u64;
        match &self.bar {
            Some(bar) => {
                bar.set_position(done);
                if !message.is_empty() {
                    bar.set_message(format!(", {message}"));
                }
            }
            None if self.last.elapsed() >= PLAIN && done < self.total => {
                self.last = Instant::now();
                let rate = done as f64 / self.start.elapsed().as_secs_f64();
                let left = (self.total - done) as f64 / rate;
                let comma = if message.is_empty() { "" } else { ", " };
                note(format_args!(
                    "{done}/{} {}, {rate:.0}/s, {left:.0} s left{comma}{message}",
                    self.total, self.unit
                ));
            }
            None => {}
        }
    }

    /// Writes a line to stderr that stays.
    pub(crate) fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| note(text)),
            None => note(text),
        }
    }

    /// Runs `work` with the bar out of the way, for it writes to the terminal.
    pub(crate) fn aside<R>(&self, work: impl FnOnce() -> R) -> R {
        match &self.bar {
            Some(bar) => bar.suspend(work),
            None => work(),
        }
    }
}

/// Steps a second in whole numbers; indicatif's own has four decimals.
fn write_rate(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    // A formatter that fails has nobody to tell it to.
    let _ = write!(out, "{:.0}", state.per_sec());
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
