//! Numbers off images.

use shuzi_reader::{Page, Picture, ReadError, Reading};

use crate::{builder::ReaderBuilder, error::Error, source::Source};

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
}

impl Reader {
    pub(crate) fn new(inner: shuzi_reader::Reader) -> Self {
        Self { inner }
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
    pub fn read_many<'r, 'a, I>(
        &'r mut self,
        sources: I,
    ) -> impl Iterator<Item = Result<Reading, Error>> + use<'r, 'a, I>
    where
        I: IntoIterator<Item: Into<Source<'a>>>,
    {
        let limits = self.inner.config().limits;
        let sources = sources.into_iter().map(move |source| {
            let source = source.into();
            ((), move || source.decode(limits))
        });
        let pages = self.inner.read_many(sources);
        pages.map(|((), page)| Ok(page?.reading))
    }

    fn finish(&mut self, picture: Picture) -> Result<Reading, ReadError> {
        let mut page = Page::new(picture, &self.inner.config().params);
        self.inner.read_pages(std::slice::from_mut(&mut page))?;
        Ok(page.reading)
    }
}
