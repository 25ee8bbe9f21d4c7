//! From the hypotheses of a page's lines and what networks say of them to the number.

mod combine;
mod numbers;
mod on_line;
pub mod params;
mod spelling;
pub mod told_signs;

pub use combine::{CombinationParams, Judged};
#[cfg(test)]
pub(crate) use spelling::tests as spelling_tests;
pub(crate) use spelling::{Spelled, Spelling};

use crate::{
    account::{Account, Glyph, account},
    error::ReadError,
    lattice::Constraints,
    page::Page,
    reader::ReaderConfig,
    reading::{Digit, Reading, RunnerUp},
    reject::{RejectReason, looks},
    segment::components::Region,
};

use self::on_line::{OnLine, WeighedLine, found};

/// A digit that was read.
struct Seen {
    digit: Digit,
    /// Its strokes, or those of the bigram that it was read in.
    region: Region,
    /// Its line.
    line: usize,
}

/// The likeliest number on a page.
///
/// # Errors
/// If the hypotheses of a line are in no order.
pub(crate) fn decode(page: &Page, config: &ReaderConfig) -> Result<Reading, ReadError> {
    let lines = WeighedLine::all_of(page, config);
    let free = found(page, &lines, &Constraints::default(), config, None)?;
    let mut digits = digits_of(page, &free, config);
    let mut account = account_of(page, &digits, &free, config);
    let mut reading = Reading {
        text: account.text(),
        confidence: free
            .iter()
            .map(|on| probability(on, &account))
            .product::<f64>() as f32,
        runner_up: runner_up(&free, &Constraints::default(), config),
        ..Reading::nothing()
    };
    if !config.constraints.is_empty() {
        let key = |seen: &Seen| (seen.line, seen.digit.bounds, seen.digit.digit);
        let before: Vec<_> = digits.iter().map(key).collect();
        let mut obeying = found(page, &lines, &config.constraints, config, None)?;
        obeying.sort_by(|a, b| b.best.probability.total_cmp(&a.best.probability));
        obeying.truncate(1);
        digits = digits_of(page, &obeying, config);
        account = account_of(page, &digits, &obeying, config);
        let values: Vec<u8> = digits.iter().map(|seen| seen.digit.digit).collect();
        let number = obeying.first();
        reading = Reading {
            corrected: !digits.iter().all(|seen| before.contains(&key(seen))),
            raw: Some(reading.text),
            confidence: number.map_or(0.0, |on| on.best.probability as f32),
            margin: number.and_then(|on| on.margin(&config.constraints)),
            runner_up: runner_up(&obeying, &config.constraints, config),
            text: formatted(&values, &config.constraints),
            ..Reading::nothing()
        };
    }
    reading.reasons = reasons(page, &reading, &digits, &account, config);
    reading.accepted = reading.reasons.is_empty();
    let digits: Vec<Digit> = digits.into_iter().map(|seen| seen.digit).collect();
    reading.numbers = if config.constraints.is_empty() {
        let of_line = |line: usize| {
            let on = free.iter().find(|on| on.line.index == line);
            on.map_or(0.0, |on| probability(on, &account) as f32)
        };
        numbers::of_lines(&reading, digits, &account, of_line, config.min_confidence)
    } else {
        numbers::of_constraints(&reading, digits)
    };
    reading.marks = account.marks;
    Ok(reading)
}

/// Probability of a line's digits and signs.
fn probability(on: &OnLine<'_>, account: &Account) -> f64 {
    let mut lines = account.lines.iter();
    let signs = lines.find(|line| line.line == on.line.index);
    on.best.probability * signs.map_or(1.0, |line| line.probability)
}

/// The numbers that are thought of on each line of a page that was read: what the weights of
/// the combination are fitted to.
///
/// # Errors
/// If the hypotheses of a line are in no order.
pub fn judged(page: &Page, config: &ReaderConfig) -> Result<Vec<Vec<Judged>>, ReadError> {
    let lines = WeighedLine::all_of(page, config);
    let mut all = Vec::new();
    let mut told = |judged: &[Judged]| all.push(judged.to_vec());
    let constraints = &config.constraints;
    found(page, &lines, constraints, config, Some(&mut told))?;
    Ok(all)
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
    // What was left out may be what was told to be a sign or a word.
    let left_out = page.components.left_out.saturating_sub(account.told);
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
    let known = &config.constraints;
    if let (printed @ 1.., Some(asked)) = (page.form.cells.len(), known.cells)
        && printed != asked
    {
        reasons.push(RejectReason::OtherCells { printed, asked });
    }
    // Where a printed cell is empty to the network for whole lines, too, it is blank.
    let printed = known.cells == Some(page.form.cells.len());
    let blank = printed && account.read_whole;
    let cells: Vec<usize> = digits.iter().filter_map(|seen| seen.digit.cell).collect();
    for pair in cells.windows(2).filter(|_| !blank) {
        reasons.extend((pair[0] + 1..pair[1]).map(|cell| RejectReason::EmptyCell { cell }));
    }
    if known.check.is_none() && known.lexicon.is_none() {
        reasons.extend(account.marked.iter().map(|marked| marked.reason));
    }
    if known.is_empty() {
        reasons.extend(account.apart.iter().map(|apart| apart.reason));
    }
    if reading.confidence < config.min_confidence {
        reasons.push(RejectReason::BelowConfidence {
            confidence: reading.confidence,
            least: config.min_confidence,
        });
    }
    if let (Some(ink), false) = (&page.ink, reasons.is_empty()) {
        let scale = page.scale();
        for (position, seen) in (1..).zip(digits) {
            let of = (ink, &page.components);
            let printed = &page.form.printed;
            reasons.extend(looks(of, printed, &seen.region, scale, position));
        }
    }
    reasons
}

/// What all ink is that no digit has.
fn account_of(
    page: &Page,
    digits: &[Seen],
    numbers: &[OnLine<'_>],
    config: &ReaderConfig,
) -> Account {
    let glyphs = digits.iter().map(|seen| Glyph {
        value: seen.digit.digit,
        region: &seen.region,
    });
    let spellings = numbers
        .iter()
        .filter_map(|on| Some((on.line.index, on.spelling.as_ref()?)));
    let spellings: Vec<_> = spellings.collect();
    account(page, glyphs.collect(), &spellings, &config.params.account)
}

/// The digits of numbers.
fn digits_of(page: &Page, numbers: &[OnLine<'_>], config: &ReaderConfig) -> Vec<Seen> {
    let mut digits = Vec::new();
    for on in numbers {
        for (index, &(origin, value)) in on.digits.iter().enumerate() {
            let (region, crop, probabilities) = on.look(page, index, origin);
            let mut candidates: Vec<(u8, f32)> = (0..).zip(probabilities).collect();
            candidates.sort_by(|a, b| b.1.total_cmp(&a.1));
            candidates.truncate(config.params.decode.candidates);
            let digit = Digit {
                digit: value,
                confidence: probabilities[usize::from(value)],
                bounds: page.in_image(&region.bounds),
                candidates,
                cell: on.cells.as_ref().map(|cells| cells[index] + 1),
                line: region.line,
                on_picture: region.bounds,
                crop,
            };
            digits.push(Seen {
                digit,
                region,
                line: on.line.index,
            });
        }
    }
    digits
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

impl OnLine<'_> {
    /// Logarithm of how much likelier the number is than the next in a lexicon, where there
    /// are several.
    fn margin(&self, constraints: &Constraints) -> Option<f64> {
        constraints.lexicon.as_ref()?;
        let second = self
            .second
            .as_ref()
            .filter(|second| !second.number.is_empty())?;
        Some((self.best.probability / second.probability).ln()).filter(|log| log.is_finite())
    }
}

/// The likeliest number but one: that of the lines whose own next is nearest to
/// its first.
fn runner_up(
    numbers: &[OnLine<'_>],
    constraints: &Constraints,
    config: &ReaderConfig,
) -> Option<RunnerUp> {
    if !config.runner_up {
        return None;
    }
    let share = |on: &OnLine<'_>| {
        let second = on
            .second
            .as_ref()
            .filter(|second| !second.number.is_empty())?;
        Some(second.probability / on.best.probability)
    };
    let shares = numbers.iter().enumerate();
    let shares = shares.filter_map(|(index, on)| Some((index, share(on)?)));
    let (changed, share) = shares.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let all: f64 = numbers.iter().map(|on| on.best.probability).product();
    let text = |(index, on): (usize, &OnLine<'_>)| {
        let second = on.second.as_ref().filter(|_| index == changed);
        let Judged { number, .. } = second.unwrap_or(&on.best);
        let values: Vec<u8> = number.iter().filter_map(|symbol| symbol.digit()).collect();
        formatted(&values, constraints)
    };
    let texts: Vec<String> = numbers.iter().enumerate().map(text).collect();
    Some(RunnerUp {
        text: texts.join(" "),
        confidence: (all * share) as f32,
    })
}
