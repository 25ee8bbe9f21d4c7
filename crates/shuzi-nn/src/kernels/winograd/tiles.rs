//! Which tiles a map is cut into, and where each lies at the points.
//!
//! All tiles have as many outputs but those of the last row and column, which may have
//! fewer, about as many as are left. These have fewer points, so that at a point not all
//! kinds of tiles are present. Those that are stand kind by kind, in each the tiles of
//! the first image first.

use std::ops::Range;

use pulp::Simd;

use super::{
    algorithm::Algorithm,
    transforms::{Axis, Eight, MOST, Points, Six, point_of},
};
use crate::Shape;

/// A map cut in tiles.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tiling {
    /// Tiles down and across.
    counts: [usize; 2],
    algorithm: Algorithm,
    /// Outputs of the last tile along either axis if it is not whole.
    last: Option<usize>,
}

/// The tiles of one size in some images.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    images: usize,
    rows: Range<usize>,
    columns: Range<usize>,
    /// Whether they are smaller than others, down and across.
    small: [bool; 2],
    /// Tiles before the first of them at a point of each column.
    starts: [usize; MOST],
    /// Outputs from one tile to the next.
    step: usize,
}

/// One tile.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) image: usize,
    /// Row and column of its first output.
    pub(super) first: [usize; 2],
    /// Its number among those of its kind.
    index: usize,
}

impl Tiling {
    /// That of a map of so many rows and columns.
    pub(super) fn new(size: [usize; 2], algorithm: Algorithm) -> Self {
        let outputs = algorithm.outputs();
        // Where the axes end differently, both end in whole tiles.
        let [last, across] = size.map(|extent| algorithm.last(extent % outputs));
        Self {
            counts: size.map(|extent| extent.div_ceil(outputs)),
            algorithm,
            last: last.filter(|_| last == across),
        }
    }

    /// The one of fewest points under a kernel, if there is any.
    pub(super) fn of(size: [usize; 2], kernel: [usize; 2]) -> Option<Self> {
        let algorithms = Algorithm::of(kernel).iter();
        algorithms
            .map(|&algorithm| Self::new(size, algorithm))
            .min_by_key(Self::points)
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Points of an image's tiles.
    fn points(&self) -> usize {
        (0..self.algorithm.points())
            .map(|point| self.at_point(point, 1))
            .sum()
    }

    /// Whether the last tiles have what belongs to `point` of an axis.
    fn last_has(&self, point: usize) -> bool {
        let infinity = self.algorithm.along() - 1;
        self.last
            .is_none_or(|outputs| point <= outputs || point == infinity)
    }

    /// Tiles of an image.
    pub(super) fn len(&self) -> usize {
        self.counts[0] * self.counts[1]
    }

    /// Tiles of some images that have `point`.
    pub(super) fn at_point(&self, point: usize, images: usize) -> usize {
        let along = |axis: usize, at: usize| {
            let lacking = usize::from(!self.last_has(at));
            self.counts[axis] - lacking
        };
        let points = self.algorithm.along();
        images * along(0, point / points) * along(1, point % points)
    }

    /// All tiles of some images by their size; some kinds may have none.
    fn kinds(&self, images: usize) -> [Kind; 4] {
        let small = usize::from(self.last.is_some());
        let [down, across] = self.counts;
        let parts = |count: usize| [0..count - small, count - small..count];
        let mut first = [0; MOST];
        [[false, false], [false, true], [true, false], [true, true]].map(|[low, narrow]| {
            let kind = Kind {
                images,
                rows: parts(down)[usize::from(low)].clone(),
                columns: parts(across)[usize::from(narrow)].clone(),
                small: [low, narrow],
                starts: first,
                step: self.algorithm.outputs(),
            };
            // At points of columns that narrow tiles don't have, none of them stands
            // before what follows.
            for (point, first) in first.iter_mut().enumerate() {
                if !narrow || self.last_has(point) {
                    *first += kind.len();
                }
            }
            kind
        })
    }

    /// Calls `work` with every kind of tiles of some images.
    #[inline(always)]
    pub(super) fn visit<S: Simd, W: PerKind>(&self, simd: S, images: usize, work: &mut W) {
        for kind in self.kinds(images) {
            if kind.len() == 0 {
                continue;
            }
            match (self.algorithm, self.last) {
                (Algorithm::F2x5, _) => work.tiles::<S, Six, 6, 2, 6, 2>(simd, &kind),
                (Algorithm::F4x3, Some(3)) => kind.lead::<S, W, Six, 6, 4, 5, 3>(simd, work),
                (Algorithm::F4x3, _) => kind.lead::<S, W, Six, 6, 4, 4, 2>(simd, work),
                (Algorithm::F6x3, Some(4)) => kind.lead::<S, W, Eight, 8, 6, 6, 4>(simd, work),
                (Algorithm::F6x3, _) => kind.lead::<S, W, Eight, 8, 6, 4, 2>(simd, work),
            }
        }
    }
}

/// What is done with the tiles of one size: `I` inputs and `O` outputs down,
/// `J` and `P` across.
pub(super) trait PerKind {
    /// Does it.
    fn tiles<S: Simd, F, const I: usize, const O: usize, const J: usize, const P: usize>(
        &mut self,
        simd: S,
        kind: &Kind,
    ) where
        F: Axis<I, O> + Axis<J, P>;
}

impl Kind {
    /// Does `work` with the tiles, of which whole ones have `I` inputs and `O` outputs
    /// along an axis, small ones `J` and `P`.
    #[inline(always)]
    fn lead<
        S: Simd,
        W: PerKind,
        F,
        const I: usize,
        const O: usize,
        const J: usize,
        const P: usize,
    >(
        &self,
        simd: S,
        work: &mut W,
    ) where
        F: Axis<I, O> + Axis<J, P>,
    {
        match self.small {
            [false, false] => work.tiles::<S, F, I, O, I, O>(simd, self),
            [false, true] => work.tiles::<S, F, I, O, J, P>(simd, self),
            [true, false] => work.tiles::<S, F, J, P, I, O>(simd, self),
            [true, true] => work.tiles::<S, F, J, P, J, P>(simd, self),
        }
    }

    fn len(&self) -> usize {
        self.images * self.rows.len() * self.columns.len()
    }

    /// The tiles in their order.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        let (rows, columns, step) = (self.rows.clone(), self.columns.clone(), self.step);
        let tiles = (0..self.images).flat_map(move |image| {
            let columns = columns.clone();
            rows.clone()
                .flat_map(move |row| columns.clone().map(move |column| (image, [row, column])))
        });
        tiles.enumerate().map(move |(index, (image, tile))| Place {
            image,
            first: tile.map(|tile| tile * step),
            index,
        })
    }

    /// Where the value in row `i` and column `j` of a transformed tile lies, if
    /// points are `stride` apart and tiles `step`.
    #[inline(always)]
    pub(super) fn at<F: Points, const I: usize, const J: usize>(
        &self,
        place: Place,
        [i, j]: [usize; 2],
        stride: usize,
        step: usize,
    ) -> usize {
        let (down, across) = (point_of::<F, I>(i), point_of::<F, J>(j));
        (down * F::COUNT + across) * stride + self.slot(place, across) * step
    }

    /// Number of a tile among all at a point of column `point`.
    #[inline(always)]
    fn slot(&self, place: Place, point: usize) -> usize {
        self.starts[point] + place.index
    }
}

/// An offset that lies outside of every map, twice itself too.
const OUTSIDE: usize = usize::MAX / 4;

/// Where the rows and columns under a tile lie on a map; [`OUTSIDE`] if they
/// don't.
#[derive(Clone, Copy)]
pub(super) struct Under<const N: usize, const M: usize> {
    rows: [usize; N],
    columns: [usize; M],
}

impl<const N: usize, const M: usize> Under<N, M> {
    /// A tile as it lies on a map of `shape`, its first row and column `before`
    /// the `first` of its outputs.
    #[inline(always)]
    pub(super) fn new(first: [usize; 2], before: [usize; 2], shape: Shape) -> Self {
        let line = shape.width * shape.channels;
        Self {
            rows: offsets(first[0], before[0], shape.height, line),
            columns: offsets(first[1], before[1], shape.width, shape.channels),
        }
    }

    /// Where channel `c` of the tile's row `i` and column `j` lies: beyond the
    /// end if not on the map.
    #[inline(always)]
    pub(super) fn at(&self, i: usize, j: usize, c: usize) -> usize {
        self.rows[i] + self.columns[j] + c
    }
}

#[inline(always)]
fn offsets<const N: usize>(first: usize, before: usize, extent: usize, step: usize) -> [usize; N] {
    let mut offsets = [OUTSIDE; N];
    for (i, offset) in offsets.iter_mut().enumerate() {
        // Before the map, it wraps round to beyond its end.
        let at = (first + i).wrapping_sub(before);
        if at < extent {
            *offset = at * step;
        }
    }
    offsets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_at_a_point_have_places_of_their_own() {
        let sizes = [
            [14, 14],
            [3, 3],
            [7, 7],
            [13, 9],
            [15, 15],
            [28, 28],
            [6, 7],
        ];
        let algorithms = [Algorithm::F2x5, Algorithm::F4x3, Algorithm::F6x3];
        let cases = sizes
            .into_iter()
            .flat_map(|size| algorithms.map(|algorithm| (size, algorithm)));
        for (size, algorithm) in cases {
            let tiling = Tiling::new(size, algorithm);
            let images = 3;
            for point in 0..algorithm.points() {
                let [down, across] = [point / algorithm.along(), point % algorithm.along()];
                let mut slots = Vec::new();
                for kind in tiling.kinds(images) {
                    let here = (!kind.small[0] || tiling.last_has(down))
                        && (!kind.small[1] || tiling.last_has(across));
                    if here {
                        slots.extend(kind.places().map(|place| kind.slot(place, across)));
                    }
                }
                let expected: Vec<usize> = (0..tiling.at_point(point, images)).collect();
                assert_eq!(slots, expected, "{size:?}, {algorithm:?} at point {point}");
            }
        }
    }

    #[test]
    fn the_algorithm_of_fewest_points_is_taken() {
        let fewest = |side| {
            let tiling = Tiling::of([side, side], [3, 3]).unwrap();
            (tiling.algorithm(), tiling.points())
        };
        assert_eq!(fewest(3), (Algorithm::F4x3, 25));
        assert_eq!(fewest(7), (Algorithm::F4x3, 121));
        // Whole tiles of F(4×4, 3×3) would have 576.
        assert_eq!(fewest(14), (Algorithm::F6x3, 400));
        assert_eq!(fewest(28), (Algorithm::F6x3, 1444));
    }
}
