//! Which tensors a layer owns: names, roles, order in files.

use crate::Shape;

/// What a tensor is to its layer; decides its start value and whether the
/// optimizer touches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Kernel or matrix, drawn at random with this many inputs and outputs
    /// for each value.
    Weight {
        /// Values that each output sums over.
        fan_in: usize,
        /// Outputs that each input reaches.
        fan_out: usize,
    },
    /// Kernel of a deformable convolution's offsets, starts at 0: nothing is
    /// moved yet.
    OffsetWeight,
    /// Additive term, starts at 0.
    Bias,
    /// γ of batch normalisation, starts at 1.
    Scale,
    /// Running mean: not trained, starts at 0.
    RunningMean,
    /// Running variance: not trained, starts at 1.
    RunningVariance,
}

impl Role {
    /// Whether the optimizer changes the tensor.
    pub fn is_trained(self) -> bool {
        !matches!(self, Role::RunningMean | Role::RunningVariance)
    }
}

/// How a tensor's order in memory differs from its order in files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The same.
    Plain,
    /// `[o, i, h, w]` in files, `[h, w, i, o]` in memory.
    Kernel {
        /// Output channels.
        o: usize,
        /// Input channels of a group.
        i: usize,
        /// Rows.
        h: usize,
        /// Columns.
        w: usize,
    },
    /// `[out, in]` in files, `[in, out]` in memory. `in` is made of flattened
    /// maps: channels first in files, last in memory.
    Matrix {
        /// Output features.
        out: usize,
        /// The maps that were flattened.
        maps: Vec<Shape>,
    },
}

impl Layout {
    /// For every place in memory, in order, the place in the file.
    pub fn file_order(&self, len: usize) -> Vec<usize> {
        match self {
            Layout::Plain => (0..len).collect(),
            &Layout::Kernel { o, i, h, w } => {
                let mut order = Vec::with_capacity(len);
                for tap in 0..h * w {
                    for input in 0..i {
                        order.extend((0..o).map(|output| (output * i + input) * h * w + tap));
                    }
                }
                order
            }
            Layout::Matrix { out, maps } => {
                let inputs: usize = maps.iter().map(|map| map.len()).sum();
                let mut order = Vec::with_capacity(len);
                let mut start = 0;
                for map in maps {
                    for position in 0..map.positions() {
                        for channel in 0..map.channels {
                            let column = start + channel * map.positions() + position;
                            order.extend((0..*out).map(|row| row * inputs + column));
                        }
                    }
                    start += map.len();
                }
                order
            }
        }
    }
}

/// One tensor of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterSpec {
    /// Name in files, PyTorch's way: `conv1_1.weight`.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Shape in files.
    pub shape: Vec<usize>,
    /// Order in memory.
    pub layout: Layout,
}

impl ParameterSpec {
    /// Values in the tensor.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether the tensor holds no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
