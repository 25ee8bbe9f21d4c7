//! Pixels and those near them.

use crate::image::rectangle::Rectangle;

/// The pixels that touch pixel `at`, diagonals included, of `[height, width]`.
pub(crate) fn neighbours(at: usize, [width, height]: [usize; 2]) -> impl Iterator<Item = usize> {
    let (x, y) = (at % width, at / width);
    let rows = y.saturating_sub(1)..(y + 2).min(height);
    let columns = x.saturating_sub(1)..(x + 2).min(width);
    rows.flat_map(move |y| columns.clone().map(move |x| y * width + x))
        .filter(move |&other| other != at)
}

/// Which pixels of `[height, width]` are reached from `starts` by steps to a neighbour:
/// `joins` says of a pixel and one that it touches whether a step leads there.
pub(crate) fn flood_fill(
    starts: impl IntoIterator<Item = usize>,
    size @ [width, height]: [usize; 2],
    joins: impl Fn(usize, usize) -> bool,
) -> Vec<bool> {
    let mut reached = vec![false; width * height];
    let mut open: Vec<usize> = starts.into_iter().collect();
    for &at in &open {
        reached[at] = true;
    }
    while let Some(at) = open.pop() {
        for next in neighbours(at, size) {
            if !reached[next] && joins(at, next) {
                reached[next] = true;
                open.push(next);
            }
        }
    }
    reached
}

/// Pixels that hang together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blob {
    /// Around them.
    pub(crate) bounds: Rectangle,
    /// Their indices.
    pub(crate) pixels: Vec<usize>,
}

/// The connected pieces (eight neighbours) of the pixels of `[height, width]` that are
/// `open`.
pub(crate) fn connected(mut open: Vec<bool>, size @ [width, _]: [usize; 2]) -> Vec<Blob> {
    let mut blobs = Vec::new();
    for start in 0..open.len() {
        if !std::mem::take(&mut open[start]) {
            continue;
        }
        let mut bounds = Rectangle::pixel(start % width, start / width);
        let mut pixels = vec![start];
        let mut next = 0;
        while let Some(&at) = pixels.get(next) {
            next += 1;
            bounds = bounds.union(&Rectangle::pixel(at % width, at / width));
            for neighbour in neighbours(at, size) {
                if std::mem::take(&mut open[neighbour]) {
                    pixels.push(neighbour);
                }
            }
        }
        blobs.push(Blob { bounds, pixels });
    }
    blobs
}

/// The highest value within so many columns and rows of each, `[height, width]`.
pub(crate) fn dilate<T: Copy + PartialOrd>(
    values: &[T],
    [width, height]: [usize; 2],
    [across, down]: [usize; 2],
) -> Vec<T> {
    // Whole rows at a time, which processors do many pixels at once; `f32::max` looks for
    // what is no number first, and there is none.
    let raise = |to: &mut [T], other: &[T]| {
        for (to, other) in to.iter_mut().zip(other) {
            *to = if *other > *to { *other } else { *to };
        }
    };
    let mut along = values.to_vec();
    for (row, to) in values.chunks(width).zip(along.chunks_mut(width)) {
        for away in 1..=across.min(width) {
            raise(&mut to[away..], row);
            raise(to, &row[away..]);
        }
    }
    let mut both = along.clone();
    for (y, to) in both.chunks_mut(width).enumerate() {
        for near in y.saturating_sub(down)..(y + down + 1).min(height) {
            raise(to, &along[near * width..]);
        }
    }
    both
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_hangs_together_is_reached_over_corners_too() {
        let picture = b"##...\n..#.#\n...##\n#....";
        let picture: Vec<u8> = picture.iter().copied().filter(|c| *c != b'\n').collect();
        let joins = |_, next: usize| picture[next] == b'#';
        let reached = flood_fill([0], [5, 4], joins);
        let all: Vec<usize> = (0..20).filter(|at| reached[*at]).collect();
        assert_eq!(all, [0, 1, 7, 9, 13, 14]);
    }

    proptest! {
        #[test]
        fn the_highest_near_is_that_of_every_pixel_near(
            (width, height) in (1usize..12, 1usize..12),
            reach in prop::array::uniform2(0usize..5),
            values in prop::collection::vec(-1.0..1.0f32, 144),
        ) {
            let values = &values[..width * height];
            let near = |a: usize, b: usize, axis: usize| a.abs_diff(b) <= reach[axis];
            let expected = (0..values.len()).map(|at| {
                let others = (0..values.len()).filter(|other| {
                    near(at % width, other % width, 0) && near(at / width, other / width, 1)
                });
                others.map(|other| values[other]).fold(f32::NEG_INFINITY, f32::max)
            });
            let found = dilate(values, [width, height], reach);
            prop_assert_eq!(found, expected.collect::<Vec<_>>());
        }
    }
}
