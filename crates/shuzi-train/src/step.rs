//! One step of training on a batch: images, and perhaps whole lines beside them, learned
//! from labels and perhaps from teachers.

use shuzi_data::loader::Batch;
use shuzi_nn::{Network, Optimizer, StepReport};
use shuzi_reader::labelled::expect_pieces;

use crate::{
    error::TrainError,
    history::LineRecord,
    lines::LineEpoch,
    objective::{
        concatenation::Concatenation,
        cross_entropy::CrossEntropy,
        distillation::{Distillation, SoftCrossEntropy},
        lattice::LatticeLikelihood,
        sum::Sum,
        traits::Objective,
    },
    teachers::{SoftTargets, Teachers},
};

/// What a step changes and by what it learns beside labels.
pub(crate) struct Step<'a> {
    pub(crate) network: &'a mut Network,
    pub(crate) optimizer: &'a mut Optimizer,
    pub(crate) teachers: Option<&'a mut Teachers>,
    pub(crate) label_smoothing: f32,
}

impl Step<'_> {
    /// On a batch of images.
    pub(crate) fn on_images(self, batch: &Batch) -> Result<StepReport, TrainError> {
        let teachers = self.teachers;
        let targets = teachers.map(|teachers| teachers.soft_targets(batch.images(), |_| ()));
        let targets = targets.transpose()?;
        let objective = of_images(batch.labels(), targets.as_ref(), self.label_smoothing);
        let classes = self.network.classes();
        let loss = |logits: &mut [f32]| objective.loss(logits, classes);
        Ok(self
            .network
            .train_step_with(batch.images(), self.optimizer, loss)??)
    }

    /// On a batch of images and the next lines.
    pub(crate) fn on_images_and_lines(
        self,
        batch: &Batch,
        epoch: &mut LineEpoch<'_>,
    ) -> Result<(StepReport, LineRecord), TrainError> {
        let weight = epoch.images_weight();
        let lines = epoch.beside(batch);
        let labels = batch.labels();
        let teachers = self.teachers;
        let targets = teachers.map(|teachers| teachers.soft_targets(epoch.images(), expect_pieces));
        let targets = targets.transpose()?;
        let objective = Concatenation {
            rows: labels.len(),
            first: of_images(labels, targets.as_ref(), self.label_smoothing),
            weight,
            second: of_lines(
                LatticeLikelihood {
                    labelled: epoch.labelled(),
                    lines: &lines,
                },
                targets.as_ref(),
                labels.len(),
            ),
        };
        let classes = self.network.classes();
        let loss = |logits: &mut [f32]| {
            expect_pieces(logits);
            objective.loss(logits, classes)
        };
        Ok(self
            .network
            .train_step_with(epoch.images(), self.optimizer, loss)??)
    }
}

/// What images with labels are learned by.
fn of_images<'a>(
    labels: &'a [u8],
    targets: Option<&'a SoftTargets>,
    label_smoothing: f32,
) -> Box<dyn Objective<Report = StepReport> + Send + Sync + 'a> {
    match targets {
        None => Box::new(CrossEntropy {
            labels,
            label_smoothing,
        }),
        Some(targets) => Box::new(Distillation {
            labels,
            label_smoothing,
            soft_targets: targets.split(labels.len()).0,
            share: targets.share,
        }),
    }
}

/// What lines are learned by, whose pieces come after so many images.
fn of_lines<'a>(
    lattice: LatticeLikelihood<'a>,
    targets: Option<&'a SoftTargets>,
    images: usize,
) -> Box<dyn Objective<Report = LineRecord> + Send + Sync + 'a> {
    match targets {
        None => Box::new(lattice),
        Some(targets) => Box::new(Sum {
            first: lattice,
            second: SoftCrossEntropy {
                soft_targets: targets.split(images).1,
            },
            weight: targets.share,
        }),
    }
}
