//! `y = x + scale · body(x)`.

use super::{Definition, Fusion, InferContext, Inner, Site, Step};
use crate::{
    buffer::Buffer,
    kernels::elementwise::{add_scaled, scaled},
    onnx::{Exporter, Rank, Value},
    pass::{BuildContext, Pass, Room, Sequence, TrainLayer},
    program::{Folded, Inference},
    spec::{ArchitectureError, Flow, ParameterSpec, Sliding, same_shape, value},
    weights::WeightsError,
};

/// See [`LayerKind::Residual`](super::LayerKind::Residual).
#[derive(Debug)]
pub(super) struct Residual {
    pub(super) scale: f32,
}

impl Definition for Residual {
    fn name(&self) -> &'static str {
        "residual"
    }

    fn sliding(&self) -> Option<Sliding> {
        None
    }

    fn output(&self, path: &str, input: &Flow, body: &[Flow]) -> Result<Flow, ArchitectureError> {
        if !self.scale.is_finite() {
            return Err(value(path, "scale", "finite", self.scale));
        }
        for flow in body {
            same_shape(path, input.shape, flow.shape)?;
        }
        Ok(input.clone())
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
        inner: Vec<Sequence>,
        context: &BuildContext<'_>,
    ) -> Option<Box<dyn TrainLayer>> {
        let body = inner.into_iter().next()?;
        let layer = ResidualLayer::new(body, self.scale, context.max_batch);
        Some(Box::new(layer))
    }

    fn infer(&self, _: &Site<'_>, _: &mut InferContext<'_>, _: Folded) -> Inference {
        Inference::Add { scale: self.scale }
    }

    fn onnx(
        &self,
        step: &Step,
        x: Value,
        exporter: &mut Exporter<'_>,
        inner: &mut Inner<'_>,
    ) -> Result<Value, WeightsError> {
        let path = step.path.as_str();
        let rank = x.rank;
        let value = inner(exporter, 0, x.clone())?;
        let mut body = match rank {
            Rank::Vector => exporter.vector(&format!("{path}.flatten"), value),
            Rank::Map => exporter.map(&format!("{path}.body"), value),
        };
        if self.scale != 1.0 {
            let scale = exporter.floats(&format!("{path}.scale"), &[1], &[self.scale]);
            let name = format!("{path}.scaled");
            body = exporter.node("Mul", &name, &[&body, &scale], Vec::new());
        }
        let name = exporter.node("Add", path, &[&x.name, &body], Vec::new());
        Ok(Value { name, rank })
    }
}

struct ResidualLayer {
    body: Sequence,
    scale: f32,
    output: Buffer,
    gradient: Buffer,
}

impl ResidualLayer {
    fn new(body: Sequence, scale: f32, max_batch: usize) -> Self {
        let len = max_batch * body.output_len();
        Self {
            body,
            scale,
            output: Buffer::zeros(len),
            gradient: Buffer::zeros(len),
        }
    }
}

impl TrainLayer for ResidualLayer {
    fn output_len(&self) -> usize {
        self.body.output_len()
    }

    fn room(&self) -> Room {
        self.body.room()
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let output = &mut self.output[..y.len()];
        self.body.forward(pass, x, output);
        y.copy_from_slice(x);
        add_scaled(self.scale, output, y);
    }

    fn backward(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        _: &[f32],
        dy: &mut [f32],
        mut dx: Option<&mut [f32]>,
    ) {
        let gradient = &mut self.gradient[..dy.len()];
        scaled(self.scale, dy, gradient);
        let y = &self.output[..dy.len()];
        self.body.backward(pass, x, y, gradient, dx.as_deref_mut());
        if let Some(dx) = dx {
            add_scaled(1.0, dy, dx);
        }
    }
}
