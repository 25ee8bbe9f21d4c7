//! What the lattice of a line's segments and the network that reads it whole say together:
//! a log-linear product of two distributions over numbers.

use serde::{Deserialize, Serialize};
use shuzi_line::Symbol;

use crate::lattice::{Aligned, Decoder, Lattice, line::Source};

/// How two opinions become one probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CombinationParams {
    /// Weight of what the lattice says.
    pub lattice: f64,
    /// Weight of what the network for whole lines says.
    pub line: f64,
    /// Least logarithm of a probability that the lattice may give, and the network: neither can
    /// rule a number out. How far below, that is how rarely each is sure of the wrong.
    pub least: [f64; 2],
    /// Weight of the number's being none that either thinks of, as a logarithm.
    pub neither: f64,
    /// Share of real numbers that don't obey the constraints that they should.
    pub disobeying: f64,
    /// Numbers that each may name.
    pub candidates: usize,
    /// Least probability of a number that is named at all: what is less likely is none.
    pub least_named: f64,
}

impl Default for CombinationParams {
    /// Fitted on what `shuzi dev fit-combination --out` writes of made pages and made numbers,
    /// apart and touching (`experiments/reading/combination.txt`); the candidates and the least
    /// that is named are guesses.
    fn default() -> Self {
        Self {
            lattice: 0.7,
            line: 0.55,
            least: [-5.75, -25.0],
            neither: -5.375,
            disobeying: 1e-3,
            candidates: 4,
            least_named: 1e-9,
        }
    }
}

/// A number and what speaks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Its digits; none if there is no number.
    pub number: Vec<Symbol>,
    /// Probability that it is the line's.
    pub probability: f64,
    /// Logarithms of the probabilities that lattice and network give it, of those that were
    /// asked.
    pub opinions: [Option<f64>; 2],
}

/// The opinions on a line: a lattice and what to look for in it.
pub(super) struct Opinions<'a, 'b> {
    pub(super) lattice: Option<(Decoder<'a>, &'b Lattice<Source>)>,
    pub(super) line: Option<(Decoder<'a>, &'b Lattice<Aligned>)>,
}

impl Opinions<'_, '_> {
    /// The numbers that are thought of, the likeliest first.
    pub(super) fn judge(&self, params: CombinationParams) -> Vec<Judged> {
        let (lattice, line) = (&self.lattice, &self.line);
        let n = if lattice.is_some() && line.is_some() {
            params.candidates
        } else {
            2
        };
        let mut numbers = Vec::new();
        numbers.extend(lattice.iter().flat_map(|(by, on)| by.candidates(on, n)));
        // A lattice alone names the likeliest number, however likely it is that there is none.
        if line.is_none() && numbers.first().is_some_and(|first| !first.is_empty()) {
            numbers.retain(|number| !number.is_empty());
        }
        numbers.extend(line.iter().flat_map(|(by, on)| by.candidates(on, n)));
        numbers.sort();
        numbers.dedup();
        let of_lattice = lattice
            .as_ref()
            .map(|(by, on)| by.log_probabilities(on, &numbers));
        let of_line = line
            .as_ref()
            .map(|(by, on)| by.log_probabilities(on, &numbers));
        let judged = numbers.into_iter().enumerate().map(|(at, number)| {
            let opinion = |of: &Option<Vec<f64>>| of.as_ref().map(|logs| logs[at]);
            Judged {
                number,
                probability: 0.0,
                opinions: [opinion(&of_lattice), opinion(&of_line)],
            }
        });
        let mut judged: Vec<Judged> = judged.collect();
        params.weigh(&mut judged);
        if let (Some((by_lattice, on_lattice)), Some((by_line, on_line))) = (lattice, line) {
            // Each speaks of numbers that obey; how likely one does is weighed once for both.
            let obedience = params.lattice * by_lattice.obedience(on_lattice)
                + params.line * by_line.obedience(on_line);
            let others = params.disobeying * ((-obedience).exp() - 1.0);
            for judged in &mut judged {
                judged.probability /= 1.0 + others;
            }
        }
        // How seldom ink is a number tells on its probability, not on which number it is.
        let rank = |judged: &Judged| {
            let stray = if judged.number.is_empty() && lattice.is_some() && line.is_some() {
                params.lattice * lattice.as_ref().map_or(0.0, |(by, _)| by.stray())
            } else {
                0.0
            };
            judged.probability.ln() - stray
        };
        judged.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
        judged
    }
}

impl CombinationParams {
    /// Gives each number its probability.
    pub fn weigh(&self, judged: &mut [Judged]) {
        let weight = |judged: &Judged| match judged.opinions {
            [Some(lattice), Some(line)] => {
                let [of_lattice, of_line] = self.least;
                (self.lattice * lattice.max(of_lattice) + self.line * line.max(of_line)).exp()
            }
            [one, other] => one.or(other).unwrap_or(f64::NEG_INFINITY).exp(),
        };
        let both = |judged: &Judged| judged.opinions.iter().all(Option::is_some);
        let all = if judged.iter().all(both) {
            judged.iter().map(weight).sum::<f64>() + self.neither.exp()
        } else {
            1.0
        };
        for judged in judged {
            judged.probability = (weight(judged) / all).min(1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lattice::symbols::of_text;

    fn judged(text: &str, lattice: Option<f64>, line: Option<f64>) -> Judged {
        Judged {
            number: of_text(text),
            probability: 0.0,
            opinions: [lattice, line].map(|p| p.map(f64::ln)),
        }
    }

    const PARAMS: CombinationParams = CombinationParams {
        lattice: 0.5,
        line: 1.0,
        least: [-5.0, -5.0],
        neither: -4.0,
        disobeying: 1e-3,
        candidates: 4,
        least_named: 1e-9,
    };

    #[test]
    fn two_opinions_are_multiplied_and_shared_out() {
        let mut all = [
            judged("1", Some(0.81), Some(0.7)),
            judged("7", Some(0.16), Some(0.2)),
        ];
        PARAMS.weigh(&mut all);
        let sum = 0.9 * 0.7 + 0.4 * 0.2 + (-4.0f64).exp();
        assert!((all[0].probability - 0.63 / sum).abs() < 1e-12);
        assert!((all[1].probability - 0.08 / sum).abs() < 1e-12);
    }

    #[test]
    fn who_is_sure_of_the_wrong_can_be_outvoted() {
        let mut all = [
            judged("1", Some(1.0), Some(1e-30)),
            judged("7", Some(1e-30), Some(1.0)),
        ];
        PARAMS.weigh(&mut all);
        // The network weighs more, and neither rules the other's number out.
        assert!(all[1].probability > all[0].probability && all[0].probability > 0.01);
    }

    #[test]
    fn a_single_opinion_stays_as_it_is() {
        for (lattice, line) in [(Some(0.9), None), (None, Some(0.9))] {
            let mut all = [judged("1", lattice, line)];
            PARAMS.weigh(&mut all);
            assert!((all[0].probability - 0.9).abs() < 1e-12);
        }
    }
}
