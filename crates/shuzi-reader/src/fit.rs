//! The weights of evidence by maximum likelihood: those under which the true
//! numbers of many lines are likeliest among all that their lattices allow
//! (a conditional random field, Lafferty et al. 2001).

use crate::evidence::{FEATURES, dot};
use crate::number::log_add;

/// One digit that may be there, or none.
#[derive(Clone, Debug, PartialEq)]
pub struct FitArc {
    /// Place before it.
    pub from: usize,
    /// Place after it.
    pub to: usize,
    /// For each digit what speaks for it.
    pub digits: [[f64; FEATURES]; 10],
    /// What speaks for none.
    pub none: [f64; FEATURES],
}

/// A line and the number on it.
#[derive(Clone, Debug, PartialEq)]
pub struct FitLine {
    /// Number of places.
    pub places: usize,
    /// In the order of their first place.
    pub arcs: Vec<FitArc>,
    /// The digits that it shows.
    pub truth: Vec<u8>,
}

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

impl FitLine {
    /// Logarithm of the probability of the truth under `weights`, and its
    /// gradient; `None` if no way gives the truth.
    pub fn likelihood(&self, weights: &[f64; FEATURES]) -> Option<(f64, [f64; FEATURES])> {
        let scores: Vec<([f64; 10], f64)> = self
            .arcs
            .iter()
            .map(|arc| {
                let digits = arc.digits.each_ref().map(|features| dot(weights, features));
                (digits, dot(weights, &arc.none))
            })
            .collect();
        let mut gradient = [0.0; FEATURES];
        let truth = self.pass(&scores, Some(&self.truth), 1.0, &mut gradient)?;
        let all = self.pass(&scores, None, -1.0, &mut gradient)?;
        Some((truth - all, gradient))
    }

    /// Logarithm of the sum over all ways, or over those that give `values`;
    /// adds `sign` times the expected features to `gradient`.
    fn pass(
        &self,
        scores: &[([f64; 10], f64)],
        values: Option<&[u8]>,
        sign: f64,
        gradient: &mut [f64; FEATURES],
    ) -> Option<f64> {
        // Without values all counts are one.
        let last = values.map_or(0, <[u8]>::len);
        // What an arc reads when `count` digits are read before it.
        let reads = |count: usize| match values {
            None => (0..10, count),
            Some(values) => match values.get(count) {
                Some(&value) => (usize::from(value)..usize::from(value) + 1, count + 1),
                None => (0..0, count),
            },
        };
        let mut forward = Ways::new(self.places, last + 1);
        forward.add(0, 0, 0.0);
        for (arc, (digits, none)) in self.arcs.iter().zip(scores) {
            for count in 0..=last {
                let way = forward.at(arc.from, count);
                if way == f64::NEG_INFINITY {
                    continue;
                }
                forward.add(arc.to, count, way + none);
                let (range, after) = reads(count);
                for digit in range {
                    forward.add(arc.to, after, way + digits[digit]);
                }
            }
        }
        let total = forward.at(self.places - 1, last);
        if total == f64::NEG_INFINITY {
            return None;
        }
        let mut backward = Ways::new(self.places, last + 1);
        backward.add(self.places - 1, last, 0.0);
        for (arc, (digits, none)) in self.arcs.iter().zip(scores).rev() {
            for count in 0..=last {
                let way = forward.at(arc.from, count);
                let mut visit = |after: usize, log: f64, features: &[f64; FEATURES]| {
                    let on = log + backward.at(arc.to, after);
                    if on == f64::NEG_INFINITY {
                        return;
                    }
                    backward.add(arc.from, count, on);
                    let share = sign * (way + on - total).exp();
                    for (to, feature) in gradient.iter_mut().zip(features) {
                        *to += share * feature;
                    }
                };
                visit(count, *none, &arc.none);
                let (range, after) = reads(count);
                for digit in range {
                    visit(after, digits[digit], &arc.digits[digit]);
                }
            }
        }
        Some(total)
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn line(rng: &mut ChaCha8Rng) -> FitLine {
        let mut features = || std::array::from_fn(|_| rng.random_range(-1.0..1.0));
        let mut arc = |from: usize, to: usize| FitArc {
            from,
            to,
            digits: std::array::from_fn(|_| features()),
            none: features(),
        };
        FitLine {
            places: 4,
            arcs: vec![arc(0, 1), arc(0, 2), arc(1, 2), arc(1, 3), arc(2, 3)],
            truth: vec![7, 1],
        }
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let line = line(&mut rng);
        let weights: [f64; FEATURES] = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
        let (_, gradient) = line.likelihood(&weights).unwrap();
        for i in 0..FEATURES {
            let at = |step: f64| {
                let mut weights = weights;
                weights[i] += step;
                line.likelihood(&weights).unwrap().0
            };
            let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((gradient[i] - difference).abs() < 1e-6, "feature {i}");
        }
    }

    #[test]
    fn all_numbers_together_are_certain() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut line = line(&mut rng);
        let weights: [f64; FEATURES] = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
        let mut sum = 0.0;
        for length in 0..=3u32 {
            for number in 0..10usize.pow(length) {
                let digit = |i: u32| (number / 10usize.pow(i) % 10) as u8;
                line.truth = (0..length).map(digit).collect();
                sum += line.likelihood(&weights).map_or(0.0, |(log, _)| log.exp());
            }
        }
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        line.truth = vec![1; 4];
        assert_eq!(
            line.likelihood(&weights),
            None,
            "four digits in three pieces"
        );
    }
}
