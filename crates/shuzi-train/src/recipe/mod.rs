//! How a network is trained, as data.

mod presets;

use std::{num::NonZeroU16, path::Path};

use serde::{Deserialize, Serialize};
use shuzi_data::augment::Augmentation;
use shuzi_nn::{Initialisation, OptimizerConfig};

use crate::{error::TrainError, json::read_json, schedule::Schedule};

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

/// How a step learns from lines beside its images. An epoch is one of the images; lines
/// are taken in turn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineRecipe {
    /// Most pieces of lines in a step.
    pub pieces: NonZeroU16,
    /// Most of the recipe's distortion that a line gets, 0 or more, below 1; each gets a
    /// part of it.
    pub strength: f32,
    /// Weight of the mean loss of the images beside that of the lines: 0 or more.
    pub images_weight: f32,
}

/// How a step learns from teachers beside labels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distillation {
    /// Share of an image's target that is what the teachers say, the rest being its label,
    /// were they sure of the label: it falls with the probability that they give it, so
    /// that what they don't know is learned from labels. Of the pieces of lines, which have
    /// no label, the weight of the cross-entropy to what they say. 0 to 1.
    pub share: f32,
}

impl Default for Distillation {
    fn default() -> Self {
        Self { share: 0.8 }
    }
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
    use crate::schedule::Cosine;

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
