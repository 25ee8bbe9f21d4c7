//! What numbers on paper are like before one is seen. Those that count or measure something
//! begin with a low digit more often than with a high one (Benford, "The Law of Anomalous
//! Numbers", 1938), and many are round: they end in zeros.

use crate::{classify::posterior::DIGITS, number::Arc, number::arcs::Arcs};

/// Share of numbers that count or measure something, so that their first digit is by
/// Benford's law; in the others, codes, it is any. Chosen, as the next two, by cheque
/// amounts, photos and made numbers of any digits, which hardly mind.
const MEASURES: f64 = 0.6;

/// Share of numbers that are round.
const ROUND: f64 = 0.3;

/// Probability that a round number ends in one more zero than it does anyway.
const MORE: f64 = 0.6;

/// What is known on the way through a line.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// No digit was read yet.
    Before,
    /// The only digit was. Of it nothing is expected: a mark, a choice, part of a code.
    Lone,
    /// The first of several was.
    First,
    /// More were.
    Middle,
    /// The zeros have begun that a round number ends in.
    Zeros,
}

impl Part {
    const ALL: [Self; 5] = [
        Self::Before,
        Self::Lone,
        Self::First,
        Self::Middle,
        Self::Zeros,
    ];

    /// The place of the new lattice for one of the line's.
    fn at(self, place: usize) -> usize {
        Self::ALL.len() * place + self as usize
    }
}

/// What one more digit is on the way from one part of a number to the next: for each of its
/// values, how likely it is against that of a code, 0.1, as a logarithm.
struct Step {
    from: Part,
    to: Part,
    log: [f64; DIGITS],
}

/// All steps.
fn steps() -> [Step; 7] {
    let any = [0.0; DIGITS];
    let zero = |p: f64| {
        let mut log = [f64::NEG_INFINITY; DIGITS];
        log[0] = (DIGITS as f64 * p).ln();
        log
    };
    let begin = zero(ROUND * (1.0 - MORE));
    [
        (Part::Before, Part::Lone, any),
        (Part::Before, Part::First, first()),
        (Part::First, Part::Middle, any),
        (Part::Middle, Part::Middle, any),
        (Part::First, Part::Zeros, begin),
        (Part::Middle, Part::Zeros, begin),
        (Part::Zeros, Part::Zeros, zero(MORE)),
    ]
    .map(|(from, to, log)| Step { from, to, log })
}

/// How likely each first digit is, as in [`Step`].
fn first() -> [f64; DIGITS] {
    std::array::from_fn(|digit| {
        let law = match digit {
            0 => 0.0,
            _ => (1.0 + 1.0 / digit as f64).log10(),
        };
        ((1.0 - MEASURES) + MEASURES * DIGITS as f64 * law).ln()
    })
}

/// The arcs of a line, each once for all parts of a number that it may be in.
pub(crate) fn weighed(line: Arcs) -> Arcs {
    let steps = steps();
    let last = line.places - 1;
    let end = Part::at(Part::Zeros, last) + 1;
    let mut weighed = Arcs::new(end + 1);
    for (arc, origin) in line.arcs.iter().zip(line.origin) {
        if arc.skip > f64::NEG_INFINITY {
            for part in Part::ALL {
                weighed.pass(part.at(arc.from), part.at(arc.to), arc.skip);
            }
        }
        for step in &steps {
            let log = std::array::from_fn(|digit| arc.log[digit] + step.log[digit]);
            if log.iter().all(|log| *log == f64::NEG_INFINITY) {
                continue;
            }
            let digit = Arc {
                from: step.from.at(arc.from),
                to: step.to.at(arc.to),
                log,
                skip: f64::NEG_INFINITY,
            };
            weighed.push(digit, origin);
        }
    }
    for (part, log) in [
        (Part::Before, 0.0),
        (Part::Lone, 0.0),
        (Part::Middle, (1.0 - ROUND).ln()),
        (Part::Zeros, 0.0),
    ] {
        weighed.pass(part.at(last), end, log);
    }
    weighed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::arcs::Origin;
    use crate::number::{Constraints, Lattice, decode};

    /// Digits one after the other, each as likely one of its values as another.
    fn line(digits: &[&[usize]]) -> Arcs {
        let mut line = Arcs::new(digits.len() + 1);
        for (from, values) in digits.iter().enumerate() {
            let mut log = [f64::NEG_INFINITY; DIGITS];
            for &value in *values {
                log[value] = 0.0;
            }
            let arc = Arc {
                from,
                to: from + 1,
                log,
                skip: f64::NEG_INFINITY,
            };
            line.push(arc, Some(Origin::Alone(from)));
        }
        line
    }

    /// The likeliest number, how likely it is, and the hypotheses of its digits.
    fn read(line: Arcs) -> (Vec<u8>, f64, Vec<usize>) {
        let Arcs {
            places,
            arcs,
            origin,
        } = weighed(line);
        let lattice = Lattice::new(places, arcs).unwrap();
        let found = decode(&lattice, &Constraints::default()).unwrap().unwrap();
        let origin = found.digits.iter().map(|(arc, _)| match origin[*arc] {
            Some(Origin::Alone(index)) => index,
            other => panic!("{other:?}"),
        });
        let values = found.digits.iter().map(|(_, value)| *value).collect();
        (values, found.probability, origin.collect())
    }

    /// How much likelier a number of several digits is than as a code, by the definition.
    fn weight(digits: &[u8]) -> f64 {
        let law = |digit: u8| f64::log10(1.0 + 1.0 / f64::from(digit));
        let first = match digits[0] {
            0 => 1.0 - MEASURES,
            digit => 1.0 - MEASURES + MEASURES * law(digit) / 0.1,
        };
        let zeros = digits[1..].iter().rev().take_while(|digit| **digit == 0);
        let round = (1..=zeros.count() as i32)
            .map(|zeros| (1.0 - MORE) * MORE.powi(zeros - 1) / 0.1f64.powi(zeros));
        first * (1.0 - ROUND + ROUND * round.sum::<f64>())
    }

    #[test]
    fn of_two_numbers_the_prior_chooses() {
        for (digits, best, other) in [
            (&[&[1, 9][..], &[5]][..], [1, 5], [9, 5]),
            (&[&[8], &[0, 6]], [8, 0], [8, 6]),
            (&[&[0, 8], &[3]], [8, 3], [0, 3]),
        ] {
            let (values, p, _) = read(line(digits));
            assert_eq!(values, best);
            let expected = weight(&best) / (weight(&best) + weight(&other));
            assert!((p - expected).abs() < 1e-9, "{best:?}: {p}, not {expected}");
        }
        // 0 or 6 in three places: one of eight numbers.
        let (values, p, origin) = read(line(&[&[2], &[0, 6], &[0, 6], &[0, 6]]));
        let all = (0..8).map(|bits| {
            let digit = |bit: u8| 6 * (bits >> bit & 1);
            weight(&[2, digit(0), digit(1), digit(2)])
        });
        assert_eq!((values, origin), (vec![2, 0, 0, 0], vec![0, 1, 2, 3]));
        assert!((p - weight(&[2, 0, 0, 0]) / all.sum::<f64>()).abs() < 1e-9);
    }

    #[test]
    fn of_a_lone_digit_nothing_is_expected() {
        let (_, p, _) = read(line(&[&[0, 1, 9]]));
        assert!((p - 1.0 / 3.0).abs() < 1e-9, "{p}");
    }

    #[test]
    fn no_sure_digit_is_bent() {
        for digits in [[0, 9, 7, 6], [9, 0, 0, 6], [0, 0, 0, 0]] {
            let mut line = line(&digits.map(|_| &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9][..]));
            for (arc, digit) in line.arcs.iter_mut().zip(digits) {
                for (value, log) in arc.log.iter_mut().enumerate() {
                    *log = if value == digit { 0.0 } else { -12.0 };
                }
            }
            let (values, p, _) = read(line);
            assert_eq!(values, digits.map(|digit| digit as u8));
            assert!(p > 0.99, "{digits:?}: {p}");
        }
    }
}
