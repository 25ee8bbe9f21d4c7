//! The recipes that have a name.

use std::num::NonZeroU16;

use shuzi_data::augment::{Augmentation, Elastic};
use shuzi_nn::{Initialisation, OptimizerConfig};

use super::{Averaging, LineRecipe, Protocol, Recipe};
use crate::schedule::{Cosine, Plateau, Schedule};

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
            schedule: Schedule::Plateau(Plateau {
                factor: 0.5,
                patience: 2,
                stop_after: 6,
            }),
            initialisation: Initialisation::He,
            augmentation: Augmentation::none(),
            clean_epochs: 0,
            label_smoothing: 0.0,
            dropout: None,
            averaging: None,
            lines: None,
            distillation: None,
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
            schedule: Schedule::Plateau(Plateau {
                factor: 0.5,
                patience: epochs,
                stop_after: epochs,
            }),
            ..Self::paper()
        }
    }

    /// The most accurate over all writers (`experiments/improved-alexnet-best-1` to `-5`),
    /// chosen on held-out training images and on other writers (`experiments/recipe-search.txt`):
    /// AdamW, a cosine with a warm-up, strong distortion with up-strokes on the 1 and
    /// other feet and sides on the 9, sharpness varied, averaged weights, a last epoch
    /// on the images as they are. Nothing is selected within a run.
    pub fn best() -> Self {
        Self {
            name: "best".into(),
            protocol: Protocol::Fixed,
            optimizer: OptimizerConfig::adamw(0.2),
            learning_rate: 3e-3,
            batch: 128,
            epochs: 20,
            schedule: Schedule::Cosine(Cosine {
                warm_up_steps: 400,
                last_share: 1e-3,
            }),
            augmentation: Augmentation {
                mirrored_nine_probability: 0.1,
                curled_nine_probability: 0.3,
                sharpness_fraction: 0.5,
                ..Augmentation::strong()
            },
            clean_epochs: 1,
            dropout: Some(0.0),
            averaging: Some(Averaging { decay: 0.999 }),
            ..Self::paper()
        }
    }

    /// A good network soon (`experiments/improved-alexnet-fast-1`): five epochs in one
    /// rise and fall of the rate.
    pub fn fast() -> Self {
        Self {
            name: "fast".into(),
            optimizer: OptimizerConfig::adamw(0.01),
            epochs: 5,
            schedule: Schedule::Cosine(Cosine {
                warm_up_steps: 600,
                last_share: 1e-3,
            }),
            augmentation: Augmentation::moderate(),
            averaging: Some(Averaging { decay: 0.99 }),
            ..Self::best()
        }
    }

    /// For the crops of made handwriting that a reader learns from: `best` with
    /// fewer epochs, since there are many crops, and none without distortion, since
    /// they are all of few writers. Twos, too, get a shape that these writers lack, and
    /// zoom varies more.
    pub fn crops() -> Self {
        Self {
            name: "crops".into(),
            optimizer: OptimizerConfig::adamw(0.01),
            learning_rate: 2e-3,
            epochs: 3,
            clean_epochs: 0,
            augmentation: Augmentation {
                zoom_fraction: 0.16,
                looped_two_probability: 0.2,
                mirrored_nine_probability: 0.2,
                curled_nine_probability: 0.2,
                sharpness_fraction: 0.5,
                ..Augmentation::strong()
            },
            ..Self::best()
        }
    }

    /// For a reader that has learned from crops: whole lines beside them
    /// ([`LineRecipe`]), at half of their rate.
    pub fn lines() -> Self {
        Self {
            name: "lines".into(),
            optimizer: OptimizerConfig::adamw(0.02),
            learning_rate: 1e-3,
            epochs: 1,
            lines: Some(LineRecipe {
                pieces: NonZeroU16::MIN.saturating_add(511),
                strength: 0.7,
                images_weight: 1.0,
            }),
            ..Self::crops()
        }
    }

    /// For crops of two digits, which a reader asks about where it is not sure of one:
    /// `crops` with little distortion, since they fill the image and the lines that they
    /// are cut from are written in many ways.
    pub fn pairs() -> Self {
        Self {
            name: "pairs".into(),
            optimizer: OptimizerConfig::adamw(0.1),
            epochs: 2,
            augmentation: Augmentation {
                rotation_degrees: 4.0,
                zoom_fraction: 0.08,
                shear_degrees: 8.0,
                shift_pixels: 1.0,
                elastic: Some(Elastic {
                    deviation_pixels: 0.5,
                    grid: 5,
                }),
                sharpness_fraction: 0.4,
                ..Augmentation::none()
            },
            ..Self::crops()
        }
    }

    /// All recipes.
    pub fn all() -> [Self; 8] {
        [
            Self::holdout(),
            Self::best(),
            Self::fast(),
            Self::crops(),
            Self::lines(),
            Self::pairs(),
            Self::paper(),
            Self::ablation(),
        ]
    }

    /// The recipe called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|recipe| recipe.name == name)
    }
}
