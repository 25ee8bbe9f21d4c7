//! Networks that teach another (distillation, Hinton, Vinyals and Dean 2015).

use shuzi_nn::{Classifier, Threads, softmax};

use crate::{
    data::{Data, Teacher},
    error::TrainError,
    run::RunConfig,
};

/// The teachers of a run.
pub(crate) struct Teachers {
    networks: Vec<Classifier>,
    share: f32,
    classes: usize,
}

impl Teachers {
    /// Those of `data`, if the run's recipe takes teachers.
    pub(crate) fn of(
        run: &RunConfig,
        data: &Data,
        threads: &Threads,
    ) -> Result<Option<Self>, TrainError> {
        let recipe = &run.recipe;
        let distillation = match recipe.distillation {
            None if data.teachers.is_empty() => return Ok(None),
            Some(distillation) if !data.teachers.is_empty() => distillation,
            distillation => {
                return Err(TrainError::Teachers {
                    recipe: recipe.name.clone(),
                    expected: distillation.is_some(),
                });
            }
        };
        let output = run.architecture.output().map_err(shuzi_nn::Error::from)?;
        let expected = (run.architecture.input, output.channels);
        let teacher = |teacher: &Teacher| {
            let classifier = teacher.model.classifier(threads.clone())?;
            let got = (classifier.input(), classifier.classes());
            if got != expected {
                let [expected, got] =
                    [expected, got].map(|(input, classes)| format!("{input}, {classes} classes"));
                return Err(TrainError::Teacher {
                    name: teacher.name.clone(),
                    expected,
                    got,
                });
            }
            Ok(classifier)
        };
        Ok(Some(Self {
            networks: data
                .teachers
                .iter()
                .map(teacher)
                .collect::<Result<_, _>>()?,
            share: distillation.share,
            classes: output.channels,
        }))
    }

    /// What they say of `images` (`[n, h, w, c]`) together: the probabilities by the mean
    /// of their logits, once `adjust` has changed these as it does the learner's.
    pub(crate) fn soft_targets(
        &mut self,
        images: &[f32],
        adjust: impl FnOnce(&mut [f32]),
    ) -> Result<SoftTargets, TrainError> {
        let mut targets = Vec::new();
        let part = 1.0 / self.networks.len() as f32;
        for network in &mut self.networks {
            let logits = network.logits(images)?;
            targets.resize(logits.len(), 0.0);
            for (sum, logit) in targets.iter_mut().zip(logits) {
                *sum += part * logit;
            }
        }
        adjust(&mut targets);
        softmax(&mut targets, self.classes);
        Ok(SoftTargets {
            probabilities: targets,
            share: self.share,
            classes: self.classes,
        })
    }
}

/// What teachers say of the images of a step.
pub(crate) struct SoftTargets {
    /// `[n, classes]`.
    probabilities: Vec<f32>,
    classes: usize,
    /// The share of a target that is theirs.
    pub(crate) share: f32,
}

impl SoftTargets {
    /// Those of the first `n` images, and those of the others.
    pub(crate) fn split(&self, n: usize) -> (&[f32], &[f32]) {
        let end = (n * self.classes).min(self.probabilities.len());
        self.probabilities.split_at(end)
    }
}
