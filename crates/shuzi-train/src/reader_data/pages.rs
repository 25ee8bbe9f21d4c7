//! Synthetic pages as a reader sees them before it asks a network.

use rayon::prelude::*;
use shuzi_nn::Threads;
use shuzi_reader::{Limits, Page, StageParams};
use shuzi_synth::{PageKind, Writers, handwriting::SyntheticPage};

use crate::reader_data::error::ReaderDataError;

/// Pages that are made between two reports of progress.
const TURN: u32 = 250;

/// Where synthetic pages come from.
#[derive(Clone, Copy, Debug)]
pub struct PageSource<'a> {
    /// Whose digits are written on them.
    pub writers: &'a Writers,
    /// How many pages.
    pub pages: u32,
    /// Who makes them.
    pub threads: &'a Threads,
}

impl PageSource<'_> {
    /// What `of` makes of each page, in their order; a turn of them at a time is made on
    /// all threads. `kind` says what each is; `progress` is told how many are done.
    pub(crate) fn each<T: Send>(
        &self,
        kind: impl Fn(u32) -> PageKind + Sync,
        of: impl Fn(SyntheticPage, Page) -> T + Sync,
        mut take: impl FnMut(T) -> Result<(), ReaderDataError>,
        progress: &mut dyn FnMut(u32),
    ) -> Result<(), ReaderDataError> {
        let mut done = 0;
        while done < self.pages {
            let end = done.saturating_add(TURN).min(self.pages);
            let params = StageParams::default();
            let page = |index| {
                let made = self.writers.page(kind(index), index);
                let page = Page::decode(&made.jpeg(index)?, Limits::default(), &params)?;
                Ok(of(made, page))
            };
            let made: Result<Vec<T>, ReaderDataError> = self
                .threads
                .run(|| (done..end).into_par_iter().map(page).collect());
            made?.into_iter().try_for_each(&mut take)?;
            done = end;
            progress(done);
        }
        Ok(())
    }
}
