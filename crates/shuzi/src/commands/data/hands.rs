//! Made lines of handwriting by the hands of several data sets: what a reader is
//! taught with.

use std::{ops::RangeInclusive, path::PathBuf};

use anyhow::{Context as _, bail};
use image::{GrayImage, codecs::jpeg::JpegEncoder};
use rayon::prelude::*;
use shuzi_data::{
    Dataset,
    mnist::{Part, Store},
};
use shuzi_reader::{Limits, Prepared, SIDE, prepare};
use shuzi_synth::{
    handwriting::{self, DistractorRate, SyntheticPage},
    strings::{Content, StringsConfig, string_image},
};

use crate::{commands::datasets, context::Context, progress::Progress};

/// What pages without a digit show, in turn.
const EMPTY: [Content; 4] = [
    Content::Strokes,
    Content::Strokes,
    Content::Dashes,
    Content::Noise,
];

/// Digits of a picture as `data strings` makes them.
const LENGTHS: RangeInclusive<usize> = 4..=12;

/// Pages that are made between two looks at the progress bar.
const TURN: u32 = 250;

#[derive(Debug, clap::Args)]
pub(super) struct HandArgs {
    /// Decides everything
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Digits of other hands beside MNIST's training set (IDX, plain or gzip);
    /// may be given several times
    #[arg(long, value_name = "FILE", requires = "labels")]
    images: Vec<PathBuf>,
    /// Their labels
    #[arg(long, value_name = "FILE", requires = "images")]
    labels: Vec<PathBuf>,
    /// These hands alone
    #[arg(long, requires = "images")]
    without_mnist: bool,
}

/// What a page is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Handwriting.
    Written(DistractorRate),
    /// A picture as `data strings` makes them, of the first set's digits.
    Strings(Content),
    /// No digit; the number decides what else.
    Empty(u32),
}

/// Data sets whose digits are written on pages.
pub(super) struct Hands {
    seed: u64,
    data: Vec<Dataset>,
}

impl Hands {
    /// MNIST's training set and the sets that `args` names, at least one of them.
    pub(super) fn load(args: &HandArgs, store: &Store) -> anyhow::Result<Self> {
        let mut data = Vec::new();
        if !args.without_mnist {
            data.push(store.load(Part::Train)?);
        }
        for set in datasets::read(&args.images, &args.labels)? {
            data.push(set.of_digits()?);
        }
        for data in &data {
            let side = [data.height(), data.width()];
            if side != [SIDE, SIDE] {
                bail!(
                    "expected images of {SIDE}×{SIDE}, got {}×{}",
                    side[0],
                    side[1]
                );
            }
        }
        Ok(Self {
            seed: args.seed,
            data,
        })
    }

    /// The data sets.
    pub(super) fn data(&self) -> &[Dataset] {
        &self.data
    }

    /// A page and what a reader makes of it, as a JPEG, up to the network.
    fn page(&self, kind: Kind, index: u32) -> anyhow::Result<(SyntheticPage, Prepared)> {
        let page = match kind {
            Kind::Written(marks) => {
                let hands: Vec<&Dataset> = self.data.iter().collect();
                handwriting::page(&hands, marks, self.seed, u64::from(index))
            }
            Kind::Strings(content) => self.string(content, index),
            Kind::Empty(number) => self.string(EMPTY[number as usize % EMPTY.len()], index),
        };
        let pixels = page.pixels.clone();
        let picture = GrayImage::from_raw(page.width as u32, page.height as u32, pixels)
            .context("a picture of another size")?;
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 55 + (index % 41) as u8)
            .encode_image(&picture)?;
        let prepared = prepare(&bytes, Limits::default())?;
        Ok((page, prepared))
    }

    /// A page of which nobody knows whose ink a pixel is.
    fn string(&self, content: Content, index: u32) -> SyntheticPage {
        let config = StringsConfig {
            content,
            lengths: LENGTHS,
            seed: self.seed.wrapping_add(1 << 32),
        };
        let image = string_image(&self.data[0], &config, u64::from(index));
        SyntheticPage {
            instances: vec![0; image.pixels.len()],
            width: image.width,
            height: image.height,
            pixels: image.pixels,
            digits: image.label.bytes().map(|digit| digit - b'0').collect(),
        }
    }

    /// What `of` makes of each of so many pages, in their order; a turn of them at a
    /// time is made on all threads. `kind` says what each is.
    pub(super) fn each_page<T: Send>(
        &self,
        kind: impl Fn(u32) -> Kind + Sync,
        pages: u32,
        context: &Context,
        of: impl Fn(SyntheticPage, Prepared) -> T + Sync,
        mut take: impl FnMut(T) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut bar = Progress::new(pages as usize, "pages");
        let mut done = 0;
        while done < pages {
            let end = (done + TURN).min(pages);
            let made: Vec<T> = context.threads.run(|| {
                (done..end)
                    .into_par_iter()
                    .map(|index| {
                        self.page(kind(index), index)
                            .map(|(page, image)| of(page, image))
                    })
                    .collect::<anyhow::Result<_>>()
            })?;
            made.into_iter().try_for_each(&mut take)?;
            done = end;
            bar.set(done as usize, "");
        }
        Ok(())
    }
}
