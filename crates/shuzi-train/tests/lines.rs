//! Runs that learn from whole lines.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

mod common;

use std::{
    fs,
    num::NonZeroU16,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use common::architecture;
use shuzi_data::{Dataset, fixture, idx::Labels};
use shuzi_models::{Model, WEIGHTS_FILE};
use shuzi_nn::Threads;
use shuzi_reader::{
    classify::crop::Crop,
    labelled::{LabelledLines, Piece},
};
use shuzi_train::{
    BatchReport, Data, Distillation, LineRecipe, Observer, Outcome, Protocol, Recipe, RunConfig,
    Teacher, TrainError, Trainer, evaluate, read_history,
};

/// Lines of three digits of the fixture; where they come in the images, from `first`.
/// A piece of two digits that overlap might be one, too.
fn lines(train: &Dataset, first: usize) -> LabelledLines {
    let mut lines = LabelledLines::default();
    let crop = |index: usize| Crop {
        pixels: train.get(index).unwrap().0.try_into().unwrap(),
    };
    let piece = |from, to| Piece {
        from,
        to,
        evidence: [0.0; 11],
    };
    for start in (first..train.len() - 2).step_by(3) {
        let both = |a: usize, b: usize| {
            let (a, b) = (crop(a).pixels, crop(b).pixels);
            Crop {
                pixels: std::array::from_fn(|at| a[at].max(b[at])),
            }
        };
        let pieces = vec![
            (piece(0, 1), crop(start)),
            (piece(0, 2), both(start, start + 1)),
            (piece(1, 2), crop(start + 1)),
            (piece(1, 3), both(start + 1, start + 2)),
            (piece(2, 3), crop(start + 2)),
        ];
        let digits = train.labels()[start..start + 3].to_vec();
        assert!(lines.push(4, pieces, digits));
    }
    lines
}

/// The same images with every label one higher.
fn relabelled(train: &Dataset) -> Dataset {
    let labels = train
        .labels()
        .iter()
        .map(|label| (label + 1) % 10)
        .collect();
    Dataset::new(
        train.images().clone(),
        Labels::new(labels).unwrap(),
        train.scheme(),
    )
    .unwrap()
}

fn data() -> Data {
    let (train, test) = fixture::load();
    Data {
        lines: Some(Arc::new(lines(&train, 0))),
        train: Arc::new(train),
        test: Arc::new(test),
        teachers: Arc::default(),
    }
}

fn config(classes: usize) -> RunConfig {
    let recipe = Recipe {
        epochs: 4,
        batch: 32,
        learning_rate: 1e-2,
        lines: Some(LineRecipe {
            pieces: NonZeroU16::new(64).unwrap(),
            strength: 0.5,
            images_weight: 0.5,
        }),
        ..Recipe::lines()
    };
    RunConfig::new(architecture(classes), recipe, 3, &data())
}

fn start(directory: &Path, config: RunConfig) -> Result<Trainer, TrainError> {
    Trainer::start(directory, config, &data(), Threads::single())
}

/// Stops a run after its third epoch has begun.
struct Stop<'a>(&'a AtomicBool);

impl Observer for Stop<'_> {
    fn batch(&mut self, report: &BatchReport) {
        self.0.store(report.epoch == 3, Ordering::Relaxed);
    }
}

#[test]
fn a_run_learns_from_lines_and_resumes_to_the_same_bits() {
    let [whole, broken] = [(), ()].map(|()| tempfile::tempdir().unwrap());
    let run = |mut trainer: Trainer| trainer.run(&mut (), &AtomicBool::new(false)).unwrap();
    run(start(whole.path(), config(11)).unwrap());
    let history = read_history(whole.path()).unwrap();
    let [first, .., last] = history.as_slice() else {
        panic!("{history:?}");
    };
    let [first, last] = [first, last].map(|record| record.lines.unwrap());
    assert!(last.loss < first.loss / 2.0, "{first:?} {last:?}");
    assert!(last.sure > 2.0 * first.sure, "{first:?} {last:?}");
    // Each step has as many lines of five pieces as fit.
    let steps = data().train.len().div_ceil(32);
    assert_eq!((last.lines, last.pieces), (12 * steps, 60 * steps));
    let card = fs::read_to_string(whole.path().join("README.md")).unwrap();
    assert!(card.contains("the pieces of whole lines"), "{card}");

    let stop = AtomicBool::new(false);
    let mut trainer = start(broken.path(), config(11)).unwrap();
    let outcome = trainer.run(&mut Stop(&stop), &stop).unwrap();
    assert_eq!(outcome, Outcome::Stopped { epochs: 2 });
    run(Trainer::resume(broken.path(), &data(), Threads::available()).unwrap());
    let weights = |directory: &Path| fs::read(directory.join(WEIGHTS_FILE)).unwrap();
    assert!(weights(whole.path()) == weights(broken.path()));
}

#[test]
fn lines_steer_what_images_alone_do_not() {
    // Nothing is learned from the images: what is right of them is learned from lines.
    let directory = tempfile::tempdir().unwrap();
    let mut config = config(11);
    config.recipe.protocol = Protocol::Fixed;
    config.recipe.lines.as_mut().unwrap().images_weight = 0.0;
    let mut trainer = start(directory.path(), config).unwrap();
    trainer.run(&mut (), &AtomicBool::new(false)).unwrap();
    let history = read_history(directory.path()).unwrap();
    let validation = history.last().unwrap().validation.as_ref().unwrap();
    assert!(validation.accuracy > 0.7, "{validation:?}");
}

#[test]
fn teachers_hold_back_what_lines_alone_would_change() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, config: RunConfig, data: &Data, from: Option<&Model>| {
        let directory = folder.path().join(name);
        let threads = Threads::single();
        let trainer = match from {
            Some(model) => {
                let from = ("teacher", &model.weights);
                Trainer::start_from(&directory, config, from, data, threads)
            }
            None => Trainer::start(&directory, config, data, threads),
        };
        trainer
            .unwrap()
            .run(&mut (), &AtomicBool::new(false))
            .unwrap();
        Model::load(directory.to_str().unwrap()).unwrap()
    };
    let teacher = run("teacher", config(11), &data(), None);
    // Lines whose labels are wrong by one.
    let wrong = Data {
        lines: Some(Arc::new(lines(&relabelled(&data().train), 0))),
        teachers: Arc::new([Teacher {
            name: "teacher".into(),
            model: teacher.clone(),
        }]),
        ..data()
    };
    let right = |name: &str, share| {
        let mut recipe = config(11).recipe;
        recipe.distillation = Some(Distillation { share });
        recipe.lines.as_mut().unwrap().images_weight = 0.0;
        recipe.epochs = 1;
        let run_config = RunConfig::new(architecture(11), recipe, 3, &wrong);
        let model = run(name, run_config, &wrong, Some(&teacher));
        let mut classifier = model.classifier(Threads::single()).unwrap();
        evaluate(&mut classifier, &data().train, |_| ())
            .unwrap()
            .accuracy
    };
    let [alone, held] = [right("alone", 0.0), right("held", 1.0)];
    assert!(held > alone, "{held} {alone}");
}

#[test]
fn lines_that_do_not_fit_the_run_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("run");
    let error = |result: Result<Trainer, TrainError>| result.err().unwrap().to_string();
    let ten = error(start(&directory, config(10)));
    assert!(ten.contains("10 classes: expected 11"), "{ten}");
    let mut without = config(11);
    without.recipe.lines = None;
    let without = error(start(&directory, without));
    assert!(
        without.contains("images alone: expected no lines"),
        "{without}"
    );
    let mut tiny = config(11);
    tiny.recipe.lines.as_mut().unwrap().pieces = NonZeroU16::MIN;
    assert!(error(start(&directory, tiny)).contains("no samples"));
    let mut strong = config(11);
    strong.recipe.lines.as_mut().unwrap().strength = f32::NAN;
    let strong = error(start(&directory, strong));
    assert!(strong.contains("lines.strength"), "{strong}");
    let mut weight = config(11);
    weight.recipe.lines.as_mut().unwrap().images_weight = -1.0;
    let weight = error(start(&directory, weight));
    assert!(weight.contains("lines.images_weight"), "{weight}");

    start(&directory, config(11)).unwrap();
    let resume = |lines| {
        let data = Data { lines, ..data() };
        error(Trainer::resume(&directory, &data, Threads::single()))
    };
    let other = resume(Some(Arc::new(lines(&data().train, 1))));
    assert!(other.contains("other line data"), "{other}");
    let none = resume(None);
    assert!(none.contains("name files of `shuzi dev lines`"), "{none}");
}
