//! Which tiles a map is cut into, and where each lies at the points.
//!
//! Under a kernel of 3×3, all tiles are 4×4 outputs but those of the last row and
//! column, which have as many as are left: three or two along an axis (one counts as
//! two). These have fewer points, so that at a point not all kinds of tiles are
//! present. Those that are stand kind by kind, in each the tiles of the first image
//! first. Under a kernel of 5×5 all tiles are 2×2 outputs.

use std::ops::Range;

use pulp::Simd;

use super::transforms::{Axis, IN, Tile, has_point, point_of};
use crate::Shape;

/// A map cut in tiles.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tiling {
    /// Tiles down and across.
    counts: [usize; 2],
    /// Outputs of a whole tile along either axis: 4 or 2.
    step: usize,
    /// Outputs of the last tile along either axis if it is not whole: 3 or 2.
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
    starts: [usize; IN],
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
    /// That of a map of so many rows and columns under a kernel of `taps` × `taps`.
    pub(super) fn new([height, width]: [usize; 2], taps: usize) -> Self {
        let step = IN + 1 - taps;
        // Where the axes end differently, both end in whole tiles.
        let last = match (height % step, width % step) {
            (3, 3) => Some(3),
            (2, 2) | (1, 1) if step > 2 => Some(2),
            _ => None,
        };
        Self {
            counts: [height.div_ceil(step), width.div_ceil(step)],
            step,
            last,
        }
    }

    /// Whether the last tiles have what belongs to `point` of an axis.
    fn last_has(&self, point: usize) -> bool {
        self.last.is_none_or(|extent| has_point(extent, point))
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
        images * along(0, point / IN) * along(1, point % IN)
    }

    /// All tiles of some images by their size; some kinds may have none.
    fn kinds(&self, images: usize) -> [Kind; 4] {
        let small = usize::from(self.last.is_some());
        let [down, across] = self.counts;
        let parts = |count: usize| [0..count - small, count - small..count];
        let mut first = [0; IN];
        [[false, false], [false, true], [true, false], [true, true]].map(|[low, narrow]| {
            let kind = Kind {
                images,
                rows: parts(down)[usize::from(low)].clone(),
                columns: parts(across)[usize::from(narrow)].clone(),
                small: [low, narrow],
                starts: first,
                step: self.step,
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
            match (kind.small, self.last) {
                ([false, false], _) if self.step == 2 => work.tiles::<S, 6, 2, 6, 2>(simd, &kind),
                ([false, false], _) => work.tiles::<S, 6, 4, 6, 4>(simd, &kind),
                ([false, true], Some(3)) => work.tiles::<S, 6, 4, 5, 3>(simd, &kind),
                ([false, true], _) => work.tiles::<S, 6, 4, 4, 2>(simd, &kind),
                ([true, false], Some(3)) => work.tiles::<S, 5, 3, 6, 4>(simd, &kind),
                ([true, false], _) => work.tiles::<S, 4, 2, 6, 4>(simd, &kind),
                ([true, true], Some(3)) => work.tiles::<S, 5, 3, 5, 3>(simd, &kind),
                ([true, true], _) => work.tiles::<S, 4, 2, 4, 2>(simd, &kind),
            }
        }
    }
}

/// What is done with the tiles of one size: `I` inputs and `O` outputs down,
/// `J` and `P` across.
pub(super) trait PerKind {
    /// Does it.
    fn tiles<S: Simd, const I: usize, const O: usize, const J: usize, const P: usize>(
        &mut self,
        simd: S,
        kind: &Kind,
    ) where
        Tile: Axis<I, O> + Axis<J, P>;
}

impl Kind {
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
    pub(super) fn at<const I: usize, const J: usize>(
        &self,
        place: Place,
        [i, j]: [usize; 2],
        stride: usize,
        step: usize,
    ) -> usize {
        let (down, across) = (point_of::<I>(i), point_of::<J>(j));
        (down * IN + across) * stride + self.slot(place, across) * step
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
        for (size, taps) in sizes.into_iter().flat_map(|size| [(size, 3), (size, 5)]) {
            let tiling = Tiling::new(size, taps);
            let images = 3;
            for point in 0..IN * IN {
                let [down, across] = [point / IN, point % IN];
                let mut slots = Vec::new();
                for kind in tiling.kinds(images) {
                    let here = (!kind.small[0] || tiling.last_has(down))
                        && (!kind.small[1] || tiling.last_has(across));
                    if here {
                        slots.extend(kind.places().map(|place| kind.slot(place, across)));
                    }
                }
                let expected: Vec<usize> = (0..tiling.at_point(point, images)).collect();
                assert_eq!(slots, expected, "{size:?} at point {point}");
            }
        }
    }

    #[test]
    fn a_map_of_14_has_484_points_where_whole_tiles_have_576() {
        let points = |size| -> usize {
            let tiling = Tiling::new([size, size], 3);
            (0..IN * IN).map(|point| tiling.at_point(point, 1)).sum()
        };
        assert_eq!([3, 14, 28].map(points), [25, 484, 1764]);
    }
}
