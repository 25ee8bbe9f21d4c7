//! Networks that teach another (distillation, Hinton, Vinyals and Dean 2015).

use serde::{Deserialize, Serialize};
use shuzi_models::Model;
use shuzi_nn::{Classifier, StepReport, Threads, argmax, cross_entropy_to, softmax};

use crate::{Data, Origin, RunConfig, TrainError};

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

/// A trained network that teaches.
#[derive(Clone, Debug)]
pub struct Teacher {
    /// What the user calls it.
    pub name: String,
    /// The network with its weights.
    pub model: Model,
}

impl Teacher {
    pub(crate) fn origin(&self) -> Origin {
        Origin::of(&self.name, &self.model.weights)
    }
}

/// The teachers of a run.
pub(crate) struct Teaching {
    teachers: Vec<Classifier>,
    share: f32,
    classes: usize,
}

impl Teaching {
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
            teachers: data
                .teachers
                .iter()
                .map(teacher)
                .collect::<Result<_, _>>()?,
            share: distillation.share,
            classes: output.channels,
        }))
    }

    /// What they say of `images` (`[n, h, w, c]`) together: the probabilities by the mean
    /// of their logits, `[n, classes]`, once `weigh` has changed these as it does the
    /// learner's.
    pub(crate) fn say(
        &mut self,
        images: &[f32],
        weigh: impl FnOnce(&mut [f32]),
    ) -> Result<Said, TrainError> {
        let mut targets = Vec::new();
        let part = 1.0 / self.teachers.len() as f32;
        for teacher in &mut self.teachers {
            let logits = teacher.logits(images)?;
            targets.resize(logits.len(), 0.0);
            for (sum, logit) in targets.iter_mut().zip(logits) {
                *sum += part * logit;
            }
        }
        weigh(&mut targets);
        softmax(&mut targets, self.classes);
        Ok(Said {
            targets,
            share: self.share,
            classes: self.classes,
        })
    }
}

/// What teachers said of the images of a step.
pub(crate) struct Said {
    /// `[n, classes]`.
    targets: Vec<f32>,
    share: f32,
    classes: usize,
}

impl Said {
    /// The mean loss of the first images, which have labels, by their `logits`, which its
    /// gradient replaces: to their labels, and to what was said of them so far as it was
    /// their label.
    pub(crate) fn of_images(
        &self,
        logits: &mut [f32],
        labels: &[u8],
        label_smoothing: f32,
    ) -> Result<StepReport, shuzi_nn::Error> {
        let classes = self.classes;
        let mut targets = self
            .targets
            .get(..logits.len())
            .unwrap_or_default()
            .to_vec();
        let mut correct = 0;
        for ((said, row), &label) in targets
            .chunks_exact_mut(classes)
            .zip(logits.chunks_exact(classes))
            .zip(labels)
        {
            let label = usize::from(label);
            correct += usize::from(argmax(row) == label);
            let share = self.share * said.get(label).copied().unwrap_or_default();
            for (class, target) in said.iter_mut().enumerate() {
                let sure = f32::from(u8::from(class == label));
                let of_label = (1.0 - label_smoothing) * sure + label_smoothing / classes as f32;
                *target = share * *target + (1.0 - share) * of_label;
            }
        }
        let loss = cross_entropy_to(logits, &targets, classes)?;
        Ok(StepReport { loss, correct })
    }

    /// Adds to `gradient` that of the mean loss of the last images by their `logits`.
    pub(crate) fn add_of_pieces(
        &self,
        mut logits: Vec<f32>,
        gradient: &mut [f32],
    ) -> Result<(), shuzi_nn::Error> {
        let first = self.targets.len().saturating_sub(logits.len());
        cross_entropy_to(&mut logits, &self.targets[first..], self.classes)?;
        for (value, taught) in gradient.iter_mut().zip(logits) {
            *value += self.share * taught;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The derivative of `loss` by each of `at`.
    fn differences(at: &[f32], loss: impl Fn(&[f32]) -> f32) -> Vec<f32> {
        let step = 1e-2;
        let moved = |i: usize, by: f32| {
            let mut values = at.to_vec();
            values[i] += by;
            loss(&values)
        };
        (0..at.len())
            .map(|i| (moved(i, step) - moved(i, -step)) / (2.0 * step))
            .collect()
    }

    #[test]
    fn the_gradient_is_that_of_differences_and_teachers_count_so_far_as_they_know() {
        let said = Said {
            targets: vec![0.7, 0.2, 0.1, 0.1, 0.3, 0.6, 0.5, 0.25, 0.25],
            share: 0.8,
            classes: 3,
        };
        let start = [0.3f32, -1.2, 0.8, 2.0, 0.1, -0.4];
        let labels = [2, 0];
        let loss = |logits: &[f32]| {
            let report = said.of_images(&mut logits.to_vec(), &labels, 0.1);
            report.unwrap().loss
        };
        let mut gradient = start;
        let report = said.of_images(&mut gradient, &labels, 0.1).unwrap();
        assert_eq!(report.correct, 2);
        for (got, expected) in gradient.iter().zip(differences(&start, loss)) {
            assert!((got - expected).abs() < 1e-3, "{got} {expected}");
        }
        // Of both labels a tenth is what was said: 0.8 * 0.1.
        let of = |said: f32, label: f32| 0.08 * said + 0.92 * label;
        let mut targets = [[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]];
        for (row, label) in targets.iter_mut().zip([2, 0]) {
            for (class, target) in row.iter_mut().enumerate() {
                let sure = if class == label { 0.9 } else { 0.0 };
                *target = of(*target, sure + 0.1 / 3.0);
            }
        }
        let expected = cross_entropy_to(&mut start.clone(), targets.as_flattened(), 3).unwrap();
        assert!(
            (report.loss - expected).abs() < 1e-6,
            "{report:?} {expected}"
        );

        let last = [0.5f32, -0.5, 1.0];
        let loss =
            |logits: &[f32]| cross_entropy_to(&mut logits.to_vec(), &said.targets[6..], 3).unwrap();
        let mut gradient = [1.0f32; 3];
        said.add_of_pieces(last.to_vec(), &mut gradient).unwrap();
        for (got, expected) in gradient.iter().zip(differences(&last, loss)) {
            assert!(
                (got - 1.0 - 0.8 * expected).abs() < 1e-3,
                "{got} {expected}"
            );
        }
    }
}
