//! The printed table of a network (Table 1 of the paper) as data.

use serde::Serialize;

use super::{Architecture, ArchitectureError, Padding, ParameterSpec, Step};
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
            parameters: sum(layers.iter().map(|row| row.parameters)),
            multiply_adds: sum(layers.iter().map(|row| row.multiply_adds)),
            layers,
        })
    }
}

fn row(step: &Step) -> SummaryRow {
    let sliding = step.definition.sliding();
    SummaryRow {
        name: step.path.clone(),
        kind: step.definition.name(),
        kernel: sliding.map(|sliding| sliding.kernel),
        stride: sliding.map(|sliding| sliding.stride),
        padding: sliding.map(|sliding| sliding.padding),
        output: step.output,
        parameters: sum(step
            .parameters()
            .iter()
            .filter(|spec| spec.role.is_trained())
            .map(ParameterSpec::len)),
        multiply_adds: step.definition.multiply_adds(step),
        depth: step.depth,
    }
}

/// The sum, or the largest number there is: a file may describe any network.
fn sum(counts: impl Iterator<Item = usize>) -> usize {
    counts.fold(0, usize::saturating_add)
}
