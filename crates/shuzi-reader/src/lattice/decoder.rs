//! The likeliest number that a lattice says, and how likely it is.

use serde::{Deserialize, Serialize};
use shuzi_line::Symbol;

use super::{Acceptor, Constraints, Lattice, Path, Search, acceptors::Exactly};

/// How far numbers are believed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DecoderParams {
    /// Share of real numbers that don't obey the constraints that they should: a number that
    /// only just can be made to is not believed. A guess.
    pub disobeying: f64,
    /// How many times likelier ink is to be no number at all than in the lines of handwriting
    /// that the weights were fitted to, as a logarithm: a stroke, a ring, a letter. It tells on
    /// a lone digit, for which all that speaks is its own shape, and hardly on several in a
    /// row. The more, the fewer strokes are accepted and the fewer photos of one digit: chosen
    /// so that half a percent of made strokes are.
    pub stray: f64,
    /// Whether numbers are weighed by what they are like before one is seen. A network that
    /// read whole lines of numbers has learned it.
    pub number_model: bool,
}

impl DecoderParams {
    /// For what a network says that reads whole lines, which saw lines of no number, too.
    pub fn whole_line() -> Self {
        Self {
            stray: 0.0,
            number_model: false,
            ..Self::default()
        }
    }
}

impl Default for DecoderParams {
    fn default() -> Self {
        Self {
            disobeying: 1e-3,
            stray: 6.0,
            number_model: true,
        }
    }
}

/// A number that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The likeliest path that says it.
    pub path: Path,
    /// What it says, one symbol at least.
    pub number: Vec<Symbol>,
    /// Probability of this number, by all paths that say it, given that the ink is a path of
    /// the lattice and that all but [`DecoderParams::disobeying`] obey the constraints.
    pub probability: f64,
    /// Logarithm of how much likelier it is than the next in a list of known numbers; infinite
    /// if there is no other.
    pub margin: Option<f64>,
}

/// Finds numbers in lattices.
#[derive(Clone, Copy, Debug)]
pub struct Decoder<'a> {
    constraints: &'a Constraints,
    params: DecoderParams,
}

/// What numbers are measured by.
struct Scale {
    /// Logarithm of the sum over all numbers that obey.
    total: f64,
    /// What else the ink may be, as a share of that.
    others: f64,
}

impl Scale {
    /// Probability of a number, given the logarithm of the sum over its paths.
    fn probability(&self, log: f64) -> f64 {
        ((log - self.total).exp() / (1.0 + self.others)).min(1.0)
    }
}

impl<'a> Decoder<'a> {
    /// One that obeys constraints.
    pub fn new(constraints: &'a Constraints, params: DecoderParams) -> Self {
        Self {
            constraints,
            params,
        }
    }

    /// The likeliest number that obeys: of the numbers on the two likeliest paths the one that
    /// all its paths together make likelier, since a digit may be segmented in many ways.
    /// `None` if no path obeys, or the likeliest says nothing.
    pub fn best<T>(&self, lattice: &Lattice<T>) -> Option<Found> {
        let (expected, asked) = (self.expected(), self.constraints.asked());
        let product = (&expected, &asked);
        let mut search = Search::new(&product);
        let path = search.best_path(lattice)?;
        let number = path.symbols(lattice);
        if number.is_empty() {
            return None;
        }
        let scale = self.scale(lattice, &expected, &mut search);
        let log = search.total_of(lattice, &number);
        let mut first = (log, path, number);
        // No other number is likelier than one that has half of all.
        let settled = log - scale.total >= 0.5f64.ln();
        let listed = self.constraints.lexicon.is_some();
        let mut margin = listed.then_some(f64::INFINITY);
        if (!settled || listed)
            && let Some(path) = search.best_path_except(lattice, vec![first.2.clone()])
        {
            let number = path.symbols(lattice);
            if !number.is_empty() {
                let mut second = (search.total_of(lattice, &number), path, number);
                if second.0 > first.0 {
                    std::mem::swap(&mut first, &mut second);
                }
                margin = listed.then_some(first.0 - second.0);
            }
        }
        let (log, path, number) = first;
        Some(Found {
            path,
            number,
            probability: scale.probability(log),
            margin,
        })
    }

    /// The number on the likeliest path that obeys and does not say `first`: another number,
    /// not another path of the same. `None` if there is no other.
    pub fn runner_up<T>(&self, lattice: &Lattice<T>, first: &Found) -> Option<Found> {
        let (expected, asked) = (self.expected(), self.constraints.asked());
        let product = (&expected, &asked);
        let mut search = Search::new(&product);
        let path = search.best_path_except(lattice, vec![first.number.clone()])?;
        let number = path.symbols(lattice);
        if number.is_empty() {
            return None;
        }
        let scale = self.scale(lattice, &expected, &mut search);
        Some(Found {
            probability: scale.probability(search.total_of(lattice, &number)),
            path,
            number,
            margin: None,
        })
    }

    /// See [`DecoderParams::stray`].
    pub fn stray(&self) -> f64 {
        self.params.stray
    }

    fn expected(&self) -> Option<impl Acceptor + use<>> {
        self.params
            .number_model
            .then(|| self.constraints.expected())
    }

    /// The numbers of the `n` likeliest paths that obey, no two the same; one may say nothing.
    pub fn candidates<T>(&self, lattice: &Lattice<T>, n: usize) -> Vec<Vec<Symbol>> {
        let (expected, asked) = (self.expected(), self.constraints.asked());
        let product = (&expected, &asked);
        let paths = Search::new(&product).best_paths(lattice, n);
        paths.iter().map(|path| path.symbols(lattice)).collect()
    }

    /// Logarithm of the probability of each of some numbers, as [`Found::probability`].
    pub fn log_probabilities<T>(&self, lattice: &Lattice<T>, numbers: &[Vec<Symbol>]) -> Vec<f64> {
        let (expected, asked) = (self.expected(), self.constraints.asked());
        let product = (&expected, &asked);
        let mut search = Search::new(&product);
        let scale = self.scale(lattice, &expected, &mut search);
        let stray = if self.constraints.is_empty() {
            self.params.stray
        } else {
            0.0
        };
        let log = |number: &Vec<Symbol>| {
            let stray = if number.is_empty() { stray } else { 0.0 };
            let log = search.total_of(lattice, number) + stray;
            (log - scale.total - scale.others.ln_1p()).min(0.0)
        };
        let logs = numbers.iter().map(log);
        logs.map(|log| if log.is_nan() { f64::NEG_INFINITY } else { log })
            .collect()
    }

    /// Logarithm of the share of numbers that obey, 0 where nothing is asked.
    pub fn obedience<T>(&self, lattice: &Lattice<T>) -> f64 {
        if self.constraints.is_empty() {
            return 0.0;
        }
        let (expected, asked) = (self.expected(), self.constraints.asked());
        let product = (&expected, &asked);
        let obeying = Search::new(&product).total(lattice);
        (obeying - Search::new(&expected).total(lattice)).min(0.0)
    }

    /// The likeliest path that says `number` and obeys; `None` if there is none.
    pub fn path_of<T>(&self, lattice: &Lattice<T>, number: &[Symbol]) -> Option<Path> {
        let (expected, asked) = (self.expected(), self.constraints.asked());
        let product = ((&expected, &asked), Exactly(number));
        Search::new(&product).best_path(lattice)
    }

    /// What numbers are measured by: where nothing is asked of them, beside ink that is none;
    /// else beside numbers that do not obey, what they would be worth.
    fn scale<T, E: Acceptor, A: Acceptor>(
        &self,
        lattice: &Lattice<T>,
        expected: &E,
        search: &mut Search<'_, A>,
    ) -> Scale {
        let total = search.total(lattice);
        let others = if self.constraints.is_empty() {
            (search.total_of(lattice, &[]) - total).exp() * self.params.stray.exp_m1()
        } else {
            let all = Search::new(expected).total(lattice);
            // Relative to what obeys, so that nothing underflows.
            self.params.disobeying * ((all - total).exp() - 1.0).max(0.0)
        };
        Scale { total, others }
    }
}

#[cfg(test)]
mod tests;
