//! Numbers that are known: one of them is meant.

use std::collections::BTreeSet;

use super::{
    Constraints, Lattice,
    decode::{Found, believed, log_add},
};

/// A list of numbers, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownNumbers {
    numbers: Vec<Vec<u8>>,
}

/// Why a text is no list of numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KnownNumbersError {
    /// A line has no digit.
    #[error("line {line}: expected a number, got {text:?}")]
    TextLine {
        /// Which, from 1.
        line: usize,
        /// What it says.
        text: String,
    },
    /// There is no number.
    #[error("expected at least one number")]
    Empty,
}

impl KnownNumbers {
    /// One number a line; what is no digit (spaces, hyphens) is passed over,
    /// and so are empty lines.
    ///
    /// # Errors
    /// If a line has letters but no digits, or there is no number at all.
    pub fn parse(text: &str) -> Result<Self, KnownNumbersError> {
        let mut numbers = BTreeSet::new();
        for (line, text) in (1..).zip(text.lines()) {
            if text.trim().is_empty() {
                continue;
            }
            let digits = text.bytes().filter(u8::is_ascii_digit);
            let digits: Vec<u8> = digits.map(|byte| byte - b'0').collect();
            if digits.is_empty() {
                let text = text.to_owned();
                return Err(KnownNumbersError::TextLine { line, text });
            }
            numbers.insert(digits);
        }
        if numbers.is_empty() {
            return Err(KnownNumbersError::Empty);
        }
        Ok(Self {
            numbers: numbers.into_iter().collect(),
        })
    }

    /// How many there are.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The likeliest that also obeys the other rules, or the one that `rank`
    /// others are likelier than; `all` is the logarithm of the sum over all
    /// numbers.
    pub(super) fn best(
        &self,
        lattice: &Lattice,
        rules: &Constraints,
        all: f64,
        rank: usize,
    ) -> Option<Found> {
        let obeys = |number: &&Vec<u8>| {
            let mut places = number.iter().enumerate();
            rules.length.is_none_or(|length| number.len() == length)
                && rules.check.is_none_or(|check| check.holds(number))
                && rules.pattern.as_ref().is_none_or(|pattern| {
                    number.len() == pattern.digits()
                        && places.all(|(place, &digit)| pattern.allows(place, digit))
                })
        };
        let mut ways: Vec<(f64, Vec<(usize, u8)>)> = Vec::new();
        let mut total = f64::NEG_INFINITY;
        for number in self.numbers.iter().filter(obeys) {
            if let Some((log, digits)) = along(lattice, number) {
                total = log_add(total, log);
                ways.push((log, digits));
            }
        }
        ways.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (best, digits) = ways.get(rank)?.clone();
        let next = ways
            .get(rank + 1)
            .map_or(f64::NEG_INFINITY, |(log, _)| *log);
        Some(Found {
            digits,
            probability: believed(best, total, all),
            margin: Some(best - next),
        })
    }
}

/// The likeliest way through the lattice that says `number`.
fn along(lattice: &Lattice, number: &[u8]) -> Option<(f64, Vec<(usize, u8)>)> {
    // For each place the best way to it with so many digits: its last arc and
    // whether that is a digit.
    let mut best = vec![vec![None; number.len() + 1]; lattice.places()];
    best[0][0] = Some((0.0, usize::MAX, false));
    let mut arcs: Vec<usize> = (0..lattice.arcs().len()).collect();
    arcs.sort_by_key(|&arc| lattice.arcs()[arc].from);
    for index in arcs {
        let arc = &lattice.arcs()[index];
        for count in 0..=number.len() {
            let Some((log, _, _)) = best[arc.from][count] else {
                continue;
            };
            let mut offer = |count: usize, log: f64, is_digit| {
                let target: &mut Option<(f64, usize, bool)> = &mut best[arc.to][count];
                if log > f64::NEG_INFINITY && target.is_none_or(|(other, _, _)| log > other) {
                    *target = Some((log, index, is_digit));
                }
            };
            offer(count, log + arc.skip, false);
            if let Some(&digit) = number.get(count) {
                offer(count + 1, log + arc.log[usize::from(digit)], true);
            }
        }
    }
    let (log, _, _) = best[lattice.places() - 1][number.len()]?;
    let mut digits = Vec::with_capacity(number.len());
    let (mut place, mut count) = (lattice.places() - 1, number.len());
    while place > 0 {
        let (_, arc, is_digit) = best[place][count]?;
        if is_digit {
            count -= 1;
            digits.push((arc, number[count]));
        }
        place = lattice.arcs()[arc].from;
    }
    digits.reverse();
    Some((log, digits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::{Check, decode, runner_up};

    #[test]
    fn the_likeliest_of_the_list_is_found_with_its_margin() {
        let mut rows = [[0.001f32; 10]; 3];
        rows[0][1] = 0.9;
        rows[0][7] = 0.09;
        rows[1][2] = 0.99;
        rows[2][3] = 0.99;
        let lattice = Lattice::chain(rows);
        let known = KnownNumbers::parse("7-2-3\n\n 523\n99\n7 2 3\n").unwrap();
        assert_eq!(known.len(), 3);
        let rules = Constraints {
            known: Some(known),
            ..Constraints::default()
        };
        let found = decode(&lattice, &rules).unwrap().unwrap();
        let digits: Vec<u8> = found.digits.iter().map(|(_, digit)| *digit).collect();
        assert_eq!(digits, [7, 2, 3]);
        let margin = found.margin.unwrap();
        assert!((margin - 90f64.ln()).abs() < 1e-6, "{margin}");
        let second = runner_up(&lattice, &rules, &found).unwrap().unwrap();
        let digits: Vec<u8> = second.digits.iter().map(|(_, digit)| *digit).collect();
        assert_eq!(digits, [5, 2, 3]);
        // Nothing of the list obeys the check as well.
        let rules = Constraints {
            check: Some(Check::Isbn13),
            ..rules
        };
        assert_eq!(decode(&lattice, &rules).unwrap(), None);
    }

    #[test]
    fn lists_without_numbers_are_refused() {
        assert_eq!(KnownNumbers::parse(" \n"), Err(KnownNumbersError::Empty));
        let error = KnownNumbers::parse("12\nname\n").unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }
}
