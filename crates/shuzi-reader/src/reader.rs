//! The whole way from bytes to a number.

use std::collections::VecDeque;

use rayon::prelude::*;
use shuzi_line::{CLASSES, HEIGHT};
use shuzi_nn::{Classifier, Recognizer};

use crate::{
    binarize::Ink,
    classify::{
        ClassifyParams,
        crop::SIDE,
        posterior::{BIGRAMS, DIGITS, Posterior, PosteriorParams},
    },
    decode::decode,
    error::ReadError,
    image::decode::{Limits, Picture},
    lattice::Constraints,
    page::Page,
    params::StageParams,
    reading::Reading,
    recognize::{Recognition, recognize},
    segment::{components::Components, over_segmentation::Networks},
    text_line::{Hypothesis, Kind, TextLine},
};

/// Which opinions a number is read by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Readers {
    /// The lattice of a line's segments alone.
    Lattice,
    /// The network that reads whole lines alone.
    Line,
    /// Both, if there is a network for whole lines.
    #[default]
    Both,
}

/// How images are read.
#[derive(Clone, Debug, PartialEq)]
pub struct ReaderConfig {
    /// What an image may cost.
    pub limits: Limits,
    /// Least confidence of a number that is accepted, 0 to 1.
    pub min_confidence: f32,
    /// What is known of the number.
    pub constraints: Constraints,
    /// Whether to find the next likeliest number, too.
    pub runner_up: bool,
    /// By which opinions.
    pub readers: Readers,
    /// How each stage works.
    pub params: StageParams,
}

impl Default for ReaderConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            min_confidence: 0.95,
            constraints: Constraints::default(),
            runner_up: false,
            readers: Readers::default(),
            params: StageParams::default(),
        }
    }
}

/// Images that are on their way at once, for each thread.
const AT_ONCE: usize = 8;

/// Reads numbers off images.
#[derive(Debug)]
pub struct Reader {
    digits: Classifier,
    bigrams: Option<Classifier>,
    lines: Option<Recognizer>,
    config: ReaderConfig,
    /// Crops as a network takes them.
    input: Vec<f32>,
}

impl Reader {
    /// A reader that asks `digits` what each crop shows.
    ///
    /// # Errors
    /// If the network does not take 28×28 images of one channel, or does not
    /// tell ten classes apart, or the constraints contradict each other.
    pub fn new(digits: Classifier, config: ReaderConfig) -> Result<Self, ReadError> {
        let classes = digits.classes();
        if !takes_crops(&digits) || !(DIGITS..=DIGITS + 1).contains(&classes) {
            let input = digits.input();
            return Err(ReadError::Model { input, classes });
        }
        config.constraints.validate()?;
        Ok(Self {
            digits,
            bigrams: None,
            lines: None,
            config,
            input: Vec::new(),
        })
    }

    /// The reader that asks `bigrams`, too, which two digits a crop shows, where the other
    /// is not sure of one alone: digits that run into each other are read better.
    ///
    /// # Errors
    /// If the network does not take 28×28 images of one channel, or does not tell the
    /// hundred pairs of digits and none apart.
    pub fn with_bigrams(self, bigrams: Classifier) -> Result<Self, ReadError> {
        let classes = bigrams.classes();
        if !takes_crops(&bigrams) || classes != BIGRAMS + 1 {
            let input = bigrams.input();
            return Err(ReadError::Bigrams { input, classes });
        }
        Ok(Self {
            bigrams: Some(bigrams),
            ..self
        })
    }

    /// The reader that asks `lines`, too, what each text line says as a whole: a second
    /// opinion, which sees signs, strikes and weak ink that segments lose.
    ///
    /// # Errors
    /// If the network does not take lines of any width in [`HEIGHT`] rows and one channel, or
    /// does not tell [`CLASSES`] apart.
    pub fn with_lines(self, lines: Recognizer) -> Result<Self, ReadError> {
        let (input, classes) = (lines.input(), lines.classes());
        if (input.height, input.channels, classes) != (HEIGHT, 1, CLASSES) {
            return Err(ReadError::Lines { input, classes });
        }
        Ok(Self {
            lines: Some(lines),
            ..self
        })
    }

    /// How it reads.
    pub fn config(&self) -> &ReaderConfig {
        &self.config
    }

    /// Reads in another way from now on, with the same networks.
    ///
    /// ```
    /// use shuzi_models::{Model, READER};
    /// use shuzi_reader::{Reader, ReaderConfig};
    ///
    /// let digits = Model::load(READER)?.classifier(shuzi_nn::Threads::single())?;
    /// let mut reader = Reader::new(digits, ReaderConfig::default())?;
    /// reader.reconfigure(ReaderConfig { min_confidence: 0.5, ..ReaderConfig::default() })?;
    /// assert_eq!(reader.config().min_confidence, 0.5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the constraints contradict each other; it then reads as before.
    pub fn reconfigure(&mut self, config: ReaderConfig) -> Result<(), ReadError> {
        config.constraints.validate()?;
        self.config = config;
        Ok(())
    }

    /// Reads the number that the bytes of an image show.
    ///
    /// # Errors
    /// If the bytes are no image, or a larger one than allowed.
    pub fn read(&mut self, bytes: &[u8]) -> Result<Reading, ReadError> {
        let mut page = Page::decode(bytes, self.config.limits, &self.config.params)?;
        self.read_pages(std::slice::from_mut(&mut page))?;
        Ok(page.reading)
    }

    /// Reads any number of images: a batch at a time, decoded on all threads. Each source has
    /// a key, which comes back with its page, and gives a picture or says why there is none.
    /// Pages come in the order of their sources. Only a batch is on its way at once.
    ///
    /// ```
    /// use shuzi_models::{Model, READER};
    /// use shuzi_reader::{ReadError, Reader, image::decode::decode};
    ///
    /// let digits = Model::load(READER)?.classifier(shuzi_nn::Threads::single())?;
    /// let mut reader = Reader::new(digits, Default::default())?;
    /// let blank = b"P5 2 2 255\n\xff\xff\xff\xff".as_slice();
    /// let files = [("blank", blank), ("text", b"no image")];
    /// let sources = files.map(|(name, bytes)| (name, move || Ok(decode(bytes, Default::default())?)));
    /// let read: Vec<(&str, Result<_, ReadError>)> = reader.read_many(sources).collect();
    /// assert_eq!(read[0].1.as_ref().unwrap().reading.text, "");
    /// assert!(read[1].0 == "text" && read[1].1.is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_many<'r, S, K, F, E>(
        &'r mut self,
        sources: S,
    ) -> impl Iterator<Item = (K, Result<Page, E>)> + use<'r, S, K, F, E>
    where
        S: IntoIterator<Item = (K, F)>,
        K: Send,
        F: FnOnce() -> Result<Picture, E> + Send,
        E: From<ReadError> + Send,
    {
        let at_once = AT_ONCE * self.digits.threads().count().get();
        let mut sources = sources.into_iter();
        let mut ready = VecDeque::new();
        std::iter::from_fn(move || {
            if ready.is_empty() {
                let batch: Vec<(K, F)> = sources.by_ref().take(at_once).collect();
                ready = self.read_batch(batch);
            }
            ready.pop_front()
        })
    }

    /// Reads images in one batch. If a network refuses it, which it does not, one says why and
    /// the rest is left out.
    fn read_batch<K, F, E>(&mut self, sources: Vec<(K, F)>) -> VecDeque<(K, Result<Page, E>)>
    where
        K: Send,
        F: FnOnce() -> Result<Picture, E> + Send,
        E: From<ReadError> + Send,
    {
        let params = &self.config.params;
        let made: Vec<(K, Result<Page, E>)> = self.digits.threads().run(|| {
            let sources = sources.into_par_iter();
            let page = |picture| Page::new(picture, params);
            let made = sources.map(|(key, picture)| (key, picture().map(page)));
            made.collect()
        });
        let mut pages = Vec::with_capacity(made.len());
        let mut keys = Vec::with_capacity(made.len());
        for (key, page) in made {
            keys.push((key, page.map(|page| pages.push(page))));
        }
        let mut refused = self.read_pages(&mut pages).err();
        if refused.is_some() {
            pages.clear();
        }
        let mut pages = pages.into_iter();
        let read = keys.into_iter().map_while(|(key, made)| match made {
            Ok(()) => match refused.take() {
                Some(error) => Some((key, Err(error.into()))),
                None => pages.next().map(|page| (key, Ok(page))),
            },
            Err(error) => Some((key, Err(error))),
        });
        read.collect()
    }

    /// Reads pages: asks the network for digits what each component is and that for bigrams
    /// what those are that it is not sure of and that are wide enough; cuts what is left in
    /// doubt and asks what the segments are; asks what the bigrams are that still are.
    ///
    /// # Errors
    /// If a network refuses the crops, which it does not; no page is read then.
    pub fn read_pages(&mut self, pages: &mut [Page]) -> Result<(), ReadError> {
        self.classify(pages)?;
        self.propose(pages, TextLine::propose_wide_bigrams);
        self.classify(pages)?;
        self.over_segment(pages);
        self.classify(pages)?;
        self.propose(pages, TextLine::propose_doubtful_bigrams);
        self.classify(pages)?;
        self.recognize(pages)?;
        self.decode(pages)
    }

    /// Asks the network for whole lines about each line.
    fn recognize(&mut self, pages: &mut [Page]) -> Result<(), ReadError> {
        if self.config.readers == Readers::Lattice || self.lines.is_none() {
            return Ok(());
        }
        let params = self.config.params.window;
        self.each(pages, |page| page.find_windows(params));
        if let Some(network) = &mut self.lines {
            let lines = pages.iter_mut().flat_map(|page| &mut page.lines);
            let mut open: Vec<&mut Recognition> =
                lines.flat_map(|line| &mut line.recognitions).collect();
            recognize(network, &mut open)?;
            for line in pages.iter_mut().flat_map(|page| &mut page.lines) {
                let cuts = &mut line.recognitions;
                cuts.sort_by(|a, b| b.certainty().total_cmp(&a.certainty()));
            }
        }
        Ok(())
    }

    /// Asks the networks about all hypotheses of which they were not asked yet, in one batch.
    fn classify(&mut self, pages: &mut [Page]) -> Result<(), ReadError> {
        let input = &mut self.input;
        let params = &self.config.params.classify.posterior;
        classify(&mut self.digits, pages, Kind::Digit, input, params)?;
        if let Some(bigrams) = &mut self.bigrams {
            classify(bigrams, pages, Kind::Bigram, input, params)?;
        }
        Ok(())
    }

    /// Which networks hypotheses are made for. Printed cells take single digits: there what
    /// may be two must be cut.
    fn networks(&self) -> Networks {
        let params = &self.config.params.classify.bigram;
        let asked = params.wide.is_some() || params.doubtful.is_some();
        if asked && self.bigrams.is_some() && self.config.constraints.cells.is_none() {
            Networks::DigitsAndBigrams
        } else {
            Networks::Digits
        }
    }

    /// Lets the lines propose bigrams, if there is a network to ask about them.
    fn propose(
        &self,
        pages: &mut [Page],
        propose: fn(&mut TextLine, &Ink, &Components, &ClassifyParams),
    ) {
        let params = &self.config.params.classify;
        if self.networks() == Networks::DigitsAndBigrams {
            self.each(pages, |page| {
                page.propose(|line, ink, components| propose(line, ink, components, params));
            });
        }
    }

    fn over_segment(&self, pages: &mut [Page]) {
        let networks = self.networks();
        let params = &self.config.params;
        self.each(pages, |page| page.over_segment(networks, params));
    }

    fn decode(&self, pages: &mut [Page]) -> Result<(), ReadError> {
        let config = &self.config;
        self.digits.threads().run(|| {
            pages.par_iter_mut().try_for_each(|page| {
                page.reading = decode(page, config)?;
                Ok(())
            })
        })
    }

    /// Does `work` on every page, on all threads.
    fn each(&self, pages: &mut [Page], work: impl Fn(&mut Page) + Send + Sync) {
        let threads = self.digits.threads();
        threads.run(|| pages.par_iter_mut().for_each(work));
    }
}

/// Asks a network about all hypotheses of a kind of which it was not asked yet; `input` is
/// its workspace.
fn classify(
    classifier: &mut Classifier,
    pages: &mut [Page],
    kind: Kind,
    input: &mut Vec<f32>,
    params: &PosteriorParams,
) -> Result<(), ReadError> {
    let mut open: Vec<&mut Hypothesis> = pages
        .iter_mut()
        .flat_map(|page| &mut page.lines)
        .flat_map(|line| &mut line.hypotheses)
        .filter(|hypothesis| hypothesis.kind == kind && hypothesis.posterior.is_none())
        .collect();
    input.clear();
    input.extend(open.iter().flat_map(|hypothesis| hypothesis.crop.input()));
    let classes = classifier.classes();
    let rows = classifier.probabilities(input)?.chunks(classes);
    for (hypothesis, row) in open.iter_mut().zip(rows) {
        hypothesis.posterior = Some(match kind {
            Kind::Digit => Posterior::of_digit(row, params),
            Kind::Bigram => Posterior::of_bigram(row),
        });
    }
    Ok(())
}

/// Whether a network takes crops.
fn takes_crops(classifier: &Classifier) -> bool {
    let input = classifier.input();
    (input.height, input.width, input.channels) == (SIDE, SIDE, 1)
}
