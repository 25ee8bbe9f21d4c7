//! A network as data: everything else (shapes, parameter counts, training,
//! inference, files) is derived from an [`Architecture`].

mod infer;
mod parameters;
mod summary;

pub use infer::{ArchitectureError, Step};
pub use parameters::{Layout, ParameterSpec, Role};
pub use summary::{Summary, SummaryRow};

use serde::{Deserialize, Serialize};

use crate::Shape;

/// A feed-forward network: an input shape and layers in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Name, as on the command line.
    pub name: String,
    /// Shape of one input image.
    pub input: Shape,
    /// Whether images may have other widths than `input`'s.
    #[serde(default, skip_serializing_if = "Width::is_fixed")]
    pub width: Width,
    /// The layers, first to last.
    pub layers: Vec<Layer>,
}

/// Which widths the images of a network may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Width {
    /// That of the input's shape.
    #[default]
    Fixed,
    /// Any; that of the input's shape stands for the others where shapes and costs
    /// are told. No layer may depend on it, and the output is a sequence: one row of
    /// `frames` positions, each with a value a class.
    Dynamic,
}

impl Width {
    /// Whether there is one alone.
    pub fn is_fixed(&self) -> bool {
        *self == Self::Fixed
    }
}

impl Architecture {
    /// The same network for images of another width.
    pub fn at_width(&self, width: usize) -> Self {
        let mut architecture = self.clone();
        architecture.input.width = width;
        architecture
    }
}

/// A named layer. The name is the prefix of its parameters in a weights file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// Name, unique among its neighbours, without dots.
    pub name: String,
    /// What the layer does.
    #[serde(flatten)]
    pub kind: LayerKind,
}

impl Layer {
    /// A layer called `name`.
    pub fn new(name: impl Into<String>, kind: LayerKind) -> Self {
        Self {
            name: name.into(),
            kind,
        }
    }
}

/// What a layer does to a map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum LayerKind {
    /// Convolution (cross-correlation, as the field has it).
    Conv(Conv),
    /// Deformable convolution (Dai et al. 2017): a convolution `offset` of the
    /// same window says where each tap reads the map, between pixels by
    /// bilinear interpolation; in one group.
    DeformableConv(Conv),
    /// Batch normalisation over `n`, height and width.
    BatchNorm(BatchNorm),
    /// A function of each value.
    Activation {
        /// The function.
        function: Activation,
    },
    /// Local response normalisation across channels.
    Lrn(Lrn),
    /// Max or average pooling.
    Pool(Pool),
    /// Dropout: in training a value is zeroed with probability `rate` and the
    /// others are scaled by `1 / (1 − rate)`; in inference nothing happens.
    Dropout {
        /// Probability of zeroing, in `[0, 1)`.
        rate: f32,
    },
    /// A map becomes a vector.
    Flatten,
    /// Fully connected layer on a vector.
    Linear(Linear),
    /// Branches on the same input, their channels concatenated.
    Parallel {
        /// The branches; an empty branch passes its input on.
        branches: Vec<Vec<Layer>>,
    },
    /// `x + scale · body(x)` (He et al. 2016; the scale: Szegedy et al. 2017).
    Residual {
        /// The layers of the body; they keep the shape.
        body: Vec<Layer>,
        /// Factor on the body's output; 1 is the plain residual.
        #[serde(default = "one")]
        scale: f32,
    },
}

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

/// Convolution. Weights are `[out_channels, in_channels / groups, kh, kw]` in
/// files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv {
    /// Channels of the output.
    pub out_channels: usize,
    /// Kernel rows and columns.
    pub kernel: [usize; 2],
    /// Vertical and horizontal stride.
    #[serde(default = "ones")]
    pub stride: [usize; 2],
    /// Padding with zeros.
    #[serde(default)]
    pub padding: Padding,
    /// Vertical and horizontal distance of neighbouring taps (Yu and Koltun 2016).
    #[serde(default = "ones", skip_serializing_if = "are_ones")]
    pub dilation: [usize; 2],
    /// Groups of channels that see each other alone.
    #[serde(default = "one_usize")]
    pub groups: usize,
    /// Whether a bias is added (not before batch normalisation, which
    /// subtracts it again).
    #[serde(default = "yes")]
    pub bias: bool,
}

impl Conv {
    /// A convolution of stride 1 with bias, without padding, in one group.
    pub fn new(out_channels: usize, kernel: [usize; 2]) -> Self {
        Self {
            out_channels,
            kernel,
            stride: ones(),
            padding: Padding::default(),
            dilation: ones(),
            groups: 1,
            bias: true,
        }
    }

    /// The same with `padding`.
    pub fn padding(self, padding: Padding) -> Self {
        Self { padding, ..self }
    }

    /// The same without bias.
    pub fn without_bias(self) -> Self {
        Self {
            bias: false,
            ..self
        }
    }
}

/// Batch normalisation (Ioffe and Szegedy 2015): `γ (x − μ) / √(σ² + ε) + β`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchNorm {
    /// ε.
    #[serde(default = "BatchNorm::default_epsilon")]
    pub epsilon: f32,
    /// Weight of the newest batch in the running statistics.
    #[serde(default = "BatchNorm::default_momentum")]
    pub momentum: f32,
}

impl BatchNorm {
    fn default_epsilon() -> f32 {
        1e-5
    }

    fn default_momentum() -> f32 {
        0.1
    }
}

impl Default for BatchNorm {
    fn default() -> Self {
        Self {
            epsilon: Self::default_epsilon(),
            momentum: Self::default_momentum(),
        }
    }
}

/// Function applied to each value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// `max(0, x)`.
    Relu,
    /// Hyperbolic tangent.
    Tanh,
    /// `1 / (1 + e⁻ˣ)`.
    Sigmoid,
}

/// Local response normalisation (Krizhevsky et al. 2012, §3.3), in PyTorch's
/// form: `x / (k + α/size · Σ x²)^β` over `size` neighbouring channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lrn {
    /// Channels in the sum.
    #[serde(default = "Lrn::default_size")]
    pub size: usize,
    /// α.
    #[serde(default = "Lrn::default_alpha")]
    pub alpha: f32,
    /// β.
    #[serde(default = "Lrn::default_beta")]
    pub beta: f32,
    /// k.
    #[serde(default = "Lrn::default_k")]
    pub k: f32,
}

impl Lrn {
    fn default_size() -> usize {
        5
    }

    fn default_alpha() -> f32 {
        1e-4
    }

    fn default_beta() -> f32 {
        0.75
    }

    fn default_k() -> f32 {
        1.0
    }
}

impl Default for Lrn {
    fn default() -> Self {
        Self {
            size: Self::default_size(),
            alpha: Self::default_alpha(),
            beta: Self::default_beta(),
            k: Self::default_k(),
        }
    }
}

/// How pooling sums up a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PoolMode {
    /// The largest value; padding never wins.
    Max,
    /// The mean of the values that are on the map.
    Average,
}

/// Pooling; windows may overlap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// Max or average.
    pub mode: PoolMode,
    /// Window rows and columns.
    pub kernel: [usize; 2],
    /// Vertical and horizontal stride.
    pub stride: [usize; 2],
    /// Padding.
    #[serde(default)]
    pub padding: Padding,
}

impl Pool {
    /// Max pooling without padding, square window and stride.
    pub fn max(kernel: usize, stride: usize) -> Self {
        Self {
            mode: PoolMode::Max,
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: Padding::Valid,
        }
    }

    /// Average pooling without padding, square window and stride.
    pub fn average(kernel: usize, stride: usize) -> Self {
        Self {
            mode: PoolMode::Average,
            ..Self::max(kernel, stride)
        }
    }
}

/// Fully connected layer with bias. Weights are `[out, in]` in files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linear {
    /// Values in the output.
    pub out_features: usize,
}

fn one() -> f32 {
    1.0
}

fn one_usize() -> usize {
    1
}

fn ones() -> [usize; 2] {
    [1, 1]
}

fn are_ones(pair: &[usize; 2]) -> bool {
    *pair == ones()
}

fn yes() -> bool {
    true
}
