//! The whole way from bytes to a number.

use shuzi_nn::Classifier;

use crate::{
    Bounds, Crop, DecodeError, Digit, Ink, Limits, Pages, Picture, ReadError, Reading, SIDE,
    Segments,
    cut::{Hypothesis, Line, cut},
    decode, find_ink, normalize,
    number::{self, Arc, Found, Lattice, Rules},
    rules::without_rules,
    segment,
};

/// Digits that a network must tell apart; it may know one class more, of what is
/// no digit.
const DIGITS: usize = 10;

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

/// What a network says of a crop, as probabilities.
#[derive(Clone, Copy, Debug)]
struct Scores {
    digits: [f32; DIGITS],
    /// That it is no digit; 1 from a network that does not say, so that size and
    /// cuts alone decide.
    none: f32,
}

impl Scores {
    /// From a network's outputs, ten or eleven.
    fn of(row: &[f32]) -> Self {
        let mut digits = [0.0; DIGITS];
        for (to, p) in digits.iter_mut().zip(row) {
            *to = *p;
        }
        Self {
            digits,
            none: row.get(DIGITS).copied().unwrap_or(1.0),
        }
    }
}

/// A reading with everything that led to it.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The decoded picture.
    pub picture: Picture,
    /// Its ink and what that consists of; `None` if there is none.
    pub ink: Option<(Ink, Segments)>,
    /// What the network saw, one crop for each digit that was read.
    pub crops: Vec<Crop>,
    /// Where these are in `picture`.
    pub places: Vec<Bounds>,
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
        if !fits || !(DIGITS..=DIGITS + 1).contains(&classes) {
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

    /// Reads prepared images, all of their crops in one batch.
    ///
    /// # Errors
    /// If the network refuses the crops, which it does not.
    pub fn finish(&mut self, images: Vec<Prepared>) -> Result<Vec<Trace>, ReadError> {
        self.input.clear();
        let crops = images.iter().flat_map(|image| &image.crops);
        self.input.extend(crops.flat_map(Crop::input));
        let classes = self.classifier.classes();
        let probabilities = self.classifier.probabilities(&self.input)?;
        let rows: Vec<Scores> = probabilities.chunks(classes).map(Scores::of).collect();
        let mut rows = rows.as_slice();
        let mut traces = Vec::with_capacity(images.len());
        for image in images {
            let (own, others) = rows.split_at(image.crops.len());
            rows = others;
            traces.push(image.trace(own, &self.config)?);
        }
        Ok(traces)
    }
}

/// An image on its way, up to the point where the network is asked.
#[derive(Clone, Debug)]
pub struct Prepared {
    picture: Picture,
    ink: Option<(Ink, Segments)>,
    lines: Vec<Line>,
    /// One for each hypothesis of each line.
    crops: Vec<Crop>,
}

/// Does all that needs no network: for many images at once on many threads.
///
/// # Errors
/// If the bytes are no image, or a larger one than allowed.
pub fn prepare(bytes: &[u8], limits: Limits) -> Result<Prepared, DecodeError> {
    Ok(prepare_picture(decode(bytes, limits)?))
}

/// As [`prepare`], of what is decoded already.
pub fn prepare_picture(picture: Picture) -> Prepared {
    let mut prepared = Prepared {
        picture,
        ink: None,
        lines: Vec::new(),
        crops: Vec::new(),
    };
    if let Some(mut ink) = find_ink(&prepared.picture) {
        without_rules(&mut ink);
        let mut segments = segment(&ink);
        prepared.lines = cut(&ink, &mut segments);
        let hypotheses = prepared.lines.iter().flat_map(|line| &line.hypotheses);
        let crops = hypotheses.map(|hypothesis| normalize(&ink, &segments, &hypothesis.candidate));
        prepared.crops = crops.collect();
        prepared.ink = Some((ink, segments));
    }
    prepared
}

/// A number found on a line: the hypotheses and their values.
struct OnLine<'a> {
    line: &'a Line,
    /// Index of the line's first crop.
    first: usize,
    found: Found,
}

impl Prepared {
    /// Ink and pieces of the picture, which is smaller than a very large image;
    /// `None` if it has no ink.
    pub fn ink(&self) -> Option<(&Ink, &Segments)> {
        self.ink.as_ref().map(|(ink, segments)| (ink, segments))
    }

    /// Every digit that may be there, with what the network sees of it.
    pub fn hypotheses(&self) -> impl Iterator<Item = (&Hypothesis, &Crop)> {
        let hypotheses = self.lines.iter().flat_map(|line| &line.hypotheses);
        hypotheses.zip(&self.crops)
    }

    /// The reading, given the network's probabilities for each crop.
    fn trace(self, rows: &[Scores], config: &ReaderConfig) -> Result<Trace, ReadError> {
        let free = self.found(rows, &Rules::default())?;
        let raw = self.digits(&free, rows);
        let raw_confidence: f64 = free.iter().map(|on| on.found.probability).product();
        let mut reading = Reading {
            text: joined(raw.iter().map(|(digit, _)| digit)),
            confidence: raw_confidence as f32,
            ..Reading::nothing()
        };
        let mut digits = raw;
        if !config.rules.is_empty() {
            let before: Vec<(usize, u8)> =
                digits.iter().map(|(d, crop)| (*crop, d.digit)).collect();
            let mut obeying = self.found(rows, &config.rules)?;
            obeying.sort_by(|a, b| b.found.probability.total_cmp(&a.found.probability));
            obeying.truncate(1);
            digits = self.digits(&obeying, rows);
            let values: Vec<u8> = digits.iter().map(|(digit, _)| digit.digit).collect();
            let text = match &config.rules.pattern {
                Some(pattern) if !values.is_empty() => pattern.format(&values),
                _ => joined(digits.iter().map(|(digit, _)| digit)),
            };
            let number = obeying.first().map(|on| &on.found);
            let kept = |(digit, crop): &(Digit, usize)| before.contains(&(*crop, digit.digit));
            reading = Reading {
                corrected: !digits.iter().all(kept),
                raw: Some(reading.text),
                confidence: number.map_or(0.0, |found| found.probability as f32),
                margin: number
                    .and_then(|found| found.margin)
                    .filter(|margin| margin.is_finite()),
                text,
                ..Reading::nothing()
            };
        }
        let single = |(digit, _): &(Digit, usize)| {
            digit.bounds.width as f64 <= WIDEST * digit.bounds.height as f64
        };
        let complete = self.ink.iter().all(|(_, segments)| segments.left_out == 0);
        let sound = complete && !digits.is_empty() && digits.iter().all(single);
        reading.accepted = sound && reading.confidence >= config.min_confidence;
        let crops: Vec<usize> = digits.iter().map(|(_, crop)| *crop).collect();
        reading.digits = digits.into_iter().map(|(digit, _)| digit).collect();
        let places = self.places();
        Ok(Trace {
            places: crops.iter().map(|&crop| places[crop]).collect(),
            crops: crops.iter().map(|&crop| self.crops[crop]).collect(),
            picture: self.picture,
            ink: self.ink,
            reading,
        })
    }

    /// Where every crop lies in the picture.
    fn places(&self) -> Vec<Bounds> {
        self.hypotheses()
            .map(|(hypothesis, _)| hypothesis.candidate.bounds)
            .collect()
    }

    /// The likeliest number of each line that has one.
    fn found(&self, rows: &[Scores], rules: &Rules) -> Result<Vec<OnLine<'_>>, ReadError> {
        let mut all = Vec::new();
        let mut first = 0;
        for line in &self.lines {
            let arcs = line
                .hypotheses
                .iter()
                .zip(&rows[first..])
                .map(|(hypothesis, row)| {
                    let mut log = hypothesis.prior;
                    for (log, p) in log.iter_mut().zip(row.digits) {
                        *log += f64::from(p).max(Lattice::LEAST).ln();
                    }
                    let none = f64::from(row.none).max(Lattice::LEAST).ln();
                    Arc {
                        from: hypothesis.from,
                        to: hypothesis.to,
                        log,
                        skip: hypothesis.skip + none,
                    }
                });
            let lattice = Lattice::new(line.places, arcs.collect())?;
            if let Some(found) = number::decode(&lattice, rules)? {
                all.push(OnLine { line, first, found });
            }
            first += line.hypotheses.len();
        }
        Ok(all)
    }

    /// The digits of numbers, each with the index of its crop.
    fn digits(&self, numbers: &[OnLine<'_>], rows: &[Scores]) -> Vec<(Digit, usize)> {
        let picture = &self.picture;
        let scale = picture.original_width as f64 / picture.width as f64;
        let (width, height) = (picture.original_width, picture.original_height);
        let mut digits = Vec::new();
        for OnLine { line, first, found } in numbers {
            for &(arc, value) in &found.digits {
                let crop = first + arc;
                let row = &rows[crop];
                let mut candidates: Vec<(u8, f32)> = (0..).zip(row.digits).collect();
                candidates.sort_by(|a, b| b.1.total_cmp(&a.1));
                candidates.truncate(CANDIDATES);
                let candidate = &line.hypotheses[arc].candidate;
                let digit = Digit {
                    digit: value,
                    confidence: row.digits[usize::from(value)],
                    bounds: candidate.bounds.scaled(scale, width, height),
                    candidates,
                    line: candidate.line,
                };
                digits.push((digit, crop));
            }
        }
        digits
    }
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
