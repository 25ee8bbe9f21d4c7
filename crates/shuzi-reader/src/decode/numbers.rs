//! The numbers of a reading, each by itself.

use crate::{
    account::{Account, OnLineReason},
    image::rectangle::Rectangle,
    reading::{Digit, Number, Reading},
    reject::RejectReason,
};

/// The one number that obeys constraints, if there is one.
pub(super) fn of_constraints(reading: &Reading, digits: Vec<Digit>) -> Vec<Number> {
    let number = Number {
        value: value(&reading.text),
        text: reading.text.clone(),
        confidence: reading.confidence,
        accepted: reading.accepted,
        reasons: reading.reasons.clone(),
        bounds: around(&digits),
        line: 1,
        column: 1,
        digits,
    };
    let some = !number.digits.is_empty();
    some.then_some(number).into_iter().collect()
}

/// What stands between spaces on each line, if it has digits. `probability` is that of all that
/// stands on a line. What speaks against a line does so against all of its numbers.
pub(super) fn of_lines(
    reading: &Reading,
    digits: Vec<Digit>,
    account: &Account,
    probability: impl Fn(usize) -> f32,
    least: f32,
) -> Vec<Number> {
    let mut numbers = Vec::new();
    let mut digits = digits.into_iter();
    for (line, text) in (1..).zip(&account.lines) {
        let words = text.text.split_whitespace();
        let counted = words.map(|word| (word, word.chars().filter(char::is_ascii_digit).count()));
        let confidence = probability(text.line);
        let reasons = reasons(reading, account, text.line, confidence, least);
        for (column, (word, count)) in (1..).zip(counted.filter(|(_, count)| *count > 0)) {
            let digits: Vec<Digit> = digits.by_ref().take(count).collect();
            numbers.push(Number {
                text: word.to_owned(),
                value: value(word),
                confidence,
                accepted: reasons.is_empty(),
                reasons: reasons.clone(),
                bounds: around(&digits),
                line,
                column,
                digits,
            });
        }
    }
    numbers
}

/// Why numbers of a line are not accepted.
fn reasons(
    reading: &Reading,
    account: &Account,
    line: usize,
    confidence: f32,
    least: f32,
) -> Vec<RejectReason> {
    let of_other_line = |reason: &RejectReason| {
        let all = account.marked.iter().chain(&account.apart);
        let mut same = all.filter(|other| other.reason == *reason);
        let own = |other: &OnLineReason| other.line.is_none_or(|other| other == line);
        let first = same.next();
        first.is_some_and(|first| !own(first)) && !same.any(own)
    };
    let of_all = |reason: &RejectReason| matches!(reason, RejectReason::BelowConfidence { .. });
    let reasons = reading.reasons.iter();
    let kept = reasons.filter(|reason| !of_all(reason) && !of_other_line(reason));
    let mut reasons: Vec<RejectReason> = kept.copied().collect();
    if confidence < least {
        reasons.push(RejectReason::BelowConfidence { confidence, least });
    }
    // What may be why a digit is read badly says nothing where none is.
    let only_looks = reasons.iter().all(|reason| {
        matches!(
            reason,
            RejectReason::TwoInOne { .. }
                | RejectReason::FrameTouches { .. }
                | RejectReason::TooThin { .. }
        )
    });
    if only_looks {
        reasons.clear();
    }
    reasons
}

/// What a number is worth, where its text says it plainly: an optional minus, digits, in groups
/// of three or not, and decimals behind a separator that is no other's. Signs that fill the place
/// behind an amount are none of it.
fn value(text: &str) -> Option<f64> {
    let text = text.trim_end_matches(['.', ',', '-', '=', '/', '·', ':']);
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let parts: Vec<&str> = text.split(['.', ',', '·']).collect();
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !parts.iter().all(digits) {
        return None;
    }
    let separators: Vec<char> = text.chars().filter(|char| !char.is_ascii_digit()).collect();
    let groups = |parts: &[&str]| {
        (1..=3).contains(&parts[0].len()) && parts[1..].iter().all(|part| part.len() == 3)
    };
    let equal = separators.windows(2).all(|pair| pair[0] == pair[1]);
    let last = parts[parts.len() - 1];
    let (whole, decimals) = match separators.len() {
        0 => (&parts[..], ""),
        1 if last.len() == 3 && groups(&parts) => return None,
        1 => (&parts[..1], last),
        _ if equal && groups(&parts) => (&parts[..], ""),
        // One of thousands, then another of decimals.
        _ => {
            let thousands = &separators[..separators.len() - 1];
            let other = thousands
                .iter()
                .all(|sign| *sign != separators[thousands.len()]);
            let same = thousands.windows(2).all(|pair| pair[0] == pair[1]);
            let whole = &parts[..parts.len() - 1];
            if !other || !same || !groups(whole) {
                return None;
            }
            (whole, last)
        }
    };
    let whole = whole.concat();
    // A float holds no more.
    const MOST: usize = 15;
    if whole.len() + decimals.len() > MOST {
        return None;
    }
    let value: f64 = format!("{whole}.{decimals}0").parse().ok()?;
    Some(if negative { -value } else { value })
}

/// Around some digits.
fn around(digits: &[Digit]) -> Rectangle {
    let bounds = digits.iter().map(|digit| digit.bounds);
    bounds.reduce(|a, b| a.union(&b)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_numbers_have_a_value_and_others_none() {
        for (text, expected) in [
            ("12", Some(12.0)),
            ("-12", Some(-12.0)),
            ("007", Some(7.0)),
            ("12.5", Some(12.5)),
            ("12,50", Some(12.5)),
            ("0.1234", Some(0.1234)),
            ("1,234.50", Some(1234.5)),
            ("1.234.567", Some(1_234_567.0)),
            ("1.234.567,89", Some(1_234_567.89)),
            ("250.-", Some(250.0)),
            ("250,--", Some(250.0)),
            // A thousand and more, or one and a bit?
            ("1.234", None),
            ("12/05/2024", None),
            ("12-5", None),
            ("1.2.345", None),
            ("1,234,5", None),
            ("12:30", None),
            ("25%", None),
            ("1234567890123456", None),
            ("", None),
            ("-", None),
        ] {
            assert_eq!(value(text), expected, "{text}");
        }
    }
}
