//! How a layer's window goes over a map.

use serde::{Deserialize, Serialize};

use super::{ArchitectureError, check_size, positive};
use crate::{Shape, Window};

/// Rows and columns around a map that count as zeros (or, in pooling, as
/// nothing).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Padding {
    /// None: windows stay inside the map.
    #[default]
    Valid,
    /// As much as makes the output `⌈input / stride⌉`, the odd one after.
    Same,
    /// So many rows above and below, columns left and right.
    Explicit([usize; 2]),
}

/// How a layer's window slides, before the size of the map is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sliding {
    pub(crate) kernel: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) dilation: [usize; 2],
    pub(crate) padding: Padding,
}

impl Sliding {
    /// Whether an image's place under the windows depends on its width.
    pub(crate) fn moves_with_width(&self) -> bool {
        self.padding == Padding::Same && self.stride[1] > 1
    }

    /// Taps of the kernel along an axis, and what lies between them.
    fn span(&self, axis: usize) -> usize {
        (self.kernel[axis] - 1) * self.dilation[axis] + 1
    }

    /// Padding before a map of `extent` along an axis, and outputs; `None` if the kernel
    /// does not fit it.
    pub(crate) fn along(&self, axis: usize, extent: usize) -> Option<(usize, usize)> {
        let (stride, span) = (self.stride[axis], self.span(axis));
        let (before, padded) = match self.padding {
            Padding::Valid => (0, extent),
            Padding::Explicit(pad) => (pad[axis], extent + 2 * pad[axis]),
            Padding::Same => {
                let last = extent.div_ceil(stride).checked_sub(1)? * stride;
                let total = (last + span).saturating_sub(extent);
                (total / 2, extent + total)
            }
        };
        let room = padded.checked_sub(span)?;
        Some((before, room / stride + 1))
    }

    /// The window over a map of `input`.
    pub(crate) fn window(&self, path: &str, input: Shape) -> Result<Window, ArchitectureError> {
        let extent = [input.height, input.width];
        let mut result = Window {
            kernel: self.kernel,
            stride: self.stride,
            dilation: self.dilation,
            before: [0; 2],
            output: [0; 2],
        };
        for axis in 0..2 {
            let (kernel, stride, dilation) =
                (self.kernel[axis], self.stride[axis], self.dilation[axis]);
            positive(path, "kernel", kernel)?;
            positive(path, "stride", stride)?;
            positive(path, "dilation", dilation)?;
            check_size(
                path,
                "kernel, stride and dilation",
                &[kernel, stride, dilation],
            )?;
            if let Padding::Explicit(pad) = self.padding {
                check_size(path, "padding", &[pad[axis].max(1), 4])?;
            }
            let along = self.along(axis, extent[axis]);
            (result.before[axis], result.output[axis]) =
                along.ok_or_else(|| ArchitectureError::KernelTooLarge {
                    layer: path.to_owned(),
                    kernel: self.span(axis),
                    map: match self.padding {
                        Padding::Explicit(pad) => extent[axis] + 2 * pad[axis],
                        Padding::Valid | Padding::Same => extent[axis],
                    },
                })?;
        }
        Ok(result)
    }
}
