//! From the hypotheses of a page's lines and what networks say of them to the number.

use crate::{
    account::{Account, Glyph, account},
    classify::{
        crop::Crop,
        posterior::{DIGITS, Posterior},
    },
    error::ReadError,
    image::decode::Picture,
    lattice::{
        Constraints, Decoder, DecoderParams, Found, Lattice, LatticeError,
        bigrams::BigramParams,
        cells,
        line::{LineLattice, LineParams, Source, WeighedDigit},
    },
    page::Page,
    reader::ReaderConfig,
    reading::{Digit, Reading, RunnerUp},
    reject::{RejectReason, looks},
    segment::components::Region,
    text_line::{Hypothesis, TextLine},
};

/// Candidates that a [`Digit`] lists.
const CANDIDATES: usize = 3;

/// A line and what speaks for each of its digits.
struct WeighedLine<'a> {
    line: &'a TextLine,
    /// Which of the page's.
    index: usize,
    /// One for each digit that may be on it.
    digits: Vec<WeighedDigit>,
}

/// A number found on a line.
struct OnLine<'a> {
    line: &'a WeighedLine<'a>,
    found: Found,
    /// The digits and what each was read in.
    digits: Vec<(Origin, u8)>,
    /// The cell of each digit, from 0, if there are cells.
    cells: Option<Vec<usize>>,
    /// The next likeliest number, if that was asked for.
    second: Option<Found>,
}

/// What a digit was read in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// A hypothesis of one digit, by its index among those of the line.
    Alone(usize),
    /// The first digit of a bigram, by its index among those of the line.
    First(usize),
    /// The second.
    Second(usize),
}

/// A digit that was read.
struct Seen {
    digit: Digit,
    /// Its strokes, or those of the bigram that it was read in.
    region: Region,
    /// Its line and what it is there.
    origin: (usize, Origin),
}

/// The likeliest number on a page.
///
/// # Errors
/// If the hypotheses of a line are in no order.
pub(crate) fn decode(page: &Page, config: &ReaderConfig) -> Result<Reading, ReadError> {
    let lines = page.lines.iter().enumerate();
    let lines: Vec<WeighedLine<'_>> = lines
        .map(|(index, line)| WeighedLine {
            line,
            index,
            digits: line.weighed_digits(),
        })
        .collect();
    let free_only = config.constraints.is_empty();
    let free = found(
        page,
        &lines,
        &Constraints::default(),
        config.runner_up && free_only,
    )?;
    let raw = digits_of(page, &free);
    let raw_confidence: f64 = free.iter().map(|on| on.found.probability).product();
    let mut reading = Reading {
        text: account_of(page, &raw).text,
        confidence: raw_confidence as f32,
        runner_up: runner_up(&free, &Constraints::default()),
        ..Reading::nothing()
    };
    let mut digits = raw;
    if !free_only {
        let key = |seen: &Seen| (seen.origin, seen.digit.digit);
        let before: Vec<_> = digits.iter().map(key).collect();
        let mut obeying = found(page, &lines, &config.constraints, config.runner_up)?;
        obeying.sort_by(|a, b| b.found.probability.total_cmp(&a.found.probability));
        obeying.truncate(1);
        digits = digits_of(page, &obeying);
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
    let account = account_of(page, &digits);
    reading.reasons = reasons(page, &reading, &digits, &account, config);
    reading.marks = account.marks;
    reading.accepted = reading.reasons.is_empty();
    reading.digits = digits.into_iter().map(|seen| seen.digit).collect();
    Ok(reading)
}

/// Why the number is not accepted.
fn reasons(
    page: &Page,
    reading: &Reading,
    digits: &[Seen],
    account: &Account,
    config: &ReaderConfig,
) -> Vec<RejectReason> {
    let mut reasons = Vec::new();
    let left_out = page.components.left_out;
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
    let known = &config.constraints;
    if known.check.is_none() && known.lexicon.is_none() {
        reasons.extend(&account.marked);
    }
    if known.is_empty() {
        reasons.extend(&account.apart);
    }
    if reading.confidence < config.min_confidence {
        reasons.push(RejectReason::BelowConfidence {
            confidence: reading.confidence,
            least: config.min_confidence,
        });
    }
    if let (Some(ink), false) = (&page.ink, reasons.is_empty()) {
        let scale = scale(&page.picture);
        for (position, seen) in (1..).zip(digits) {
            let of = (ink, &page.components);
            let printed = &page.form.printed;
            reasons.extend(looks(of, printed, &seen.region, scale, position));
        }
    }
    reasons
}

/// What all ink is that no digit has.
fn account_of(page: &Page, digits: &[Seen]) -> Account {
    let glyphs = digits.iter().map(|seen| Glyph {
        value: seen.digit.digit,
        region: &seen.region,
    });
    account(page, glyphs.collect())
}

/// The likeliest number of each line that has one; of that which the cells are
/// on alone if there are cells.
fn found<'a>(
    page: &Page,
    lines: &'a [WeighedLine<'a>],
    constraints: &Constraints,
    runner_up: bool,
) -> Result<Vec<OnLine<'a>>, ReadError> {
    let decoder = Decoder::new(constraints, DecoderParams::default());
    let mut all = Vec::new();
    let weight = |line: &&WeighedLine<'_>| cells::weight(line.line);
    let on = lines.iter().max_by_key(weight).map(|line| line.index);
    for line in lines {
        let (lattice, cells) = match constraints.cells {
            Some(_) if on != Some(line.index) => continue,
            Some(count) => {
                let columns = cells::columns(&page.form.cells, count, line.line);
                let cells = cells::cells_of(line.line, &columns);
                let lattice = cells::in_cells(line.line, &line.digits, &cells);
                (lattice.finish()?, Some(cells))
            }
            None => (line.lattice(constraints)?, None),
        };
        let Some(found) = decoder.best(&lattice) else {
            continue;
        };
        let second = if runner_up {
            decoder.runner_up(&lattice, &found)
        } else {
            None
        };
        let digits = origins_of(&lattice, &found);
        let cell = |&(origin, _): &(Origin, u8)| match origin {
            Origin::Alone(at) => cells.as_ref()?[line.digits[at].from],
            Origin::First(_) | Origin::Second(_) => None,
        };
        let of_digits = cells
            .is_some()
            .then(|| digits.iter().filter_map(cell).collect());
        all.push(OnLine {
            line,
            cells: of_digits,
            digits,
            found,
            second,
        });
    }
    Ok(all)
}

/// The digits of a number and what each was read in.
fn origins_of(lattice: &Lattice<Source>, found: &Found) -> Vec<(Origin, u8)> {
    let edges = found.path.edges.iter().map(|edge| &lattice.edges()[*edge]);
    let mut digits = Vec::new();
    for edge in edges {
        let origins = match edge.source {
            Source::Digit(at) => [Origin::Alone(at); 2],
            Source::Bigram(at) => [Origin::First(at), Origin::Second(at)],
            Source::Between => continue,
        };
        let symbols = edge.label.symbols().iter();
        let values = symbols.filter_map(|symbol| symbol.digit());
        digits.extend(origins.into_iter().zip(values));
    }
    digits
}

/// The digits of numbers.
fn digits_of(page: &Page, numbers: &[OnLine<'_>]) -> Vec<Seen> {
    let picture = &page.picture;
    let (width, height) = (picture.original_width, picture.original_height);
    let mut digits = Vec::new();
    for on in numbers {
        for (index, &(origin, value)) in on.digits.iter().enumerate() {
            let (region, crop, probabilities) = on.look(index, origin);
            let mut candidates: Vec<(u8, f32)> = (0..).zip(probabilities).collect();
            candidates.sort_by(|a, b| b.1.total_cmp(&a.1));
            candidates.truncate(CANDIDATES);
            let digit = Digit {
                digit: value,
                confidence: probabilities[usize::from(value)],
                bounds: region.bounds.scaled(scale(picture), width, height),
                candidates,
                cell: on.cells.as_ref().map(|cells| cells[index] + 1),
                line: region.line,
                on_picture: region.bounds,
                crop,
            };
            digits.push(Seen {
                digit,
                region,
                origin: (on.line.index, origin),
            });
        }
    }
    digits
}

impl TextLine {
    /// What speaks for each digit that may be on the line, by its posterior and its geometry;
    /// nothing for one of which no network was asked.
    pub(crate) fn weighed_digits(&self) -> Vec<WeighedDigit> {
        let weigh = |digit: &Hypothesis| {
            let weigh = |posterior| digit.geometry.weigh(posterior);
            let impossible = ([f64::NEG_INFINITY; DIGITS], f64::NEG_INFINITY);
            let (digits, none) = digit.posterior.as_ref().map_or(impossible, weigh);
            WeighedDigit {
                from: digit.span.from,
                to: digit.span.to,
                digits,
                none,
            }
        };
        self.digits().iter().map(weigh).collect()
    }
}

impl WeighedLine<'_> {
    /// Its lattice, all that speaks for each digit in it.
    fn lattice(&self, constraints: &Constraints) -> Result<Lattice<Source>, LatticeError> {
        let lattice = LineLattice::new(self.line.nodes())
            .digits(&self.digits)
            .bigrams(self.line.bigrams(), BigramParams::default());
        // Points that say nothing of the number are left out.
        let points = self.line.points.iter();
        let points = points.filter(|_| constraints.weigh_groups());
        let add = |lattice: LineLattice, node: &usize| lattice.point(*node, LineParams::default());
        points.fold(lattice, add).finish()
    }

    /// The strokes of both digits of a bigram: what lies before the likeliest cut and after
    /// it; all of it for either if there is none.
    fn halves(&self, bigram: &Hypothesis, values: [u8; 2]) -> [Region; 2] {
        let run = bigram.span;
        let [one, two] = values.map(usize::from);
        let digits = || self.digits.iter().enumerate();
        let firsts = digits().filter(|(_, digit)| digit.from == run.from);
        let cuts = firsts.flat_map(|(first, a)| {
            let seconds = digits().filter(|(_, b)| (b.from, b.to) == (a.to, run.to));
            seconds.map(move |(second, b)| (a.digits[one] + b.digits[two], [first, second]))
        });
        match cuts.max_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((_, halves)) => halves.map(|index| self.line.hypotheses[index].region.clone()),
            None => [bigram.region.clone(), bigram.region.clone()],
        }
    }
}

impl OnLine<'_> {
    /// Strokes of the digit of that index, what the network saw of it, and how likely it
    /// took each value for.
    fn look(&self, index: usize, origin: Origin) -> (Region, Crop, [f32; DIGITS]) {
        let line = self.line;
        let value = |index: usize| self.digits[index].1;
        let shares = |hypothesis: &Hypothesis, of: &dyn Fn(&Posterior) -> [f32; DIGITS]| {
            hypothesis.posterior.as_ref().map_or([0.0; DIGITS], of)
        };
        match origin {
            Origin::Alone(at) => {
                let digit = &line.line.digits()[at];
                let probabilities = shares(digit, &|said| digit.geometry.probabilities(said));
                (digit.region.clone(), digit.crop, probabilities)
            }
            // Either half comes with the other.
            Origin::First(at) => {
                let bigram = &line.line.bigrams()[at];
                let [first, _] = line.halves(bigram, [value(index), value(index + 1)]);
                (first, bigram.crop, shares(bigram, &Posterior::first))
            }
            Origin::Second(at) => {
                let bigram = &line.line.bigrams()[at];
                let [_, second] = line.halves(bigram, [value(index - 1), value(index)]);
                (second, bigram.crop, shares(bigram, &Posterior::second))
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
        let number = &second.unwrap_or(&on.found).number;
        let values: Vec<u8> = number.iter().filter_map(|symbol| symbol.digit()).collect();
        formatted(&values, constraints)
    };
    let texts: Vec<String> = numbers.iter().enumerate().map(text).collect();
    Some(RunnerUp {
        text: texts.join(" "),
        confidence: (all * share) as f32,
    })
}
