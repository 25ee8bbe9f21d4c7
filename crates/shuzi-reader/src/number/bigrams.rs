//! Runs of two digits among the arcs of a line.

use crate::{
    classify::posterior::{DIGITS, Posterior},
    number::Arc,
    number::arcs::{Arcs, Origin},
    text_line::Hypothesis,
};

/// Weight of a pair's being these two digits, in those of single pieces: a constant, and
/// what the logarithm of how much likelier that is than no pair counts. Chosen by made
/// strings of MNIST's training digits, cheque amounts and photos.
const CONSTANT: f64 = -5.0;
const OF_NETWORK: f64 = 2.0;

/// Most that logarithm may be, either way: a network that is sure of the wrong answer can
/// be overruled.
const SUREST: f64 = 9.0;

/// Least probability of a first digit that has a place of its own.
const LEAST: f32 = 1e-3;

/// Weight of a pair's being these two digits, as a logarithm.
fn weight(scores: &Posterior, first: usize, second: usize) -> f64 {
    let log = |p: f32| f64::from(p).max(1e-9).ln();
    let against_none = log(scores.classes[DIGITS * first + second]) - log(scores.garbage);
    CONSTANT + OF_NETWORK * against_none.clamp(-SUREST, SUREST)
}

/// A first digit of a pair: its place lies between those that the pair does.
struct First {
    pair: usize,
    digit: usize,
    /// Its place.
    at: usize,
}

/// The arcs of a line and, beside them, those of `pairs`: a first digit leads to a place of
/// its own, from which every second digit leads on. Also where the line's places have gone.
pub(crate) fn with_pairs(line: Arcs, pairs: &[Hypothesis]) -> (Arcs, Vec<usize>) {
    let mut places = Vec::with_capacity(line.places);
    let mut firsts = Vec::new();
    let mut next = 0;
    for place in 0..line.places {
        places.push(next);
        next += 1;
        let starting = pairs.iter().enumerate();
        for (pair, asked) in starting.filter(|(_, asked)| asked.span.from == place) {
            let first = asked.posterior.as_ref().map(Posterior::first);
            let likely = first.into_iter().flatten().enumerate();
            for (digit, _) in likely.filter(|(_, p)| *p >= LEAST) {
                let at = next;
                firsts.push(First { pair, digit, at });
                next += 1;
            }
        }
    }
    let mut all = Arcs::new(next);
    for (arc, origin) in line.arcs.iter().zip(line.origin) {
        let (from, to) = (places[arc.from], places[arc.to]);
        all.push(Arc { from, to, ..*arc }, origin);
    }
    for First { pair, digit, at } in firsts {
        let asked = &pairs[pair];
        let weigh = |second| {
            let posterior = asked.posterior.as_ref();
            posterior.map_or(f64::NEG_INFINITY, |posterior| {
                weight(posterior, digit, second)
            })
        };
        let mut log = [f64::NEG_INFINITY; DIGITS];
        log[digit] = 0.0;
        let first = Arc {
            from: places[asked.span.from],
            to: at,
            log,
            skip: f64::NEG_INFINITY,
        };
        all.push(first, Some(Origin::First(pair)));
        let second = Arc {
            from: at,
            to: places[asked.span.to],
            log: std::array::from_fn(weigh),
            skip: f64::NEG_INFINITY,
        };
        all.push(second, Some(Origin::Second(pair)));
    }
    (all, places)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        classify::posterior::BIGRAMS,
        number::{Constraints, Lattice, decode},
        text_line::{Kind, Span, tests::line_of as line},
    };

    /// Every number on a line of so many places, with the logarithm of the sum over its
    /// ways: by the definition, a pair being an arc of two digits.
    fn numbers(places: usize, arcs: &[Arc], pairs: &[Hypothesis]) -> BTreeMap<Vec<u8>, f64> {
        let mut sums = BTreeMap::new();
        let mut open = vec![(0, Vec::new(), 0.0)];
        while let Some((place, digits, log)) = open.pop() {
            if place + 1 == places {
                *sums.entry(digits).or_insert(0.0) += f64::exp(log);
                continue;
            }
            let longer = |more: &[u8]| [digits.as_slice(), more].concat();
            for arc in arcs.iter().filter(|arc| arc.from == place) {
                for digit in 0..10u8 {
                    let log = log + arc.log[usize::from(digit)];
                    open.push((arc.to, longer(&[digit]), log));
                }
            }
            for asked in pairs.iter().filter(|asked| asked.span.from == place) {
                for pair in 0..BIGRAMS {
                    let [a, b] = [pair / DIGITS, pair % DIGITS];
                    let log = log + weight(asked.posterior.as_ref().unwrap(), a, b);
                    open.push((asked.span.to, longer(&[a as u8, b as u8]), log));
                }
            }
        }
        sums
    }

    /// A run that is likely one of these pairs, perhaps none.
    fn asked(from: usize, to: usize, likely: [usize; 2], none: f32) -> Hypothesis {
        let mut row = [0.001; BIGRAMS + 1];
        row[likely[0]] += 0.6;
        row[likely[1]] += 0.3;
        row[BIGRAMS] = none;
        Hypothesis {
            span: Span { from, to },
            kind: Kind::Bigram,
            posterior: Some(Posterior::of_bigram(&row)),
            ..line(&[[0, 12]]).hypotheses[0].clone()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(30))]

        #[test]
        fn ways_of_pairs_count_as_two_digits(
            logs in prop::collection::vec(prop::array::uniform10(-9.0..3.0), 3),
            likely in prop::array::uniform2(prop::array::uniform2(0..BIGRAMS)),
            none in 0.0f32..0.2,
        ) {
            let arc = |(from, log): (usize, &[f64; 10])| Arc {
                from,
                to: from + 1,
                log: *log,
                skip: f64::NEG_INFINITY,
            };
            let arcs: Vec<Arc> = logs.iter().enumerate().map(arc).collect();
            let line = line(&[[0, 12], [12, 12], [24, 12]]);
            // A pair of two pieces and one that is a single piece.
            let pairs = [asked(0, 2, likely[0], none), asked(2, 3, likely[1], none)];
            let (all, places) = with_pairs(Arcs::of(&line, &arcs), &pairs);
            prop_assert_eq!((places[0], places[3]), (0, all.places - 1));
            let sums = numbers(4, &arcs, &pairs);
            let lattice = Lattice::new(all.places, all.arcs).unwrap();
            let found = decode(&lattice, &Constraints::default()).unwrap().unwrap();
            let digits: Vec<u8> = found.digits.iter().map(|(_, digit)| *digit).collect();
            let total: f64 = sums.values().sum();
            let expected = sums[&digits] / total;
            prop_assert!((found.probability / expected - 1.0).abs() < 1e-6);
            // The second half of a pair follows its first.
            let origins: Vec<_> = found.digits.iter().map(|(arc, _)| all.origin[*arc]).collect();
            for (at, origin) in origins.iter().enumerate() {
                if let Some(Origin::First(pair)) = origin {
                    prop_assert_eq!(origins.get(at + 1), Some(&Some(Origin::Second(*pair))));
                }
            }
        }
    }

    #[test]
    fn a_sure_pair_overrules_what_its_pieces_seem() {
        let arc = |from: usize, digit: usize| {
            let mut log = [-8.0; 10];
            log[digit] = 4.0;
            let skip = f64::NEG_INFINITY;
            Arc {
                from,
                to: from + 1,
                log,
                skip,
            }
        };
        let read = |pairs: &[Hypothesis]| {
            let line = line(&[[0, 12], [12, 12]]);
            let (all, _) = with_pairs(Arcs::of(&line, &[arc(0, 7), arc(1, 1)]), pairs);
            let lattice = Lattice::new(all.places, all.arcs).unwrap();
            let found = decode(&lattice, &Constraints::default()).unwrap().unwrap();
            let values: Vec<u8> = found.digits.iter().map(|(_, value)| *value).collect();
            values
        };
        assert_eq!(read(&[]), [7, 1]);
        assert_eq!(read(&[asked(0, 2, [60, 66], 1e-4)]), [6, 0]);
        assert_eq!(read(&[asked(0, 2, [60, 66], 0.9)]), [7, 1], "likely none");
    }
}
