//! Local response normalisation.

use rayon::prelude::*;

use super::{Definition, Fusion, InferContext, Inner, Site, Step};
use crate::{
    Shape,
    buffer::Buffer,
    kernels::{
        lrn::{Lrn, backward, forward},
        winograd::Spread,
    },
    onnx::{Exporter, Value, window_attributes},
    pass::{BuildContext, Pass, Room, Sequence, TrainLayer},
    program::{Folded, Inference, Operation},
    spec::{ArchitectureError, Flow, Padding, ParameterSpec, Sliding, positive, value},
    weights::WeightsError,
};

impl Definition for Lrn {
    fn name(&self) -> &'static str {
        "LRN"
    }

    fn sliding(&self) -> Option<Sliding> {
        None
    }

    fn output(&self, path: &str, input: &Flow, _: &[Flow]) -> Result<Flow, ArchitectureError> {
        input.expect_map(path)?;
        positive(path, "size", self.size)?;
        if !(self.k > 0.0 && self.alpha >= 0.0 && self.beta.is_finite()) {
            return Err(value(
                path,
                "k, alpha, beta",
                "k > 0, alpha ≥ 0, beta finite",
                format!("{self:?}"),
            ));
        }
        Ok(input.then(input.shape))
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
        site: &Site<'_>,
        _: Vec<Sequence>,
        _: &BuildContext<'_>,
    ) -> Option<Box<dyn TrainLayer>> {
        Some(Box::new(LrnLayer {
            lrn: self.clone(),
            shape: site.input.shape,
        }))
    }

    fn infer(&self, site: &Site<'_>, _: &mut InferContext<'_>, _: Folded) -> Inference {
        Inference::work(LrnOperation {
            lrn: self.clone(),
            channels: site.input.shape.channels,
        })
    }

    /// `x / (k + α/size · Σ x²)^β`; the sum over neighbouring channels is a 1×1
    /// convolution with a band of ones.
    fn onnx(
        &self,
        step: &Step,
        x: Value,
        exporter: &mut Exporter<'_>,
        _: &mut Inner<'_>,
    ) -> Result<Value, WeightsError> {
        let x = &*exporter.map(&step.path, x);
        let path = &step.path;
        let channels = step.input.channels;
        let behind = self.size / 2;
        let mut band = vec![0.0; channels * channels];
        for (channel, row) in band.chunks_exact_mut(channels).enumerate() {
            let first = channel.saturating_sub(behind);
            let end = (channel + self.size - behind).min(channels);
            row[first..end].fill(self.alpha / self.size as f32);
        }
        let name = |part: &str| format!("{path}.{part}");
        let band = exporter.floats(&name("band"), &[channels, channels, 1, 1], &band);
        let k = exporter.floats(&name("k"), &[1], &[self.k]);
        let beta = exporter.floats(&name("beta"), &[1], &[self.beta]);
        let mut node = |operator: &str, part: &str, inputs: &[&str], attributes| {
            exporter.node(operator, &name(part), inputs, attributes)
        };
        let square = node("Mul", "square", &[x, x], Vec::new());
        // The window of a layer without one is a single position.
        let single = window_attributes(&step.window(), Padding::Valid, step.input);
        let sum = node("Conv", "sum", &[&square, &band], single);
        let base = node("Add", "base", &[&sum, &k], Vec::new());
        let power = node("Pow", "power", &[&base, &beta], Vec::new());
        let name = exporter.node("Div", path, &[x, &power], Vec::new());
        Ok(Value::map(name))
    }
}

#[derive(Debug)]
struct LrnOperation {
    lrn: Lrn,
    channels: usize,
}

impl Operation for LrnOperation {
    fn scratch_len(&self) -> [usize; 2] {
        [self.channels, 0]
    }

    fn run(&self, _: usize, x: &[f32], y: &mut [f32], _: Spread, [scratch, _]: &mut [Buffer; 2]) {
        forward(&self.lrn, self.channels, x, y, scratch);
    }
}

struct LrnLayer {
    lrn: Lrn,
    shape: Shape,
}

impl TrainLayer for LrnLayer {
    fn output_len(&self) -> usize {
        self.shape.len()
    }

    fn room(&self) -> Room {
        Room {
            scratch: 2 * self.shape.channels,
            workspace: 0,
        }
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let len = self.shape.len();
        let scratch = pass.scratch;
        y.par_chunks_mut(len)
            .zip(x.par_chunks(len))
            .for_each(|(y, x)| {
                scratch.with(|scratch| forward(&self.lrn, self.shape.channels, x, y, scratch));
            });
    }

    fn backward(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        _: &[f32],
        dy: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        let Some(dx) = dx else { return };
        let len = self.shape.len();
        let scratch = pass.scratch;
        let images = dx
            .par_chunks_mut(len)
            .zip(x.par_chunks(len))
            .zip(dy.par_chunks(len));
        images.for_each(|((dx, x), dy)| {
            scratch.with(|scratch| backward(&self.lrn, self.shape.channels, x, dy, dx, scratch));
        });
    }
}
