//! Which pixels are ink, as they lie or turned.

use crate::Ink;

/// The ink as it lies, or turned so that columns become rows.
pub(super) struct View {
    pub(super) width: usize,
    pub(super) height: usize,
    /// `[height, width]`.
    inked: Vec<bool>,
}

impl View {
    pub(super) fn of(ink: &Ink) -> Self {
        Self {
            width: ink.width,
            height: ink.height,
            inked: ink.coverage.iter().map(|c| *c >= Ink::EDGE).collect(),
        }
    }

    pub(super) fn turned(&self) -> Self {
        let columns = (0..self.width).flat_map(|x| (0..self.height).map(move |y| (x, y)));
        Self {
            width: self.height,
            height: self.width,
            inked: columns
                .map(|(x, y)| self.inked[y * self.width + x])
                .collect(),
        }
    }

    pub(super) fn inked(&self, x: usize, y: isize) -> bool {
        let row = usize::try_from(y).ok().filter(|y| *y < self.height);
        row.is_some_and(|y| self.inked[y * self.width + x])
    }

    /// First row and past the last of the ink at `x` on or beside row `y`.
    pub(super) fn across(&self, x: usize, y: isize) -> Option<(usize, usize)> {
        let start = [y, y - 1, y + 1].into_iter().find(|y| self.inked(x, *y))?;
        let mut first = start;
        while self.inked(x, first - 1) {
            first -= 1;
        }
        let mut end = start + 1;
        while self.inked(x, end) {
            end += 1;
        }
        Some((first as usize, end as usize))
    }
}
