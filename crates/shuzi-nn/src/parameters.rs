//! One store for all numbers of a network, so that the optimizer and the
//! checkpoint see a single slice.

use std::{collections::HashMap, ops::Range};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use crate::{
    Architecture, ArchitectureError, Error, Weights, WeightsError,
    architecture::{ParameterSpec, Role},
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

/// Where each tensor lies in the store. Kernels and matrices come first, then
/// the other trained tensors, then the running statistics.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    ranges: HashMap<String, Range<usize>>,
    weights: usize,
    trained: usize,
    total: usize,
}

impl Slots {
    fn new(specs: &[ParameterSpec]) -> Self {
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

    /// Length of the part that weight decay touches.
    pub(crate) fn weights(&self) -> usize {
        self.weights
    }

    /// Length of the part that the optimizer touches.
    pub(crate) fn trained(&self) -> usize {
        self.trained
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
    specs: Vec<ParameterSpec>,
    pub(crate) slots: Slots,
    pub(crate) values: Vec<f32>,
}

impl Parameters {
    /// Start values of `architecture`, drawn from `seed`. Each tensor has a
    /// random stream of its own, so that adding a layer changes no other.
    pub(crate) fn new(
        architecture: &Architecture,
        initialisation: Initialisation,
        seed: u64,
    ) -> Result<Self, ArchitectureError> {
        let mut parameters = Self::zeros(architecture)?;
        let Self {
            specs,
            slots,
            values,
        } = &mut parameters;
        for (stream, spec) in specs.iter().enumerate() {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(stream as u64);
            let target = &mut values[slots.ranges[&spec.name].clone()];
            draw(spec.role, initialisation, &mut rng, target);
        }
        Ok(parameters)
    }

    /// The numbers of `weights`.
    pub(crate) fn from_weights(
        architecture: &Architecture,
        weights: &Weights,
    ) -> Result<Self, Error> {
        let mut parameters = Self::zeros(architecture)?;
        parameters.import(weights)?;
        Ok(parameters)
    }

    fn zeros(architecture: &Architecture) -> Result<Self, ArchitectureError> {
        let specs = architecture.parameters()?;
        let slots = Slots::new(&specs);
        Ok(Self {
            values: vec![0.0; slots.total],
            specs,
            slots,
        })
    }

    /// The tensor `suffix` of the layer at `path`, in memory's order; empty if
    /// the layer has none.
    pub(crate) fn tensor(&self, path: &str, suffix: &str) -> &[f32] {
        &self.values[self.slots.of(path, suffix)]
    }

    /// The numbers in the order of files.
    pub(crate) fn export(&self) -> Weights {
        self.export_from(&self.values, |_| true)
    }

    /// A slice of the trained numbers' kind (moments, gradients) in the order
    /// of files.
    pub(crate) fn export_trained(&self, values: &[f32]) -> Weights {
        self.export_from(values, Role::is_trained)
    }

    fn export_from(&self, values: &[f32], wanted: impl Fn(Role) -> bool) -> Weights {
        let mut weights = Weights::new();
        for spec in self.specs.iter().filter(|spec| wanted(spec.role)) {
            let source = &values[self.slots.ranges[&spec.name].clone()];
            let mut data = vec![0.0; spec.len()];
            for (place, value) in spec.layout.file_order(spec.len()).into_iter().zip(source) {
                data[place] = *value;
            }
            weights.insert(spec.name.clone(), spec.shape.clone(), data);
        }
        weights
    }

    /// Takes the numbers of `weights`.
    pub(crate) fn import(&mut self, weights: &Weights) -> Result<(), WeightsError> {
        let mut values = std::mem::take(&mut self.values);
        let result = self.import_into(weights, &mut values, |_| true);
        self.values = values;
        result
    }

    /// Takes numbers of the trained kind into `values`.
    pub(crate) fn import_trained(
        &self,
        weights: &Weights,
        values: &mut [f32],
    ) -> Result<(), WeightsError> {
        self.import_into(weights, values, Role::is_trained)
    }

    fn import_into(
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
            let target = &mut values[self.slots.ranges[&spec.name].clone()];
            for (place, value) in spec.layout.file_order(spec.len()).into_iter().zip(target) {
                *value = tensor.data[place];
            }
        }
        Ok(())
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
