//! How a network is trained, as data.

use std::{num::NonZeroU16, path::Path};

use serde::{Deserialize, Serialize};
use shuzi_data::augment::{Augmentation, Elastic};
use shuzi_nn::{Initialisation, OptimizerConfig};

use crate::{Cosine, Distillation, LineRecipe, Plateau, Schedule, TrainError, json::read_json};

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
    /// Nothing: all training images are trained on, everything is settled
    /// beforehand, the weights are those of the end, and the test set is read
    /// once, after the last epoch.
    Fixed,
}

/// Weights averaged over the steps ([`shuzi_nn::Average`]) in place of the last
/// ones. The statistics of batch normalisation are taken anew for them, on
/// undistorted training images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Averaging {
    /// Share of the average that a step keeps: 0 or more, below 1.
    pub decay: f32,
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
    /// Learning rate at the start, or the highest of a schedule that has a
    /// warm-up.
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
    /// Last epochs whose images are not distorted.
    #[serde(default)]
    pub clean_epochs: usize,
    /// Share of a label's probability that the loss spreads evenly over all
    /// classes: 0 or more, below 1.
    #[serde(default)]
    pub label_smoothing: f32,
    /// Rate of every dropout layer of the network, in place of its own: 0 or
    /// more, below 1.
    #[serde(default)]
    pub dropout: Option<f32>,
    /// Whether the run's model has averaged weights.
    #[serde(default)]
    pub averaging: Option<Averaging>,
    /// Whether and how it learns from whole lines, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<LineRecipe>,
    /// Whether and how it learns from other networks, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distillation: Option<Distillation>,
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

    /// The most accurate over all hands (`experiments/improved-alexnet-best-1` to `-5`),
    /// chosen on held-out training images and on other hands (`experiments/recipe-search.txt`):
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
    /// they are all of few hands. Twos, too, get a shape that these hands lack, and
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

    /// The same recipe steered by, or measured on, `images` training images
    /// that are held out. One that holds out none gets another name, since its
    /// figures are of another kind.
    #[must_use]
    pub fn holding_out(mut self, images: usize) -> Self {
        match &mut self.protocol {
            Protocol::Holdout { images: held } => *held = images,
            Protocol::SelectedOnTest | Protocol::Fixed => {
                self.protocol = Protocol::Holdout { images };
                self.name.push_str("-holdout");
            }
        }
        self
    }

    /// Checks what no other part does.
    pub(crate) fn check(&self) -> Result<(), TrainError> {
        // Written so that no number at all fails.
        let share = |field, value: f32| {
            if (0.0..1.0).contains(&value) {
                return Ok(());
            }
            Err(TrainError::Recipe {
                field,
                expected: "0 or more, below 1",
                got: value.to_string(),
            })
        };
        if !(self.learning_rate > 0.0 && self.learning_rate.is_finite()) {
            return Err(TrainError::Recipe {
                field: "learning_rate",
                expected: "above 0",
                got: self.learning_rate.to_string(),
            });
        }
        share("label_smoothing", self.label_smoothing)?;
        share("dropout", self.dropout.unwrap_or(0.0))?;
        share("averaging.decay", self.averaging.map_or(0.0, |a| a.decay))?;
        if let Some(lines) = self.lines {
            share("lines.strength", lines.strength)?;
            let weight = lines.images_weight;
            if !(weight >= 0.0 && weight.is_finite()) {
                return Err(TrainError::Recipe {
                    field: "lines.images_weight",
                    expected: "0 or more",
                    got: weight.to_string(),
                });
            }
        }
        if let Some(Distillation { share }) = self.distillation
            && !(0.0..=1.0).contains(&share)
        {
            return Err(TrainError::Recipe {
                field: "distillation.share",
                expected: "0 to 1",
                got: share.to_string(),
            });
        }
        match self.schedule {
            Schedule::Cosine(cosine) if !(0.0..=1.0).contains(&cosine.last_share) => {
                Err(TrainError::Recipe {
                    field: "schedule.last_share",
                    expected: "0 to 1",
                    got: cosine.last_share.to_string(),
                })
            }
            _ => Ok(()),
        }
    }

    /// The recipe called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|recipe| recipe.name == name)
    }

    /// The recipe called `name_or_path`, or the one in the JSON file of that name. A
    /// file's recipe has the form of the `recipe` in a run's `run.json`.
    ///
    /// # Errors
    ///
    /// If there is neither, the file holds no recipe, or its recipe has the name of
    /// another one.
    pub fn load(name_or_path: &str) -> Result<Self, TrainError> {
        if let Some(recipe) = Self::named(name_or_path) {
            return Ok(recipe);
        }
        let path = Path::new(name_or_path);
        if path.extension().is_none_or(|extension| extension != "json") {
            return Err(TrainError::UnknownRecipe {
                name: name_or_path.to_owned(),
                known: Self::all().map(|recipe| recipe.name).join(", "),
            });
        }
        let recipe: Self = read_json(path)?;
        // Folders and tables go by the name.
        if Self::named(&recipe.name).is_some_and(|known| known != recipe) {
            return Err(TrainError::Recipe {
                field: "name",
                expected: "one that no other recipe has",
                got: recipe.name,
            });
        }
        Ok(recipe)
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

    #[test]
    fn a_recipe_is_loaded_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let load = |recipe: &Recipe| {
            let path = folder.path().join("recipe.json");
            std::fs::write(&path, serde_json::to_string(recipe).unwrap()).unwrap();
            Recipe::load(path.to_str().unwrap())
        };
        let mut mine = Recipe {
            batch: 64,
            ..Recipe::best()
        };
        let error = load(&mine).unwrap_err().to_string();
        assert!(error.contains("name of the recipe is best"), "{error}");
        mine.name = "mine".into();
        assert_eq!(load(&mine).unwrap(), mine);
        assert_eq!(Recipe::load("fast").unwrap(), Recipe::fast());
        let error = Recipe::load("slow").unwrap_err().to_string();
        assert!(error.contains("slow") && error.contains("fast"), "{error}");
        let missing = Recipe::load("slow.json").unwrap_err();
        assert!(matches!(missing, TrainError::Io { .. }), "{missing}");
    }

    #[test]
    fn recipes_of_runs_from_before_a_field_are_read() {
        let mut json = serde_json::to_value(Recipe::holdout()).unwrap();
        let recipe = json.as_object_mut().unwrap();
        for later in ["clean_epochs", "label_smoothing", "dropout", "averaging"] {
            recipe.remove(later).unwrap();
        }
        assert_eq!(
            serde_json::from_value::<Recipe>(json).unwrap(),
            Recipe::holdout()
        );
    }

    #[test]
    fn a_recipe_that_holds_out_images_is_told_from_one_that_does_not() {
        let images = 7;
        let held = Recipe::best().holding_out(images);
        assert_eq!(held.name, "best-holdout");
        assert_eq!(held.protocol, Protocol::Holdout { images });
        assert_eq!(Recipe::holdout().holding_out(images).name, "holdout");
    }

    #[test]
    fn shares_out_of_range_are_named() {
        let field = |recipe: Recipe| match recipe.check() {
            Err(TrainError::Recipe { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        let best = Recipe::best;
        for recipe in Recipe::all() {
            recipe.check().unwrap();
        }
        let distillation = Some(Distillation { share: 1.5 });
        assert_eq!(
            field(Recipe {
                distillation,
                ..best()
            }),
            "distillation.share"
        );
        let averaging = Some(Averaging { decay: f32::NAN });
        assert_eq!(
            field(Recipe {
                averaging,
                ..best()
            }),
            "averaging.decay"
        );
        let dropout = Some(1.0);
        assert_eq!(field(Recipe { dropout, ..best() }), "dropout");
        let label_smoothing = -0.1;
        assert_eq!(
            field(Recipe {
                label_smoothing,
                ..best()
            }),
            "label_smoothing"
        );
        let schedule = Schedule::Cosine(Cosine {
            warm_up_steps: 1,
            last_share: 2.0,
        });
        assert_eq!(field(Recipe { schedule, ..best() }), "schedule.last_share");
    }
}
