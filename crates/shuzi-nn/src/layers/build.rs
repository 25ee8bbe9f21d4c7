//! From an architecture to the layers of its training pass.

use std::{iter::Peekable, slice};

use super::{
    BuildContext, TrainLayer,
    activation::ActivationLayer,
    batch_norm::{After, BatchNormLayer, Places},
    bias::Bias,
    conv::ConvLayer,
    conv_norm::{ConvNormLayer, Stage},
    convolution::Convolution,
    deformable::DeformableLayer,
    direct::DirectLayer,
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
    Architecture, ArchitectureError, Kernels, Layer, LayerKind, Shape,
    architecture::{Activation, BatchNorm, Conv, PoolMode, Step},
    columns::{Level, Levels, Place},
    kernels::{deformable::DeformablePlan, pool::PoolPlan, winograd::WinogradPlan},
};

/// The layers of a sequence that are not built yet.
type Following<'a> = Peekable<slice::Iter<'a, Layer>>;

/// What batch normalisation does on the way, if it follows.
const RELU: LayerKind = LayerKind::Activation {
    function: Activation::Relu,
};

/// Takes a convolution without bias and the batch normalisation after it off
/// `following`.
fn conv_and_norm<'a>(following: &mut Following<'a>) -> Option<(&'a Conv, &'a BatchNorm)> {
    let mut ahead = following.clone();
    match (&ahead.next()?.kind, &ahead.next()?.kind) {
        (LayerKind::Conv(conv), LayerKind::BatchNorm(norm)) if !conv.bias => {
            *following = ahead;
            Some((conv, norm))
        }
        _ => None,
    }
}

/// The training pass of `architecture`, and the widths of its maps.
pub(crate) fn build(
    architecture: &Architecture,
    context: &BuildContext<'_>,
) -> Result<(Sequence, Levels), ArchitectureError> {
    let steps = architecture.steps()?;
    let mut builder = Builder {
        context,
        steps: steps.iter(),
        levels: Levels::new(architecture.input.width),
        dropouts: 0,
    };
    let input = Place {
        shape: architecture.input,
        level: Level::default(),
    };
    let layers = builder.sequence(&architecture.layers, input)?;
    Ok((layers, builder.levels))
}

/// Walks the layers again in the order of shape inference, so that each meets
/// its own step.
struct Builder<'a, 's> {
    context: &'a BuildContext<'a>,
    steps: slice::Iter<'s, Step<'s>>,
    levels: Levels,
    dropouts: u64,
}

impl Builder<'_, '_> {
    fn sequence(&mut self, layers: &[Layer], input: Place) -> Result<Sequence, ArchitectureError> {
        let mut built: Vec<(Box<dyn TrainLayer>, Place)> = Vec::new();
        let mut at = input;
        let mut layers = layers.iter().peekable();
        loop {
            let stages = self.stages(&mut layers, &mut at);
            if !stages.is_empty() {
                let layer = ConvNormLayer::new(stages, self.context.max_batch);
                built.push((Box::new(layer), at));
                continue;
            }
            let Some(layer) = layers.next() else { break };
            let Some(step) = self.steps.next() else { break };
            if let Some(layer) = self.layer(&layer.kind, step, &mut layers, &mut at)? {
                built.push((layer, at));
            }
        }
        // What was flattened at the end is the same map in another shape.
        Ok(Sequence::new(built, input, self.context.max_batch))
    }

    /// What `step` makes of the map at `at`.
    fn after(&mut self, at: Place, step: &Step<'_>) -> Place {
        Place {
            shape: step.output,
            level: self.levels.after(at.level, step),
        }
    }

    /// What batch normalisation does of the layers that follow it.
    fn taken_over(&mut self, layers: &mut Following<'_>, at: &mut Place) -> After {
        let relu = layers.next_if(|next| next.kind == RELU).is_some();
        if relu {
            self.steps.next();
        }
        let pool = match layers.peek().map(|next| &next.kind) {
            Some(LayerKind::Pool(pool)) if pool.mode == PoolMode::Max => {
                self.steps.as_slice().first().map(|step| PoolPlan {
                    input: step.input,
                    window: step.window(),
                    mode: pool.mode,
                })
            }
            _ => None,
        };
        let pool = pool.filter(PoolPlan::partitions);
        if pool.is_some()
            && let Some(step) = self.steps.next()
        {
            layers.next();
            *at = self.after(*at, step);
        }
        After { relu, pool }
    }

    /// `None` for what needs no work: flattening a map that is contiguous. May take
    /// over some of the `following` layers. Moves `at` on.
    fn layer(
        &mut self,
        kind: &LayerKind,
        step: &Step<'_>,
        following: &mut Following<'_>,
        at: &mut Place,
    ) -> Result<Option<Box<dyn TrainLayer>>, ArchitectureError> {
        let Step {
            path,
            input,
            output,
            ..
        } = step;
        let (input, output) = (*input, *output);
        let from = *at;
        *at = self.after(from, step);
        let max_batch = self.context.max_batch;
        let slots = self.context.slots;
        let naive = self.context.kernels == Kernels::Naive;
        Ok(Some(match kind {
            LayerKind::Conv(conv) if naive => {
                Box::new(self.direct(step, output.channels, conv.groups))
            }
            LayerKind::Linear(linear) if naive => {
                Box::new(self.direct(step, linear.out_features, 1))
            }
            LayerKind::Conv(conv) => self.conv(conv, step, *at),
            LayerKind::DeformableConv(_) => {
                let window = step.window();
                let plan = DeformablePlan { input, window };
                let offsets = Place {
                    shape: Shape::new(output.height, output.width, 2 * plan.taps()),
                    level: at.level,
                };
                let bias = Bias::new(slots.of(path, "offset.bias"), max_batch);
                let weight = slots.of(path, "offset.weight");
                let offset = ConvLayer::new(input, offsets, &window, 1, weight, bias, max_batch);
                let (weight, bias) = (slots.of(path, "weight"), slots.of(path, "bias"));
                Box::new(DeformableLayer::new(
                    plan, output, offset, weight, bias, max_batch,
                ))
            }
            LayerKind::BatchNorm(norm) => Box::new(self.batch_norm(norm, step, following, at)),
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
                    .map(|branch| self.sequence(branch, from))
                    .collect::<Result<Vec<_>, _>>()?;
                if let Some(branch) = branches.first() {
                    at.level = branch.output().level;
                }
                Box::new(ParallelLayer::new(branches, input, output, max_batch))
            }
            LayerKind::Residual { body, scale } => {
                let body = self.sequence(body, from)?;
                Box::new(ResidualLayer::new(body, *scale, max_batch))
            }
        }))
    }

    /// The convolutions that follow, each with its batch normalisation, up to one that
    /// pools. Moves `at` on.
    fn stages(&mut self, following: &mut Following<'_>, at: &mut Place) -> Vec<Stage> {
        let mut stages = Vec::new();
        if self.context.kernels == Kernels::Naive {
            return stages;
        }
        while let Some((conv, norm)) = conv_and_norm(following) {
            let [Some(step), Some(norm_step)] = [self.steps.next(), self.steps.next()] else {
                break;
            };
            *at = self.after(*at, step);
            let conv = self.conv(conv, step, *at);
            let norm = self.batch_norm(norm, norm_step, following, at);
            let pools = norm.pools();
            stages.push(Stage::new(conv, norm, self.context.max_batch));
            if pools {
                break;
            }
        }
        stages
    }

    fn conv(&self, conv: &Conv, step: &Step<'_>, output: Place) -> Box<dyn Convolution> {
        let Step { path, input, .. } = step;
        let (slots, max_batch, window) =
            (self.context.slots, self.context.max_batch, step.window());
        let weight = slots.of(path, "weight");
        let bias = Bias::new(slots.of(path, "bias"), max_batch);
        match WinogradPlan::new(*input, conv.out_channels, &window, conv.groups) {
            Some(plan) => Box::new(WinogradLayer::new(
                plan,
                *input,
                output,
                weight,
                bias,
                self.context,
            )),
            None => Box::new(ConvLayer::new(
                *input,
                output,
                &window,
                conv.groups,
                weight,
                bias,
                max_batch,
            )),
        }
    }

    /// The same by the loops of the definition, and fully connected layers, too.
    fn direct(&self, step: &Step<'_>, out_channels: usize, groups: usize) -> DirectLayer {
        let (slots, max_batch) = (self.context.slots, self.context.max_batch);
        DirectLayer::new(
            step.input,
            out_channels,
            step.window(),
            groups,
            slots.of(&step.path, "weight"),
            Bias::new(slots.of(&step.path, "bias"), max_batch),
        )
    }

    fn batch_norm(
        &mut self,
        norm: &BatchNorm,
        step: &Step<'_>,
        following: &mut Following<'_>,
        at: &mut Place,
    ) -> BatchNormLayer {
        // On a flattened map, too, channels are those of the step.
        let from = Place {
            shape: step.input,
            level: at.level,
        };
        let after = self.taken_over(following, at);
        let place = |suffix| self.context.slots.of(&step.path, suffix);
        let places = Places {
            scale: place("weight"),
            shift: place("bias"),
            mean: place("running_mean"),
            variance: place("running_var"),
        };
        BatchNormLayer::new(
            [from, *at],
            norm.clone(),
            after,
            places,
            self.context.max_batch,
        )
    }
}
