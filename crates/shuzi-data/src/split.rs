//! Training and validation parts, chosen by a seed.

use rand::seq::SliceRandom;

use crate::rng::{RngStream, generator};

/// Indices of the samples to train on and of those held out, each ascending.
/// Together they are all samples, and no sample is in both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Samples to train on, at least one.
    pub train: Vec<usize>,
    /// Samples held out.
    pub validation: Vec<usize>,
}

/// More samples are held out than can be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{validation} of {n} samples held out: expected at least one left to train on")]
pub struct SplitError {
    /// Number of samples.
    pub n: usize,
    /// Number to hold out.
    pub validation: usize,
}

impl Split {
    /// Holds out `validation` of `n` samples, each as likely as another.
    ///
    /// # Errors
    ///
    /// [`SplitError`] if none is left to train on.
    pub fn new(n: usize, validation: usize, seed: u64) -> Result<Self, SplitError> {
        Self::stratified(&vec![0; n], validation, seed)
    }

    /// Holds out `validation` samples, of each label in proportion to how often
    /// it occurs, to less than one sample (method of the largest remainder).
    ///
    /// # Errors
    ///
    /// [`SplitError`] if none is left to train on.
    pub fn stratified(labels: &[u8], validation: usize, seed: u64) -> Result<Self, SplitError> {
        let n = labels.len();
        if validation >= n {
            return Err(SplitError { n, validation });
        }
        let mut classes = vec![Vec::new(); 256];
        for (index, &label) in labels.iter().enumerate() {
            classes[usize::from(label)].push(index);
        }
        let quotas = quotas(&classes, validation, n);

        let mut random = generator(seed, RngStream::Split, 0, 0);
        let mut split = Self {
            train: Vec::with_capacity(n - validation),
            validation: Vec::with_capacity(validation),
        };
        for (class, quota) in classes.iter_mut().zip(quotas) {
            class.shuffle(&mut random);
            let (held_out, rest) = class.split_at(quota);
            split.validation.extend_from_slice(held_out);
            split.train.extend_from_slice(rest);
        }
        split.train.sort_unstable();
        split.validation.sort_unstable();
        Ok(split)
    }
}

/// How many of each class are held out; they add up to `validation`.
fn quotas(classes: &[Vec<usize>], validation: usize, n: usize) -> Vec<usize> {
    let share = |class: &Vec<usize>| class.len() as u128 * validation as u128;
    let mut quotas: Vec<usize> = classes
        .iter()
        .map(|class| (share(class) / n as u128) as usize)
        .collect();
    let missing = validation - quotas.iter().sum::<usize>();
    let mut order: Vec<usize> = (0..classes.len()).collect();
    // Stable, so that equal remainders go by label.
    order.sort_by_key(|&i| std::cmp::Reverse(share(&classes[i]) % n as u128));
    for &i in order.iter().take(missing) {
        quotas[i] += 1;
    }
    quotas
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_are_disjoint_and_complete(
            labels in prop::collection::vec(0..10u8, 1..300),
            part in 0.0..1.0f64,
            seed: u64,
        ) {
            let n = labels.len();
            let validation = (part * n as f64) as usize;
            for split in [
                Split::new(n, validation, seed).unwrap(),
                Split::stratified(&labels, validation, seed).unwrap(),
            ] {
                prop_assert_eq!(split.validation.len(), validation);
                let mut all = [split.train, split.validation].concat();
                all.sort_unstable();
                prop_assert_eq!(all, (0..n).collect::<Vec<_>>());
            }
        }

        #[test]
        fn each_label_gets_its_share(
            labels in prop::collection::vec(0..4u8, 2..300),
            part in 0.0..1.0f64,
        ) {
            let n = labels.len();
            let validation = (part * n as f64) as usize;
            let split = Split::stratified(&labels, validation, 1).unwrap();
            for label in 0..4 {
                let all = labels.iter().filter(|&&l| l == label).count();
                let held_out = split.validation.iter().filter(|&&i| labels[i] == label).count();
                let share = all as f64 * validation as f64 / n as f64;
                prop_assert!((held_out as f64 - share).abs() < 1.0);
            }
        }
    }

    #[test]
    fn the_seed_decides() {
        let split = Split::new(1000, 100, 7).unwrap();
        assert_eq!(split, Split::new(1000, 100, 7).unwrap());
        assert_ne!(split, Split::new(1000, 100, 8).unwrap());
    }

    #[test]
    fn something_must_be_left() {
        assert_eq!(
            Split::new(5, 5, 0),
            Err(SplitError {
                n: 5,
                validation: 5
            })
        );
        assert_eq!(Split::new(5, 0, 0).unwrap().train, [0, 1, 2, 3, 4]);
        assert!(Split::new(0, 0, 0).is_err());
    }
}
