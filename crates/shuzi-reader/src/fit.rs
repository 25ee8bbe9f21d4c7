//! The weights of evidence by maximum likelihood: those under which the true
//! numbers of many lines are likeliest among all that their lattices allow
//! (a conditional random field, Lafferty et al. 2001).

use crate::classify::segment_model::{FEATURE_COUNT, dot};
pub use crate::decode::{Judged, judged};
use crate::lattice::{Lattice, line::answers, log_likelihood, symbols};

/// One digit that may be there, or none.
#[derive(Clone, Debug, PartialEq)]
pub struct FitArc {
    /// Place before it.
    pub from: usize,
    /// Place after it.
    pub to: usize,
    /// For each digit what speaks for it.
    pub digits: [[f64; FEATURE_COUNT]; 10],
    /// What speaks for none.
    pub none: [f64; FEATURE_COUNT],
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

impl FitLine {
    /// Logarithm of the probability of the truth under `weights`, and its
    /// gradient; `None` if no way gives the truth.
    pub fn likelihood(
        &self,
        weights: &[f64; FEATURE_COUNT],
    ) -> Option<(f64, [f64; FEATURE_COUNT])> {
        let edges = self.arcs.iter().enumerate().flat_map(|(index, arc)| {
            let scores = std::array::from_fn(|answer| dot(weights, arc.features(answer)));
            answers([arc.from, arc.to], scores, move |answer| (index, answer))
        });
        let lattice = Lattice::new(self.places, edges.collect()).ok()?;
        let mut gradient = [0.0; FEATURE_COUNT];
        let truth = symbols::of_digits(&self.truth);
        let log = log_likelihood(&lattice, &truth, |edge, surplus| {
            let (arc, answer) = edge.source;
            let features = self.arcs[arc].features(answer);
            for (to, feature) in gradient.iter_mut().zip(features) {
                *to += surplus * feature;
            }
        })?;
        Some((log, gradient))
    }
}

impl FitArc {
    /// What speaks for a digit, or for none.
    fn features(&self, answer: usize) -> &[f64; FEATURE_COUNT] {
        self.digits.get(answer).unwrap_or(&self.none)
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
        let weights: [f64; FEATURE_COUNT] = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
        let (_, gradient) = line.likelihood(&weights).unwrap();
        for i in 0..FEATURE_COUNT {
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
        let weights: [f64; FEATURE_COUNT] = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
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
