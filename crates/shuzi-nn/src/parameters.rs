//! One store for all numbers of a network, so that the optimizer and the
//! checkpoint see a single slice.

use std::{collections::HashMap, ops::Range};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use crate::{
    spec::{ParameterSpec, Role},
    weights::{Weights, WeightsError},
};

/// How weights are drawn at the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Initialisation {
    /// Normal with variance `2 / fan_in` (He et al. 2015), for ReLU.
    #[default]
    He,
    /// Uniform in `±√(6 / (fan_in + fan_out))` (Glorot and Bengio 2010), for
    /// tanh and sigmoid.
    Xavier,
}

/// A network's tensors and where each lies in one store. Kernels and matrices come first,
/// then the other trained tensors, then the running statistics: so the optimizer sees a
/// single slice, and needs not know the network.
#[derive(Clone, Debug)]
pub struct ParameterLayout {
    specs: Vec<ParameterSpec>,
    ranges: HashMap<String, Range<usize>>,
    weights: usize,
    trained: usize,
    total: usize,
}

impl ParameterLayout {
    /// That of some tensors, in the order of their layers.
    pub fn new(specs: Vec<ParameterSpec>) -> Self {
        let mut ranges = HashMap::new();
        let mut end = 0;
        let mut ends = [0; 3];
        for (class, class_end) in ends.iter_mut().enumerate() {
            for spec in specs.iter().filter(|spec| class_of(spec.role) == class) {
                ranges.insert(spec.name.clone(), end..end + spec.len());
                end += spec.len();
            }
            *class_end = end;
        }
        Self {
            specs,
            ranges,
            weights: ends[0],
            trained: ends[1],
            total: ends[2],
        }
    }

    /// Place of the tensor `suffix` of the layer at `path`; empty if the layer
    /// has none.
    pub(crate) fn of(&self, path: &str, suffix: &str) -> Range<usize> {
        let range = self.ranges.get(&format!("{path}.{suffix}"));
        range.cloned().unwrap_or(0..0)
    }

    /// Values that weight decay touches.
    pub fn weights(&self) -> usize {
        self.weights
    }

    /// Values that the optimizer touches.
    pub fn trained(&self) -> usize {
        self.trained
    }

    /// All values, running statistics among them.
    pub fn len(&self) -> usize {
        self.total
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// A slice of the trained numbers' kind (moments, gradients, averages) in the order
    /// of files.
    pub(crate) fn export_trained(&self, values: &[f32]) -> Weights {
        self.export(values, Role::is_trained)
    }

    fn export(&self, values: &[f32], wanted: impl Fn(Role) -> bool) -> Weights {
        let mut weights = Weights::new();
        for spec in self.specs.iter().filter(|spec| wanted(spec.role)) {
            let source = &values[self.ranges[&spec.name].clone()];
            let mut data = vec![0.0; spec.len()];
            for (place, value) in spec.layout.file_order(spec.len()).into_iter().zip(source) {
                data[place] = *value;
            }
            weights.insert(spec.name.clone(), spec.shape.clone(), data);
        }
        weights
    }

    /// Takes numbers of the trained kind into `values`.
    pub(crate) fn import_trained(
        &self,
        weights: &Weights,
        values: &mut [f32],
    ) -> Result<(), WeightsError> {
        self.import(weights, values, Role::is_trained)
    }

    fn import(
        &self,
        weights: &Weights,
        values: &mut [f32],
        wanted: impl Fn(Role) -> bool,
    ) -> Result<(), WeightsError> {
        let specs: Vec<_> = self
            .specs
            .iter()
            .filter(|spec| wanted(spec.role))
            .cloned()
            .collect();
        weights.check(&specs)?;
        for spec in &specs {
            let Some(tensor) = weights.get(&spec.name) else {
                continue; // `check` found every one
            };
            let target = &mut values[self.ranges[&spec.name].clone()];
            for (place, value) in spec.layout.file_order(spec.len()).into_iter().zip(target) {
                *value = tensor.data[place];
            }
        }
        Ok(())
    }
}

impl AsRef<Self> for ParameterLayout {
    fn as_ref(&self) -> &Self {
        self
    }
}

fn class_of(role: Role) -> usize {
    match role {
        Role::Weight { .. } | Role::OffsetWeight => 0,
        Role::Bias | Role::Scale => 1,
        Role::RunningMean | Role::RunningVariance => 2,
    }
}

/// The numbers of a network.
#[derive(Clone, Debug)]
pub(crate) struct Parameters {
    pub(crate) layout: ParameterLayout,
    pub(crate) values: Vec<f32>,
}

impl Parameters {
    /// Start values of some tensors, drawn from `seed`. Each tensor has a
    /// random stream of its own, so that adding a layer changes no other.
    pub(crate) fn new(
        specs: Vec<ParameterSpec>,
        initialisation: Initialisation,
        seed: u64,
    ) -> Self {
        let mut parameters = Self::zeros(specs);
        let Self { layout, values } = &mut parameters;
        for (stream, spec) in layout.specs.iter().enumerate() {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(stream as u64);
            let target = &mut values[layout.ranges[&spec.name].clone()];
            draw(spec.role, initialisation, &mut rng, target);
        }
        parameters
    }

    /// The numbers of `weights`.
    pub(crate) fn from_weights(
        specs: Vec<ParameterSpec>,
        weights: &Weights,
    ) -> Result<Self, WeightsError> {
        let mut parameters = Self::zeros(specs);
        parameters.import(weights)?;
        Ok(parameters)
    }

    fn zeros(specs: Vec<ParameterSpec>) -> Self {
        let layout = ParameterLayout::new(specs);
        Self {
            values: vec![0.0; layout.total],
            layout,
        }
    }

    /// The tensor `suffix` of the layer at `path`, in memory's order; empty if
    /// the layer has none.
    pub(crate) fn tensor(&self, path: &str, suffix: &str) -> &[f32] {
        &self.values[self.layout.of(path, suffix)]
    }

    /// The numbers in the order of files.
    pub(crate) fn export(&self) -> Weights {
        self.layout.export(&self.values, |_| true)
    }

    /// Takes the numbers of `weights`; if they don't fit, nothing is changed.
    pub(crate) fn import(&mut self, weights: &Weights) -> Result<(), WeightsError> {
        self.layout.import(weights, &mut self.values, |_| true)
    }
}

fn draw(role: Role, initialisation: Initialisation, rng: &mut ChaCha8Rng, target: &mut [f32]) {
    match role {
        Role::Weight { fan_in, fan_out } => match initialisation {
            Initialisation::He => {
                let deviation = (2.0 / fan_in as f32).sqrt();
                for value in target {
                    let normal: f32 = rng.sample(StandardNormal);
                    *value = deviation * normal;
                }
            }
            Initialisation::Xavier => {
                let limit = (6.0 / (fan_in + fan_out) as f32).sqrt();
                for value in target {
                    *value = rng.random_range(-limit..limit);
                }
            }
        },
        Role::Scale | Role::RunningVariance => target.fill(1.0),
        Role::OffsetWeight | Role::Bias | Role::RunningMean => target.fill(0.0),
    }
}
