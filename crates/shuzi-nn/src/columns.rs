//! Which columns of a batch's maps are an image's own.
//!
//! Images of a batch are made equally wide by zeros on their right. Past an image's own
//! columns every map counts as zeros, as if each image had been there alone: nothing of
//! them enters statistics, losses or gradients.

use std::ops::Range;

use rayon::prelude::*;

use crate::Shape;

/// The widths that maps have, as the layers make them one from another.
#[derive(Clone, Debug)]
pub(crate) struct Levels {
    /// That which a level is made from, and how many of its columns are an image's own
    /// for every number there.
    made: Vec<(usize, Vec<usize>)>,
}

/// A width that some maps of the network have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Level(usize);

impl Levels {
    /// Those of a network whose input is `width` wide.
    pub(crate) fn new(width: usize) -> Self {
        Self {
            made: vec![(0, (0..=width).collect())],
        }
    }

    /// The level of what a layer makes of a map at `level`, [input, output] wide, of which
    /// so many columns are an image's own as `own_columns` says.
    pub(crate) fn after(
        &mut self,
        level: Level,
        [input, output]: [usize; 2],
        own_columns: impl Fn(usize) -> usize,
    ) -> Level {
        let rule: Vec<usize> = (0..=input).map(own_columns).collect();
        if input == output && rule.iter().enumerate().all(|(a, &b)| a == b) {
            return level;
        }
        let entry = (level.0, rule);
        let known = self.made.iter().skip(1).position(|made| *made == entry);
        Level(known.map_or_else(
            || {
                self.made.push(entry);
                self.made.len() - 1
            },
            |index| index + 1,
        ))
    }
}

/// The own columns of each image of a batch at every level.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    own: Vec<usize>,
    images: usize,
}

impl Columns {
    /// Room for batches of up to `max_batch` images.
    pub(crate) fn new(levels: &Levels, max_batch: usize) -> Self {
        Self {
            own: vec![0; levels.made.len() * max_batch],
            images: 0,
        }
    }

    /// Takes up a batch whose images have `own` columns of their own.
    pub(crate) fn set(&mut self, levels: &Levels, own: &[usize]) {
        self.images = own.len();
        for (level, (from, rule)) in levels.made.iter().enumerate() {
            for (image, &own) in own.iter().enumerate() {
                let own = match level {
                    0 => own,
                    _ => self.own[from * self.images + image],
                };
                self.own[level * self.images + image] = rule[own.min(rule.len() - 1)];
            }
        }
    }

    /// Those of all images.
    pub(crate) fn all(&self) -> OwnColumns<'_> {
        self.of(0..self.images)
    }

    /// Those of some of the images.
    pub(crate) fn of(&self, images: Range<usize>) -> OwnColumns<'_> {
        OwnColumns {
            own: &self.own,
            batch: self.images,
            first: images.start,
            count: images.len(),
        }
    }
}

/// The own columns of some images of a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnColumns<'a> {
    own: &'a [usize],
    batch: usize,
    first: usize,
    count: usize,
}

impl<'a> OwnColumns<'a> {
    /// Those of each image at `level`.
    pub(crate) fn at(&self, level: Level) -> &'a [usize] {
        &self.own[level.0 * self.batch + self.first..][..self.count]
    }

    /// Zeros past the own columns of every image's map.
    pub(crate) fn mask(&self, at: Place, maps: &mut [f32]) {
        maps.par_chunks_mut(at.shape.len())
            .zip(self.at(at.level))
            .with_min_len(4)
            .for_each(|(map, &own)| mask(map, at.shape, own));
    }

    /// Positions of all images that are their own.
    pub(crate) fn positions(&self, at: Place) -> usize {
        at.shape.height * self.at(at.level).iter().sum::<usize>()
    }
}

/// A map on its way through a network.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) shape: Shape,
    pub(crate) level: Level,
}

/// Zeros past the first `own` columns of a map.
pub(crate) fn mask(map: &mut [f32], shape: Shape, own: usize) {
    if own >= shape.width {
        return;
    }
    for row in map.chunks_exact_mut(shape.width * shape.channels) {
        row[own * shape.channels..].fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_made_from_one_another() {
        let mut levels = Levels::new(40);
        let input = Level::default();
        assert_eq!(levels.after(input, [40, 40], |own| own), input);
        let half = levels.after(input, [40, 20], |own| own / 2);
        assert_eq!(levels.after(input, [40, 20], |own| own / 2), half);
        let less = levels.after(half, [20, 18], |own| own.saturating_sub(2));
        let own = [40, 7, 0];
        let mut columns = Columns::new(&levels, 4);
        columns.set(&levels, &own);
        let all = columns.all();
        assert_eq!(all.at(input), own);
        assert_eq!(all.at(half), [20, 3, 0]);
        assert_eq!(all.at(less), [18, 1, 0]);
        assert_eq!(columns.of(1..2).at(half), [3]);
        let shape = Shape::new(2, 18, 1);
        assert_eq!(all.positions(Place { shape, level: less }), 38);
    }

    #[test]
    fn what_is_masked_is_zero_in_every_row() {
        let mut map = [1.0; 12];
        mask(&mut map, Shape::new(2, 3, 2), 2);
        let row = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0];
        assert_eq!(map, [row, row].as_flattened());
    }
}
