//! Numbers with a check digit.

use shuzi_line::Symbol;

use super::check::{Check, Direction};
use crate::lattice::Acceptor;

/// Accepts the numbers that obey the rule of a check digit. Signs are passed over.
///
/// Some rules weigh a digit by how many follow it. Of such a number it is supposed at the
/// start how many digits it has, or what remains of that modulo the rule's period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckDigits(pub Check);

/// What was read of a number with a check digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Checked {
    /// The rule's own state.
    sum: u32,
    /// Digits so far, up to as many as the rule tells apart.
    read: u8,
    /// Digits still to come, by what was supposed at the start; 0 where nothing was.
    to_come: u8,
}

/// How many digits of a number make a check of it.
const FEWEST: u8 = 2;

impl CheckDigits {
    /// Where digits are weighed by how many follow and any number of digits is allowed:
    /// after how many the weights come again.
    fn period(self) -> Option<u8> {
        match (self.0.direction(), self.0.lengths()) {
            (Direction::FromRight, []) => Some(self.0.period()),
            _ => None,
        }
    }
}

impl Acceptor for CheckDigits {
    type State = Checked;

    fn starts(&self) -> Vec<Checked> {
        let supposed: Vec<u8> = match (self.0.direction(), self.period()) {
            (Direction::FromLeft, _) => vec![0],
            (_, Some(period)) => (0..period).collect(),
            (_, None) => self
                .0
                .lengths()
                .iter()
                .map(|length| *length as u8)
                .collect(),
        };
        let start = |to_come| Checked {
            sum: self.0.start(),
            read: 0,
            to_come,
        };
        supposed.into_iter().map(start).collect()
    }

    fn step(&self, state: &Checked, symbol: Symbol) -> Option<(Checked, f64)> {
        let Some(digit) = symbol.digit() else {
            return Some((*state, 0.0));
        };
        let to_come = match (self.0.direction(), self.period()) {
            (Direction::FromLeft, _) => 0,
            (_, Some(period)) => (state.to_come + period - 1) % period,
            (_, None) => state.to_come.checked_sub(1)?,
        };
        let index = match self.0.direction() {
            Direction::FromLeft => state.read,
            Direction::FromRight => to_come,
        };
        let most = self.0.lengths().iter().max();
        let read = match most {
            Some(most) if usize::from(state.read) == *most => return None,
            Some(_) => state.read + 1,
            None => (state.read + 1).min(FEWEST),
        };
        let next = Checked {
            sum: self.0.step(state.sum, usize::from(index), digit)?,
            read,
            to_come,
        };
        Some((next, 0.0))
    }

    fn end(&self, state: &Checked) -> Option<f64> {
        let accepts = self.0.accepts(state.sum, usize::from(state.read));
        (accepts && state.to_come == 0).then_some(0.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lattice::symbols::of_digits;

    fn accepts(check: Check, digits: &[u8]) -> bool {
        CheckDigits(check).weight(&of_digits(digits)) == 0.0
    }

    #[test]
    fn every_short_number_is_accepted_if_it_holds() {
        for check in Check::names().map(|name| name.parse::<Check>().unwrap()) {
            for length in 0..6u32 {
                for number in 0..10u32.pow(length) {
                    let digit = |place| (number / 10u32.pow(place) % 10) as u8;
                    let digits: Vec<u8> = (0..length).rev().map(digit).collect();
                    assert_eq!(
                        accepts(check, &digits),
                        check.holds(&digits),
                        "{} {digits:?}",
                        check.name()
                    );
                }
            }
        }
    }

    proptest! {
        /// Of longer ones those, too, of which the last digits are tried out: some hold.
        #[test]
        fn longer_numbers_are_accepted_if_they_hold(
            check in prop::sample::select(Check::names().collect::<Vec<_>>()),
            mut digits in prop::collection::vec(0u8..10, 6..20),
            to_length in any::<prop::sample::Index>(),
        ) {
            let check: Check = check.parse().unwrap();
            if !check.lengths().is_empty() {
                digits.resize(*to_length.get(check.lengths()), 0);
            }
            if check == Check::Isbn13 {
                digits[..3].copy_from_slice(&[9, 7, 8]);
            }
            if check == Check::Gb11643 {
                digits[0] = 3;
                digits[6..14].copy_from_slice(&[1, 9, 9, 1, 0, 1, 0, 1]);
            }
            let last = digits.len() - 1;
            for ending in 0..100 {
                (digits[last - 1], digits[last]) = (ending / 10, ending % 10);
                prop_assert_eq!(accepts(check, &digits), check.holds(&digits), "{:?}", &digits);
            }
        }
    }
}
