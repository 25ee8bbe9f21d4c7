//! An activation on its own.

use rayon::prelude::*;

use super::{Definition, Fusion, InferContext, Inner, Site, Step};
use crate::{
    buffer::Buffer,
    kernels::{
        elementwise::{Activation, activate, activate_backward},
        winograd::Spread,
    },
    onnx::{Exporter, Value},
    pass::{BuildContext, Pass, Sequence, TrainLayer},
    program::{Folded, Inference, Operation},
    spec::{ArchitectureError, Flow, ParameterSpec, Sliding},
    weights::WeightsError,
};

impl Definition for Activation {
    fn name(&self) -> &'static str {
        match self {
            Self::Relu => "ReLU",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
            Self::Gelu => "GELU",
        }
    }

    fn sliding(&self) -> Option<Sliding> {
        None
    }

    fn output(&self, _: &str, input: &Flow, _: &[Flow]) -> Result<Flow, ArchitectureError> {
        Ok(input.clone())
    }

    fn parameters(&self, _: &Step) -> Vec<ParameterSpec> {
        Vec::new()
    }

    fn multiply_adds(&self, _: &Step) -> usize {
        0
    }

    fn fusion(&self) -> Fusion {
        match self {
            Self::Relu => Fusion::Relu,
            Self::Tanh | Self::Sigmoid | Self::Gelu => Fusion::Alone,
        }
    }

    fn train(
        &self,
        site: &Site<'_>,
        _: Vec<Sequence>,
        _: &BuildContext<'_>,
    ) -> Option<Box<dyn TrainLayer>> {
        Some(Box::new(ActivationLayer {
            function: *self,
            len: site.input.shape.len(),
        }))
    }

    fn infer(&self, _: &Site<'_>, _: &mut InferContext<'_>, _: Folded) -> Inference {
        Inference::work(*self)
    }

    fn onnx(
        &self,
        step: &Step,
        x: Value,
        exporter: &mut Exporter<'_>,
        _: &mut Inner<'_>,
    ) -> Result<Value, WeightsError> {
        let operator = match self {
            Self::Relu => "Relu",
            Self::Tanh => "Tanh",
            Self::Sigmoid => "Sigmoid",
            Self::Gelu => {
                let name = gelu(&step.path, &x.name, exporter);
                return Ok(Value { name, ..x });
            }
        };
        let name = exporter.node(operator, &step.path, &[&x.name], Vec::new());
        Ok(Value { name, ..x })
    }
}

/// `(x + x · erf(x / √2)) / 2`: ONNX has no such operator before opset 20.
fn gelu(path: &str, x: &str, exporter: &mut Exporter<'_>) -> String {
    let name = |part: &str| format!("{path}.{part}");
    let root = exporter.floats(&name("root"), &[1], &[std::f32::consts::SQRT_2]);
    let two = exporter.floats(&name("two"), &[1], &[2.0]);
    let scaled = exporter.node("Div", &name("scaled"), &[x, &root], Vec::new());
    let erf = exporter.node("Erf", &name("erf"), &[&scaled], Vec::new());
    let product = exporter.node("Mul", &name("product"), &[x, &erf], Vec::new());
    let sum = exporter.node("Add", &name("sum"), &[x, &product], Vec::new());
    exporter.node("Div", path, &[&sum, &two], Vec::new())
}

impl Operation for Activation {
    fn run(&self, _: usize, x: &[f32], y: &mut [f32], _: Spread, _: &mut [Buffer; 2]) {
        activate(*self, x, y);
    }
}

struct ActivationLayer {
    function: Activation,
    len: usize,
}

impl TrainLayer for ActivationLayer {
    fn output_len(&self) -> usize {
        self.len
    }

    fn forward(&mut self, _: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let images = y.par_chunks_mut(self.len).zip(x.par_chunks(self.len));
        images.for_each(|(y, x)| activate(self.function, x, y));
    }

    fn backward(
        &mut self,
        _: &mut Pass<'_>,
        x: &[f32],
        y: &[f32],
        dy: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        let Some(dx) = dx else { return };
        let images = dx.par_chunks_mut(self.len).zip(dy.par_chunks(self.len));
        let maps = x.par_chunks(self.len).zip(y.par_chunks(self.len));
        images
            .zip(maps)
            .for_each(|((dx, dy), (x, y))| activate_backward(self.function, x, y, dy, dx));
    }
}
