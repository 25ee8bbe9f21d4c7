//! Images that belong together, in batches: the pieces of a line.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::LoaderError;
use crate::augment::{Augmentation, Augmenter};
use crate::rng::{RngStream, generator};

/// How [`Groups`] makes batches.
#[derive(Debug, Clone)]
pub struct GroupsConfig {
    /// Most images in a batch.
    pub batch: NonZeroUsize,
    /// Decides the order and the distortions.
    pub seed: u64,
    /// How images are distorted.
    pub augmentation: Augmentation,
    /// Most of that distortion: the images of a group share a part of it, uniform
    /// from 0 to this.
    pub strength: f32,
}

/// Gives batches of whole groups of images.
#[derive(Debug, Clone)]
pub struct Groups {
    pixels: Arc<Vec<u8>>,
    sides: [usize; 2],
    /// Of each group its images.
    ranges: Vec<Range<usize>>,
    /// The groups that fit a batch.
    fitting: Vec<usize>,
    config: GroupsConfig,
}

/// Some groups.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupBatch {
    /// Their indices.
    pub groups: Vec<usize>,
    /// Their images one after the other, `[n, h, w, 1]`, pixel / 255.
    pub images: Vec<f32>,
}

impl Groups {
    /// Groups of so many of the images `pixels`, `[n, h, w]`, one after the other.
    /// Groups without images, or with more than a batch has, are left out.
    ///
    /// # Errors
    ///
    /// [`LoaderError::NoSamples`] if none is left, [`LoaderError::Pixels`] if there
    /// are not as many pixels as the groups have, or [`LoaderError::Augmentation`].
    pub fn new(
        pixels: Arc<Vec<u8>>,
        sides: [usize; 2],
        sizes: impl IntoIterator<Item = usize>,
        config: GroupsConfig,
    ) -> Result<Self, LoaderError> {
        let most = config.augmentation.scaled(config.strength);
        Augmenter::new(&most, sides[0], sides[1])?;
        let mut images = 0;
        let range = |size| {
            let start = images;
            images += size;
            start..images
        };
        let ranges: Vec<_> = sizes.into_iter().map(range).collect();
        let expected = images * sides[0] * sides[1];
        if pixels.len() != expected {
            return Err(LoaderError::Pixels {
                expected,
                got: pixels.len(),
            });
        }
        let fits = |range: &Range<usize>| (1..=config.batch.get()).contains(&range.len());
        let fitting: Vec<_> = (0..ranges.len()).filter(|&i| fits(&ranges[i])).collect();
        if fitting.is_empty() {
            return Err(LoaderError::NoSamples);
        }
        Ok(Self {
            pixels,
            sides,
            ranges,
            fitting,
            config,
        })
    }

    /// Batches without end, each as full as its next group allows: all groups in some
    /// order, then in another. The same epoch gives the same batches, bit by bit.
    pub fn epoch(&self, epoch: u64) -> GroupBatches<'_> {
        GroupBatches {
            groups: self,
            epoch,
            given: 0,
            order: Vec::new(),
        }
    }
}

/// Batches of one epoch, see [`Groups::epoch`].
#[derive(Debug)]
pub struct GroupBatches<'a> {
    groups: &'a Groups,
    epoch: u64,
    /// Groups given so far.
    given: u64,
    /// Those that are left of this turn, the next one last.
    order: Vec<usize>,
}

impl GroupBatches<'_> {
    /// The generator of what comes after so many groups.
    fn random(&self, stream: RngStream) -> ChaCha8Rng {
        generator(self.groups.config.seed, stream, self.epoch, self.given)
    }

    /// Adds the group's images, distorted, to `images`.
    fn distort(&self, group: usize, images: &mut Vec<f32>) {
        let Groups {
            pixels,
            sides: [height, width],
            ranges,
            config,
            ..
        } = self.groups;
        let mut random = self.random(RngStream::AugmentGroup);
        let share = config.strength * random.random::<f32>();
        // The most of it was checked when the groups were made, and less of it is sound.
        let Ok(mut augmenter) = Augmenter::new(&config.augmentation.scaled(share), *height, *width)
        else {
            return;
        };
        let size = height * width;
        for index in ranges[group].clone() {
            let start = images.len();
            images.resize(start + size, 0.0);
            let image = &pixels[index * size..][..size];
            augmenter.apply(image, None, &mut random, &mut images[start..]);
        }
    }
}

impl Iterator for GroupBatches<'_> {
    type Item = GroupBatch;

    fn next(&mut self) -> Option<GroupBatch> {
        let mut batch = GroupBatch {
            groups: Vec::new(),
            images: Vec::new(),
        };
        let mut room = self.groups.config.batch.get();
        loop {
            if self.order.is_empty() {
                let mut random = self.random(RngStream::ShuffleGroups);
                self.order.clone_from(&self.groups.fitting);
                self.order.shuffle(&mut random);
            }
            let group = *self.order.last()?;
            let size = self.groups.ranges[group].len();
            if size > room {
                return Some(batch);
            }
            room -= size;
            self.order.pop();
            self.distort(group, &mut batch.images);
            batch.groups.push(group);
            self.given += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDES: [usize; 2] = [3, 2];

    /// Groups of these sizes; every pixel of an image is its number.
    fn groups(sizes: &[usize], batch: usize, augmentation: Augmentation) -> Groups {
        let n: usize = sizes.iter().sum();
        let size = SIDES[0] * SIDES[1];
        let pixels = (0..n * size).map(|at| (at / size) as u8).collect();
        let config = GroupsConfig {
            batch: NonZeroUsize::new(batch).unwrap(),
            seed: 1,
            augmentation,
            strength: 1.0,
        };
        Groups::new(Arc::new(pixels), SIDES, sizes.iter().copied(), config).unwrap()
    }

    #[test]
    fn every_group_comes_whole_and_once_a_turn() {
        let sizes = [2, 0, 1, 5, 3, 1];
        let groups = groups(&sizes, 4, Augmentation::none());
        let mut seen = Vec::new();
        for batch in groups.epoch(3).take(30) {
            assert!(!batch.groups.is_empty());
            let mut images = batch.images.chunks(6);
            for &group in &batch.groups {
                let first: usize = sizes[..group].iter().sum();
                for index in first..first + sizes[group] {
                    assert_eq!(images.next().unwrap(), [index as f32 / 255.0; 6]);
                }
            }
            assert_eq!(images.next(), None);
            assert!(batch.images.len() <= 4 * 6);
            seen.extend(batch.groups);
        }
        // The group of none and that of five don't fit.
        for turn in seen.chunks_exact(4) {
            let mut turn = turn.to_vec();
            turn.sort_unstable();
            assert_eq!(turn, [0, 2, 4, 5]);
        }
        assert!(seen.chunks_exact(4).any(|turn| turn != &seen[..4]));
    }

    #[test]
    fn an_epoch_is_the_same_again_and_another_is_not() {
        let groups = groups(&[2, 1, 3, 1], 4, Augmentation::moderate());
        let batches = |epoch| groups.epoch(epoch).take(9).collect::<Vec<_>>();
        assert_eq!(batches(1), batches(1));
        assert_ne!(batches(1), batches(2));
        // Of a second turn the distortions are others.
        let one = Groups {
            fitting: vec![0],
            ..groups.clone()
        };
        let [a, b] = [0, 1].map(|n| one.epoch(1).nth(n).unwrap());
        assert_ne!(a.images, b.images);
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let config = groups(&[1], 1, Augmentation::none()).config;
        let new = |pixels: usize, sizes: &[usize]| {
            let pixels = Arc::new(vec![0; pixels]);
            Groups::new(pixels, SIDES, sizes.iter().copied(), config.clone())
        };
        assert!(matches!(new(12, &[2]), Err(LoaderError::NoSamples)));
        assert!(matches!(new(0, &[]), Err(LoaderError::NoSamples)));
        assert!(matches!(
            new(7, &[1]),
            Err(LoaderError::Pixels {
                expected: 6,
                got: 7
            })
        ));
    }
}
