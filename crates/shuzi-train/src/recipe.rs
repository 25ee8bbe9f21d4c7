//! How a network is trained, as data.

use serde::{Deserialize, Serialize};
use shuzi_data::augment::Augmentation;
use shuzi_nn::{Initialisation, OptimizerConfig};

use crate::Schedule;

/// What steers the learning rate and the stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Protocol {
    /// The test set, as in the paper. It exists to reproduce the paper; its
    /// accuracy is selected on the test set.
    SelectedOnTest,
    /// A part of the training set that is not trained on; the test set is not
    /// looked at.
    Holdout {
        /// Images held out.
        images: usize,
    },
}

/// A way to train a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Name on the command line.
    pub name: String,
    /// What steers the run.
    pub protocol: Protocol,
    /// The rule that updates the parameters.
    pub optimizer: OptimizerConfig,
    /// Learning rate at the start.
    pub learning_rate: f32,
    /// Images in a batch.
    pub batch: usize,
    /// Most epochs.
    pub epochs: usize,
    /// How the learning rate falls and when the run stops.
    pub schedule: Schedule,
    /// How start weights are drawn.
    pub initialisation: Initialisation,
    /// How training images are distorted.
    pub augmentation: Augmentation,
}

impl Recipe {
    /// The paper's training: Adam from 0.001, batches of 32, at most 30
    /// epochs, the rate halved when the validation loss has not fallen for 2
    /// epochs and the run stopped when it has not for 6, all 60,000 images
    /// trained on and the test set in the role of validation.
    pub fn paper() -> Self {
        Self {
            name: "paper".into(),
            protocol: Protocol::SelectedOnTest,
            optimizer: OptimizerConfig::adam(),
            learning_rate: 1e-3,
            batch: 32,
            epochs: 30,
            schedule: Schedule {
                factor: 0.5,
                patience: 2,
                stop_after: 6,
            },
            initialisation: Initialisation::He,
            augmentation: Augmentation::none(),
        }
    }

    /// The paper's training without its look at the test set: 5,000 training
    /// images are held out to steer it, and the others are moderately
    /// distorted.
    pub fn holdout() -> Self {
        Self {
            name: "holdout".into(),
            protocol: Protocol::Holdout { images: 5000 },
            augmentation: Augmentation::moderate(),
            ..Self::paper()
        }
    }

    /// A short schedule that never changes, to compare networks: three epochs
    /// at one rate in batches of 128, without distortion, 5,000 training images
    /// held out to be measured on.
    pub fn ablation() -> Self {
        let epochs = 3;
        Self {
            name: "ablation".into(),
            protocol: Protocol::Holdout { images: 5000 },
            batch: 128,
            epochs,
            // Longer than the run: nothing is steered.
            schedule: Schedule {
                factor: 0.5,
                patience: epochs,
                stop_after: epochs,
            },
            ..Self::paper()
        }
    }

    /// All recipes.
    pub fn all() -> [Self; 3] {
        [Self::holdout(), Self::paper(), Self::ablation()]
    }

    /// The recipe called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|recipe| recipe.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_are_found_by_name_and_survive_json() {
        for recipe in Recipe::all() {
            assert_eq!(Recipe::named(&recipe.name).as_ref(), Some(&recipe));
            let json = serde_json::to_string(&recipe).unwrap();
            assert_eq!(serde_json::from_str::<Recipe>(&json).unwrap(), recipe);
        }
        assert_eq!(Recipe::named("none"), None);
    }
}
