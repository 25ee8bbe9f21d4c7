//! A map becomes a vector: where channels are last, the same values in the same order.

use super::{Definition, Fusion, InferContext, Inner, Site, Step};
use crate::{
    Shape,
    onnx::{Exporter, Value},
    pass::{BuildContext, Sequence, TrainLayer},
    program::{Folded, Inference},
    spec::{ArchitectureError, Flow, ParameterSpec, Sliding},
    weights::WeightsError,
};

/// See [`LayerKind::Flatten`](super::LayerKind::Flatten).
#[derive(Debug)]
pub(super) struct Flatten;

impl Definition for Flatten {
    fn name(&self) -> &'static str {
        "flatten"
    }

    fn sliding(&self) -> Option<Sliding> {
        None
    }

    fn output(&self, path: &str, input: &Flow, _: &[Flow]) -> Result<Flow, ArchitectureError> {
        input.expect_fixed_width(path)?;
        Ok(Flow {
            shape: Shape::vector(input.shape.len()),
            ..input.clone()
        })
    }

    fn parameters(&self, _: &Step) -> Vec<ParameterSpec> {
        Vec::new()
    }

    fn multiply_adds(&self, _: &Step) -> usize {
        0
    }

    fn fusion(&self) -> Fusion {
        Fusion::Alone
    }

    fn train(
        &self,
        _: &Site<'_>,
        _: Vec<Sequence>,
        _: &BuildContext<'_>,
    ) -> Option<Box<dyn TrainLayer>> {
        None
    }

    fn infer(&self, _: &Site<'_>, _: &mut InferContext<'_>, _: Folded) -> Inference {
        Inference::Same
    }

    fn onnx(
        &self,
        step: &Step,
        x: Value,
        exporter: &mut Exporter<'_>,
        _: &mut Inner<'_>,
    ) -> Result<Value, WeightsError> {
        Ok(Value::vector(exporter.vector(&step.path, x)))
    }
}
