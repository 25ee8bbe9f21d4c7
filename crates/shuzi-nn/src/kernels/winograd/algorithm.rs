//! Which of Winograd's convolutions a map takes.

use super::transforms::{Eight, Points, Six};

/// Most points of a transformed tile.
pub(super) const MOST_POINTS: usize = Eight::COUNT * Eight::COUNT;

/// `F(m×m, r×r)`: tiles of `m × m` outputs under a kernel of `r × r` taps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// `F(2×2, 5×5)`: 36 products for 100.
    F2x5,
    /// `F(4×4, 3×3)`: 36 products for 144.
    F4x3,
    /// `F(6×6, 3×3)`: 64 products for 324.
    F6x3,
}

impl Algorithm {
    /// Those for a kernel.
    pub(super) fn of(kernel: [usize; 2]) -> &'static [Self] {
        match kernel {
            [3, 3] => &[Self::F4x3, Self::F6x3],
            [5, 5] => &[Self::F2x5],
            _ => &[],
        }
    }

    /// Outputs of a whole tile along an axis.
    pub(super) fn outputs(self) -> usize {
        match self {
            Self::F2x5 => 2,
            Self::F4x3 => 4,
            Self::F6x3 => 6,
        }
    }

    /// Outputs along an axis of a last tile for which `left` remain, if a smaller one
    /// than the whole will do.
    pub(super) fn last(self, left: usize) -> Option<usize> {
        match (self, left) {
            (Self::F4x3, 3) => Some(3),
            (Self::F4x3 | Self::F6x3, 1 | 2) => Some(2),
            (Self::F6x3, 3 | 4) => Some(4),
            _ => None,
        }
    }

    /// Points along an axis.
    pub(super) fn along(self) -> usize {
        match self {
            Self::F2x5 | Self::F4x3 => Six::COUNT,
            Self::F6x3 => Eight::COUNT,
        }
    }

    /// Points of a whole tile.
    pub(super) fn points(self) -> usize {
        self.along() * self.along()
    }
}
