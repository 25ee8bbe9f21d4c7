//! The exponential moving average of a network's parameters.

use crate::{
    kernels::vectorized::vectorized,
    network::Network,
    weights::{Weights, WeightsError},
};

/// An exponential moving average of all trained parameters (Polyak and
/// Juditsky 1992): after each step it goes a part of the way to them,
/// `average += (1 − d) · (value − average)`. The decay `d` grows with the
/// steps taken as `(1 + steps) / (10 + steps)` until it is the one asked for,
/// so that start weights are soon forgotten.
///
/// Running statistics of batch normalisation are not averaged: they belong to
/// other weights. [`Network::estimate_statistics`] takes them anew.
#[derive(Clone, Debug)]
pub struct Average {
    decay: f32,
    steps: u64,
    /// As the network's own; what is not trained lies here while the average
    /// is in the network.
    values: Vec<f32>,
}

impl Average {
    /// The average of the start weights of `network`. `decay` is in [0, 1).
    pub fn new(decay: f32, network: &Network) -> Self {
        Self {
            decay,
            steps: 0,
            values: network.parameters.values.clone(),
        }
    }

    /// Takes note of the parameters after a step; they are of the network
    /// that the average was made for.
    pub fn update(&mut self, network: &Network) {
        self.steps += 1;
        let young = (1 + self.steps) as f32 / (10 + self.steps) as f32;
        let share = 1.0 - self.decay.min(young);
        let trained = network.parameters.layout.trained();
        let values = &network.parameters.values[..trained];
        let averages = &mut self.values[..trained];
        vectorized(
            #[inline(always)]
            || {
                for (average, value) in averages.iter_mut().zip(values) {
                    *average += share * (value - *average);
                }
            },
        );
    }

    /// Puts the average into the network and the network's numbers, running
    /// statistics among them, here; once more brings all back.
    pub fn exchange(&mut self, network: &mut Network) {
        std::mem::swap(&mut self.values, &mut network.parameters.values);
    }

    /// The averages with the names, shapes and order of the parameters' file.
    pub fn weights(&self, network: &Network) -> Weights {
        network.parameters.layout.export_trained(&self.values)
    }

    /// Takes up where an average with these weights and steps stopped.
    ///
    /// # Errors
    /// If the weights belong to another network.
    pub fn restore(
        &mut self,
        network: &Network,
        weights: &Weights,
        steps: u64,
    ) -> Result<(), WeightsError> {
        network
            .parameters
            .layout
            .import_trained(weights, &mut self.values)?;
        self.steps = steps;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Architecture, Initialisation, Layer, LayerKind, NetworkConfig, Shape, Threads,
        architecture::{BatchNorm, Linear},
    };

    fn network() -> Network {
        let kinds = [
            LayerKind::BatchNorm(BatchNorm::default()),
            LayerKind::Linear(Linear { out_features: 2 }),
        ];
        let layers = kinds.into_iter().enumerate();
        let architecture = Architecture {
            name: "small".into(),
            input: Shape::new(1, 1, 3),
            width: Default::default(),
            layers: layers
                .map(|(i, kind)| Layer::new(format!("l{i}"), kind))
                .collect(),
        };
        let config = NetworkConfig {
            max_batch: 4,
            seed: 1,
            initialisation: Initialisation::He,
            kernels: crate::Kernels::Fast,
            threads: Threads::single(),
        };
        Network::new(&architecture, config).unwrap()
    }

    #[test]
    fn the_average_equals_its_formula_and_goes_on_from_its_weights() {
        let mut network = network();
        let trained = network.parameters.layout.trained();
        let mut average = Average::new(0.5, &network);
        let mut expected: Vec<f64> = network.parameters.values[..trained]
            .iter()
            .map(|&value| f64::from(value))
            .collect();
        for step in 1..=20u64 {
            for (i, value) in network.parameters.values.iter_mut().enumerate() {
                *value = (i as u64 * step % 5) as f32;
            }
            average.update(&network);
            let decay = 0.5f64.min((1 + step) as f64 / (10 + step) as f64);
            for (average, &value) in expected.iter_mut().zip(&network.parameters.values) {
                *average = decay * *average + (1.0 - decay) * f64::from(value);
            }
            if step == 5 {
                let mut fresh = Average::new(0.5, &network);
                fresh
                    .restore(&network, &average.weights(&network), 5)
                    .unwrap();
                average = fresh;
            }
        }
        for (got, expected) in average.values.iter().zip(expected) {
            assert!((f64::from(*got) - expected).abs() < 1e-5);
        }
    }

    #[test]
    fn statistics_are_the_mean_over_the_batches_and_those_of_training_come_back() {
        let mut network = network();
        let mut average = Average::new(0.9, &network);
        network.parameters.values[0] += 1.0;
        let before = network.weights();
        average.exchange(&mut network);
        let batches = [
            [1.0, 2.0, 3.0, 3.0, 6.0, 9.0],
            [5.0, 0.0, 0.0, 7.0, 2.0, 0.0],
        ];
        for (number, batch) in batches.iter().enumerate() {
            network.estimate_statistics(batch, number).unwrap();
        }
        let weights = network.weights();
        let statistic = |name: &str| weights.get(name).unwrap().data.clone();
        // Means (2, 4, 6) and (6, 1, 0), unbiased variances (2, 8, 18) and (2, 2, 0).
        assert_eq!(statistic("l0.running_mean"), [4.0, 2.5, 3.0]);
        assert_eq!(statistic("l0.running_var"), [2.0, 5.0, 9.0]);
        average.exchange(&mut network);
        assert_eq!(network.weights(), before);
        assert_eq!(network.step(), 0);
    }
}
