//! Adam and SGD over all parameters in one pass.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    kernels::vectorized::vectorized,
    parameters::ParameterLayout,
    weights::{Weights, WeightsError},
};

/// Gradients and moments below this count as nothing: next to ε they move no
/// parameter, but those of a neuron that no longer fires fade into denormal
/// numbers and stay there, with which processors calculate a hundred times
/// slower.
const NEGLIGIBLE: f32 = 1e-16;

/// Parameters that one task updates.
const CHUNK: usize = 16 * 1024;

/// Which rule updates the parameters. Weight decay is decoupled from the
/// gradient (Loshchilov and Hutter 2019) and touches kernels and matrices
/// alone, not biases or batch normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum OptimizerConfig {
    /// Adam (Kingma and Ba 2015).
    Adam {
        /// Decay of the mean of gradients.
        #[serde(default = "default_beta1")]
        beta1: f32,
        /// Decay of the mean of squared gradients.
        #[serde(default = "default_beta2")]
        beta2: f32,
        /// Added to the root.
        #[serde(default = "default_epsilon")]
        epsilon: f32,
        /// Share of a weight that is lost each step, times the learning rate.
        #[serde(default)]
        weight_decay: f32,
    },
    /// Stochastic gradient descent: `v = momentum · v + g`, `w −= rate · v`.
    Sgd {
        /// Share of the last step that is kept.
        #[serde(default)]
        momentum: f32,
        /// Share of a weight that is lost each step, times the learning rate.
        #[serde(default)]
        weight_decay: f32,
    },
}

impl OptimizerConfig {
    /// Adam with the defaults of its paper, without weight decay.
    pub fn adam() -> Self {
        Self::adamw(0.0)
    }

    /// AdamW (Loshchilov and Hutter 2019): Adam with a weight decay that is
    /// decoupled from the gradient.
    pub fn adamw(weight_decay: f32) -> Self {
        Self::Adam {
            beta1: default_beta1(),
            beta2: default_beta2(),
            epsilon: default_epsilon(),
            weight_decay,
        }
    }

    /// Names of the moments kept for each parameter.
    fn moments(self) -> &'static [&'static str] {
        match self {
            Self::Adam { .. } => &["mean", "square"],
            Self::Sgd { .. } => &["velocity"],
        }
    }
}

fn default_beta1() -> f32 {
    0.9
}

fn default_beta2() -> f32 {
    0.999
}

fn default_epsilon() -> f32 {
    1e-8
}

/// The rule and its memory.
#[derive(Clone, Debug)]
pub struct Optimizer {
    config: OptimizerConfig,
    learning_rate: f32,
    steps: u64,
    /// First and second moment; SGD leaves the second empty.
    moments: [Vec<f32>; 2],
}

impl Optimizer {
    /// A fresh optimizer for the tensors of a layout, for which a network may stand.
    pub fn new(
        config: OptimizerConfig,
        learning_rate: f32,
        layout: &impl AsRef<ParameterLayout>,
    ) -> Self {
        let len = layout.as_ref().trained();
        let second = if config.moments().len() > 1 { len } else { 0 };
        Self {
            config,
            learning_rate,
            steps: 0,
            moments: [vec![0.0; len], vec![0.0; second]],
        }
    }

    /// The learning rate.
    pub fn learning_rate(&self) -> f32 {
        self.learning_rate
    }

    /// Sets the learning rate of the following steps.
    pub fn set_learning_rate(&mut self, learning_rate: f32) {
        self.learning_rate = learning_rate;
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Parameters that the optimizer knows.
    pub(crate) fn len(&self) -> usize {
        self.moments[0].len()
    }

    /// The moments, each with the names, shapes and order of the parameters'
    /// file: `mean` and `square` of Adam, `velocity` of SGD.
    pub fn moments(&self, layout: &impl AsRef<ParameterLayout>) -> Vec<(&'static str, Weights)> {
        let named = self.config.moments().iter().zip(&self.moments);
        named
            .map(|(&name, values)| (name, layout.as_ref().export_trained(values)))
            .collect()
    }

    /// Takes up where an optimizer with these moments and steps stopped.
    ///
    /// # Errors
    /// If the moments belong to another network or rule.
    pub fn restore(
        &mut self,
        layout: &impl AsRef<ParameterLayout>,
        moments: &[(impl AsRef<str>, Weights)],
        steps: u64,
    ) -> Result<(), WeightsError> {
        for (&name, values) in self.config.moments().iter().zip(&mut self.moments) {
            let (_, weights) = moments
                .iter()
                .find(|(other, _)| other.as_ref() == name)
                .ok_or_else(|| WeightsError::Missing(name.to_owned()))?;
            layout.as_ref().import_trained(weights, values)?;
        }
        self.steps = steps;
        Ok(())
    }

    /// Updates `values` by `gradients`; the first `decayed` values decay.
    pub(crate) fn update(&mut self, values: &mut [f32], gradients: &[f32], decayed: usize) {
        self.steps += 1;
        let [first, second] = &mut self.moments;
        let chunks = values
            .par_chunks_mut(CHUNK)
            .zip(gradients.par_chunks(CHUNK))
            .zip(first.par_chunks_mut(CHUNK));
        // A chunk's share that decays.
        let decaying = |chunk: usize, len: usize| decayed.saturating_sub(chunk * CHUNK).min(len);
        match self.config {
            OptimizerConfig::Adam {
                beta1,
                beta2,
                epsilon,
                weight_decay,
            } => {
                let rule = Adam::new([beta1, beta2], epsilon, self.learning_rate, self.steps);
                let keep = 1.0 - self.learning_rate * weight_decay;
                let chunks = chunks.zip(second.par_chunks_mut(CHUNK)).enumerate();
                chunks.for_each(|(chunk, (((values, gradients), mean), square))| {
                    let decaying = decaying(chunk, values.len());
                    decay(&mut values[..decaying], keep);
                    rule.update(values, gradients, mean, square);
                });
            }
            OptimizerConfig::Sgd {
                momentum,
                weight_decay,
            } => {
                let rate = self.learning_rate;
                let keep = 1.0 - rate * weight_decay;
                chunks
                    .enumerate()
                    .for_each(|(chunk, ((values, gradients), velocity))| {
                        let decaying = decaying(chunk, values.len());
                        decay(&mut values[..decaying], keep);
                        sgd(rate, momentum, values, gradients, velocity);
                    });
            }
        }
    }
}

fn decay(values: &mut [f32], keep: f32) {
    if keep != 1.0 {
        values.iter_mut().for_each(|value| *value *= keep);
    }
}

/// One step of Adam with its bias corrections worked in.
#[derive(Clone, Copy)]
struct Adam {
    betas: [f32; 2],
    epsilon: f32,
    /// Learning rate over the first moment's correction.
    rate: f32,
    /// One over the root of the second moment's correction.
    root: f32,
}

impl Adam {
    fn new(betas: [f32; 2], epsilon: f32, learning_rate: f32, step: u64) -> Self {
        let correction = betas.map(|beta| 1.0 - f64::from(beta).powf(step as f64));
        Self {
            betas,
            epsilon,
            rate: (f64::from(learning_rate) / correction[0]) as f32,
            root: (1.0 / correction[1].sqrt()) as f32,
        }
    }

    fn update(self, values: &mut [f32], gradients: &[f32], mean: &mut [f32], square: &mut [f32]) {
        let Self {
            betas: [beta1, beta2],
            epsilon,
            rate,
            root,
        } = self;
        vectorized(
            #[inline(always)]
            || {
                let moments = mean.iter_mut().zip(square.iter_mut());
                for ((value, &g), (m, v)) in values.iter_mut().zip(gradients).zip(moments) {
                    let g = noticeable(g, NEGLIGIBLE);
                    *m = noticeable(beta1 * *m + (1.0 - beta1) * g, NEGLIGIBLE);
                    let square = beta2 * *v + (1.0 - beta2) * (g * g);
                    *v = noticeable(square, NEGLIGIBLE * NEGLIGIBLE);
                    *value -= rate * *m / (v.sqrt() * root + epsilon);
                }
            },
        );
    }
}

/// `value`, or 0 where it is below `least`.
#[inline(always)]
fn noticeable(value: f32, least: f32) -> f32 {
    if value.abs() < least { 0.0 } else { value }
}

fn sgd(rate: f32, momentum: f32, values: &mut [f32], gradients: &[f32], velocity: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            for ((value, &g), v) in values.iter_mut().zip(gradients).zip(velocity.iter_mut()) {
                *v = noticeable(momentum * *v + g, NEGLIGIBLE);
                *value -= rate * *v;
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Layout, ParameterSpec, Role};

    #[test]
    fn adam_equals_its_paper_by_hand() {
        let (mut value, mut m, mut v) = (1.0f64, 0.0f64, 0.0f64);
        let (mut values, mut mean, mut square) = ([1.0f32], [0.0f32], [0.0f32]);
        for (step, g) in [0.5f64, -0.25, 0.125].into_iter().enumerate() {
            let t = step as i32 + 1;
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            let (m_hat, v_hat) = (m / (1.0 - 0.9f64.powi(t)), v / (1.0 - 0.999f64.powi(t)));
            value -= 0.01 * m_hat / (v_hat.sqrt() + 1e-8);
            Adam::new([0.9, 0.999], 1e-8, 0.01, t as u64).update(
                &mut values,
                &[g as f32],
                &mut mean,
                &mut square,
            );
        }
        assert!(
            (f64::from(values[0]) - value).abs() < 1e-6,
            "got {}, expected {value}",
            values[0]
        );
    }

    #[test]
    fn moments_of_what_gets_no_gradient_end_at_zero() {
        let rule = Adam::new([0.9, 0.999], 1e-8, 1e-3, 10);
        let (mut value, mut mean, mut square) = ([1.0f32], [1e-3f32], [1e-30f32]);
        for step in 0..20_000 {
            // Squares to a denormal number.
            let g = if step % 2 == 0 { 1e-20 } else { 0.0 };
            rule.update(&mut value, &[g], &mut mean, &mut square);
            assert!(!mean[0].is_subnormal() && !square[0].is_subnormal());
        }
        assert_eq!((mean, square), ([0.0], [0.0]));
        let mut velocity = [1.0];
        for _ in 0..1_000 {
            sgd(0.1, 0.9, &mut value, &[0.0], &mut velocity);
            assert!(!velocity[0].is_subnormal());
        }
        assert_eq!(velocity, [0.0]);
    }

    #[test]
    fn sgd_keeps_momentum() {
        let (mut value, mut velocity) = ([1.0], [0.0]);
        sgd(0.1, 0.5, &mut value, &[1.0], &mut velocity);
        sgd(0.1, 0.5, &mut value, &[1.0], &mut velocity);
        assert_eq!((value, velocity), ([1.0 - 0.1 - 0.15], [1.5]));
    }

    /// A matrix of 40,000 weights, in three chunks, and ten biases.
    fn linear() -> ParameterLayout {
        let spec = |name: &str, role, len| ParameterSpec {
            name: name.into(),
            role,
            shape: vec![len],
            layout: Layout::Plain,
        };
        let weight = Role::Weight {
            fan_in: 4000,
            fan_out: 10,
        };
        ParameterLayout::new(vec![
            spec("weight", weight, 40_000),
            spec("bias", Role::Bias, 10),
        ])
    }

    #[test]
    fn adamw_equals_its_naive_formula_and_goes_on_from_its_moments() {
        let (rate, decay) = (0.02f64, 0.5f64);
        let layout = linear();
        let weights = layout.weights();
        let start = |i: usize| 1.0 + (i % 7) as f32;
        let gradient = |i: usize, step: usize| ((i + 3 * step) % 11) as f32 / 7.0 - 0.6;
        let mut optimizer = Optimizer::new(OptimizerConfig::adamw(0.5), 0.02, &layout);
        let mut values: Vec<f32> = (0..optimizer.len()).map(start).collect();
        let mut state: Vec<[f64; 3]> = values.iter().map(|&v| [f64::from(v), 0.0, 0.0]).collect();
        for step in 1..=4 {
            let gradients: Vec<f32> = (0..values.len()).map(|i| gradient(i, step)).collect();
            optimizer.update(&mut values, &gradients, weights);
            for (i, ([w, m, v], &g)) in state.iter_mut().zip(&gradients).enumerate() {
                let g = f64::from(g);
                *m = 0.9 * *m + 0.1 * g;
                *v = 0.999 * *v + 0.001 * g * g;
                let m_hat = *m / (1.0 - 0.9f64.powi(step as i32));
                let v_hat = *v / (1.0 - 0.999f64.powi(step as i32));
                let lost = if i < weights { decay * *w } else { 0.0 };
                *w -= rate * (m_hat / (v_hat.sqrt() + 1e-8) + lost);
            }
            if step == 2 {
                // As from a checkpoint.
                let moments = optimizer.moments(&layout);
                let mut fresh = Optimizer::new(OptimizerConfig::adamw(0.5), 0.02, &layout);
                fresh.restore(&layout, &moments, optimizer.steps()).unwrap();
                assert_eq!(fresh.moments, optimizer.moments);
                optimizer = fresh;
            }
        }
        assert!(weights < values.len(), "biases don't decay");
        for (i, (&got, [expected, ..])) in values.iter().zip(&state).enumerate() {
            assert!(
                (f64::from(got) - expected).abs() < 1e-5,
                "value {i}: got {got}, expected {expected}"
            );
        }
    }
}
