//! From what networks say of every digit that may be there to the number.

use crate::{
    Crop, CutImage, Digit, Hypothesis, Picture, Prepared, ReadError, ReaderConfig, Reading, Region,
    RejectReason, RunnerUp, TextLine, Trace,
    classify::bigram::{BigramPosterior, Pair, ScoredPair, WholePair, doubtful},
    classify::segment_model::{DIGITS, Posterior},
    normalize_bigram,
    number::arcs::{Arcs, Origin},
    number::groups::grouped,
    number::prior,
    number::{self, Arc, Constraints, Found, Lattice, bigrams::with_pairs, cells},
    reject::{far_apart, looks},
};

/// Candidates that a [`Digit`] lists.
const CANDIDATES: usize = 3;

/// A line and what speaks for what on it.
#[derive(Clone, Debug)]
struct ScoredLine {
    line: TextLine,
    /// Of each hypothesis what the network saw and said, and what all that speaks for each
    /// digit comes to.
    crops: Vec<Crop>,
    scores: Vec<Posterior>,
    arcs: Vec<Arc>,
    /// What a network for two digits was asked about, first the `whole` ones: before the
    /// line was cut.
    pairs: Vec<ScoredPair>,
    whole: usize,
}

/// An image of whose pieces the network has said what they may be.
#[derive(Clone, Debug)]
pub(crate) struct ScoredImage {
    image: Prepared,
    lines: Vec<ScoredLine>,
}

/// A number found on a line.
struct OnLine<'a> {
    /// The line, and which of the image's it is.
    line: &'a ScoredLine,
    index: usize,
    found: Found,
    /// What each digit is.
    origins: Vec<Origin>,
    /// The cell of each digit, from 0, if there are cells.
    cells: Option<Vec<usize>>,
    /// The next likeliest number, if that was asked for.
    second: Option<Found>,
}

/// A digit that was read.
struct Seen {
    digit: Digit,
    /// Its strokes, or those of the pair that it was read in.
    region: Region,
    /// What the network saw.
    crop: Crop,
    /// Its line and what it is there.
    origin: (usize, Origin),
}

impl ScoredImage {
    /// `scores` are what the network says of each hypothesis of `cut`, `wholes` what that for
    /// two digits has said of some candidates.
    pub(crate) fn new(
        cut: CutImage,
        scores: impl IntoIterator<Item = Posterior>,
        wholes: &[WholePair],
    ) -> Self {
        let mut scores = scores.into_iter();
        let (image, lines) = cut.into_lines();
        let lines = lines.into_iter().map(|(line, crops)| {
            let hypotheses = line.hypotheses.iter();
            let scores: Vec<Posterior> = scores.by_ref().take(crops.len()).collect();
            let arcs = hypotheses.zip(&scores).map(|(hypothesis, scores)| {
                let (log, skip) = hypothesis.geometry.weigh(scores);
                Arc {
                    from: hypothesis.from,
                    to: hypothesis.to,
                    log,
                    skip,
                }
            });
            let pairs: Vec<ScoredPair> = of_wholes(&line, wholes).collect();
            ScoredLine {
                arcs: arcs.collect(),
                whole: pairs.len(),
                line,
                crops,
                scores,
                pairs,
            }
        });
        Self {
            lines: lines.collect(),
            image,
        }
    }

    /// Finds what else a network for two digits is to be asked about.
    pub(crate) fn find_pairs(&mut self) {
        let Some((ink, components)) = &self.image.ink else {
            return;
        };
        for line in &mut self.lines {
            let mut pairs = doubtful(&line.line, &line.arcs);
            pairs.retain(|pair| {
                line.pairs
                    .iter()
                    .all(|asked| asked.pair.ends() != pair.ends())
            });
            let asked = pairs.into_iter().map(|pair| ScoredPair {
                crop: normalize_bigram(ink, components, &pair.region),
                scores: BigramPosterior::of(&[]),
                pair,
            });
            line.pairs.extend(asked);
        }
    }

    /// What that is.
    pub(crate) fn asked(&mut self) -> impl Iterator<Item = &mut ScoredPair> {
        let lines = self.lines.iter_mut();
        lines.flat_map(|line| &mut line.pairs[line.whole..])
    }

    /// The reading.
    ///
    /// # Errors
    /// If no number can obey the constraints.
    pub(crate) fn trace(self, config: &ReaderConfig) -> Result<Trace, ReadError> {
        let free_only = config.constraints.is_empty();
        let free = self.found(&Constraints::default(), config.runner_up && free_only)?;
        let raw = self.digits(&free);
        let raw_confidence: f64 = free.iter().map(|on| on.found.probability).product();
        let mut reading = Reading {
            text: self.joined(&raw),
            confidence: raw_confidence as f32,
            runner_up: runner_up(&free, &Constraints::default()),
            ..Reading::nothing()
        };
        let mut digits = raw;
        if !free_only {
            let key = |seen: &Seen| (seen.origin, seen.digit.digit);
            let before: Vec<_> = digits.iter().map(key).collect();
            let mut obeying = self.found(&config.constraints, config.runner_up)?;
            obeying.sort_by(|a, b| b.found.probability.total_cmp(&a.found.probability));
            obeying.truncate(1);
            digits = self.digits(&obeying);
            let values: Vec<u8> = digits.iter().map(|seen| seen.digit.digit).collect();
            let text = formatted(&values, &config.constraints);
            let number = obeying.first().map(|on| &on.found);
            reading = Reading {
                corrected: !digits.iter().all(|seen| before.contains(&key(seen))),
                raw: Some(reading.text),
                confidence: number.map_or(0.0, |found| found.probability as f32),
                margin: number
                    .and_then(|found| found.margin)
                    .filter(|margin| margin.is_finite()),
                runner_up: runner_up(&obeying, &config.constraints),
                text,
                ..Reading::nothing()
            };
        }
        reading.reasons = self.reasons(&reading, &digits, config);
        reading.accepted = reading.reasons.is_empty();
        let places = digits.iter().map(|seen| seen.region.bounds).collect();
        let crops = digits.iter().map(|seen| seen.crop).collect();
        reading.digits = digits.into_iter().map(|seen| seen.digit).collect();
        Ok(Trace {
            places,
            crops,
            picture: self.image.picture,
            ink: self.image.ink,
            reading,
        })
    }

    /// Why the number is not accepted.
    fn reasons(
        &self,
        reading: &Reading,
        digits: &[Seen],
        config: &ReaderConfig,
    ) -> Vec<RejectReason> {
        let mut reasons = Vec::new();
        let ink = self.image.ink.as_ref();
        let left_out = ink.map_or(0, |(_, components)| components.left_out);
        if left_out > 0 {
            reasons.push(RejectReason::LeftOut { pieces: left_out });
        }
        if digits.is_empty() {
            let read = reading.raw.as_ref().is_some_and(|raw| !raw.is_empty());
            reasons.push(if read {
                RejectReason::NoSuchNumber
            } else {
                RejectReason::Nothing
            });
            return reasons;
        }
        let cells: Vec<usize> = digits.iter().filter_map(|seen| seen.digit.cell).collect();
        for pair in cells.windows(2) {
            reasons.extend((pair[0] + 1..pair[1]).map(|cell| RejectReason::EmptyCell { cell }));
        }
        if config.constraints.is_empty() {
            let pairs = digits.windows(2).zip(2..);
            reasons.extend(
                pairs.filter_map(|(pair, place)| {
                    self.apart([&pair[0].region, &pair[1].region], place)
                }),
            );
        }
        if reading.confidence < config.min_confidence {
            reasons.push(RejectReason::BelowConfidence {
                confidence: reading.confidence,
                least: config.min_confidence,
            });
        }
        if let (Some((ink, components)), false) = (ink, reasons.is_empty()) {
            let scale = scale(&self.image.picture);
            for (place, seen) in (1..).zip(digits) {
                let of = (ink, components);
                let printed = &self.image.printed;
                reasons.extend(looks(of, printed, &seen.region, scale, place));
            }
        }
        reasons
    }

    /// Whether two neighbours on a line are of two numbers: they are far apart, and no form's
    /// cells say that they are of one. `place` is the second's, from 1.
    fn apart(&self, [before, digit]: [&Region; 2], place: usize) -> Option<RejectReason> {
        if !self.image.cells.is_empty() || before.line != digit.line {
            return None;
        }
        far_apart(&before.bounds, &digit.bounds, place)
    }

    /// The digits as text, a space between lines and between numbers on one.
    fn joined(&self, digits: &[Seen]) -> String {
        let mut text = String::new();
        let mut before: Option<&Region> = None;
        for (place, Seen { digit, region, .. }) in (1..).zip(digits) {
            let other = |before: &Region| {
                before.line != region.line || self.apart([before, region], place).is_some()
            };
            if before.replace(region).is_some_and(other) {
                text.push(' ');
            }
            text.push(char::from(b'0' + digit.digit));
        }
        text
    }

    /// The likeliest number of each line that has one; of that which the cells are
    /// on alone if there are cells.
    fn found(
        &self,
        constraints: &Constraints,
        runner_up: bool,
    ) -> Result<Vec<OnLine<'_>>, ReadError> {
        let mut all = Vec::new();
        let weight = |index: &usize| cells::weight(&self.lines[*index].line);
        let on = (0..self.lines.len()).max_by_key(weight);
        for (index, line) in self.lines.iter().enumerate() {
            let Arcs {
                places,
                arcs,
                origin,
            } = match constraints.cells {
                Some(_) if on != Some(index) => continue,
                Some(count) => {
                    let columns = cells::columns(&self.image.cells, count, &line.line);
                    cells::fill(&line.line, &line.arcs, &columns)
                }
                None => line.weighed(constraints),
            };
            let lattice = Lattice::new(places, arcs)?;
            let Some(found) = number::decode(&lattice, constraints)? else {
                continue;
            };
            let second = if runner_up {
                number::runner_up(&lattice, constraints, &found)?
            } else {
                None
            };
            let arcs = || found.digits.iter().map(|(arc, _)| *arc);
            let cell = |arc: usize| lattice.arcs()[arc].from;
            all.push(OnLine {
                line,
                index,
                cells: constraints.cells.map(|_| arcs().map(cell).collect()),
                // Only digits have an arc here, and each stands for one.
                origins: arcs().filter_map(|arc| origin[arc]).collect(),
                found,
                second,
            });
        }
        Ok(all)
    }

    /// The digits of numbers.
    fn digits(&self, numbers: &[OnLine<'_>]) -> Vec<Seen> {
        let picture = &self.image.picture;
        let (width, height) = (picture.original_width, picture.original_height);
        let mut digits = Vec::new();
        for on in numbers {
            for (index, origin) in on.origins.iter().enumerate() {
                let (region, crop, probabilities) = on.look(index, *origin);
                let mut candidates: Vec<(u8, f32)> = (0..).zip(probabilities).collect();
                candidates.sort_by(|a, b| b.1.total_cmp(&a.1));
                candidates.truncate(CANDIDATES);
                let (_, value) = on.found.digits[index];
                let digit = Digit {
                    digit: value,
                    confidence: probabilities[usize::from(value)],
                    bounds: region.bounds.scaled(scale(picture), width, height),
                    candidates,
                    cell: on.cells.as_ref().map(|cells| cells[index] + 1),
                    line: region.line,
                };
                digits.push(Seen {
                    digit,
                    region,
                    crop,
                    origin: (on.index, *origin),
                });
            }
        }
        digits
    }
}

/// Those of `wholes` that are on a line and may be one digit there, too.
fn of_wholes(line: &TextLine, wholes: &[WholePair]) -> impl Iterator<Item = ScoredPair> {
    line.hypotheses.iter().filter_map(|hypothesis| {
        let region = hypothesis.whole?;
        let whole = wholes.iter().find(|whole| whole.region == region)?;
        Some(ScoredPair {
            pair: Pair {
                from: hypothesis.from,
                to: hypothesis.to,
                region: hypothesis.region.clone(),
            },
            crop: whole.crop,
            scores: whole.scores,
        })
    })
}

impl ScoredLine {
    /// The arcs of its lattice, all that speaks for each in them.
    fn weighed(&self, constraints: &Constraints) -> Arcs {
        let alone = Arcs::of(&self.line, &self.arcs);
        let (arcs, places) = with_pairs(alone, &self.pairs);
        if !constraints.is_empty() {
            // What is known of the number says more than its points and than what
            // numbers are like.
            return arcs;
        }
        let points: Vec<usize> = self
            .line
            .points
            .iter()
            .map(|place| places[*place])
            .collect();
        prior::weighed(grouped(arcs, &points))
    }

    /// The strokes of both digits of a pair: what lies before the likeliest cut and after
    /// it; all of it for either if there is none.
    fn halves(&self, pair: &ScoredPair, values: [u8; 2]) -> [Region; 2] {
        let run = &pair.pair;
        let [one, two] = values.map(usize::from);
        let arcs = || self.arcs.iter().enumerate();
        let firsts = arcs().filter(|(_, arc)| arc.from == run.from);
        let cuts = firsts.flat_map(|(first, a)| {
            let seconds = arcs().filter(|(_, arc)| (arc.from, arc.to) == (a.to, run.to));
            seconds.map(move |(second, b)| (a.log[one] + b.log[two], [first, second]))
        });
        match cuts.max_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((_, halves)) => halves.map(|index| self.line.hypotheses[index].region.clone()),
            None => [run.region.clone(), run.region.clone()],
        }
    }
}

impl OnLine<'_> {
    /// Strokes of the digit of that index, what the network saw of it, and how likely it
    /// took each value for.
    fn look(&self, index: usize, origin: Origin) -> (Region, Crop, [f32; DIGITS]) {
        let line = self.line;
        let value = |index: usize| self.found.digits[index].1;
        match origin {
            Origin::Alone(at) => {
                let Hypothesis {
                    region, geometry, ..
                } = &line.line.hypotheses[at];
                let probabilities = geometry.probabilities(&line.scores[at]);
                (region.clone(), line.crops[at], probabilities)
            }
            // Either half comes with the other.
            Origin::First(at) => {
                let pair = &line.pairs[at];
                let [first, _] = line.halves(pair, [value(index), value(index + 1)]);
                (first, pair.crop, pair.scores.first())
            }
            Origin::Second(at) => {
                let pair = &line.pairs[at];
                let [_, second] = line.halves(pair, [value(index - 1), value(index)]);
                (second, pair.crop, pair.scores.second())
            }
        }
    }
}

/// Pixels of the image for one of the picture.
fn scale(picture: &Picture) -> f64 {
    picture.original_width as f64 / picture.width as f64
}

/// Digits as text, with what the pattern puts between them.
fn formatted(values: &[u8], constraints: &Constraints) -> String {
    match &constraints.pattern {
        Some(pattern) if !values.is_empty() => pattern.format(values),
        _ => values
            .iter()
            .map(|value| char::from(b'0' + value))
            .collect(),
    }
}

/// The likeliest number but one: that of the lines whose own next is nearest to
/// its first.
fn runner_up(numbers: &[OnLine<'_>], constraints: &Constraints) -> Option<RunnerUp> {
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
        formatted(&values, constraints)
    };
    let texts: Vec<String> = numbers.iter().enumerate().map(text).collect();
    Some(RunnerUp {
        text: texts.join(" "),
        confidence: (all * share) as f32,
    })
}
