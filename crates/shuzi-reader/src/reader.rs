//! The whole way from bytes to a number.

use rayon::prelude::*;
use shuzi_nn::Classifier;

use crate::{
    Bounds, Candidate, Crop, DecodeError, Digit, Ink, Limits, Pages, Picture, ReadError, Reading,
    Refusal, RunnerUp, SIDE, Segments,
    arcs::Arcs,
    cells,
    cut::{Hypothesis, Line, cut},
    decode,
    evidence::{DIGITS, Scores},
    find_ink, find_ink_within,
    groups::grouped,
    normalize,
    number::{self, Arc, Found, Lattice, Rules},
    prior,
    refusal::looks,
    rules::without_print,
    segment,
};

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
    /// Whether to find the next likeliest number, too.
    pub runner_up: bool,
}

impl Default for ReaderConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            min_confidence: 0.94,
            rules: Rules::default(),
            runner_up: false,
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

    /// Reads prepared images. The network sees all their candidates in one batch,
    /// and what those are cut into that it is not sure of in another.
    ///
    /// # Errors
    /// If the network refuses the crops, which it does not.
    pub fn finish(&mut self, images: Vec<Prepared>) -> Result<Vec<Trace>, ReadError> {
        let scores = self.scores(images.iter().flat_map(|image| &image.crops))?;
        let mut rest = scores.as_slice();
        let mut scored = Vec::with_capacity(images.len());
        for image in images {
            let (own, others) = rest.split_at(image.crops.len());
            rest = others;
            scored.push((image, own));
        }
        let cut: Vec<(CutImage, &[Scores])> = self.classifier.threads().run(|| {
            let images = scored.into_par_iter();
            let cut = images.map(|(image, scores)| {
                let sure: Vec<bool> = scores.iter().map(Scores::are_sure).collect();
                (image.cut(&sure), scores)
            });
            cut.collect()
        });
        let pieces = cut.iter().flat_map(|(image, _)| image.pieces());
        let mut pieces = self.scores(pieces)?.into_iter();
        let mut traces = Vec::with_capacity(cut.len());
        for (image, wholes) in cut {
            let rows: Vec<Scores> = image
                .hypotheses()
                .filter_map(|(hypothesis, _)| match hypothesis.whole {
                    Some(index) => wholes.get(index).copied(),
                    None => pieces.next(),
                })
                .collect();
            traces.push(image.trace(&rows, &self.config)?);
        }
        Ok(traces)
    }

    /// What the network says of crops.
    fn scores<'a>(
        &mut self,
        crops: impl Iterator<Item = &'a Crop>,
    ) -> Result<Vec<Scores>, ReadError> {
        self.input.clear();
        self.input.extend(crops.flat_map(Crop::input));
        let classes = self.classifier.classes();
        let probabilities = self.classifier.probabilities(&self.input)?;
        Ok(probabilities.chunks(classes).map(Scores::of).collect())
    }
}

/// An image on its way, up to the point where the network is first asked.
#[derive(Clone, Debug)]
pub struct Prepared {
    picture: Picture,
    ink: Option<(Ink, Segments)>,
    /// Pixels of print that was taken out.
    printed: Vec<usize>,
    /// Columns of printed cells: the first and past the last.
    cells: Vec<[usize; 2]>,
    /// One for each candidate.
    crops: Vec<Crop>,
}

/// An image whose candidates are cut: every digit that may be on it.
#[derive(Clone, Debug)]
pub struct CutImage {
    /// Its pieces are those after the cuts, its crops those before.
    image: Prepared,
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
    let picture = picture.enlarged();
    let mut prepared = Prepared {
        picture,
        ink: None,
        printed: Vec::new(),
        cells: Vec::new(),
        crops: Vec::new(),
    };
    if let Some(ink) = find_ink(&prepared.picture) {
        prepared.take(ink);
        if prepared.only_reaches_the_edge()
            && let Some(ink) = find_ink_within(&prepared.picture)
        {
            let before = prepared.clone();
            prepared.take(ink);
            if prepared.crops.is_empty() {
                prepared = before;
            }
        }
    }
    prepared
}

impl Prepared {
    /// Finds what `ink` consists of.
    fn take(&mut self, mut ink: Ink) {
        let before = ink.coverage.clone();
        self.cells = without_print(&mut ink);
        let gone = |at: &usize| before[*at] >= Ink::EDGE && ink.coverage[*at] < Ink::EDGE;
        self.printed = (0..before.len()).filter(gone).collect();
        let segments = segment(&ink);
        let candidates = segments.candidates.iter();
        let crops = candidates.map(|candidate| normalize(&ink, &segments, candidate));
        self.crops = crops.collect();
        self.ink = Some((ink, segments));
    }

    /// Whether each candidate touches the picture's edge, if there are any.
    fn only_reaches_the_edge(&self) -> bool {
        let Some((ink, segments)) = &self.ink else {
            return false;
        };
        let touches = |candidate: &Candidate| candidate.bounds.touches_edge(ink.width, ink.height);
        segments.candidates.iter().all(touches)
    }

    /// What the network is first asked about: each candidate as it is.
    pub fn crops(&self) -> &[Crop] {
        &self.crops
    }

    /// Cuts what may be several digits; `sure` are the candidates of which the
    /// network is sure, in the order of [`Prepared::crops`].
    pub fn cut(mut self, sure: &[bool]) -> CutImage {
        let (mut lines, mut crops) = (Vec::new(), Vec::new());
        if let Some((ink, segments)) = &mut self.ink {
            lines = cut(ink, segments, sure);
            for hypothesis in lines.iter().flat_map(|line| &line.hypotheses) {
                let whole = hypothesis.whole.and_then(|index| self.crops.get(index));
                let crop = whole.copied();
                crops.push(crop.unwrap_or_else(|| normalize(ink, segments, &hypothesis.candidate)));
            }
        }
        CutImage {
            image: self,
            lines,
            crops,
        }
    }
}

/// A number found on a line: the hypotheses and their values.
struct OnLine<'a> {
    line: &'a Line,
    /// Index of the line's first crop.
    first: usize,
    /// Its digits' arcs are hypotheses of the line.
    found: Found,
    /// The cell of each digit, from 0, if there are cells.
    cells: Option<Vec<usize>>,
    /// The next likeliest number, if that was asked for.
    second: Option<Found>,
}

impl CutImage {
    /// Ink and pieces of the picture, which may be larger than the image;
    /// `None` if it has no ink.
    pub fn ink(&self) -> Option<(&Ink, &Segments)> {
        self.image
            .ink
            .as_ref()
            .map(|(ink, segments)| (ink, segments))
    }

    /// The lines of it, each with the crops of its hypotheses.
    pub fn lines(&self) -> impl Iterator<Item = (&Line, &[Crop])> {
        let mut rest = self.crops.as_slice();
        self.lines.iter().map(move |line| {
            let (own, others) = rest.split_at(line.hypotheses.len());
            rest = others;
            (line, own)
        })
    }

    /// Every digit that may be there, with what the network sees of it.
    pub fn hypotheses(&self) -> impl Iterator<Item = (&Hypothesis, &Crop)> {
        let hypotheses = self.lines.iter().flat_map(|line| &line.hypotheses);
        hypotheses.zip(&self.crops)
    }

    /// Crops that the network has not seen yet: those of no whole candidate.
    fn pieces(&self) -> impl Iterator<Item = &Crop> {
        let pieces = self.hypotheses().filter(|(h, _)| h.whole.is_none());
        pieces.map(|(_, crop)| crop)
    }

    /// The reading, given the network's probabilities for each crop.
    fn trace(self, rows: &[Scores], config: &ReaderConfig) -> Result<Trace, ReadError> {
        let free_only = config.rules.is_empty();
        let free = self.found(rows, &Rules::default(), config.runner_up && free_only)?;
        let raw = self.digits(&free, rows);
        let raw_confidence: f64 = free.iter().map(|on| on.found.probability).product();
        let mut reading = Reading {
            text: joined(raw.iter().map(|(digit, _)| digit)),
            confidence: raw_confidence as f32,
            runner_up: runner_up(&free, &Rules::default()),
            ..Reading::nothing()
        };
        let mut digits = raw;
        if !free_only {
            let before: Vec<(usize, u8)> =
                digits.iter().map(|(d, crop)| (*crop, d.digit)).collect();
            let mut obeying = self.found(rows, &config.rules, config.runner_up)?;
            obeying.sort_by(|a, b| b.found.probability.total_cmp(&a.found.probability));
            obeying.truncate(1);
            digits = self.digits(&obeying, rows);
            let values: Vec<u8> = digits.iter().map(|(digit, _)| digit.digit).collect();
            let text = formatted(&values, &config.rules);
            let number = obeying.first().map(|on| &on.found);
            let kept = |(digit, crop): &(Digit, usize)| before.contains(&(*crop, digit.digit));
            reading = Reading {
                corrected: !digits.iter().all(kept),
                raw: Some(reading.text),
                confidence: number.map_or(0.0, |found| found.probability as f32),
                margin: number
                    .and_then(|found| found.margin)
                    .filter(|margin| margin.is_finite()),
                runner_up: runner_up(&obeying, &config.rules),
                text,
                ..Reading::nothing()
            };
        }
        reading.refused = self.refused(&reading, &digits, config);
        reading.accepted = reading.refused.is_empty();
        let crops: Vec<usize> = digits.iter().map(|(_, crop)| *crop).collect();
        reading.digits = digits.into_iter().map(|(digit, _)| digit).collect();
        let hypotheses: Vec<&Hypothesis> = self.hypotheses().map(|(h, _)| h).collect();
        let place = |crop: &usize| hypotheses[*crop].candidate.bounds;
        Ok(Trace {
            places: crops.iter().map(place).collect(),
            crops: crops.iter().map(|&crop| self.crops[crop]).collect(),
            picture: self.image.picture,
            ink: self.image.ink,
            reading,
        })
    }

    /// Why the number is not accepted.
    fn refused(
        &self,
        reading: &Reading,
        digits: &[(Digit, usize)],
        config: &ReaderConfig,
    ) -> Vec<Refusal> {
        let mut refused = Vec::new();
        let left_out = self.ink().map_or(0, |(_, segments)| segments.left_out);
        if left_out > 0 {
            refused.push(Refusal::LeftOut { pieces: left_out });
        }
        if digits.is_empty() {
            let read = reading.raw.as_ref().is_some_and(|raw| !raw.is_empty());
            refused.push(if read {
                Refusal::NoSuchNumber
            } else {
                Refusal::Nothing
            });
            return refused;
        }
        let cells: Vec<usize> = digits.iter().filter_map(|(digit, _)| digit.cell).collect();
        for pair in cells.windows(2) {
            refused.extend((pair[0] + 1..pair[1]).map(|cell| Refusal::EmptyCell { cell }));
        }
        if reading.confidence < config.min_confidence {
            refused.push(Refusal::BelowConfidence {
                confidence: reading.confidence,
                least: config.min_confidence,
            });
        }
        if let (Some((ink, segments)), false) = (&self.image.ink, refused.is_empty()) {
            let scale = self.image.picture.original_width as f64 / self.image.picture.width as f64;
            for (place, (_, crop)) in (1..).zip(digits) {
                let Some((hypothesis, _)) = self.hypotheses().nth(*crop) else {
                    continue;
                };
                let of = (ink, segments);
                let candidate = &hypothesis.candidate;
                refused.extend(looks(of, &self.image.printed, candidate, scale, place));
            }
        }
        refused
    }

    /// The likeliest number of each line that has one; of that which the cells are
    /// on alone if there are cells.
    fn found(
        &self,
        rows: &[Scores],
        rules: &Rules,
        runner_up: bool,
    ) -> Result<Vec<OnLine<'_>>, ReadError> {
        let mut all = Vec::new();
        let mut first = 0;
        let on = (0..self.lines.len()).max_by_key(|line| cells::weight(&self.lines[*line]));
        for (index, line) in self.lines.iter().enumerate() {
            let arcs: Vec<Arc> = line
                .hypotheses
                .iter()
                .zip(&rows[first..])
                .map(|(hypothesis, row)| {
                    let (log, skip) = hypothesis.shape.weigh(row);
                    Arc {
                        from: hypothesis.from,
                        to: hypothesis.to,
                        log,
                        skip,
                    }
                })
                .collect();
            let from = first;
            first += line.hypotheses.len();
            let Arcs {
                places,
                arcs,
                origin,
            } = match rules.cells {
                Some(_) if on != Some(index) => continue,
                Some(count) => {
                    let columns = cells::columns(&self.image.cells, count, line);
                    cells::fill(line, &arcs, &columns)
                }
                None if rules.is_empty() => {
                    prior::weighed(grouped(Arcs::of(line, arcs), &line.points))
                }
                // What is known of the number says more than its points and than what
                // numbers are like.
                None => Arcs::of(line, arcs),
            };
            let lattice = Lattice::new(places, arcs)?;
            let Some(mut found) = number::decode(&lattice, rules)? else {
                continue;
            };
            let second = if runner_up {
                number::runner_up(&lattice, rules, &found)?
            } else {
                None
            };
            let cell = |(arc, _): &(usize, u8)| lattice.arcs()[*arc].from;
            let cells = rules.cells.map(|_| found.digits.iter().map(cell).collect());
            for (arc, _) in &mut found.digits {
                // Only digits have an arc here, and each is some hypothesis.
                *arc = origin[*arc].unwrap_or_default();
            }
            all.push(OnLine {
                line,
                first: from,
                found,
                cells,
                second,
            });
        }
        Ok(all)
    }

    /// The digits of numbers, each with the index of its crop.
    fn digits(&self, numbers: &[OnLine<'_>], rows: &[Scores]) -> Vec<(Digit, usize)> {
        let picture = &self.image.picture;
        let scale = picture.original_width as f64 / picture.width as f64;
        let (width, height) = (picture.original_width, picture.original_height);
        let mut digits = Vec::new();
        for on in numbers {
            let OnLine { line, first, .. } = on;
            for (index, &(arc, value)) in on.found.digits.iter().enumerate() {
                let crop = first + arc;
                let shape = &line.hypotheses[arc].shape;
                let probabilities = shape.probabilities(&rows[crop]);
                let mut candidates: Vec<(u8, f32)> = (0..).zip(probabilities).collect();
                candidates.sort_by(|a, b| b.1.total_cmp(&a.1));
                candidates.truncate(CANDIDATES);
                let candidate = &line.hypotheses[arc].candidate;
                let digit = Digit {
                    digit: value,
                    confidence: probabilities[usize::from(value)],
                    bounds: candidate.bounds.scaled(scale, width, height),
                    candidates,
                    cell: on.cells.as_ref().map(|cells| cells[index] + 1),
                    line: candidate.line,
                };
                digits.push((digit, crop));
            }
        }
        digits
    }
}

/// Digits as text, with what the pattern puts between them.
fn formatted(values: &[u8], rules: &Rules) -> String {
    match &rules.pattern {
        Some(pattern) if !values.is_empty() => pattern.format(values),
        _ => values
            .iter()
            .map(|value| char::from(b'0' + value))
            .collect(),
    }
}

/// The likeliest number but one: that of the lines whose own next is nearest to
/// its first.
fn runner_up(numbers: &[OnLine<'_>], rules: &Rules) -> Option<RunnerUp> {
    let share = |on: &OnLine<'_>| {
        let second = on.second.as_ref()?;
        Some(second.probability / on.found.probability)
    };
    let shares = numbers.iter().enumerate();
    let shares = shares.filter_map(|(index, on)| Some((index, share(on)?)));
    let (changed, share) = shares.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let all: f64 = numbers.iter().map(|on| on.found.probability).product();
    let text = |(index, on): (usize, &OnLine<'_>)| {
        let second = on.second.as_ref().filter(|_| index == changed);
        let digits = &second.unwrap_or(&on.found).digits;
        let values: Vec<u8> = digits.iter().map(|(_, value)| *value).collect();
        formatted(&values, rules)
    };
    let texts: Vec<String> = numbers.iter().enumerate().map(text).collect();
    Some(RunnerUp {
        text: texts.join(" "),
        confidence: (all * share) as f32,
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
