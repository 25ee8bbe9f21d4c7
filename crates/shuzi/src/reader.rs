//! Numbers off images.

use std::collections::VecDeque;

use rayon::prelude::*;
use shuzi_nn::Threads;
use shuzi_reader::{Picture, ReadError, Reading, prepare_picture};

use crate::{builder::ReaderBuilder, error::Error, source::Source};

/// Images that are on their way at once, for each thread.
const AT_ONCE: usize = 8;

/// Reads numbers off images.
///
/// ```
/// # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples"))?;
/// let mut reader = shuzi::Reader::open()?;
/// let reading = reader.read("line-7210414959.png")?;
/// println!("{} ({:.1} %)", reading.text, 100.0 * reading.confidence);
/// assert!(reading.accepted);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Reader {
    inner: shuzi_reader::Reader,
    threads: Threads,
}

impl Reader {
    pub(crate) fn new(inner: shuzi_reader::Reader, threads: Threads) -> Self {
        Self { inner, threads }
    }

    /// A reader with the networks that are inside and no options.
    ///
    /// ```
    /// let mut reader = shuzi::Reader::open()?;
    /// # Ok::<(), shuzi::Error>(())
    /// ```
    ///
    /// # Errors
    /// None is known: what is inside fits.
    pub fn open() -> Result<Self, Error> {
        Self::builder().open()
    }

    /// A reader with options.
    ///
    /// ```
    /// let mut reader = shuzi::Reader::builder().min_confidence(0.99).open()?;
    /// # Ok::<(), shuzi::Error>(())
    /// ```
    pub fn builder() -> ReaderBuilder {
        ReaderBuilder::default()
    }

    /// Reads the number on an image: a path, the bytes of a file, or [`Pixels`]. Of a TIFF of
    /// several pages, the first.
    ///
    /// ```
    /// use shuzi::Pixels;
    ///
    /// # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples"))?;
    /// let mut reader = shuzi::Reader::open()?;
    /// let by_path = reader.read("line-7210414959.png")?;
    /// let by_bytes = reader.read(std::fs::read("line-7210414959.png")?)?;
    /// assert_eq!(by_path, by_bytes);
    /// assert_eq!(reader.read(Pixels::grey(64, 64, &[200; 64 * 64]))?.text, "");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// [`Pixels`]: crate::Pixels
    ///
    /// # Errors
    /// If there is no such file, it is no image, or a larger one than allowed.
    pub fn read<'a>(&mut self, source: impl Into<Source<'a>>) -> Result<Reading, Error> {
        let source = source.into();
        let picture = source.decode(self.inner.config().limits)?;
        self.finish(picture).map_err(|error| source.blame(error))
    }

    /// Reads every page of a TIFF; of what has one page alone, that. A page that can't be read
    /// leaves the others whole.
    ///
    /// ```
    /// # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples"))?;
    /// let mut reader = shuzi::Reader::open()?;
    /// for (page, reading) in reader.read_pages("line-7210414959.png")?.into_iter().enumerate() {
    ///     println!("{}: {}", page + 1, reading?.text);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such file, it is empty, or has more pages than allowed.
    pub fn read_pages<'a>(
        &mut self,
        source: impl Into<Source<'a>>,
    ) -> Result<Vec<Result<Reading, Error>>, Error> {
        let source = source.into();
        let limits = self.inner.config().limits;
        source.each_page(limits, |picture| {
            self.finish(picture?).map_err(|error| source.blame(error))
        })
    }

    /// Reads many images, on all threads and many in a batch; a reading for each, in order.
    /// One that can't be read leaves the others whole.
    ///
    /// ```
    /// # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples"))?;
    /// let mut reader = shuzi::Reader::open()?;
    /// let readings: Vec<_> = reader
    ///     .read_many(["line-7210414959.png", "no-such.png"])
    ///     .collect();
    /// assert_eq!(readings[0].as_ref().unwrap().text, "7210414959");
    /// assert!(readings[1].is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_many<'a, I>(&mut self, sources: I) -> ReadMany<'_, I::IntoIter>
    where
        I: IntoIterator<Item: Into<Source<'a>>>,
    {
        ReadMany {
            reader: self,
            sources: sources.into_iter(),
            ready: VecDeque::new(),
        }
    }

    fn finish(&mut self, picture: Picture) -> Result<Reading, ReadError> {
        let mut traces = self.inner.finish(vec![prepare_picture(picture)])?;
        Ok(traces.swap_remove(0).reading)
    }

    /// Reads images in one batch.
    fn read_batch(&mut self, sources: &[Source<'_>]) -> VecDeque<Result<Reading, Error>> {
        let limits = self.inner.config().limits;
        let prepared: Vec<_> = self.threads.run(|| {
            let decoded = sources.par_iter().map(|source| source.decode(limits));
            decoded
                .map(|picture| Ok(prepare_picture(picture?)))
                .collect()
        });
        let mut images = Vec::new();
        let which: Vec<Result<(), Error>> = prepared
            .into_iter()
            .map(|image| image.map(|image| images.push(image)))
            .collect();
        let mut readings = match self.inner.finish(images) {
            Ok(traces) => traces.into_iter().map(|trace| trace.reading),
            // The network refuses a batch: each image by itself tells which it is.
            Err(_) => {
                return sources
                    .iter()
                    .map(|source| self.read(source.clone()))
                    .collect();
            }
        };
        let read = which.into_iter().filter_map(|image| match image {
            Ok(()) => readings.next().map(Ok),
            Err(error) => Some(Err(error)),
        });
        read.collect()
    }
}

/// Readings of many images, in order: what [`Reader::read_many`] gives.
///
/// ```
/// use shuzi::Pixels;
///
/// let blank = [255; 32 * 32];
/// let mut reader = shuzi::Reader::open()?;
/// let mut readings = reader.read_many(vec![Pixels::grey(32, 32, &blank); 3]);
/// assert_eq!(readings.next().expect("three")?.text, "");
/// assert_eq!(readings.count(), 2);
/// # Ok::<(), shuzi::Error>(())
/// ```
#[derive(Debug)]
pub struct ReadMany<'r, I> {
    reader: &'r mut Reader,
    sources: I,
    ready: VecDeque<Result<Reading, Error>>,
}

impl<'a, I: Iterator<Item: Into<Source<'a>>>> Iterator for ReadMany<'_, I> {
    type Item = Result<Reading, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty() {
            let at_once = AT_ONCE * self.reader.threads.count().get();
            let sources = self.sources.by_ref().take(at_once).map(Into::into);
            let sources: Vec<Source<'a>> = sources.collect();
            if !sources.is_empty() {
                self.ready = self.reader.read_batch(&sources);
            }
        }
        self.ready.pop_front()
    }
}
