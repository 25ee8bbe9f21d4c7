//! What numbers on paper are like before one is seen. Those that count or measure something
//! begin with a low digit more often than with a high one (Benford, "The Law of Anomalous
//! Numbers", 1938), and many are round: they end in zeros.

use shuzi_line::Symbol;

use crate::lattice::Acceptor;

/// Shares of numbers, chosen by cheque amounts, photos and made numbers of any digits, which
/// hardly mind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NumberModelParams {
    /// Share of numbers that count or measure something, so that their first digit is by
    /// Benford's law; in the others, codes, it is any.
    pub measures: f64,
    /// Share of numbers that are round.
    pub round: f64,
    /// Probability that a round number ends in one more zero than it does anyway.
    pub more: f64,
}

impl Default for NumberModelParams {
    fn default() -> Self {
        Self {
            measures: 0.6,
            round: 0.3,
            more: 0.6,
        }
    }
}

/// Weighs a number by how much likelier it is than as a code, each digit of which is as
/// likely as any other. Of a lone digit nothing is expected: a mark, a choice, part of a
/// code. Signs are passed over.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NumberModel(pub NumberModelParams);

/// What is known of a number's beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// No digit was read yet.
    Before,
    /// One was.
    First(u8),
    /// Several were, and after the first one the last so many were zeros.
    Several(u16),
}

impl NumberModel {
    /// How much likelier a first digit is, as a logarithm.
    fn first(&self, digit: u8) -> f64 {
        let law = match digit {
            0 => 0.0,
            _ => (1.0 + 1.0 / f64::from(digit)).log10(),
        };
        ((1.0 - self.0.measures) + self.0.measures * 10.0 * law).ln()
    }

    /// How much likelier so many zeros at the end are, as a logarithm.
    fn zeros(&self, zeros: u16) -> f64 {
        let NumberModelParams { round, more, .. } = self.0;
        // Of one zero, two, and so on, each a tenth in a code.
        let ratio = 10.0 * more;
        let times = f64::from(zeros);
        let powers = if ratio == 1.0 {
            times
        } else {
            (ratio.powi(i32::from(zeros)) - 1.0) / (ratio - 1.0)
        };
        ((1.0 - round) + round * 10.0 * (1.0 - more) * powers).ln()
    }
}

impl Acceptor for NumberModel {
    type State = Part;

    fn starts(&self) -> Vec<Part> {
        vec![Part::Before]
    }

    fn step(&self, part: &Part, symbol: Symbol) -> Option<(Part, f64)> {
        let Some(digit) = symbol.digit() else {
            return Some((*part, 0.0));
        };
        let zeros = |before: u16| match digit {
            0 => Part::Several((before + 1).min(MOST_ZEROS)),
            _ => Part::Several(0),
        };
        Some(match *part {
            Part::Before => (Part::First(digit), 0.0),
            Part::First(first) => (zeros(0), self.first(first)),
            Part::Several(before) => (zeros(before), 0.0),
        })
    }

    fn end(&self, part: &Part) -> Option<f64> {
        Some(match part {
            Part::Before | Part::First(_) => 0.0,
            Part::Several(zeros) => self.zeros(*zeros),
        })
    }
}

/// Most zeros that are told apart, so that no weight is infinite.
const MOST_ZEROS: u16 = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lattice::symbols::of_digits;

    /// How much likelier a number of several digits is than as a code, by the definition.
    fn weight(digits: &[u8]) -> f64 {
        let NumberModelParams {
            measures,
            round,
            more,
        } = NumberModelParams::default();
        let law = |digit: u8| f64::log10(1.0 + 1.0 / f64::from(digit));
        let first = match digits[0] {
            0 => 1.0 - measures,
            digit => 1.0 - measures + measures * law(digit) / 0.1,
        };
        let zeros = digits[1..].iter().rev().take_while(|digit| **digit == 0);
        let sum = (1..=zeros.count() as i32)
            .map(|zeros| (1.0 - more) * more.powi(zeros - 1) / 0.1f64.powi(zeros));
        first * (1.0 - round + round * sum.sum::<f64>())
    }

    #[test]
    fn numbers_weigh_what_the_definition_says() {
        let model = NumberModel::default();
        for digits in [
            &[1, 5][..],
            &[9, 5],
            &[0, 8, 3],
            &[8, 0],
            &[2, 0, 0, 6],
            &[2, 0, 0, 0],
            &[0, 0, 0, 0, 0],
        ] {
            let got = model.weight(&of_digits(digits)).exp();
            let expected = weight(digits);
            assert!(
                (got / expected - 1.0).abs() < 1e-12,
                "{digits:?}: {got}, not {expected}"
            );
        }
        for lone in [&[][..], &[0], &[9]] {
            assert_eq!(model.weight(&of_digits(lone)), 0.0);
        }
        let many = vec![0; 70_000];
        assert!(model.weight(&of_digits(&many)).is_finite());
    }

    #[test]
    fn codes_alone_weigh_one_on_average() {
        // As odds against codes, the weights of all numbers of a length have the mean 1.
        let model = NumberModel::default();
        let all = (0..10_000u32).map(|number| {
            let digit = |place: u32| (number / 10u32.pow(place) % 10) as u8;
            model
                .weight(&of_digits(&[digit(3), digit(2), digit(1), digit(0)]))
                .exp()
        });
        let mean = all.sum::<f64>() / 10_000.0;
        // The zeros that no number of four digits has are missing: 0.3 × 0.6³.
        let expected = 1.0 - 0.3 * 0.6f64.powi(3);
        assert!((mean - expected).abs() < 1e-9, "{mean}");
    }
}
