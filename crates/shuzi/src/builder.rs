//! The options of a reader.

use std::num::NonZeroUsize;

use shuzi_models::{LINE, Model, PAIRS, READER};
use shuzi_nn::Threads;
use shuzi_reader::{
    Limits, ReaderConfig, Readers,
    calibration::{Calibration, CalibrationError},
    lattice::Constraints,
};

use crate::{error::Error, reader::Reader};

/// How images are to be read: made by [`Reader::builder`], ended by
/// [`open`](ReaderBuilder::open).
///
/// ```
/// use shuzi::{Reader, lattice::{Constraints, acceptors::Length}};
///
/// # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples"))?;
/// let constraints = Constraints {
///     length: Some(Length::exactly(10)),
///     ..Constraints::default()
/// };
/// let mut reader = Reader::builder().constraints(constraints).min_confidence(0.99).open()?;
/// assert_eq!(reader.read("line-7210414959.png")?.digits().count(), 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "`open` makes the reader"]
pub struct ReaderBuilder {
    config: ReaderConfig,
    threads: Threads,
    model: String,
    pairs: Option<String>,
    line: Option<String>,
}

impl Default for ReaderBuilder {
    fn default() -> Self {
        Self {
            config: ReaderConfig::default(),
            threads: Threads::available(),
            model: READER.to_owned(),
            pairs: Some(PAIRS.to_owned()),
            line: Some(LINE.to_owned()),
        }
    }
}

impl ReaderBuilder {
    /// Uses at most so many cores; by default all.
    ///
    /// ```
    /// use std::num::NonZeroUsize;
    ///
    /// let reader = shuzi::Reader::builder().threads(NonZeroUsize::MIN).open()?;
    /// # Ok::<(), shuzi::Error>(())
    /// ```
    pub fn threads(mut self, most: NonZeroUsize) -> Self {
        self.threads = Threads::new(most);
        self
    }

    /// Accepts numbers that are right with at least this probability, 0 to 1; by default 0.95.
    ///
    /// ```
    /// # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples"))?;
    /// let mut never = shuzi::Reader::builder().min_confidence(1.0).open()?;
    /// assert!(!never.read("line-7210414959.png")?.accepted);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn min_confidence(mut self, least: f32) -> Self {
        self.config.min_confidence = least;
        self
    }

    /// Accepts numbers of which at most such a share is wrong, as a calibration shows it.
    ///
    /// ```
    /// let calibration = shuzi::shipped_calibration();
    /// let reader = shuzi::Reader::builder().max_error(0.01, &calibration)?.open()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the calibration is of too few numbers to show it.
    pub fn max_error(
        self,
        share: f64,
        calibration: &Calibration,
    ) -> Result<Self, CalibrationError> {
        let least = calibration.threshold(share)?;
        Ok(self.min_confidence(least))
    }

    /// Reads the likeliest number that obeys what is known of it.
    ///
    /// ```
    /// use shuzi::lattice::Constraints;
    ///
    /// # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples"))?;
    /// let constraints = Constraints {
    ///     pattern: Some(r"7\d{9}".parse()?),
    ///     ..Constraints::default()
    /// };
    /// let mut reader = shuzi::Reader::builder().constraints(constraints).open()?;
    /// assert_eq!(reader.read("line-7210414959.png")?.text, "7210414959");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn constraints(mut self, constraints: Constraints) -> Self {
        self.config.constraints = constraints;
        self
    }

    /// Refuses images that would cost more than this.
    ///
    /// ```
    /// use shuzi::{Limits, Pixels};
    ///
    /// let limits = Limits {
    ///     pixels: 100,
    ///     ..Limits::default()
    /// };
    /// let mut reader = shuzi::Reader::builder().limits(limits).open()?;
    /// assert!(reader.read(Pixels::grey(20, 20, &[255; 400])).is_err());
    /// # Ok::<(), shuzi::Error>(())
    /// ```
    pub fn limits(mut self, limits: Limits) -> Self {
        self.config.limits = limits;
        self
    }

    /// Finds the next likeliest number, too.
    ///
    /// ```
    /// # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples"))?;
    /// let mut reader = shuzi::Reader::builder().runner_up().open()?;
    /// let reading = reader.read("line-7210414959.png")?;
    /// let second = reading.runner_up.expect("there is one");
    /// assert!(second.confidence < reading.confidence);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn runner_up(mut self) -> Self {
        self.config.runner_up = true;
        self
    }

    /// Asks another network what a crop shows: a run's directory or a `.safetensors` file
    /// beside its `config.json`. By default the one that is inside.
    ///
    /// ```
    /// let error = shuzi::Reader::builder().model("no/such/run").open().unwrap_err();
    /// assert!(matches!(error, shuzi::Error::Model(_)));
    /// ```
    pub fn model(mut self, path: impl Into<String>) -> Self {
        self.model = path.into();
        self
    }

    /// Asks another network which two digits a crop shows, or, with `None`, no network: a
    /// little faster, and worse where digits touch.
    ///
    /// ```
    /// # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples"))?;
    /// let mut reader = shuzi::Reader::builder().pairs(None).open()?;
    /// assert_eq!(reader.read("line-7210414959.png")?.text, "7210414959");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pairs(mut self, path: Option<String>) -> Self {
        self.pairs = path;
        self
    }

    /// Asks another network what each text line says as a whole, or, with `None`, no network:
    /// about twice as fast, and blind to signs, strikes and weak ink that cutting loses.
    ///
    /// ```
    /// # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples"))?;
    /// let mut reader = shuzi::Reader::builder().line(None).open()?;
    /// assert_eq!(reader.read("line-7210414959.png")?.text, "7210414959");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn line(mut self, path: Option<String>) -> Self {
        self.line = path;
        self
    }

    /// Reads by the digits cut apart, by the whole line, or by both, which is the default.
    ///
    /// ```
    /// use shuzi::Readers;
    ///
    /// # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples"))?;
    /// let mut reader = shuzi::Reader::builder().readers(Readers::Line).open()?;
    /// assert_eq!(reader.read("line-0690.pgm")?.text, "0690");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn readers(mut self, readers: Readers) -> Self {
        self.config.readers = readers;
        self
    }

    /// Loads the networks.
    ///
    /// ```
    /// let reader = shuzi::Reader::builder().open()?;
    /// # Ok::<(), shuzi::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a network is not there or does not fit, or the constraints contradict each other.
    pub fn open(self) -> Result<Reader, Error> {
        let classifier = |name: &str| -> Result<_, Error> {
            Ok(Model::load(name)?.classifier(self.threads.clone())?)
        };
        let reader = shuzi_reader::Reader::new(classifier(&self.model)?, self.config)?;
        let reader = match &self.pairs {
            Some(pairs) => reader.with_bigrams(classifier(pairs)?)?,
            None => reader,
        };
        let reader = match &self.line {
            Some(line) => {
                let line = Model::load(line)?.recognizer(self.threads.clone())?;
                reader.with_lines(line)?
            }
            None => reader,
        };
        Ok(Reader::new(reader))
    }
}
