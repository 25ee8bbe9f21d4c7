//! Which tensors a layer owns: names, roles, order in files.

use super::{Architecture, ArchitectureError, LayerKind, Step};
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

impl Architecture {
    /// Every tensor of the network, in the order of its layers.
    ///
    /// # Errors
    /// As [`Architecture::steps`].
    pub fn parameters(&self) -> Result<Vec<ParameterSpec>, ArchitectureError> {
        Ok(self.steps()?.iter().flat_map(Step::parameters).collect())
    }
}

impl Step<'_> {
    /// The layer's own tensors (not those of layers inside it).
    pub fn parameters(&self) -> Vec<ParameterSpec> {
        match &self.layer.kind {
            LayerKind::Conv(conv) => {
                let [h, w] = conv.kernel;
                let i = self.input.channels / conv.groups;
                let o = conv.out_channels;
                let role = Role::Weight {
                    fan_in: h * w * i,
                    fan_out: h * w * o / conv.groups,
                };
                let layout = Layout::Kernel { o, i, h, w };
                let mut specs = vec![self.spec("weight", role, vec![o, i, h, w], layout)];
                if conv.bias {
                    specs.push(self.vector("bias", Role::Bias, o));
                }
                specs
            }
            LayerKind::DeformableConv(conv) => {
                let [h, w] = conv.kernel;
                let i = self.input.channels;
                let offsets = 2 * h * w;
                let kernel = |suffix, role, o| {
                    self.spec(
                        suffix,
                        role,
                        vec![o, i, h, w],
                        Layout::Kernel { o, i, h, w },
                    )
                };
                let o = conv.out_channels;
                let role = Role::Weight {
                    fan_in: h * w * i,
                    fan_out: h * w * o,
                };
                let mut specs = vec![
                    kernel("offset.weight", Role::OffsetWeight, offsets),
                    self.vector("offset.bias", Role::Bias, offsets),
                    kernel("weight", role, o),
                ];
                if conv.bias {
                    specs.push(self.vector("bias", Role::Bias, o));
                }
                specs
            }
            LayerKind::Linear(linear) => {
                let (out, fan_in) = (linear.out_features, self.input.channels);
                let role = Role::Weight {
                    fan_in,
                    fan_out: out,
                };
                let maps = self.input_maps.clone();
                vec![
                    self.spec(
                        "weight",
                        role,
                        vec![out, fan_in],
                        Layout::Matrix { out, maps },
                    ),
                    self.vector("bias", Role::Bias, out),
                ]
            }
            LayerKind::BatchNorm(_) => {
                let c = self.input.channels;
                // After a map was flattened, channels are its values, which
                // files have in another order.
                let layout = if self.input.positions() == 1 {
                    Layout::Matrix {
                        out: 1,
                        maps: self.input_maps.clone(),
                    }
                } else {
                    Layout::Plain
                };
                let vector = |suffix, role| self.spec(suffix, role, vec![c], layout.clone());
                vec![
                    vector("weight", Role::Scale),
                    vector("bias", Role::Bias),
                    vector("running_mean", Role::RunningMean),
                    vector("running_var", Role::RunningVariance),
                ]
            }
            LayerKind::Activation { .. }
            | LayerKind::Lrn(_)
            | LayerKind::Pool(_)
            | LayerKind::Dropout { .. }
            | LayerKind::Flatten
            | LayerKind::Parallel { .. }
            | LayerKind::Residual { .. } => Vec::new(),
        }
    }

    fn vector(&self, suffix: &str, role: Role, len: usize) -> ParameterSpec {
        self.spec(suffix, role, vec![len], Layout::Plain)
    }

    fn spec(&self, suffix: &str, role: Role, shape: Vec<usize>, layout: Layout) -> ParameterSpec {
        ParameterSpec {
            name: format!("{}.{suffix}", self.path),
            role,
            shape,
            layout,
        }
    }
}
