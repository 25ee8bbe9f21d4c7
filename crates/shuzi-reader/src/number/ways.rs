//! All ways through a line, or those that give one number, by the forward-backward
//! algorithm.

use std::ops::Range;

use crate::{classify::posterior::DIGITS, number::log_add};

/// What a piece may be: a digit or, last, none.
pub const ANSWERS: usize = DIGITS + 1;

/// No digit.
pub(crate) const NONE: usize = DIGITS;

/// Ways to the places of a line with so many of its digits, as logarithms,
/// `[places, counts]`.
struct Ways {
    counts: usize,
    log: Vec<f64>,
}

impl Ways {
    fn new(places: usize, counts: usize) -> Self {
        Self {
            counts,
            log: vec![f64::NEG_INFINITY; places * counts],
        }
    }

    fn at(&self, place: usize, count: usize) -> f64 {
        self.log[place * self.counts + count]
    }

    fn add(&mut self, place: usize, count: usize, log: f64) {
        let to = &mut self.log[place * self.counts + count];
        *to = log_add(*to, log);
    }
}

/// Logarithm of the sum over all ways from the first of `places` to the last, or over
/// those that give `values`; `None` if there is none. `arcs` are the places that each
/// piece lies between, in the order of the first one, `scores` the logarithm of the
/// weight of each of its answers. `expect` is told of an arc, an answer and the share of
/// the sum whose ways have it, perhaps several times of the same.
pub(crate) fn sum_ways(
    places: usize,
    arcs: &[(usize, usize)],
    scores: &[[f64; ANSWERS]],
    values: Option<&[u8]>,
    mut expect: impl FnMut(usize, usize, f64),
) -> Option<f64> {
    // Without values all counts are one.
    let last = values.map_or(0, <[u8]>::len);
    // What an arc reads when `count` digits are read before it.
    let reads = |count: usize| -> (Range<usize>, usize) {
        match values {
            None => (0..NONE, count),
            Some(values) => match values.get(count) {
                Some(&value) => (usize::from(value)..usize::from(value) + 1, count + 1),
                None => (0..0, count),
            },
        }
    };
    let mut forward = Ways::new(places, last + 1);
    forward.add(0, 0, 0.0);
    for (&(from, to), scores) in arcs.iter().zip(scores) {
        for count in 0..=last {
            let way = forward.at(from, count);
            if way == f64::NEG_INFINITY {
                continue;
            }
            forward.add(to, count, way + scores[NONE]);
            let (digits, after) = reads(count);
            for digit in digits {
                forward.add(to, after, way + scores[digit]);
            }
        }
    }
    let total = forward.at(places - 1, last);
    if total == f64::NEG_INFINITY {
        return None;
    }
    let mut backward = Ways::new(places, last + 1);
    backward.add(places - 1, last, 0.0);
    for (arc, (&(from, to), scores)) in arcs.iter().zip(scores).enumerate().rev() {
        for count in 0..=last {
            let way = forward.at(from, count);
            let mut visit = |after: usize, answer: usize| {
                let on = scores[answer] + backward.at(to, after);
                if on == f64::NEG_INFINITY {
                    return;
                }
                backward.add(from, count, on);
                expect(arc, answer, (way + on - total).exp());
            };
            visit(count, NONE);
            let (digits, after) = reads(count);
            for digit in digits {
                visit(after, digit);
            }
        }
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const PLACES: usize = 4;
    const ARCS: [(usize, usize); 5] = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)];

    fn scores() -> [[f64; ANSWERS]; 5] {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        std::array::from_fn(|_| std::array::from_fn(|_| rng.random_range(-2.0..2.0)))
    }

    /// The sum by trying every way, with the ways that have each answer.
    fn naive(values: Option<&[u8]>) -> (f64, [[f64; ANSWERS]; 5]) {
        let scores = scores();
        let (mut sum, mut shares) = (0.0, [[0.0; ANSWERS]; 5]);
        for way in [vec![0, 3], vec![0, 2, 4], vec![1, 4]] {
            for code in 0..ANSWERS.pow(way.len() as u32) {
                let answer = |i: usize| code / ANSWERS.pow(i as u32) % ANSWERS;
                let read: Vec<u8> = (0..way.len())
                    .map(|i| answer(i) as u8)
                    .filter(|&answer| usize::from(answer) != NONE)
                    .collect();
                if values.is_some_and(|values| values != read) {
                    continue;
                }
                let log: f64 = way
                    .iter()
                    .enumerate()
                    .map(|(i, &arc)| scores[arc][answer(i)])
                    .sum();
                sum += log.exp();
                for (i, &arc) in way.iter().enumerate() {
                    shares[arc][answer(i)] += log.exp();
                }
            }
        }
        let shares = shares.map(|row| row.map(|share| share / sum));
        (sum.ln(), shares)
    }

    #[test]
    fn sums_and_shares_are_those_of_trying_every_way() {
        for values in [
            None,
            Some(&[][..]),
            Some(&[7]),
            Some(&[7, 1]),
            Some(&[3, 3, 3]),
        ] {
            let mut shares = [[0.0; ANSWERS]; 5];
            let total = sum_ways(PLACES, &ARCS, &scores(), values, |arc, answer, share| {
                shares[arc][answer] += share;
            });
            let (expected, expected_shares) = naive(values);
            assert!((total.unwrap() - expected).abs() < 1e-12, "{values:?}");
            for (got, expected) in shares
                .iter()
                .flatten()
                .zip(expected_shares.iter().flatten())
            {
                assert!((got - expected).abs() < 1e-12, "{values:?}");
            }
        }
    }

    #[test]
    fn four_digits_are_not_in_three_pieces() {
        let total = sum_ways(PLACES, &ARCS, &scores(), Some(&[1; 4]), |_, _, _| ());
        assert_eq!(total, None);
    }
}
