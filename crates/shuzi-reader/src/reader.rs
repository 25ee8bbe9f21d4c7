//! The whole way from bytes to a number.

use rayon::prelude::*;
use shuzi_nn::Classifier;

use crate::{
    Components, Crop, CutImage, Ink, Limits, Pages, Picture, Prepared, ReadError, Reading,
    Rectangle, SIDE,
    classify::bigram::{AskedWholes, BIGRAMS, BigramPosterior, WholePair, wide},
    classify::segment_model::{DIGITS, Posterior},
    decode::ScoredImage,
    number::Constraints,
    prepare, prepare_picture,
};

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
}

impl Default for ReaderConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            min_confidence: 0.95,
            constraints: Constraints::default(),
            runner_up: false,
        }
    }
}

/// Reads numbers off images.
#[derive(Debug)]
pub struct Reader {
    classifier: Classifier,
    /// Tells two digits in one crop.
    pairs: Option<Classifier>,
    config: ReaderConfig,
    /// Crops of one image as the network takes them.
    input: Vec<f32>,
}

/// A reading with everything that led to it.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The decoded picture.
    pub picture: Picture,
    /// Its ink and what that consists of; `None` if there is none.
    pub ink: Option<(Ink, Components)>,
    /// What the network saw, one crop for each digit that was read.
    pub crops: Vec<Crop>,
    /// Where these are in `picture`.
    pub places: Vec<Rectangle>,
    /// What was read.
    pub reading: Reading,
}

impl Reader {
    /// A reader that asks `classifier` what each crop shows.
    ///
    /// # Errors
    /// If the network does not take 28×28 images of one channel, or does not
    /// tell ten classes apart, or the constraints contradict each other.
    pub fn new(classifier: Classifier, config: ReaderConfig) -> Result<Self, ReadError> {
        let classes = classifier.classes();
        if !takes_crops(&classifier) || !(DIGITS..=DIGITS + 1).contains(&classes) {
            let input = classifier.input();
            return Err(ReadError::Model { input, classes });
        }
        config.constraints.validate()?;
        Ok(Self {
            classifier,
            pairs: None,
            config,
            input: Vec::new(),
        })
    }

    /// The reader that asks `classifier`, too, which two digits a crop shows, where it is
    /// not sure of one alone: digits that run into each other are read better.
    ///
    /// # Errors
    /// If the network does not take 28×28 images of one channel, or does not tell the
    /// hundred pairs of digits and none apart.
    pub fn with_pairs(self, classifier: Classifier) -> Result<Self, ReadError> {
        let classes = classifier.classes();
        if !takes_crops(&classifier) || classes != BIGRAMS + 1 {
            let input = classifier.input();
            return Err(ReadError::Pairs { input, classes });
        }
        Ok(Self {
            pairs: Some(classifier),
            ..self
        })
    }

    /// How it reads.
    pub fn config(&self) -> &ReaderConfig {
        &self.config
    }

    /// Reads the number that the bytes of an image show.
    ///
    /// # Errors
    /// If the bytes are no image, or a larger one than allowed.
    pub fn read(&mut self, bytes: &[u8]) -> Result<Reading, ReadError> {
        Ok(self.trace(bytes)?.reading)
    }

    /// Reads every page of a TIFF; of another format, the image. A page that
    /// can't be read leaves the others whole.
    ///
    /// # Errors
    /// If the file has no bytes, or more pages than allowed.
    pub fn read_pages(
        &mut self,
        bytes: &[u8],
    ) -> Result<Vec<Result<Reading, ReadError>>, ReadError> {
        let limits = self.config.limits;
        let pages = Pages::of(bytes, limits)?;
        let read = (0..pages.len()).map(|page| {
            let prepared = prepare_picture(pages.decode(page, limits)?);
            Ok(self.finish(vec![prepared])?.swap_remove(0).reading)
        });
        Ok(read.collect())
    }

    /// Reads as [`Reader::read`] does and keeps what each stage made.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn trace(&mut self, bytes: &[u8]) -> Result<Trace, ReadError> {
        let prepared = prepare(bytes, self.config.limits)?;
        Ok(self.finish(vec![prepared])?.swap_remove(0))
    }

    /// Reads prepared images. The network sees all their regions in one batch; that for
    /// pairs those of which the first is not sure and which are wide enough; the first what
    /// is left in doubt, cut; that for pairs all that still is.
    ///
    /// # Errors
    /// If the network refuses the crops, which it does not.
    pub fn finish(&mut self, images: Vec<Prepared>) -> Result<Vec<Trace>, ReadError> {
        let scores = self.scores(images.iter().flat_map(Prepared::crops))?;
        let mut rest = scores.as_slice();
        let mut scored = Vec::with_capacity(images.len());
        for image in images {
            let (own, others) = rest.split_at(image.crops().len());
            rest = others;
            scored.push((image, own));
        }
        let asked = self.ask_of_wholes(&scored)?;
        let cut: Vec<(CutImage, &[Posterior])> = self.classifier.threads().run(|| {
            let images = scored.into_par_iter().zip(&asked);
            let cut = images.map(|((image, scores), asked)| (image.cut(&asked.cuts), scores));
            cut.collect()
        });
        let pieces = cut.iter().flat_map(|(image, _)| image.pieces());
        let mut pieces = self.scores(pieces)?.into_iter();
        let mut scored = Vec::with_capacity(cut.len());
        for ((image, wholes), asked) in cut.into_iter().zip(asked) {
            let whole: Vec<Option<usize>> = image.hypotheses().map(|(h, _)| h.whole).collect();
            let rows = whole.into_iter().filter_map(|whole| match whole {
                Some(index) => wholes.get(index).copied(),
                None => pieces.next(),
            });
            scored.push(ScoredImage::new(image, rows, &asked.pairs));
        }
        self.ask_of_pairs(&mut scored)?;
        let config = &self.config;
        self.classifier.threads().run(|| {
            let images = scored.into_par_iter();
            images.map(|image| image.trace(config)).collect()
        })
    }

    /// Where the regions of each image are cut, by what the network says of them and what
    /// that for pairs, asked here, says of those that may be two digits.
    fn ask_of_wholes(
        &mut self,
        images: &[(Prepared, &[Posterior])],
    ) -> Result<Vec<AskedWholes>, ReadError> {
        let classifier = self.pairs.as_mut();
        // Printed cells take single digits: there what may be two must be cut.
        let Some(classifier) = classifier.filter(|_| self.config.constraints.cells.is_none())
        else {
            let alone = images.iter().map(|(_, scores)| AskedWholes::none(scores));
            return Ok(alone.collect());
        };
        let mut wholes: Vec<Vec<WholePair>> = self.classifier.threads().run(|| {
            let images = images.par_iter();
            images.map(|(image, scores)| wide(image, scores)).collect()
        });
        let crops = wholes.iter().flatten().map(|whole| &whole.crop);
        let scores = answers(classifier, &mut self.input, crops, BigramPosterior::of)?;
        for (whole, scores) in wholes.iter_mut().flatten().zip(scores) {
            whole.scores = scores;
        }
        let answered = images.iter().zip(wholes);
        let asked = answered.map(|((_, scores), pairs)| AskedWholes::of(scores, pairs));
        Ok(asked.collect())
    }

    /// Finds what may be two digits of which no network is sure, and asks about it.
    fn ask_of_pairs(&mut self, images: &mut [ScoredImage]) -> Result<(), ReadError> {
        let Some(classifier) = &mut self.pairs else {
            return Ok(());
        };
        let threads = self.classifier.threads();
        threads.run(|| images.par_iter_mut().for_each(ScoredImage::find_pairs));
        let pairs = images.iter_mut().flat_map(ScoredImage::asked);
        let crops = pairs.map(|pair| &pair.crop);
        let scores = answers(classifier, &mut self.input, crops, BigramPosterior::of)?;
        let pairs = images.iter_mut().flat_map(ScoredImage::asked);
        for (pair, scores) in pairs.zip(scores) {
            pair.scores = scores;
        }
        Ok(())
    }

    /// What the network says of crops.
    fn scores<'a>(
        &mut self,
        crops: impl Iterator<Item = &'a Crop>,
    ) -> Result<Vec<Posterior>, ReadError> {
        answers(&mut self.classifier, &mut self.input, crops, Posterior::of)
    }
}

/// What `classifier` answers about each crop; `input` is room for them.
fn answers<'a, T>(
    classifier: &mut Classifier,
    input: &mut Vec<f32>,
    crops: impl Iterator<Item = &'a Crop>,
    answer: impl Fn(&[f32]) -> T,
) -> Result<Vec<T>, ReadError> {
    input.clear();
    input.extend(crops.flat_map(Crop::input));
    let classes = classifier.classes();
    let probabilities = classifier.probabilities(input)?;
    Ok(probabilities.chunks(classes).map(answer).collect())
}

/// Whether a network takes crops.
fn takes_crops(classifier: &Classifier) -> bool {
    let input = classifier.input();
    (input.height, input.width, input.channels) == (SIDE, SIDE, 1)
}
