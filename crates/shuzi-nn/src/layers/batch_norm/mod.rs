//! Batch normalisation.

mod training;

pub(crate) use training::{After, BatchNormLayer};

use serde::{Deserialize, Serialize};

use self::training::Places;
use super::{Definition, Fusion, InferContext, Inner, Site, Step};
use crate::{
    buffer::Buffer,
    columns::Place,
    kernels::{
        norm::{Affine, affine},
        winograd::Spread,
    },
    onnx::{Exporter, Value, float},
    parameters::Parameters,
    pass::{BuildContext, Sequence, TrainLayer},
    program::{Folded, Inference, Operation},
    spec::{ArchitectureError, Flow, ParameterSpec, Role, Sliding, value},
    weights::WeightsError,
};

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

impl BatchNorm {
    /// Its training pass and that of what follows it, to the map at `output`.
    fn layer(
        &self,
        site: &Site<'_>,
        after: After,
        output: Place,
        context: &BuildContext<'_>,
    ) -> BatchNormLayer {
        let place = |suffix| context.parameters.of(&site.step.path, suffix);
        let places = Places {
            scale: place("weight"),
            shift: place("bias"),
            mean: place("running_mean"),
            variance: place("running_var"),
        };
        // Of a flattened map, too, channels are those of the step.
        let input = Place {
            shape: site.step.input,
            ..site.input
        };
        BatchNormLayer::new(
            [input, output],
            self.clone(),
            after,
            places,
            context.max_batch,
        )
    }
}

impl Definition for BatchNorm {
    fn name(&self) -> &'static str {
        "batch norm"
    }

    fn sliding(&self) -> Option<Sliding> {
        None
    }

    fn output(&self, path: &str, input: &Flow, _: &[Flow]) -> Result<Flow, ArchitectureError> {
        if !(self.epsilon > 0.0 && (0.0..=1.0).contains(&self.momentum)) {
            return Err(value(
                path,
                "epsilon, momentum",
                "ε > 0, momentum in [0, 1]",
                format!("{self:?}"),
            ));
        }
        Ok(input.clone())
    }

    fn parameters(&self, step: &Step) -> Vec<ParameterSpec> {
        let c = step.input.channels;
        let layout = step.channel_layout();
        let vector = |suffix, role| step.tensor(suffix, role, vec![c], layout.clone());
        vec![
            vector("weight", Role::Scale),
            vector("bias", Role::Bias),
            vector("running_mean", Role::RunningMean),
            vector("running_var", Role::RunningVariance),
        ]
    }

    fn multiply_adds(&self, _: &Step) -> usize {
        0
    }

    fn fusion(&self) -> Fusion {
        Fusion::Normalisation
    }

    fn train(
        &self,
        site: &Site<'_>,
        _: Vec<Sequence>,
        context: &BuildContext<'_>,
    ) -> Option<Box<dyn TrainLayer>> {
        let after = After::default();
        Some(Box::new(self.layer(site, after, site.output, context)))
    }

    fn normalisation(
        &self,
        site: &Site<'_>,
        after: After,
        output: Place,
        context: &BuildContext<'_>,
    ) -> Option<BatchNormLayer> {
        Some(self.layer(site, after, output, context))
    }

    fn infer(&self, site: &Site<'_>, context: &mut InferContext<'_>, folded: Folded) -> Inference {
        let (scale, shift) = self.scale_and_shift(site.step, context.parameters);
        Inference::work(AffineOperation {
            scale,
            shift,
            relu: folded.relu,
        })
    }

    fn affine(&self, step: &Step, parameters: &Parameters) -> Option<(Vec<f32>, Vec<f32>)> {
        Some(self.scale_and_shift(step, parameters))
    }

    fn onnx(
        &self,
        step: &Step,
        x: Value,
        exporter: &mut Exporter<'_>,
        _: &mut Inner<'_>,
    ) -> Result<Value, WeightsError> {
        let mut inputs = vec![x.name];
        for suffix in ["weight", "bias", "running_mean", "running_var"] {
            inputs.push(exporter.tensor(&step.path, suffix)?);
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let attributes = vec![float("epsilon", self.epsilon)];
        let name = exporter.node("BatchNormalization", &step.path, &inputs, attributes);
        Ok(Value { name, rank: x.rank })
    }
}

impl BatchNorm {
    /// What it does to each channel with running statistics.
    fn scale_and_shift(&self, step: &Step, parameters: &Parameters) -> (Vec<f32>, Vec<f32>) {
        let tensor = |suffix| parameters.tensor(&step.path, suffix);
        let scale: Vec<f32> = tensor("weight")
            .iter()
            .zip(tensor("running_var"))
            .map(|(gamma, variance)| gamma / (variance + self.epsilon).sqrt())
            .collect();
        let shift = tensor("bias")
            .iter()
            .zip(tensor("running_mean"))
            .zip(&scale)
            .map(|((beta, mean), scale)| beta - mean * scale)
            .collect();
        (scale, shift)
    }
}

#[derive(Debug)]
struct AffineOperation {
    scale: Vec<f32>,
    shift: Vec<f32>,
    relu: bool,
}

impl Operation for AffineOperation {
    fn run(&self, _: usize, x: &[f32], y: &mut [f32], _: Spread, _: &mut [Buffer; 2]) {
        let Self { scale, shift, relu } = self;
        let relu = *relu;
        affine(x, Affine { scale, shift, relu }, y);
    }
}
