//! How a network for lines is trained.

use serde::{Deserialize, Serialize};
use shuzi_nn::OptimizerConfig;

use crate::schedule::Cosine;

/// All that decides a training beside the architecture and the lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineNetworkRecipe {
    /// Steps of the run.
    pub steps: u64,
    /// Lines of a step.
    pub batch: usize,
    /// Batches whose lines are drawn together and sorted by width, so that a batch's lines
    /// are about equally wide.
    pub pool: usize,
    /// Widths are rounded up to a multiple of this, in columns: the network is laid out once
    /// for each.
    pub bucket: usize,
    /// Widest line, in columns; wider ones are drawn anew.
    pub max_width: usize,
    /// Which rule updates the parameters.
    pub optimizer: OptimizerConfig,
    /// Highest learning rate.
    pub learning_rate: f32,
    /// How it goes.
    pub schedule: Cosine,
    /// Decay of the moving average of the parameters, 0 to 1: the average is the model.
    pub averaging: f32,
    /// Batches on which the average gets its statistics of batch normalisation.
    pub statistics: usize,
    /// Steps between two records of the history.
    pub record_steps: u64,
    /// Seconds between two checkpoints.
    pub checkpoint_seconds: u64,
    /// Lines of another seed on which the model is measured; they choose nothing.
    pub validation: usize,
}

impl Default for LineNetworkRecipe {
    /// A first guess that learns: after 600 steps the loss of a line has fallen from 107 to 9
    /// nats. Nothing was searched yet.
    fn default() -> Self {
        Self {
            steps: 10_000,
            batch: 32,
            pool: 24,
            bucket: 32,
            max_width: 320,
            optimizer: OptimizerConfig::adamw(0.02),
            learning_rate: 2e-3,
            schedule: Cosine {
                warm_up_steps: 300,
                last_share: 0.01,
            },
            averaging: 0.998,
            statistics: 64,
            record_steps: 100,
            checkpoint_seconds: 300,
            validation: 1000,
        }
    }
}
