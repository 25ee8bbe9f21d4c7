//! Max and average pooling.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Definition, Fusion, InferContext, Inner, Site, Step};
use crate::{
    Shape,
    buffer::Buffer,
    kernels::{
        pool::{PoolMode, PoolPlan},
        winograd::Spread,
    },
    onnx::{Exporter, Value, window_attributes},
    pass::{BuildContext, Pass, Sequence, TrainLayer},
    program::{Folded, Inference, Operation},
    spec::{ArchitectureError, Flow, Padding, ParameterSpec, Sliding, value},
    weights::WeightsError,
};

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

impl Pool {
    fn slides(&self) -> Sliding {
        Sliding {
            kernel: self.kernel,
            stride: self.stride,
            dilation: [1; 2],
            padding: self.padding,
        }
    }

    fn plan(&self, step: &Step) -> PoolPlan {
        PoolPlan {
            input: step.input,
            window: step.window(),
            mode: self.mode,
        }
    }
}

impl Definition for Pool {
    fn name(&self) -> &'static str {
        match self.mode {
            PoolMode::Max => "max pool",
            PoolMode::Average => "average pool",
        }
    }

    fn sliding(&self) -> Option<Sliding> {
        Some(self.slides())
    }

    fn output(&self, path: &str, input: &Flow, _: &[Flow]) -> Result<Flow, ArchitectureError> {
        input.expect_map(path)?;
        let window = self.slides().window(path, input.shape)?;
        if window.before[0] >= self.kernel[0] || window.before[1] >= self.kernel[1] {
            return Err(value(
                path,
                "padding",
                "smaller than the kernel",
                format!("{:?}", window.before),
            ));
        }
        let [height, width] = window.output;
        Ok(input.then(Shape::new(height, width, input.shape.channels)))
    }

    fn parameters(&self, _: &Step) -> Vec<ParameterSpec> {
        Vec::new()
    }

    fn multiply_adds(&self, _: &Step) -> usize {
        0
    }

    fn fusion(&self) -> Fusion {
        match self.mode {
            PoolMode::Max => Fusion::MaxPool,
            PoolMode::Average => Fusion::Alone,
        }
    }

    fn train(
        &self,
        site: &Site<'_>,
        _: Vec<Sequence>,
        _: &BuildContext<'_>,
    ) -> Option<Box<dyn TrainLayer>> {
        Some(Box::new(PoolLayer {
            plan: self.plan(site.step),
        }))
    }

    fn infer(&self, site: &Site<'_>, _: &mut InferContext<'_>, _: Folded) -> Inference {
        Inference::work(self.plan(site.step))
    }

    fn onnx(
        &self,
        step: &Step,
        x: Value,
        exporter: &mut Exporter<'_>,
        _: &mut Inner<'_>,
    ) -> Result<Value, WeightsError> {
        let x = exporter.map(&step.path, x);
        let operator = match self.mode {
            PoolMode::Max => "MaxPool",
            PoolMode::Average => "AveragePool",
        };
        let attributes = window_attributes(&step.window(), self.padding, step.input);
        let name = exporter.node(operator, &step.path, &[&x], attributes);
        Ok(Value::map(name))
    }
}

impl Operation for PoolPlan {
    fn run(&self, _: usize, x: &[f32], y: &mut [f32], _: Spread, _: &mut [Buffer; 2]) {
        let (input, output) = (self.input.len(), self.output().len());
        for (x, y) in x.chunks_exact(input).zip(y.chunks_exact_mut(output)) {
            self.forward(x, y);
        }
    }
}

struct PoolLayer {
    plan: PoolPlan,
}

impl TrainLayer for PoolLayer {
    fn output_len(&self) -> usize {
        self.plan.output().len()
    }

    fn forward(&mut self, _: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        y.par_chunks_mut(self.output_len())
            .zip(x.par_chunks(self.plan.input.len()))
            .for_each(|(y, x)| self.plan.forward(x, y));
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
        let (input, output) = (self.plan.input.len(), self.output_len());
        let inputs = dx.par_chunks_mut(input).zip(x.par_chunks(input));
        let outputs = y.par_chunks(output).zip(dy.par_chunks(output));
        inputs
            .zip(outputs)
            .for_each(|((dx, x), (y, dy))| self.plan.backward(x, y, dy, dx));
    }
}
