//! From an architecture to the layers of its training pass.

use super::{
    BuildContext, TrainLayer,
    activation::ActivationLayer,
    batch_norm::{BatchNormLayer, Places},
    bias::Bias,
    conv::ConvLayer,
    deformable::DeformableLayer,
    dropout::DropoutLayer,
    linear::LinearLayer,
    lrn::LrnLayer,
    parallel::ParallelLayer,
    pool::PoolLayer,
    residual::ResidualLayer,
    sequence::Sequence,
    winograd::WinogradLayer,
};
use crate::{
    Architecture, ArchitectureError, Layer, LayerKind, Shape,
    architecture::{Activation, Step},
    kernels::{deformable::DeformablePlan, pool::PoolPlan, winograd::WinogradPlan},
};

/// What batch normalisation does on the way, if it follows.
const RELU: LayerKind = LayerKind::Activation {
    function: Activation::Relu,
};

/// The training pass of `architecture`.
pub(crate) fn build(
    architecture: &Architecture,
    context: &BuildContext<'_>,
) -> Result<Sequence, ArchitectureError> {
    let steps = architecture.steps()?;
    let mut builder = Builder {
        context,
        steps: steps.iter(),
        dropouts: 0,
    };
    builder.sequence(&architecture.layers, architecture.input.len())
}

/// Walks the layers again in the order of shape inference, so that each meets
/// its own step.
struct Builder<'a, 's> {
    context: &'a BuildContext<'a>,
    steps: std::slice::Iter<'s, Step<'s>>,
    dropouts: u64,
}

impl Builder<'_, '_> {
    fn sequence(
        &mut self,
        layers: &[Layer],
        input_len: usize,
    ) -> Result<Sequence, ArchitectureError> {
        let mut built = Vec::new();
        let mut layers = layers.iter().peekable();
        while let Some(layer) = layers.next() {
            let Some(step) = self.steps.next() else { break };
            let is_norm = matches!(layer.kind, LayerKind::BatchNorm(_));
            let relu = layers
                .next_if(|next| is_norm && next.kind == RELU)
                .is_some();
            if relu {
                self.steps.next();
            }
            built.extend(self.layer(&layer.kind, step, relu)?);
        }
        Ok(Sequence::new(built, input_len, self.context.max_batch))
    }

    /// `None` for what needs no work: flattening a map that is contiguous.
    /// `relu`: whether the layer takes over the ReLU that follows it.
    fn layer(
        &mut self,
        kind: &LayerKind,
        step: &Step<'_>,
        relu: bool,
    ) -> Result<Option<Box<dyn TrainLayer>>, ArchitectureError> {
        let Step {
            path,
            input,
            output,
            ..
        } = step;
        let (input, output) = (*input, *output);
        let max_batch = self.context.max_batch;
        let slots = self.context.slots;
        Ok(Some(match kind {
            LayerKind::Conv(conv) => {
                let window = step.window();
                let weight = slots.of(path, "weight");
                let bias = Bias::new(slots.of(path, "bias"), max_batch);
                match WinogradPlan::new(input, output.channels, &window, conv.groups) {
                    Some(plan) => Box::new(WinogradLayer::new(
                        plan,
                        input,
                        output,
                        weight,
                        bias,
                        self.context,
                    )),
                    None => Box::new(ConvLayer::new(
                        input,
                        output,
                        &window,
                        conv.groups,
                        weight,
                        bias,
                        max_batch,
                    )),
                }
            }
            LayerKind::DeformableConv(_) => {
                let window = step.window();
                let plan = DeformablePlan { input, window };
                let offsets = Shape::new(output.height, output.width, 2 * plan.taps());
                let bias = Bias::new(slots.of(path, "offset.bias"), max_batch);
                let weight = slots.of(path, "offset.weight");
                let offset = ConvLayer::new(input, offsets, &window, 1, weight, bias, max_batch);
                let (weight, bias) = (slots.of(path, "weight"), slots.of(path, "bias"));
                Box::new(DeformableLayer::new(
                    plan, output, offset, weight, bias, max_batch,
                ))
            }
            LayerKind::BatchNorm(norm) => {
                let places = self.norm_places(path);
                Box::new(BatchNormLayer::new(
                    input,
                    norm.clone(),
                    relu,
                    places,
                    max_batch,
                ))
            }
            LayerKind::Activation { function } => Box::new(ActivationLayer {
                function: *function,
                len: input.len(),
            }),
            LayerKind::Lrn(lrn) => Box::new(LrnLayer {
                lrn: lrn.clone(),
                shape: input,
            }),
            LayerKind::Pool(pool) => Box::new(PoolLayer {
                plan: PoolPlan {
                    input,
                    window: step.window(),
                    mode: pool.mode,
                },
            }),
            LayerKind::Dropout { rate } => {
                self.dropouts += 1;
                Box::new(DropoutLayer::new(
                    *rate,
                    input.len(),
                    self.dropouts,
                    max_batch,
                ))
            }
            LayerKind::Flatten => return Ok(None),
            LayerKind::Linear(linear) => {
                let (weight, bias) = (slots.of(path, "weight"), slots.of(path, "bias"));
                Box::new(LinearLayer::new(
                    input.channels,
                    linear.out_features,
                    weight,
                    bias,
                    max_batch,
                ))
            }
            LayerKind::Parallel { branches } => {
                let branches = branches
                    .iter()
                    .map(|branch| self.sequence(branch, input.len()))
                    .collect::<Result<Vec<_>, _>>()?;
                Box::new(ParallelLayer::new(branches, input, output, max_batch))
            }
            LayerKind::Residual { body, scale } => {
                let body = self.sequence(body, input.len())?;
                Box::new(ResidualLayer::new(body, *scale, max_batch))
            }
        }))
    }

    fn norm_places(&self, path: &str) -> Places {
        let place = |suffix| self.context.slots.of(path, suffix);
        Places {
            scale: place("weight"),
            shift: place("bias"),
            mean: place("running_mean"),
            variance: place("running_var"),
        }
    }
}
