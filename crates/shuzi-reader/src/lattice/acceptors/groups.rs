//! Points in a number: it is mostly written in groups of three digits, so where a point
//! stands tells how many follow it.

use shuzi_line::Symbol;

use crate::lattice::{Acceptor, Mark};

/// How likely the groups of digits after points are, as shares of the likeliest: guesses,
/// chosen from three sets of them by the real amounts of the development set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupParams {
    /// Two digits after a point, as a share of three. None at all are as likely as three: a
    /// number may end with a point.
    pub two: f64,
    /// Any other number of digits.
    pub other: f64,
}

impl Default for GroupParams {
    fn default() -> Self {
        Self {
            two: 0.3,
            other: 0.03,
        }
    }
}

/// Weighs the groups of digits after points, those that are seen as marks and those that
/// are read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Groups(pub GroupParams);

/// How many digits came since the last point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Since {
    /// There was no point yet.
    NoPoint,
    /// So many, up to four for all that are more.
    Digits(u8),
}

impl Groups {
    /// Weight of a group that is closed here.
    fn closed(&self, since: Since) -> f64 {
        match since {
            Since::NoPoint | Since::Digits(0 | 3) => 0.0,
            Since::Digits(2) => self.0.two.ln(),
            Since::Digits(_) => self.0.other.ln(),
        }
    }
}

impl Acceptor for Groups {
    type State = Since;

    fn starts(&self) -> Vec<Since> {
        vec![Since::NoPoint]
    }

    fn step(&self, since: &Since, symbol: Symbol) -> Option<(Since, f64)> {
        match (symbol.char(), *since) {
            ('.' | ',' | '·', since) => Some((Since::Digits(0), self.closed(since))),
            (digit, Since::Digits(digits)) if digit.is_ascii_digit() => {
                Some((Since::Digits((digits + 1).min(4)), 0.0))
            }
            (_, since) => Some((since, 0.0)),
        }
    }

    fn mark(&self, since: &Since, mark: Mark) -> Option<(Since, f64)> {
        match mark {
            Mark::Point => Some((Since::Digits(0), self.closed(*since))),
            _ => Some((*since, 0.0)),
        }
    }

    fn end(&self, since: &Since) -> Option<f64> {
        Some(self.closed(*since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lattice::symbols::of_text;

    #[test]
    fn groups_of_three_are_likeliest() {
        let groups = Groups::default();
        let weight = |text: &str| groups.weight(&of_text(text)).exp();
        for (text, expected) in [
            ("", 1.0),
            ("12345", 1.0),
            ("1.000", 1.0),
            ("1.000.", 1.0),
            ("12,50", 0.3),
            ("1.0000", 0.03),
            ("1.00000", 0.03),
            ("1.2.345", 0.03),
            ("-1.23.4", 0.3 * 0.03),
        ] {
            assert!((weight(text) - expected).abs() < 1e-12, "{text}");
        }
    }
}
