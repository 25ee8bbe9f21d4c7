//! The whole way from bytes to a number.

use shuzi_nn::Classifier;

use crate::{
    Crop, DecodeError, Digit, Ink, Limits, Picture, ReadError, Reading, SIDE, Segments, decode,
    find_ink, normalize,
    number::{self, Found, Lattice, Rules},
    segment,
};

/// Digits that a network must tell apart.
const CLASSES: usize = 10;

/// Width of a digit, in heights, beyond which it is likely several that touch:
/// 86 of MNIST's 60,000 training images are wider.
const WIDEST: f64 = 1.7;

/// Candidates that a [`Digit`] lists.
const CANDIDATES: usize = 3;

/// How images are read.
#[derive(Clone, Debug, PartialEq)]
pub struct ReaderConfig {
    /// What an image may cost.
    pub limits: Limits,
    /// Least confidence of a number that is accepted, 0 to 1.
    pub min_confidence: f32,
    /// What is known of the number.
    pub rules: Rules,
}

impl Default for ReaderConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            min_confidence: 0.9,
            rules: Rules::default(),
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
    /// tell ten classes apart, or the rules contradict each other.
    pub fn new(classifier: Classifier, config: ReaderConfig) -> Result<Self, ReadError> {
        let (input, classes) = (classifier.input(), classifier.classes());
        let fits = (input.height, input.width, input.channels) == (SIDE, SIDE, 1);
        if !fits || classes != CLASSES {
            return Err(ReadError::Model { input, classes });
        }
        config.rules.validate()?;
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
        let prepared = prepare(bytes, self.config.limits)?;
        Ok(self.finish(vec![prepared])?.swap_remove(0))
    }

    /// Reads prepared images, all of their crops in one batch.
    ///
    /// # Errors
    /// If the network refuses the crops, which it does not.
    pub fn finish(&mut self, images: Vec<Prepared>) -> Result<Vec<Trace>, ReadError> {
        self.input.clear();
        let crops = images.iter().flat_map(|image| &image.crops);
        self.input.extend(crops.flat_map(Crop::input));
        let probabilities = self.classifier.probabilities(&self.input)?;
        let (mut rows, _) = probabilities.as_chunks::<CLASSES>();
        let mut traces = Vec::with_capacity(images.len());
        for image in images {
            let (own, others) = rows.split_at(image.crops.len());
            rows = others;
            let reading = reading(&image.digits(own), &self.config)?;
            traces.push(Trace {
                picture: image.picture,
                ink: image.ink,
                crops: image.crops,
                reading,
            });
        }
        Ok(traces)
    }
}

/// An image on its way, up to the point where the network is asked.
#[derive(Clone, Debug)]
pub struct Prepared {
    picture: Picture,
    ink: Option<(Ink, Segments)>,
    crops: Vec<Crop>,
}

/// Does all that needs no network: for many images at once on many threads.
///
/// # Errors
/// If the bytes are no image, or a larger one than allowed.
pub fn prepare(bytes: &[u8], limits: Limits) -> Result<Prepared, DecodeError> {
    let picture = decode(bytes, limits)?;
    let ink = find_ink(&picture).map(|ink| {
        let segments = segment(&ink);
        (ink, segments)
    });
    let crops = ink.iter().flat_map(|(ink, segments)| {
        let candidates = segments.candidates.iter();
        candidates.map(move |candidate| normalize(ink, segments, candidate))
    });
    Ok(Prepared {
        crops: crops.collect(),
        picture,
        ink,
    })
}

/// A digit with the probabilities of all ten values.
type Scored = (Digit, [f32; CLASSES]);

impl Prepared {
    /// The digits, given the network's probabilities for each crop.
    fn digits(&self, rows: &[[f32; CLASSES]]) -> Vec<Scored> {
        let picture = &self.picture;
        let scale = picture.original_width as f64 / picture.width as f64;
        let candidates = self
            .ink
            .iter()
            .flat_map(|(_, segments)| &segments.candidates);
        let digits = rows.iter().zip(candidates).map(|(row, candidate)| {
            let mut candidates: Vec<(u8, f32)> = (0..).zip(*row).collect();
            candidates.sort_by(|a, b| b.1.total_cmp(&a.1));
            candidates.truncate(CANDIDATES);
            let (width, height) = (picture.original_width, picture.original_height);
            let digit = Digit {
                digit: candidates[0].0,
                confidence: candidates[0].1,
                bounds: candidate.bounds.scaled(scale, width, height),
                candidates,
                line: candidate.line,
            };
            (digit, *row)
        });
        digits.collect()
    }
}

/// What the digits come to.
fn reading(digits: &[Scored], config: &ReaderConfig) -> Result<Reading, ReadError> {
    let raw = Reading {
        text: joined(digits.iter().map(|(digit, _)| digit)),
        confidence: digits.iter().map(|(digit, _)| digit.confidence).product(),
        accepted: false,
        digits: digits.iter().map(|(digit, _)| digit.clone()).collect(),
        raw: None,
        corrected: false,
        margin: None,
    };
    let reading = if config.rules.is_empty() {
        raw
    } else {
        obeying(digits, raw.text, &config.rules)?
    };
    let single = |digit: &Digit| digit.bounds.width as f64 <= WIDEST * digit.bounds.height as f64;
    let sound = !reading.digits.is_empty() && reading.digits.iter().all(single);
    Ok(Reading {
        accepted: sound && reading.confidence >= config.min_confidence,
        ..reading
    })
}

/// The likeliest number of any line that obeys the rules; an empty one if
/// there is none.
fn obeying(digits: &[Scored], raw: String, rules: &Rules) -> Result<Reading, ReadError> {
    let mut best: Option<(Found, &[Scored])> = None;
    for line in digits.chunk_by(|(a, _), (b, _)| a.line == b.line) {
        let lattice = Lattice::chain(line.iter().map(|(_, row)| *row));
        let Some(found) = number::decode(&lattice, rules)? else {
            continue;
        };
        let likelier = |(other, _): &(Found, _)| found.probability > other.probability;
        if best.as_ref().is_none_or(likelier) {
            best = Some((found, line));
        }
    }
    let Some((found, line)) = best else {
        return Ok(Reading {
            raw: Some(raw),
            ..Reading::nothing()
        });
    };
    let digits: Vec<Digit> = found
        .digits
        .iter()
        .map(|&(arc, value)| {
            let (digit, row) = &line[arc];
            Digit {
                digit: value,
                confidence: row[usize::from(value)],
                ..digit.clone()
            }
        })
        .collect();
    let values: Vec<u8> = digits.iter().map(|digit| digit.digit).collect();
    Ok(Reading {
        text: match &rules.pattern {
            Some(pattern) => pattern.format(&values),
            None => joined(&digits),
        },
        confidence: found.probability as f32,
        accepted: false,
        corrected: line.iter().map(|(digit, _)| digit.digit).ne(values),
        digits,
        raw: Some(raw),
        margin: found.margin.filter(|margin| margin.is_finite()),
    })
}

/// The digits as text, a space between lines.
fn joined<'a>(digits: impl IntoIterator<Item = &'a Digit>) -> String {
    let mut text = String::new();
    let mut line = None;
    for digit in digits {
        if line
            .replace(digit.line)
            .is_some_and(|line| line != digit.line)
        {
            text.push(' ');
        }
        text.push(char::from(b'0' + digit.digit));
    }
    text
}
