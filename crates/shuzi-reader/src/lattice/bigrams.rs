//! Hypotheses of two digits as edges of a line's lattice.

use serde::{Deserialize, Serialize};
use shuzi_line::Symbol;

use super::{
    Label,
    line::{LineLattice, Source},
};
use crate::{
    classify::posterior::{DIGITS, Posterior},
    text_line::Hypothesis,
};

/// Weight of a hypothesis of two digits, in those of one. Chosen by made strings of
/// MNIST's training digits, cheque amounts and photos.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BigramParams {
    /// Logarithm of the weight of any two digits.
    pub constant: f64,
    /// What the logarithm of how much likelier they are than no pair counts.
    pub of_network: f64,
    /// Most that logarithm may be, either way: a network that is sure of the wrong answer can
    /// be overruled.
    pub surest: f64,
    /// Least probability of a first digit that is followed up.
    pub least: f32,
}

impl Default for BigramParams {
    fn default() -> Self {
        Self {
            constant: -5.0,
            of_network: 2.0,
            surest: 9.0,
            least: 1e-3,
        }
    }
}

impl BigramParams {
    /// Weight of its being these two digits, as a logarithm.
    fn weight(&self, posterior: &Posterior, first: usize, second: usize) -> f64 {
        let log = |p: f32| f64::from(p).max(1e-9).ln();
        let against_none = log(posterior.classes[DIGITS * first + second]) - log(posterior.garbage);
        self.constant + self.of_network * against_none.clamp(-self.surest, self.surest)
    }
}

impl LineLattice {
    /// What may be two digits; nothing of which no network was asked.
    pub(crate) fn bigrams(mut self, bigrams: &[Hypothesis], params: BigramParams) -> Self {
        for (index, bigram) in bigrams.iter().enumerate() {
            let Some(posterior) = &bigram.posterior else {
                continue;
            };
            let span = [bigram.span.from, bigram.span.to];
            let firsts = posterior.first().into_iter().enumerate();
            for (first, _) in firsts.filter(|(_, p)| *p >= params.least) {
                for second in 0..DIGITS {
                    let label = Label::Two([Symbol::ALL[first], Symbol::ALL[second]]);
                    let weight = params.weight(posterior, first, second);
                    self.add(span, label, weight, Source::Bigram(index));
                }
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        classify::posterior::BIGRAMS,
        lattice::{Lattice, Search, line::WeighedDigit},
        text_line::{Kind, Span, tests::line_of as line},
    };

    fn weight(asked: &Hypothesis, first: usize, second: usize) -> f64 {
        BigramParams::default().weight(asked.posterior.as_ref().unwrap(), first, second)
    }

    /// Every number on a line of so many nodes, with the sum over its paths: by the
    /// definition, a bigram being two digits.
    fn numbers(
        nodes: usize,
        single: &[WeighedDigit],
        pairs: &[Hypothesis],
    ) -> BTreeMap<String, f64> {
        let mut sums = BTreeMap::new();
        let mut open = vec![(0, String::new(), 0.0)];
        while let Some((node, digits, log)) = open.pop() {
            if node + 1 == nodes {
                *sums.entry(digits).or_insert(0.0) += f64::exp(log);
                continue;
            }
            for one in single.iter().filter(|one| one.from == node) {
                for (digit, weight) in one.digits.iter().enumerate() {
                    open.push((one.to, format!("{digits}{digit}"), log + weight));
                }
            }
            for asked in pairs.iter().filter(|asked| asked.span.from == node) {
                for pair in 0..BIGRAMS {
                    let [a, b] = [pair / DIGITS, pair % DIGITS];
                    let log = log + weight(asked, a, b);
                    open.push((asked.span.to, format!("{digits}{pair:02}"), log));
                }
            }
        }
        sums
    }

    fn one(from: usize, digits: [f64; DIGITS]) -> WeighedDigit {
        WeighedDigit {
            from,
            to: from + 1,
            digits,
            none: f64::NEG_INFINITY,
        }
    }

    fn lattice(single: &[WeighedDigit], pairs: &[Hypothesis]) -> Lattice<Source> {
        let line = LineLattice::new(single.len() + 1).digits(single);
        line.bigrams(pairs, BigramParams::default())
            .finish()
            .unwrap()
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
        fn bigrams_count_as_two_digits(
            logs in prop::collection::vec(prop::array::uniform10(-9.0..3.0), 3),
            likely in prop::array::uniform2(prop::array::uniform2(0..BIGRAMS)),
            none in 0.0f32..0.2,
        ) {
            let single: Vec<WeighedDigit> = logs.iter().enumerate().map(|(from, log)| one(from, *log)).collect();
            // A pair of two pieces and one that is a single piece.
            let pairs = [asked(0, 2, likely[0], none), asked(2, 3, likely[1], none)];
            let lattice = lattice(&single, &pairs);
            let sums = numbers(4, &single, &pairs);
            let mut search = Search::new(&());
            let total = search.total(&lattice);
            let expected: f64 = sums.values().sum();
            prop_assert!((total.exp() / expected - 1.0).abs() < 1e-9);
            for path in search.best_paths(&lattice, 3) {
                let sum = search.total_of(&lattice, &path.symbols(&lattice)).exp();
                let expected = sums[&path.text(&lattice)];
                prop_assert!((sum / expected - 1.0).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn a_sure_pair_overrules_what_its_pieces_seem() {
        let sure = |from: usize, digit: usize| {
            let mut log = [-8.0; DIGITS];
            log[digit] = 4.0;
            one(from, log)
        };
        let read = |pairs: &[Hypothesis]| {
            let lattice = lattice(&[sure(0, 7), sure(1, 1)], pairs);
            Search::new(&()).best_path(&lattice).unwrap().text(&lattice)
        };
        assert_eq!(read(&[]), "71");
        assert_eq!(read(&[asked(0, 2, [60, 66], 1e-4)]), "60");
        assert_eq!(read(&[asked(0, 2, [60, 66], 0.9)]), "71", "likely none");
    }
}
