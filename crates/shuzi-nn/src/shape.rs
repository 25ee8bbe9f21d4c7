//! The shape of one image's feature map, and windows that slide over it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Height, width and channels of one feature map (NHWC without the `n`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Values at each position.
    pub channels: usize,
}

impl Shape {
    /// A map of `height` × `width` × `channels`.
    pub const fn new(height: usize, width: usize, channels: usize) -> Self {
        Self {
            height,
            width,
            channels,
        }
    }

    /// A vector: a map of one position.
    pub const fn vector(channels: usize) -> Self {
        Self::new(1, 1, channels)
    }

    /// Values in the map.
    pub const fn len(self) -> usize {
        self.height * self.width * self.channels
    }

    /// Whether the map holds no value.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Positions in the map: `height · width`.
    pub const fn positions(self) -> usize {
        self.height * self.width
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}×{}", self.height, self.width, self.channels)
    }
}

/// A kernel's way over a map: what convolution and pooling share.
///
/// Pairs are `[vertical, horizontal]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Rows and columns of the kernel.
    pub kernel: [usize; 2],
    /// Step between neighbouring outputs.
    pub stride: [usize; 2],
    /// Step between neighbouring taps of the kernel.
    pub dilation: [usize; 2],
    /// Rows above and columns left of the map that count as padding.
    pub before: [usize; 2],
    /// Rows and columns of the output.
    pub output: [usize; 2],
}

impl Window {
    /// Whether every position of a map of `input` lies under exactly one window.
    pub(crate) fn partitions(&self, input: Shape) -> bool {
        let [height, width] = self.output;
        let [down, across] = self.stride;
        self.kernel == self.stride
            && self.dilation == [1, 1]
            && self.before == [0, 0]
            && [height * down, width * across] == [input.height, input.width]
    }

    /// Input coordinate under kernel offset `k` of output `o` along `axis`
    /// (0 rows, 1 columns), `None` where it falls on padding.
    #[inline]
    pub fn source(&self, axis: usize, o: usize, k: usize, extent: usize) -> Option<usize> {
        (o * self.stride[axis] + k * self.dilation[axis])
            .checked_sub(self.before[axis])
            .filter(|&i| i < extent)
    }
}
