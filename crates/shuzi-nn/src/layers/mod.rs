//! The layers, one a file: what each is, what it makes of a map, its tensors and its cost,
//! its training pass, its work in inference and its form in ONNX.
//!
//! A new layer is a file and two lines in the table below.

mod activation;
mod batch_norm;
mod conv;
mod definition;
mod deformable_conv;
mod dropout;
mod flatten;
mod layer_norm;
mod linear;
mod lrn;
mod parallel;
mod pool;
mod residual;

pub use batch_norm::BatchNorm;
pub use conv::Conv;
pub use definition::Step;
pub use layer_norm::LayerNorm;
pub use linear::Linear;
pub use pool::Pool;

pub(crate) use batch_norm::{After, BatchNormLayer};
use definition::Inner;
pub(crate) use definition::{Definition, Fusion, InferContext, Site};

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::{
    deformable_conv::DeformableConv, dropout::Dropout, flatten::Flatten, parallel::Parallel,
    residual::Residual,
};
use crate::kernels::{elementwise::Activation, lrn::Lrn};

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
    /// Layer normalisation over the channels of each position.
    LayerNorm(LayerNorm),
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

impl LayerKind {
    /// The table: the only place that tells the layers apart.
    pub(crate) fn definition(&self) -> Arc<dyn Definition> {
        match self {
            Self::Conv(conv) => Arc::new(conv.clone()),
            Self::DeformableConv(conv) => Arc::new(DeformableConv(conv.clone())),
            Self::BatchNorm(norm) => Arc::new(norm.clone()),
            Self::LayerNorm(norm) => Arc::new(norm.clone()),
            Self::Activation { function } => Arc::new(*function),
            Self::Lrn(lrn) => Arc::new(lrn.clone()),
            Self::Pool(pool) => Arc::new(pool.clone()),
            Self::Dropout { rate } => Arc::new(Dropout { rate: *rate }),
            Self::Flatten => Arc::new(Flatten),
            Self::Linear(linear) => Arc::new(linear.clone()),
            Self::Parallel { branches } => Arc::new(Parallel {
                branches: branches.len(),
            }),
            Self::Residual { scale, .. } => Arc::new(Residual { scale: *scale }),
        }
    }
}

impl LayerKind {
    /// The sequences of layers inside it.
    pub(crate) fn inner(&self) -> Vec<&[Layer]> {
        match self {
            Self::Parallel { branches } => branches.iter().map(Vec::as_slice).collect(),
            Self::Residual { body, .. } => vec![body],
            Self::Conv(_)
            | Self::DeformableConv(_)
            | Self::BatchNorm(_)
            | Self::LayerNorm(_)
            | Self::Activation { .. }
            | Self::Lrn(_)
            | Self::Pool(_)
            | Self::Dropout { .. }
            | Self::Flatten
            | Self::Linear(_) => Vec::new(),
        }
    }
}

fn one() -> f32 {
    1.0
}
