//! Whole lines beside single images: what a reader's network is trained on.

use std::sync::Arc;

use shuzi_data::{
    augment::Augmentation,
    loader::{Batch, GroupBatch, GroupBatches, Groups, GroupsConfig},
};
use shuzi_reader::{classify::crop::SIDE, labelled::LabelledLines, lattice::ANSWERS};

use crate::{data::Data, error::TrainError, run::RunConfig};

/// The lines of a run.
pub(crate) struct Lines {
    labelled: Arc<LabelledLines>,
    distorted: Groups,
    clean: Groups,
    images_weight: f32,
}

impl Lines {
    /// Those of `data`, if the run's recipe takes lines.
    pub(crate) fn of(run: &RunConfig, data: &Data) -> Result<Option<Self>, TrainError> {
        let recipe = &run.recipe;
        let (lines, labelled) = match (recipe.lines, &data.lines) {
            (None, None) => return Ok(None),
            (Some(lines), Some(labelled)) => (lines, labelled),
            (lines, _) => {
                return Err(TrainError::Lines {
                    recipe: recipe.name.clone(),
                    expected: lines.is_some(),
                });
            }
        };
        let output = run.architecture.output().map_err(shuzi_nn::Error::from)?;
        if output.channels != ANSWERS {
            return Err(TrainError::LineClasses {
                expected: ANSWERS,
                got: output.channels,
            });
        }
        let groups = |augmentation| {
            let sizes = labelled.lines().iter().map(|line| line.pieces().len());
            let config = GroupsConfig {
                batch: lines.pieces.into(),
                seed: run.seed,
                augmentation,
                strength: lines.strength,
            };
            Groups::new(Arc::clone(labelled.crops()), [SIDE; 2], sizes, config)
        };
        Ok(Some(Self {
            distorted: groups(recipe.augmentation)?,
            clean: groups(Augmentation::none())?,
            labelled: Arc::clone(labelled),
            images_weight: lines.images_weight,
        }))
    }

    /// The lines of an epoch, distorted or as they are.
    pub(crate) fn epoch(&self, epoch: u64, clean: bool) -> LineEpoch<'_> {
        let groups = if clean { &self.clean } else { &self.distorted };
        LineEpoch {
            lines: self,
            batches: groups.epoch(epoch),
            images: Vec::new(),
        }
    }
}

/// Lines beside the batches of one epoch.
pub(crate) struct LineEpoch<'a> {
    lines: &'a Lines,
    batches: GroupBatches<'a>,
    images: Vec<f32>,
}

impl LineEpoch<'_> {
    /// Takes a batch's images and, after them, those of the next lines, and says which
    /// lines.
    pub(crate) fn beside(&mut self, batch: &Batch) -> Vec<usize> {
        self.images.clear();
        self.images.extend_from_slice(batch.images());
        // Batches of lines have no end.
        self.batches.next().map_or_else(Vec::new, |lines| {
            let GroupBatch { groups, images } = lines;
            self.images.extend(images);
            groups
        })
    }

    /// What [`LineEpoch::beside`] took last: `[n, h, w, 1]`.
    pub(crate) fn images(&self) -> &[f32] {
        &self.images
    }

    /// The lines of all batches.
    pub(crate) fn labelled(&self) -> &LabelledLines {
        &self.lines.labelled
    }

    /// Weight of the mean loss of the images beside that of the lines.
    pub(crate) fn images_weight(&self) -> f32 {
        self.lines.images_weight
    }
}
