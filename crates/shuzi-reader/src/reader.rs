//! The whole way from bytes to a number.

use shuzi_nn::Classifier;

use crate::{
    Bounds, Crop, Digit, Ink, Limits, Picture, ReadError, Reading, SIDE, Segments, decode,
    find_ink, normalize, segment,
};

/// Digits that a network must tell apart.
const CLASSES: usize = 10;

/// Width of a digit, in heights, beyond which it is likely several that touch:
/// 86 of MNIST's 60,000 training images are wider.
const WIDEST: f64 = 1.7;

/// Candidates that a [`Digit`] lists.
const CANDIDATES: usize = 3;

/// How images are read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReaderConfig {
    /// What an image may cost.
    pub limits: Limits,
    /// Least confidence of a number that is accepted, 0 to 1.
    pub min_confidence: f32,
}

impl Default for ReaderConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            min_confidence: 0.9,
        }
    }
}

/// Reads numbers off images.
#[derive(Debug)]
pub struct Reader {
    classifier: Classifier,
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
    pub ink: Option<(Ink, Segments)>,
    /// What the network saw, one crop for each digit.
    pub crops: Vec<Crop>,
    /// What was read.
    pub reading: Reading,
}

impl Reader {
    /// A reader that asks `classifier` what each crop shows.
    ///
    /// # Errors
    /// If the network does not take 28×28 images of one channel, or does not
    /// tell ten classes apart.
    pub fn new(classifier: Classifier, config: ReaderConfig) -> Result<Self, ReadError> {
        let (input, classes) = (classifier.input(), classifier.classes());
        let fits = (input.height, input.width, input.channels) == (SIDE, SIDE, 1);
        if !fits || classes != CLASSES {
            return Err(ReadError::Model { input, classes });
        }
        Ok(Self {
            classifier,
            config,
            input: Vec::new(),
        })
    }

    /// Reads the number that the bytes of an image show.
    ///
    /// # Errors
    /// If the bytes are no image, or a larger one than allowed.
    pub fn read(&mut self, bytes: &[u8]) -> Result<Reading, ReadError> {
        Ok(self.trace(bytes)?.reading)
    }

    /// Reads as [`Reader::read`] does and keeps what each stage made.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn trace(&mut self, bytes: &[u8]) -> Result<Trace, ReadError> {
        let picture = decode(bytes, self.config.limits)?;
        let ink = find_ink(&picture).map(|ink| {
            let segments = segment(&ink);
            (ink, segments)
        });
        let (mut crops, mut places) = (Vec::new(), Vec::new());
        if let Some((ink, segments)) = &ink {
            let scale = picture.original_width as f64 / picture.width as f64;
            let (width, height) = (picture.original_width, picture.original_height);
            for candidate in &segments.candidates {
                crops.push(normalize(ink, segments, candidate));
                let bounds = candidate.bounds.scaled(scale, width, height);
                places.push((bounds, candidate.line));
            }
        }
        let digits = self.classify(&crops, &places)?;
        let reading = self.reading(digits);
        Ok(Trace {
            picture,
            ink,
            crops,
            reading,
        })
    }

    /// What each crop shows; `places` are their boxes and lines.
    fn classify(
        &mut self,
        crops: &[Crop],
        places: &[(Bounds, usize)],
    ) -> Result<Vec<Digit>, ReadError> {
        self.input.clear();
        self.input.extend(crops.iter().flat_map(Crop::input));
        let probabilities = self.classifier.probabilities(&self.input)?;
        let rows = probabilities.chunks_exact(CLASSES).zip(places);
        let digits = rows.map(|(row, &(bounds, line))| {
            let mut candidates: Vec<(u8, f32)> = (0..).zip(row.iter().copied()).collect();
            candidates.sort_by(|a, b| b.1.total_cmp(&a.1));
            candidates.truncate(CANDIDATES);
            Digit {
                digit: candidates[0].0,
                confidence: candidates[0].1,
                bounds,
                candidates,
                line,
            }
        });
        Ok(digits.collect())
    }

    fn reading(&self, digits: Vec<Digit>) -> Reading {
        let mut text = String::new();
        let mut line = 0;
        for digit in &digits {
            if digit.line != line {
                text.push(' ');
                line = digit.line;
            }
            text.push(char::from(b'0' + digit.digit));
        }
        let confidence: f32 = digits.iter().map(|digit| digit.confidence).product();
        let single =
            |digit: &Digit| digit.bounds.width as f64 <= WIDEST * digit.bounds.height as f64;
        let sound = !digits.is_empty() && digits.iter().all(single);
        Reading {
            accepted: sound && confidence >= self.config.min_confidence,
            text,
            confidence,
            digits,
        }
    }
}
