//! The weights of two opinions by maximum likelihood on labelled lines.

use shuzi_reader::{CombinationParams, fit::Judged};

/// The numbers that are thought of on a line, and the digits that it shows.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedLine {
    /// With the opinions on each.
    pub judged: Vec<Judged>,
    /// The digits.
    pub truth: String,
    /// How much it counts beside other lines: so that large sets do not outweigh small ones.
    pub weight: f64,
}

impl JudgedLine {
    /// Logarithm of the probability of the truth; of its being none of those thought of, if it
    /// is none.
    fn log_likelihood(&mut self, params: &CombinationParams) -> f64 {
        params.weigh(&mut self.judged);
        let is_truth = |judged: &&Judged| {
            let digits = judged.number.iter().map(|symbol| symbol.char());
            digits.eq(self.truth.chars())
        };
        let truth = self.judged.iter().find(is_truth);
        let probability = match truth {
            Some(judged) => judged.probability,
            None => {
                1.0 - self
                    .judged
                    .iter()
                    .map(|judged| judged.probability)
                    .sum::<f64>()
            }
        };
        // What rounding takes away is no proof.
        probability.max(1e-12).ln()
    }
}

/// The mean logarithm of the probability of what lines show.
pub fn combination_log_likelihood(lines: &mut [JudgedLine], params: &CombinationParams) -> f64 {
    let weights: f64 = lines.iter().map(|line| line.weight).sum();
    let logs = lines
        .iter_mut()
        .map(|line| line.weight * line.log_likelihood(params));
    logs.sum::<f64>() / weights.max(f64::MIN_POSITIVE)
}

/// Weights under which `lines` are likeliest, by pattern search from `start` (Hooke and Jeeves
/// 1961): five numbers, and a likelihood that has kinks where [`CombinationParams::least`]
/// takes hold.
pub fn fit_combination(lines: &mut [JudgedLine], start: CombinationParams) -> CombinationParams {
    let get = |params: &CombinationParams| {
        let [of_lattice, of_line] = params.least;
        [
            params.lattice,
            params.line,
            of_lattice,
            of_line,
            params.neither,
        ]
    };
    let set = |values: [f64; 5]| CombinationParams {
        lattice: values[0].max(0.0),
        line: values[1].max(0.0),
        least: [values[2], values[3]],
        neither: values[4],
        ..start
    };
    let mut values = get(&start);
    let mut best = combination_log_likelihood(lines, &set(values));
    let mut steps = [0.2, 0.2, 1.0, 1.0, 1.0];
    const FINEST: f64 = 0.01;
    while steps[0] > FINEST {
        let mut better = false;
        for at in 0..values.len() {
            for sign in [1.0, -1.0] {
                let mut next = values;
                next[at] += sign * steps[at];
                let log = combination_log_likelihood(lines, &set(next));
                if log > best + 1e-9 {
                    (best, values, better) = (log, next, true);
                    break;
                }
            }
        }
        if !better {
            steps = steps.map(|step| 0.5 * step);
        }
    }
    set(values)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use shuzi_line::Symbol;

    use super::*;

    /// Lines on which the first opinion is right nine times of ten and says so, the second
    /// says anything.
    fn lines(n: usize) -> Vec<JudgedLine> {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut line = || {
            let (right, second) = (rng.random_bool(0.9), rng.random_range(0.05..0.95f64));
            let judged = |digit, first: f64, second: f64| Judged {
                number: vec![digit],
                probability: 0.0,
                opinions: [Some(first.ln()), Some(second.ln())],
            };
            JudgedLine {
                judged: vec![
                    judged(Symbol::One, 0.9, second),
                    judged(Symbol::Seven, 0.1, 1.0 - second),
                ],
                truth: if right { "1" } else { "7" }.to_owned(),
                weight: 0.5,
            }
        };
        (0..n).map(|_| line()).collect()
    }

    #[test]
    fn who_knows_nothing_gets_no_weight() {
        let mut lines = lines(3000);
        let start = CombinationParams::default();
        let before = combination_log_likelihood(&mut lines, &start);
        let fitted = fit_combination(&mut lines, start);
        let after = combination_log_likelihood(&mut lines, &fitted);
        assert!(after > before, "{before}, {after}");
        assert!((fitted.lattice - 1.0).abs() < 0.15, "{fitted:?}");
        assert!(fitted.line < 0.1, "{fitted:?}");
    }

    #[test]
    fn a_number_that_none_thought_of_is_neither() {
        let mut lines = lines(1);
        lines[0].truth = "4".to_owned();
        let params = CombinationParams {
            neither: 0.0,
            ..CombinationParams::default()
        };
        let log = combination_log_likelihood(&mut lines, &params);
        let all: f64 = lines[0]
            .judged
            .iter()
            .map(|judged| judged.probability)
            .sum();
        assert!((log - (1.0 - all).ln()).abs() < 1e-12);
    }
}
