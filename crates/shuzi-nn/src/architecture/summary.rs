//! The printed table of a network (Table 1 of the paper) as data.

use serde::Serialize;

use super::{Architecture, ArchitectureError, LayerKind, Padding, PoolMode, Step};
use crate::Shape;

/// Layers, parameters and cost of a network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Name of the architecture.
    pub name: String,
    /// Shape of one input image.
    pub input: Shape,
    /// One row a layer, containers before their contents.
    pub layers: Vec<SummaryRow>,
    /// Trainable parameters.
    pub parameters: usize,
    /// Multiply-adds of convolutions and linear layers for one image, counted
    /// as if padding were data.
    pub multiply_adds: usize,
}

/// One layer of a [`Summary`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SummaryRow {
    /// Full name.
    pub name: String,
    /// What it is, in a word.
    pub kind: &'static str,
    /// Kernel rows and columns, where there is one.
    pub kernel: Option<[usize; 2]>,
    /// Stride, where there is one.
    pub stride: Option<[usize; 2]>,
    /// Padding, where there is one.
    pub padding: Option<Padding>,
    /// Output shape.
    pub output: Shape,
    /// Trainable parameters of the layer itself.
    pub parameters: usize,
    /// Multiply-adds of the layer itself.
    pub multiply_adds: usize,
    /// How many layers contain it.
    pub depth: usize,
}

impl Architecture {
    /// The table of the network.
    ///
    /// # Errors
    /// As [`Architecture::steps`].
    pub fn summary(&self) -> Result<Summary, ArchitectureError> {
        let layers: Vec<_> = self.steps()?.iter().map(row).collect();
        Ok(Summary {
            name: self.name.clone(),
            input: self.input,
            parameters: layers.iter().map(|row| row.parameters).sum(),
            multiply_adds: layers.iter().map(|row| row.multiply_adds).sum(),
            layers,
        })
    }
}

fn row(step: &Step<'_>) -> SummaryRow {
    let (kernel, stride, padding) = match &step.layer.kind {
        LayerKind::Conv(conv) | LayerKind::DeformableConv(conv) => {
            (Some(conv.kernel), Some(conv.stride), Some(conv.padding))
        }
        LayerKind::Pool(pool) => (Some(pool.kernel), Some(pool.stride), Some(pool.padding)),
        _ => (None, None, None),
    };
    SummaryRow {
        name: step.path.clone(),
        kind: kind_name(&step.layer.kind),
        kernel,
        stride,
        padding,
        output: step.output,
        parameters: step
            .parameters()
            .iter()
            .filter(|spec| spec.role.is_trained())
            .map(super::parameters::ParameterSpec::len)
            .sum(),
        multiply_adds: multiply_adds(step),
        depth: step.depth,
    }
}

fn multiply_adds(step: &Step<'_>) -> usize {
    match &step.layer.kind {
        LayerKind::Conv(conv) => {
            let taps = conv.kernel[0] * conv.kernel[1] * step.input.channels / conv.groups;
            step.output.len() * taps
        }
        LayerKind::DeformableConv(conv) => {
            let taps = conv.kernel[0] * conv.kernel[1];
            let outputs = conv.out_channels + 2 * taps; // the offsets' too
            step.output.positions() * taps * step.input.channels * outputs
        }
        LayerKind::Linear(linear) => linear.out_features * step.input.channels,
        _ => 0,
    }
}

fn kind_name(kind: &LayerKind) -> &'static str {
    match kind {
        LayerKind::Conv(_) => "conv",
        LayerKind::DeformableConv(_) => "deformable conv",
        LayerKind::BatchNorm(_) => "batch norm",
        LayerKind::Activation { function } => match function {
            super::Activation::Relu => "ReLU",
            super::Activation::Tanh => "tanh",
            super::Activation::Sigmoid => "sigmoid",
        },
        LayerKind::Lrn(_) => "LRN",
        LayerKind::Pool(pool) => match pool.mode {
            PoolMode::Max => "max pool",
            PoolMode::Average => "average pool",
        },
        LayerKind::Dropout { .. } => "dropout",
        LayerKind::Flatten => "flatten",
        LayerKind::Linear(_) => "linear",
        LayerKind::Parallel { .. } => "parallel",
        LayerKind::Residual { .. } => "residual",
    }
}
