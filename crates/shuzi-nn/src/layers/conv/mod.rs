//! Convolution.

mod depthwise;
mod matrix;
mod naive;
mod operation;
mod winograd;

pub(super) use matrix::MatrixLayer;
pub(super) use naive::NaiveLayer;
pub(super) use operation::MatrixOperation;

use serde::{Deserialize, Serialize};

use self::{
    depthwise::{DepthwiseLayer, DepthwiseOperation},
    operation::WinogradOperation,
    winograd::WinogradLayer,
};
use super::{Definition, Fusion, InferContext, Inner, Site, Step};
use crate::{
    Shape,
    kernels::{conv::ConvPlan, depthwise::DepthwisePlan, winograd::WinogradPlan},
    onnx::{Exporter, Value, window_attributes},
    pass::{Bias, BuildContext, Convolution, Kernels, Sequence, TrainLayer},
    program::{Folded, Inference},
    spec::{
        ArchitectureError, Flow, Layout, Padding, ParameterSpec, Role, Sliding, check_size,
        positive, value,
    },
    weights::WeightsError,
};

/// Convolution. Weights are `[out_channels, in_channels / groups, kh, kw]` in
/// files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv {
    /// Channels of the output.
    pub out_channels: usize,
    /// Kernel rows and columns.
    pub kernel: [usize; 2],
    /// Vertical and horizontal stride.
    #[serde(default = "ones")]
    pub stride: [usize; 2],
    /// Padding with zeros.
    #[serde(default)]
    pub padding: Padding,
    /// Vertical and horizontal distance of neighbouring taps (Yu and Koltun 2016).
    #[serde(default = "ones", skip_serializing_if = "are_ones")]
    pub dilation: [usize; 2],
    /// Groups of channels that see each other alone.
    #[serde(default = "one")]
    pub groups: usize,
    /// Whether a bias is added (not before batch normalisation, which
    /// subtracts it again).
    #[serde(default = "yes")]
    pub bias: bool,
}

impl Conv {
    /// A convolution of stride 1 with bias, without padding, in one group.
    pub fn new(out_channels: usize, kernel: [usize; 2]) -> Self {
        Self {
            out_channels,
            kernel,
            stride: ones(),
            padding: Padding::default(),
            dilation: ones(),
            groups: 1,
            bias: true,
        }
    }

    /// The same with `padding`.
    pub fn padding(self, padding: Padding) -> Self {
        Self { padding, ..self }
    }

    /// The same without bias.
    pub fn without_bias(self) -> Self {
        Self {
            bias: false,
            ..self
        }
    }
}

impl Conv {
    pub(super) fn slides(&self) -> Sliding {
        Sliding {
            kernel: self.kernel,
            stride: self.stride,
            dilation: self.dilation,
            padding: self.padding,
        }
    }

    /// The map that it makes of `input`.
    pub(super) fn made(&self, path: &str, input: &Flow) -> Result<Flow, ArchitectureError> {
        input.expect_map(path)?;
        let inputs = input.shape.channels;
        positive(path, "out_channels", self.out_channels)?;
        if self.groups == 0
            || !inputs.is_multiple_of(self.groups)
            || !self.out_channels.is_multiple_of(self.groups)
        {
            return Err(value(
                path,
                "groups",
                "a divisor of input and output channels",
                self.groups,
            ));
        }
        let window = self.slides().window(path, input.shape)?;
        let [kh, kw] = self.kernel;
        check_size(path, "weights", &[self.out_channels, inputs, kh, kw])?;
        let [height, width] = window.output;
        check_size(path, "output", &[height, width, self.out_channels])?;
        Ok(input.then(Shape::new(height, width, self.out_channels)))
    }

    /// Its kernel and, where it has one, its bias.
    pub(super) fn tensors(&self, step: &Step) -> Vec<ParameterSpec> {
        let [h, w] = self.kernel;
        let i = step.input.channels / self.groups;
        let o = self.out_channels;
        let role = Role::Weight {
            fan_in: h * w * i,
            fan_out: h * w * o / self.groups,
        };
        let layout = Layout::Kernel { o, i, h, w };
        let mut specs = vec![step.tensor("weight", role, vec![o, i, h, w], layout)];
        if self.bias {
            specs.push(step.vector("bias", Role::Bias, o));
        }
        specs
    }

    /// The plan of a convolution that gives each channel a kernel of its own.
    fn depthwise(&self, step: &Step) -> Option<DepthwisePlan> {
        let channels = step.input.channels;
        let own = channels > 1 && [self.groups, self.out_channels] == [channels; 2];
        own.then(|| DepthwisePlan {
            input: step.input,
            window: step.window(),
        })
    }

    /// Its training pass by the fast kernels.
    fn layer(&self, site: &Site<'_>, context: &BuildContext<'_>) -> Box<dyn Convolution> {
        let (step, max_batch) = (site.step, context.max_batch);
        let (input, window) = (step.input, step.window());
        let weight = context.parameters.of(&step.path, "weight");
        let bias = Bias::new(context.parameters.of(&step.path, "bias"), max_batch);
        if let Some(plan) = self.depthwise(step) {
            let layer = DepthwiseLayer::new(plan, site.output, weight, bias, context);
            return Box::new(layer);
        }
        match WinogradPlan::new(input, self.out_channels, &window, self.groups) {
            Some(plan) => Box::new(WinogradLayer::new(
                plan,
                input,
                site.output,
                weight,
                bias,
                context,
            )),
            None => Box::new(MatrixLayer::new(
                input,
                site.output,
                &window,
                self.groups,
                weight,
                bias,
                max_batch,
            )),
        }
    }
}

impl Definition for Conv {
    fn name(&self) -> &'static str {
        "conv"
    }

    fn sliding(&self) -> Option<Sliding> {
        Some(self.slides())
    }

    fn output(&self, path: &str, input: &Flow, _: &[Flow]) -> Result<Flow, ArchitectureError> {
        self.made(path, input)
    }

    fn parameters(&self, step: &Step) -> Vec<ParameterSpec> {
        self.tensors(step)
    }

    fn multiply_adds(&self, step: &Step) -> usize {
        let taps = self.kernel[0] * self.kernel[1] * step.input.channels / self.groups;
        step.output.len().saturating_mul(taps)
    }

    fn fusion(&self) -> Fusion {
        Fusion::Convolution
    }

    fn train(
        &self,
        site: &Site<'_>,
        _: Vec<Sequence>,
        context: &BuildContext<'_>,
    ) -> Option<Box<dyn TrainLayer>> {
        Some(match context.kernels {
            Kernels::Naive => Box::new(NaiveLayer::new(
                site.step,
                self.out_channels,
                self.groups,
                context,
            )),
            Kernels::Fast => self.layer(site, context),
        })
    }

    fn convolution(
        &self,
        site: &Site<'_>,
        context: &BuildContext<'_>,
    ) -> Option<Box<dyn Convolution>> {
        // A bias before normalisation would have to be subtracted again.
        let fits = !self.bias && context.kernels == Kernels::Fast;
        fits.then(|| self.layer(site, context))
    }

    fn infer(&self, site: &Site<'_>, context: &mut InferContext<'_>, folded: Folded) -> Inference {
        let step = site.step;
        let (input, outputs) = (step.input, self.out_channels);
        let tensor = |suffix| context.parameters.tensor(&step.path, suffix);
        let (weights, bias) = folded.kernel(tensor("weight"), tensor("bias"), outputs);
        let (relu, window) = (folded.relu, step.window());
        if let Some(plan) = self.depthwise(step) {
            return Inference::work(DepthwiseOperation {
                plan,
                weights,
                bias,
                relu,
            });
        }
        if let Some(plan) = WinogradPlan::new(input, outputs, &window, self.groups) {
            return Inference::work(WinogradOperation {
                weights: context.packed.winograd(&step.path, &plan, &weights),
                plan,
                input,
                bias,
                relu,
            });
        }
        let plan = ConvPlan::forward(input, outputs, &window, self.groups);
        Inference::work(MatrixOperation {
            packed: context.packed.conv(&step.path, &plan, &weights),
            plan,
            input,
            bias,
            relu,
        })
    }

    fn onnx(
        &self,
        step: &Step,
        x: Value,
        exporter: &mut Exporter<'_>,
        _: &mut Inner<'_>,
    ) -> Result<Value, WeightsError> {
        let path = step.path.as_str();
        let x = exporter.map(path, x);
        let attributes = window_attributes(&step.window(), self.padding, step.input);
        let name = exporter.convolution([path, "", path], attributes, self.groups, &x)?;
        Ok(Value::map(name))
    }
}

fn one() -> usize {
    1
}

fn ones() -> [usize; 2] {
    [1, 1]
}

fn are_ones(pair: &[usize; 2]) -> bool {
    *pair == ones()
}

fn yes() -> bool {
    true
}
