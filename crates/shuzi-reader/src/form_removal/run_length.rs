//! Which pixels are ink, as they lie or transposed, and straight runs of them.

use std::cell::OnceCell;

use crate::{
    binarize::Ink,
    image::morphology::{dilate, flood_fill},
};

/// Which runs of ink count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Runs {
    /// Least length in columns.
    pub(super) length: usize,
    /// Longest gap that belongs to a run.
    pub(super) gap: usize,
}

/// Bits after the point of a [`ScanLine`]'s numbers: rounding whole numbers takes a shift,
/// rounding floats a call on most machines.
const POINT: u32 = 16;

/// A nearly level line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ScanLine {
    /// Its row in the first column.
    start: i64,
    /// Rows down to a column across.
    slope: i64,
}

impl ScanLine {
    /// From row `start` of the first column, `slope` rows down to a column across.
    pub(super) fn new(start: f64, slope: f64) -> Self {
        let fixed = |value: f64| (value * f64::from(1 << POINT)).round() as i64;
        Self {
            start: fixed(start),
            slope: fixed(slope),
        }
    }

    /// Its row in column `x`, which may lie outside of the picture.
    #[inline]
    pub(super) fn at(self, x: usize) -> isize {
        let half = 1 << (POINT - 1);
        ((self.start + self.slope * x as i64 + half) >> POINT) as isize
    }

    /// One that falls more steeply by the slope of `other`, and starts lower by its
    /// start; where `other` has column 0, this one has column `x`.
    pub(super) fn bent(self, other: Self, x: usize) -> Self {
        Self {
            start: self.start + other.start - other.slope * x as i64,
            slope: self.slope + other.slope,
        }
    }
}

/// The ink as it lies, or transposed so that columns become rows.
pub(super) struct BinaryImage {
    pub(super) width: usize,
    pub(super) height: usize,
    /// `[height, width]`.
    inked: Vec<bool>,
    /// The same for [`BinaryImage::across`], once it is asked for.
    spans: OnceCell<Vec<[u32; 2]>>,
}

impl BinaryImage {
    pub(super) fn of(ink: &Ink) -> Self {
        Self::from(ink, Ink::EDGE)
    }

    /// Of what has at least a coverage.
    pub(super) fn from(ink: &Ink, least: u8) -> Self {
        Self {
            width: ink.width,
            height: ink.height,
            inked: ink.coverage.iter().map(|c| *c >= least).collect(),
            spans: OnceCell::new(),
        }
    }

    pub(super) fn transposed(&self) -> Self {
        let mut inked = Vec::with_capacity(self.inked.len());
        for x in 0..self.width {
            inked.extend((0..self.height).map(|y| self.inked[y * self.width + x]));
        }
        Self {
            width: self.height,
            height: self.width,
            inked,
            spans: OnceCell::new(),
        }
    }

    /// With the pixels above and below the ink.
    pub(super) fn thickened(&self) -> Self {
        let inked = dilate(&self.inked, [self.width, self.height], [0, 1]);
        Self {
            inked,
            spans: OnceCell::new(),
            ..*self
        }
    }

    /// All lines of a slope that go through the picture, a row apart.
    pub(super) fn lines(&self, slope: f64) -> impl Iterator<Item = ScanLine> {
        let reach = (slope.abs() * self.width as f64).ceil() as isize;
        (-reach..self.height as isize + reach).map(move |start| ScanLine::new(start as f64, slope))
    }

    /// Visits the runs of ink along a line between two columns, from the first
    /// column to past the last.
    pub(super) fn runs(
        &self,
        Runs { length, gap }: Runs,
        line: ScanLine,
        [from, to]: [usize; 2],
        mut visit: impl FnMut([usize; 2]),
    ) {
        let inked = |x: &usize| *x < to && self.inked(*x, line.at(*x));
        // Columns before it have been looked at.
        let mut open = from;
        // A run this long passes one of these columns, if over a gap.
        for column in (from..to).step_by(length.max(1)) {
            let Some(found) = (column.max(open)..=column + gap).find(inked) else {
                continue;
            };
            let (mut first, mut last) = (found, found);
            while let Some(x) = (open.max(first.saturating_sub(gap + 1))..first)
                .rev()
                .find(inked)
            {
                first = x;
            }
            while let Some(x) = (last + 1..=last + gap + 1).find(inked) {
                last = x;
            }
            open = last + 1;
            if open - first >= length {
                visit([first, open]);
            }
        }
    }

    #[inline]
    pub(super) fn inked(&self, x: usize, y: isize) -> bool {
        let row = usize::try_from(y).ok().filter(|y| *y < self.height);
        row.is_some_and(|y| self.inked[y * self.width + x])
    }

    /// Rows that the piece of ink reaches over to which the pixel at `x` in row `y` belongs.
    pub(super) fn height_of_piece(&self, x: usize, y: usize) -> usize {
        let start = [y * self.width + x];
        let piece = flood_fill(start, [self.width, self.height], |_, next| self.inked[next]);
        let first = piece.iter().position(|of_it| *of_it);
        let last = piece.iter().rposition(|of_it| *of_it);
        let row = |at: Option<usize>| at.map_or(y, |at| at / self.width);
        row(last) + 1 - row(first)
    }

    /// First row and past the last of the ink at `x` on or beside row `y`.
    pub(super) fn across(&self, x: usize, y: isize) -> Option<(usize, usize)> {
        let y = [y, y - 1, y + 1].into_iter().find(|y| self.inked(x, *y))?;
        let spans = self.spans.get_or_init(|| self.spans());
        let [first, end] = spans[y as usize * self.width + x];
        Some((first as usize, end as usize))
    }

    /// For every pixel of ink the first row of the ink above and below it, and past
    /// the last: to walk there for each would take long where a sheet's edge is black.
    fn spans(&self) -> Vec<[u32; 2]> {
        let (width, height) = (self.width, self.height);
        let mut spans = vec![[0; 2]; self.inked.len()];
        for at in (0..spans.len()).filter(|at| self.inked[*at]) {
            let above = at.checked_sub(width).filter(|above| self.inked[*above]);
            spans[at][0] = above.map_or((at / width) as u32, |above| spans[above][0]);
        }
        for at in (0..spans.len()).rev().filter(|at| self.inked[*at]) {
            let below = Some(at + width).filter(|below| self.inked.get(*below) == Some(&true));
            spans[at][1] = below.map_or((at / width + 1).min(height) as u32, |b| spans[b][1]);
        }
        spans
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::binarize::Polarity;

    /// The runs along a line, looked for column by column.
    fn naive_runs(
        view: &BinaryImage,
        runs: Runs,
        line: ScanLine,
        [from, to]: [usize; 2],
    ) -> Vec<[usize; 2]> {
        let inked: Vec<usize> = (from..to).filter(|x| view.inked(*x, line.at(*x))).collect();
        let solid = inked.chunk_by(|a, b| b - a <= runs.gap + 1);
        let found = solid.filter_map(|run| Some([*run.first()?, run.last()? + 1]));
        found
            .filter(|[first, end]| end - first >= runs.length)
            .collect()
    }

    proptest! {
        #[test]
        fn what_is_turned_or_thickened_is_inked_as_by_its_definition(
            (width, height) in (1usize..9, 1usize..9),
            set in prop::collection::vec(any::<bool>(), 81),
        ) {
            let view = BinaryImage::of(&Ink {
                width,
                height,
                coverage: set[..width * height].iter().map(|set| 255 * u8::from(*set)).collect(),
                polarity: Polarity::DarkOnLight,
            });
            let (transposed, thick) = (view.transposed(), view.thickened());
            for (x, y) in (0..width).flat_map(|x| (0..height as isize).map(move |y| (x, y))) {
                prop_assert_eq!(transposed.inked(y as usize, x as isize), view.inked(x, y));
                let near = (y - 1..=y + 1).any(|y| view.inked(x, y));
                prop_assert_eq!(thick.inked(x, y), near);
            }
        }

        #[test]
        fn runs_are_those_of_every_column(
            width in 1usize..40,
            set in prop::collection::vec(prop::bool::weighted(0.7), 3 * 40),
            (length, gap) in (0usize..12, 0usize..4),
            (start, slope) in (-1.0..3.0f64, -0.1..0.1f64),
            (from, columns) in (0usize..40, 0usize..41),
        ) {
            let view = BinaryImage::of(&Ink {
                width,
                height: 3,
                coverage: set[..3 * width].iter().map(|set| 255 * u8::from(*set)).collect(),
                polarity: Polarity::DarkOnLight,
            });
            let (runs, line) = (Runs { length, gap }, ScanLine::new(start, slope));
            let between = [from % width, (from % width + columns).min(width)];
            let mut found = Vec::new();
            view.runs(runs, line, between, |run| found.push(run));
            // Shorter than a column there is none.
            let runs = Runs { length: length.max(1), gap };
            prop_assert_eq!(found, naive_runs(&view, runs, line, between));
        }

        #[test]
        fn across_is_as_far_as_one_can_walk(
            (width, height) in (1usize..12, 1usize..12),
            set in prop::collection::vec(any::<bool>(), 144),
            (x, y) in (0usize..12, -2isize..14),
        ) {
            let x = x % width;
            let view = BinaryImage::of(&Ink {
                width,
                height,
                coverage: set[..width * height].iter().map(|set| 255 * u8::from(*set)).collect(),
                polarity: Polarity::DarkOnLight,
            });
            let walked = [y, y - 1, y + 1].into_iter().find(|y| view.inked(x, *y)).map(|y| {
                let (mut first, mut end) = (y, y + 1);
                while view.inked(x, first - 1) {
                    first -= 1;
                }
                while view.inked(x, end) {
                    end += 1;
                }
                (first as usize, end as usize)
            });
            prop_assert_eq!(view.across(x, y), walked);
        }
    }
}
