//! A network as data: everything else (shapes, parameter counts, training,
//! inference, files) is derived from an [`Architecture`].

mod steps;
mod summary;

pub use summary::{Summary, SummaryRow};

pub use crate::{
    kernels::{elementwise::Activation, lrn::Lrn, pool::PoolMode},
    layers::{BatchNorm, Conv, Layer, LayerKind, LayerNorm, Linear, Pool, Step},
    spec::{ArchitectureError, Layout, Padding, ParameterSpec, Role, Width},
};

use serde::{Deserialize, Serialize};

use crate::{Error, Shape};

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

impl Architecture {
    /// Every tensor of the network, in the order of its layers.
    ///
    /// # Errors
    /// As [`Architecture::steps`].
    pub fn parameters(&self) -> Result<Vec<ParameterSpec>, ArchitectureError> {
        Ok(self.steps()?.iter().flat_map(Step::parameters).collect())
    }

    /// The output of a network that tells classes apart: a vector of them, or, where the
    /// width is dynamic, a row of vectors.
    ///
    /// # Errors
    /// As [`Architecture::steps`], or if the output is another.
    pub fn classes(&self) -> Result<Shape, Error> {
        let output = self.output()?;
        let fits = match self.width {
            Width::Fixed => output.positions() == 1,
            Width::Dynamic => output.height == 1,
        };
        if !fits || output.channels < 2 {
            return Err(Error::NotAClassifier(output));
        }
        Ok(output)
    }

    /// The same network for images of another width.
    pub fn at_width(&self, width: usize) -> Self {
        let mut architecture = self.clone();
        architecture.input.width = width;
        architecture
    }
}
