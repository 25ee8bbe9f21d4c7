//! Between which values a number lies.

use std::str::FromStr;

use shuzi_line::Symbol;

use crate::lattice::Acceptor;

/// Accepts whole numbers from one value to another, zeros before them or not. Of signs a plus
/// alone is one of such a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The least.
    least: u64,
    /// The most, not below it.
    most: u64,
}

/// What is known of a number of which `digits` are still to come, zeros before it left out:
/// how the beginning compares with that of either end of the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Compared {
    /// Digits still to come.
    digits: u8,
    /// Whether a digit was read.
    read: bool,
    /// Whether its first digit was read that is no zero.
    begun: bool,
    /// Whether it is so far the beginning of the least, and of the most.
    as_least: bool,
    as_most: bool,
}

/// Digits of a value; none of zero.
fn digits(value: u64) -> u8 {
    value.checked_ilog10().map_or(0, |log| log as u8 + 1)
}

/// The digit of a value that so many follow.
fn digit(value: u64, follow: u8) -> u8 {
    (value / 10u64.pow(u32::from(follow)) % 10) as u8
}

impl Range {
    /// From `least` to `most`; `None` if there is no such value.
    pub fn new(least: u64, most: u64) -> Option<Self> {
        (least <= most).then_some(Self { least, most })
    }

    /// Fewest digits of a number in it; zeros before it make it longer.
    pub fn fewest_digits(&self) -> usize {
        usize::from(digits(self.least).max(1))
    }

    /// The least value.
    pub fn least(&self) -> u64 {
        self.least
    }

    /// The most.
    pub fn most(&self) -> u64 {
        self.most
    }
}

/// Why a text is no range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected whole numbers from one to another like 0..50")]
pub struct RangeError;

/// `0..50`: both ends are of it.
impl FromStr for Range {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, RangeError> {
        let (least, most) = text.split_once("..").ok_or(RangeError)?;
        let value = |text: &str| text.parse().map_err(|_| RangeError);
        Self::new(value(least)?, value(most)?).ok_or(RangeError)
    }
}

impl Acceptor for Range {
    type State = Compared;

    // One for each number of digits that a value may have: which it is shows at the end.
    fn starts(&self) -> Vec<Compared> {
        let [fewest, most] = [self.least, self.most].map(digits);
        let start = |digits| Compared {
            digits,
            read: false,
            begun: false,
            as_least: digits == fewest,
            as_most: digits == most,
        };
        (fewest..=most).map(start).collect()
    }

    fn step(&self, state: &Compared, symbol: Symbol) -> Option<(Compared, f64)> {
        let Some(value) = symbol.digit() else {
            let plus = symbol.char() == '+' && !state.read;
            return plus.then_some((*state, 0.0));
        };
        let read = Compared {
            read: true,
            ..*state
        };
        if value == 0 && !state.begun {
            return Some((read, 0.0));
        }
        let digits = state.digits.checked_sub(1)?;
        let [low, high] = [self.least, self.most].map(|end| digit(end, digits));
        if state.as_least && value < low || state.as_most && value > high {
            return None;
        }
        let next = Compared {
            digits,
            begun: true,
            as_least: state.as_least && value == low,
            as_most: state.as_most && value == high,
            ..read
        };
        Some((next, 0.0))
    }

    fn end(&self, state: &Compared) -> Option<f64> {
        (state.digits == 0 && state.read).then_some(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lattice::symbols::of_text;

    #[test]
    fn values_of_the_range_are_accepted_and_no_others() {
        for (least, most) in [(0, 0), (0, 50), (7, 7), (8, 120), (95, 1003), (100, 999)] {
            let range = Range::new(least, most).unwrap();
            for value in 0..2000u64 {
                for text in [
                    format!("{value}"),
                    format!("{value:06}"),
                    format!("+{value}"),
                ] {
                    let accepted = range.weight(&of_text(&text)) == 0.0;
                    assert_eq!(
                        accepted,
                        (least..=most).contains(&value),
                        "{least}..{most}: {text}"
                    );
                }
            }
            for text in ["", "+", "-7", "1.0", "9+"] {
                assert_eq!(range.weight(&of_text(text)), f64::NEG_INFINITY, "{text}");
            }
        }
        assert_eq!(Range::new(2, 1), None);
        assert_eq!("0..50".parse::<Range>().ok(), Range::new(0, 50));
        for wrong in ["", "7", "..", "1..", "50..0", "1...2", "-1..2", "1-2"] {
            assert_eq!(wrong.parse::<Range>(), Err(RangeError), "{wrong}");
        }
        let all = Range::new(0, u64::MAX).unwrap();
        assert_eq!(all.weight(&of_text("18446744073709551615")), 0.0);
        assert_eq!(
            all.weight(&of_text("18446744073709551616")),
            f64::NEG_INFINITY
        );
    }
}
