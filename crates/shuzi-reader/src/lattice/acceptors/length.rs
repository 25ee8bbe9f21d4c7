//! How many digits a number has.

use std::str::FromStr;

use shuzi_line::Symbol;

use crate::lattice::Acceptor;

/// Accepts numbers of so many digits; signs do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// Fewest digits.
    pub least: usize,
    /// Most digits, `None` for any number of them.
    pub most: Option<usize>,
}

impl Length {
    /// So many and no other.
    pub fn exactly(digits: usize) -> Self {
        Self {
            least: digits,
            most: Some(digits),
        }
    }

    /// Whether a number may have so many digits.
    pub fn allows(&self, digits: usize) -> bool {
        digits >= self.least && self.most.is_none_or(|most| digits <= most)
    }
}

/// Most digits that can be asked for.
const MOST_DIGITS: usize = 1000;

/// Why a text is no length.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a number of digits like 6, or from one to another like 1-3, of 1 to {MOST_DIGITS}"
)]
pub struct LengthError;

/// `6` or `1-3`.
impl FromStr for Length {
    type Err = LengthError;

    fn from_str(text: &str) -> Result<Self, LengthError> {
        let digits = |text: &str| {
            let digits = text.parse().ok();
            let allowed = digits.filter(|digits| (1..=MOST_DIGITS).contains(digits));
            allowed.ok_or(LengthError)
        };
        let (least, most) = text.split_once('-').unwrap_or((text, text));
        let (least, most) = (digits(least)?, digits(most)?);
        if least > most {
            return Err(LengthError);
        }
        Ok(Self {
            least,
            most: Some(most),
        })
    }
}

impl Acceptor for Length {
    /// Digits so far; without a most, as many as are told apart.
    type State = usize;

    fn starts(&self) -> Vec<usize> {
        vec![0]
    }

    fn step(&self, digits: &usize, symbol: Symbol) -> Option<(usize, f64)> {
        let more = usize::from(symbol.digit().is_some());
        let digits = digits + more;
        match self.most {
            Some(most) => (digits <= most).then_some((digits, 0.0)),
            None => Some((digits.min(self.least), 0.0)),
        }
    }

    fn end(&self, digits: &usize) -> Option<f64> {
        self.allows(*digits).then_some(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_one_or_from_one_to_another() {
        assert_eq!("6".parse(), Ok(Length::exactly(6)));
        let length: Length = "1-3".parse().unwrap();
        let allowed: Vec<usize> = (0..9).filter(|digits| length.allows(*digits)).collect();
        assert_eq!(allowed, [1, 2, 3]);
        for wrong in ["", "0", "3-1", "1-", "-3", "1-2-3", "1001", "six", "+6-7a"] {
            assert_eq!(wrong.parse::<Length>(), Err(LengthError), "{wrong}");
        }
        let open = Length {
            least: 2,
            most: None,
        };
        let accepted = |digits: usize| open.weight(&vec![Symbol::Seven; digits]) == 0.0;
        assert!(!accepted(1) && accepted(2) && accepted(50));
    }
}
