//! Layer normalisation (Ba et al. 2016) of each position's channels:
//! `γ (x − μ) / √(σ² + ε) + β`.

use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Definition, Fusion, InferContext, Inner, Site, Step};
use crate::{
    buffer::Buffer,
    kernels::{elementwise::add_columns, vectorized::vectorized, winograd::Spread},
    onnx::{Exporter, Rank, Value, float, int, ints},
    pass::{BuildContext, Pass, Sequence, TrainLayer},
    program::{Folded, Inference, Operation},
    spec::{ArchitectureError, Flow, ParameterSpec, Role, Sliding, value},
    weights::WeightsError,
};

/// Layer normalisation over the channels of each position, as of PyTorch's
/// `LayerNorm(channels)` where channels are last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerNorm {
    /// ε.
    #[serde(default = "LayerNorm::default_epsilon")]
    pub epsilon: f32,
}

impl LayerNorm {
    fn default_epsilon() -> f32 {
        1e-5
    }
}

impl Default for LayerNorm {
    fn default() -> Self {
        Self {
            epsilon: Self::default_epsilon(),
        }
    }
}

impl Definition for LayerNorm {
    fn name(&self) -> &'static str {
        "layer norm"
    }

    fn sliding(&self) -> Option<Sliding> {
        None
    }

    fn output(&self, path: &str, input: &Flow, _: &[Flow]) -> Result<Flow, ArchitectureError> {
        if self.epsilon <= 0.0 || !self.epsilon.is_finite() {
            return Err(value(path, "epsilon", "above 0", self.epsilon));
        }
        Ok(input.clone())
    }

    fn parameters(&self, step: &Step) -> Vec<ParameterSpec> {
        let layout = step.channel_layout();
        let shape = vec![step.input.channels];
        vec![
            step.tensor("weight", Role::Scale, shape.clone(), layout.clone()),
            step.tensor("bias", Role::Bias, shape, layout),
        ]
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
        context: &BuildContext<'_>,
    ) -> Option<Box<dyn TrainLayer>> {
        let place = |suffix| context.parameters.of(&site.step.path, suffix);
        let channels = site.step.input.channels;
        Some(Box::new(LayerNormLayer {
            len: site.input.shape.len(),
            epsilon: self.epsilon,
            scale: place("weight"),
            shift: place("bias"),
            partial: vec![0.0; context.max_batch * 2 * channels],
        }))
    }

    fn infer(&self, site: &Site<'_>, context: &mut InferContext<'_>, _: Folded) -> Inference {
        let tensor = |suffix| context.parameters.tensor(&site.step.path, suffix).to_vec();
        Inference::work(LayerNormOperation {
            epsilon: self.epsilon,
            scale: tensor("weight"),
            shift: tensor("bias"),
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
        let scale = exporter.tensor(path, "weight")?;
        let shift = exporter.tensor(path, "bias")?;
        let attributes = vec![int("axis", -1), float("epsilon", self.epsilon)];
        let normalise = |exporter: &mut Exporter<'_>, name: &str, x: &str| {
            let inputs = [x, &scale, &shift];
            exporter.node("LayerNormalization", name, &inputs, attributes.clone())
        };
        let name = match x.rank {
            Rank::Vector => normalise(exporter, path, &x.name),
            // The operator wants its values last.
            Rank::Map => {
                let last = vec![ints("perm", [0, 2, 3, 1])];
                let name = |part: &str| format!("{path}.{part}");
                let rows = exporter.node("Transpose", &name("last"), &[&x.name], last);
                let normal = normalise(exporter, &name("normal"), &rows);
                let first = vec![ints("perm", [0, 3, 1, 2])];
                exporter.node("Transpose", path, &[&normal], first)
            }
        };
        Ok(Value { name, rank: x.rank })
    }
}

/// Sums that are taken abreast, so that they compile to vectors.
const ABREAST: usize = 16;

/// The sum of `term` of every channel.
#[inline(always)]
fn sum(channels: usize, term: impl Fn(usize) -> f32) -> f32 {
    let mut sums = [0.0; ABREAST];
    let whole = channels / ABREAST * ABREAST;
    for start in (0..whole).step_by(ABREAST) {
        for (lane, sum) in sums.iter_mut().enumerate() {
            *sum += term(start + lane);
        }
    }
    let rest: f32 = (whole..channels).map(term).sum();
    sums.iter().sum::<f32>() + rest
}

/// μ and `1 / √(σ² + ε)` of a position.
#[inline(always)]
fn statistics(x: &[f32], epsilon: f32) -> (f32, f32) {
    let share = 1.0 / x.len() as f32;
    let mean = share
        * sum(
            x.len(),
            #[inline(always)]
            |c| x[c],
        );
    let variance = share
        * sum(
            x.len(),
            #[inline(always)]
            |c| (x[c] - mean) * (x[c] - mean),
        );
    (mean, 1.0 / (variance + epsilon).sqrt())
}

/// Normalises every position of `x`.
fn forward(x: &[f32], epsilon: f32, [scale, shift]: [&[f32]; 2], y: &mut [f32]) {
    let c = scale.len();
    vectorized(
        #[inline(always)]
        || {
            for (x, y) in x.chunks_exact(c).zip(y.chunks_exact_mut(c)) {
                let (mean, inverse) = statistics(x, epsilon);
                for (((y, x), scale), shift) in y.iter_mut().zip(x).zip(scale).zip(shift) {
                    *y = (x - mean) * inverse * scale + shift;
                }
            }
        },
    );
}

/// Adds an image's share to the gradients of γ and β, and writes that of `x` to `dx`
/// where it is wanted.
fn backward(
    [x, dy]: [&[f32]; 2],
    epsilon: f32,
    scale: &[f32],
    [d_scale, d_shift]: [&mut [f32]; 2],
    mut dx: Option<&mut [f32]>,
) {
    let c = scale.len();
    vectorized(
        #[inline(always)]
        || {
            for (at, (x, dy)) in x.chunks_exact(c).zip(dy.chunks_exact(c)).enumerate() {
                let (mean, inverse) = statistics(x, epsilon);
                for ((((d_scale, d_shift), x), dy), _) in d_scale
                    .iter_mut()
                    .zip(d_shift.iter_mut())
                    .zip(x)
                    .zip(dy)
                    .zip(scale)
                {
                    *d_scale += dy * (x - mean) * inverse;
                    *d_shift += dy;
                }
                let Some(dx) = &mut dx else { continue };
                // The chain rule through mean and variance.
                let share = 1.0 / c as f32;
                let still = share
                    * sum(
                        c,
                        #[inline(always)]
                        |i| scale[i] * dy[i],
                    );
                let slope = share
                    * inverse
                    * inverse
                    * sum(
                        c,
                        #[inline(always)]
                        |i| scale[i] * dy[i] * (x[i] - mean),
                    );
                let dx = &mut dx[at * c..][..c];
                for (((dx, x), dy), scale) in dx.iter_mut().zip(x).zip(dy).zip(scale) {
                    *dx = inverse * (scale * dy - still - slope * (x - mean));
                }
            }
        },
    );
}

#[derive(Debug)]
struct LayerNormOperation {
    epsilon: f32,
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Operation for LayerNormOperation {
    fn run(&self, _: usize, x: &[f32], y: &mut [f32], _: Spread, _: &mut [Buffer; 2]) {
        forward(x, self.epsilon, [&self.scale, &self.shift], y);
    }
}

struct LayerNormLayer {
    /// Values of an image.
    len: usize,
    epsilon: f32,
    scale: Range<usize>,
    shift: Range<usize>,
    /// Each image's share of the gradients of γ and β.
    partial: Vec<f32>,
}

impl TrainLayer for LayerNormLayer {
    fn output_len(&self) -> usize {
        self.len
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let values = &*pass.values;
        let [scale, shift] = [&self.scale, &self.shift].map(|place| &values[place.clone()]);
        y.par_chunks_mut(self.len)
            .zip(x.par_chunks(self.len))
            .for_each(|(y, x)| forward(x, self.epsilon, [scale, shift], y));
    }

    fn backward(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        _: &[f32],
        dy: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        let (len, epsilon, c) = (self.len, self.epsilon, self.scale.len());
        let scale = &pass.values[self.scale.clone()];
        let partial = &mut self.partial[..pass.n * 2 * c];
        partial.fill(0.0);
        let images = partial
            .par_chunks_mut(2 * c)
            .zip(x.par_chunks(len).zip(dy.par_chunks(len)));
        match dx {
            None => images.for_each(|(sums, (x, dy))| {
                backward(
                    [x, dy],
                    epsilon,
                    scale,
                    <[_; 2]>::from(sums.split_at_mut(c)),
                    None,
                );
            }),
            Some(dx) => images
                .zip(dx.par_chunks_mut(len))
                .for_each(|((sums, (x, dy)), dx)| {
                    let sums = <[_; 2]>::from(sums.split_at_mut(c));
                    backward([x, dy], epsilon, scale, sums, Some(dx));
                }),
        }
        // Image by image, so that the sum does not depend on threads.
        for (first, place) in [(0, &self.scale), (c, &self.shift)] {
            let gradient = &mut pass.gradients[place.clone()];
            gradient.fill(0.0);
            for sums in partial.chunks_exact(2 * c) {
                add_columns(&sums[first..][..c], gradient);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::reference::{assert_close, random};

    #[test]
    fn every_number_of_channels_equals_naive() {
        for c in (1..40).chain([64, 100]) {
            let (x, scale, shift) = (random(1, 3 * c), random(2, c), random(3, c));
            let naive = x.chunks(c).flat_map(|x| {
                let mean = x.iter().map(|&v| f64::from(v)).sum::<f64>() / c as f64;
                let square = |&v: &f32| (f64::from(v) - mean).powi(2);
                let variance = x.iter().map(square).sum::<f64>() / c as f64;
                let root = (variance + 1e-3).sqrt();
                let normal = x.iter().map(move |&v| (f64::from(v) - mean) / root);
                let parameters = scale.iter().zip(&shift);
                normal
                    .zip(parameters)
                    .map(|(v, (&scale, &shift))| (v * f64::from(scale)) as f32 + shift)
                    .collect::<Vec<_>>()
            });
            let expected: Vec<f32> = naive.collect();
            let mut y = vec![f32::NAN; x.len()];
            forward(&x, 1e-3, [&scale, &shift], &mut y);
            assert_close(&y, &expected, 1e-5);
        }
    }

    #[test]
    fn it_has_pytorchs_values() {
        // Those of the formula in f64, which are those of
        // torch.nn.functional.layer_norm(torch.tensor([[1., 2., 4.], [0., 0., 3.]]), [3],
        //     torch.tensor([1., 2., -1.]), torch.tensor([0., 0.5, 1.]))
        let expected = [
            -1.069_041_5,
            -0.034_520_77,
            -0.336_301_9,
            -0.707_105,
            -0.914_21,
            -0.414_210_03,
        ];
        let mut y = [f32::NAN; 6];
        let x = [1.0, 2.0, 4.0, 0.0, 0.0, 3.0];
        forward(&x, 1e-5, [&[1.0, 2.0, -1.0], &[0.0, 0.5, 1.0]], &mut y);
        assert_close(&y, &expected, 1e-6);
    }
}
