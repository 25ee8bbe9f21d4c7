//! What chance decides, from a key: the same key gives the same bits.

use std::ops::{Range, RangeInclusive};

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use shuzi_data::rng::{RngStream, generator};

/// A stream of chance.
#[derive(Debug, Clone)]
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream of a use, a seed and an index.
    pub(crate) fn new(seed: u64, stream: RngStream, index: u64) -> Self {
        Self(generator(seed, stream, 0, index))
    }

    /// A stream of its own that begins at a number, as a habit that is always the same.
    pub(crate) fn of_habit(habit: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(habit))
    }

    /// 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// 0 to 1.
    pub(crate) fn unit(&mut self) -> f32 {
        self.0.random_range(0.0..1.0)
    }

    /// A value of a range, each as likely; the start if the range is empty.
    pub(crate) fn between(&mut self, range: &Range<f32>) -> f32 {
        range.start + (range.end - range.start) * self.unit()
    }

    /// A value of a range of positive numbers, its logarithm even.
    pub(crate) fn log_between(&mut self, range: &Range<f32>) -> f32 {
        range.start * (range.end / range.start).powf(self.unit())
    }

    /// Whether something happens that has a probability.
    pub(crate) fn maybe(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    /// Left or right.
    pub(crate) fn sign(&mut self) -> f32 {
        if self.maybe(0.5) { 1.0 } else { -1.0 }
    }

    /// A number below `n`; 0 for 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        if n < 2 { 0 } else { self.0.random_range(0..n) }
    }

    /// A whole number.
    pub(crate) fn count(&mut self, range: RangeInclusive<usize>) -> usize {
        range.start() + self.below(range.end().saturating_sub(*range.start()) + 1)
    }

    /// Gauss's distribution (Box and Muller 1958).
    pub(crate) fn normal(&mut self, mean: f32, deviation: f32) -> f32 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        mean + deviation * radius * (std::f32::consts::TAU * self.unit()).cos()
    }

    /// One of several, each as likely.
    pub(crate) fn pick<T: Copy, const N: usize>(&mut self, of: [T; N]) -> T {
        const { assert!(N > 0, "one of none") };
        of[self.below(N)]
    }

    /// Which of several, by weight; the last if all are 0.
    pub(crate) fn weighted(&mut self, weights: &[f32]) -> usize {
        let mut at = self.unit() * weights.iter().sum::<f32>();
        for (i, weight) in weights.iter().enumerate() {
            if at < *weight {
                return i;
            }
            at -= weight;
        }
        weights.len().saturating_sub(1)
    }

    /// Adds grain to values: nearly Gauss's distribution, the sum of four bytes.
    pub(crate) fn grain(&mut self, values: &mut [f32], deviation: f32) {
        // The deviation of the sum of four even bytes is 2 * 73.9.
        let scale = deviation / 147.8;
        for pair in values.chunks_mut(2) {
            let bits = self.0.next_u64().to_le_bytes();
            for (value, four) in pair.iter_mut().zip(bits.chunks_exact(4)) {
                let sum: i32 = four.iter().map(|&byte| i32::from(byte)).sum();
                *value += (sum - 510) as f32 * scale;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grain_has_its_deviation() {
        let mut values = vec![0.0; 20_001];
        Chance::new(1, RngStream::TextLine, 0).grain(&mut values, 3.0);
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let square = values.iter().map(|v| v * v).sum::<f32>() / values.len() as f32;
        assert!(mean.abs() < 0.1, "{mean}");
        assert!((square.sqrt() - 3.0).abs() < 0.1, "{square}");
    }

    #[test]
    fn weights_are_shares() {
        let mut chance = Chance::new(1, RngStream::TextLine, 0);
        let mut seen = [0; 3];
        for _ in 0..3000 {
            seen[chance.weighted(&[1.0, 0.0, 3.0])] += 1;
        }
        assert_eq!(seen[1], 0);
        assert!((600..900).contains(&seen[0]), "{seen:?}");
    }
}
