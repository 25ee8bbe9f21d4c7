//! Which columns of a batch's maps are an image's own.
//!
//! Images of a batch are made equally wide by zeros on their right. Past an image's own
//! columns every map counts as zeros, as if each image had been there alone: nothing of
//! them enters statistics, losses or gradients.

use std::ops::Range;

use rayon::prelude::*;

use crate::{Shape, architecture::Step};

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

    /// The level of the output of `step`, whose input is at `level`.
    pub(crate) fn after(&mut self, level: Level, step: &Step<'_>) -> Level {
        let rule: Vec<usize> = (0..=step.input.width)
            .map(|own| step.own_columns(own))
            .collect();
        if step.input.width == step.output.width && rule.iter().enumerate().all(|(a, &b)| a == b) {
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
    use crate::{
        Architecture, Layer, LayerKind,
        architecture::{Conv, Padding, Pool, Width},
    };

    #[test]
    fn own_columns_are_those_of_the_image_alone() {
        let strided = Conv {
            stride: [1, 3],
            ..Conv::new(1, [1, 5]).padding(Padding::Explicit([0, 2]))
        };
        let kinds = [
            LayerKind::Conv(Conv::new(1, [1, 3]).padding(Padding::Same)),
            LayerKind::Pool(Pool::max(1, 2)),
            LayerKind::Conv(strided),
            LayerKind::Conv(Conv::new(1, [1, 2])),
        ];
        let architecture = Architecture {
            name: "row".into(),
            input: Shape::new(1, 40, 1),
            width: Width::Dynamic,
            layers: kinds
                .into_iter()
                .enumerate()
                .map(|(i, kind)| Layer::new(format!("l{i}"), kind))
                .collect(),
        };
        let steps = architecture.steps().unwrap();
        let mut levels = Levels::new(40);
        let mut level = Level::default();
        for step in &steps {
            level = levels.after(level, step);
        }
        assert_eq!(levels.made.len(), 4, "the first layer keeps the width");
        let own: Vec<usize> = (0..=40).collect();
        let mut columns = Columns::new(&levels, own.len());
        columns.set(&levels, &own);
        for (&own, &got) in own.iter().zip(columns.all().at(level)) {
            let alone = architecture.at_width(own).output();
            assert_eq!(got, alone.map_or(0, |shape| shape.width), "{own} columns");
        }
    }

    #[test]
    fn what_is_masked_is_zero_in_every_row() {
        let mut map = [1.0; 12];
        mask(&mut map, Shape::new(2, 3, 2), 2);
        assert_eq!(
            map,
            [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]
        );
    }
}
