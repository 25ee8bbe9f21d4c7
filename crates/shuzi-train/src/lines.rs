//! Whole lines beside single images: what a reader's network is trained on.

use std::{num::NonZeroU16, sync::Arc};

use serde::{Deserialize, Serialize};
use shuzi_data::{
    augment::Augmentation,
    loader::{Batch, GroupBatch, GroupBatches, Groups, GroupsConfig},
};
use shuzi_nn::{Network, Optimizer, StepReport, cross_entropy};
use shuzi_reader::{ANSWERS, LabelledLines, SIDE, expect_pieces};

use crate::{Data, RunConfig, TrainError, teaching::Teaching};

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

/// What a part of an epoch came to on lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LineRecord {
    /// Number of lines.
    pub lines: usize,
    /// Number of their pieces.
    pub pieces: usize,
    /// Mean of the negative logarithm of a number's probability, in nats.
    pub loss: f64,
    /// Share of lines whose number was likelier than all others together.
    pub sure: f64,
}

impl LineRecord {
    /// This and what came after.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let lines = self.lines + other.lines;
        let mean = |a: f64, b: f64| {
            let sum = a * self.lines as f64 + b * other.lines as f64;
            sum / lines.max(1) as f64
        };
        Self {
            lines,
            pieces: self.pieces + other.pieces,
            loss: mean(self.loss, other.loss),
            sure: mean(self.sure, other.sure),
        }
    }
}

/// The lines of a run.
pub(crate) struct Lines {
    labelled: Arc<LabelledLines>,
    distorted: Groups,
    clean: Groups,
    images_weight: f32,
    label_smoothing: f32,
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
            label_smoothing: recipe.label_smoothing,
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
    /// A batch's images and, after them, those of the next lines, and which lines.
    pub(crate) fn beside(&mut self, batch: &Batch) -> (&[f32], Vec<usize>) {
        self.images.clear();
        self.images.extend_from_slice(batch.images());
        // Batches of lines have no end.
        let lines = self.batches.next().map_or_else(Vec::new, |lines| {
            let GroupBatch { groups, images } = lines;
            self.images.extend(images);
            groups
        });
        (&self.images, lines)
    }

    /// One step on a batch and the next lines.
    pub(crate) fn step(
        &mut self,
        batch: &Batch,
        network: &mut Network,
        optimizer: &mut Optimizer,
        teaching: Option<&mut Teaching>,
    ) -> Result<(StepReport, LineRecord), TrainError> {
        let Lines {
            labelled,
            images_weight,
            label_smoothing,
            ..
        } = self.lines;
        let (images, lines) = self.beside(batch);
        let said = teaching.map(|teaching| teaching.say(images, expect_pieces));
        let (labels, said) = (batch.labels(), said.transpose()?);
        let report = network.train_step_with(images, optimizer, |logits| {
            expect_pieces(logits);
            let (of_images, of_lines) = logits.split_at_mut(labels.len() * ANSWERS);
            let taught = said.as_ref().map(|said| (said, of_lines.to_vec()));
            let report = match &said {
                None => cross_entropy(of_images, labels, ANSWERS, *label_smoothing)?,
                Some(said) => said.of_images(of_images, labels, *label_smoothing)?,
            };
            for value in of_images {
                *value *= images_weight;
            }
            let record = line_loss(labelled, &lines, of_lines);
            if let Some((said, logits)) = taught {
                said.add_of_pieces(logits, of_lines)?;
            }
            Ok::<_, shuzi_nn::Error>((report, record))
        })??;
        Ok(report)
    }
}

/// What `lines` came to by the logits of their pieces, `[pieces, 11]`, which the gradient
/// of their mean loss replaces.
fn line_loss(labelled: &LabelledLines, lines: &[usize], logits: &mut [f32]) -> LineRecord {
    let mut record = LineRecord {
        pieces: logits.len() / ANSWERS,
        ..LineRecord::default()
    };
    let mut rest = &mut *logits;
    for line in lines.iter().filter_map(|&line| labelled.lines().get(line)) {
        let (rows, after) = rest.split_at_mut(line.pieces().len() * ANSWERS);
        let log = line.loss(rows);
        record = record.and(&LineRecord {
            lines: 1,
            pieces: 0,
            loss: -log,
            sure: f64::from(log > 0.5f64.ln()),
        });
        rest = after;
    }
    let share = 1.0 / record.lines.max(1) as f32;
    for value in logits {
        *value *= share;
    }
    record
}
