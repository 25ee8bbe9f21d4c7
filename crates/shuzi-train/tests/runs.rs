//! Whole runs on a small network and the fixture.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use shuzi_data::fixture;
use shuzi_models::{Model, WEIGHTS_FILE};
use shuzi_nn::{
    Architecture, Layer, LayerKind, Shape, Threads,
    architecture::{Activation, BatchNorm, Conv, Linear, Pool},
};
use shuzi_train::{
    BaselineRun, BatchReport, Data, EpochRecord, Finish, FitRecord, Observer, Outcome, Protocol,
    Recipe, RunConfig, ThreadedBaseline, TrainError, Trainer, evaluate, read_history,
};

fn data() -> Data {
    let (train, test) = fixture::load();
    Data {
        train: Arc::new(train),
        test: Arc::new(test),
    }
}

fn architecture() -> Architecture {
    let kinds = vec![
        LayerKind::Conv(Conv {
            stride: [2, 2],
            ..Conv::new(8, [5, 5])
        }),
        LayerKind::BatchNorm(BatchNorm::default()),
        LayerKind::Activation {
            function: Activation::Relu,
        },
        LayerKind::Pool(Pool::max(2, 2)),
        LayerKind::Flatten,
        LayerKind::Dropout { rate: 0.1 },
        LayerKind::Linear(Linear { out_features: 10 }),
    ];
    let layers = kinds.into_iter().enumerate();
    Architecture {
        name: "small".into(),
        input: Shape::new(28, 28, 1),
        layers: layers
            .map(|(i, kind)| Layer::new(format!("l{i}"), kind))
            .collect(),
    }
}

fn config(epochs: usize) -> RunConfig {
    let recipe = Recipe {
        protocol: Protocol::Holdout { images: 200 },
        epochs,
        learning_rate: 5e-3,
        ..Recipe::holdout()
    };
    RunConfig::new(architecture(), recipe, 3, &data())
}

fn run_to_end(directory: &Path, epochs: usize) {
    let mut trainer =
        Trainer::start(directory, config(epochs), &data(), Threads::single()).unwrap();
    let outcome = trainer.run(&mut (), &AtomicBool::new(false)).unwrap();
    assert_eq!(outcome, Outcome::Finished(Finish::Epochs));
}

/// Stops the run in the middle of an epoch.
struct StopAt<'a> {
    epoch: usize,
    stop: &'a AtomicBool,
}

impl Observer for StopAt<'_> {
    fn batch(&mut self, report: &BatchReport) {
        if report.epoch == self.epoch && report.images > report.total / 2 {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

#[test]
fn a_run_learns_and_leaves_a_model() {
    let directory = tempfile::tempdir().unwrap();
    run_to_end(directory.path(), 6);

    let history = read_history(directory.path()).unwrap();
    let epochs: Vec<_> = history.iter().map(|record| record.epoch).collect();
    assert_eq!(epochs, [1, 2, 3, 4, 5, 6]);
    assert_eq!(history[0].validation.images, 200);
    assert_eq!(history[0].validation.on, "held-out training images");
    assert!(
        history[5].train_loss < history[0].train_loss / 2.0,
        "{history:?}"
    );

    let model = Model::load(directory.path().to_str().unwrap()).unwrap();
    let mut classifier = model.classifier(Threads::single()).unwrap();
    let evaluation = evaluate(&mut classifier, &data().test, |_| ()).unwrap();
    assert_eq!(evaluation.n, 500);
    assert!(evaluation.accuracy > 0.8, "{evaluation:?}");
}

#[test]
fn a_stopped_run_resumes_to_the_same_bits() {
    let whole = tempfile::tempdir().unwrap();
    run_to_end(whole.path(), 4);

    let broken = tempfile::tempdir().unwrap();
    let stop = AtomicBool::new(false);
    let mut trainer = Trainer::start(broken.path(), config(4), &data(), Threads::single()).unwrap();
    let outcome = trainer
        .run(
            &mut StopAt {
                epoch: 3,
                stop: &stop,
            },
            &stop,
        )
        .unwrap();
    assert_eq!(outcome, Outcome::Stopped { epochs: 2 });
    drop(trainer);

    // As if the run had died between the history and the checkpoint.
    let path = broken.path().join("history.jsonl");
    let history = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        format!("{history}{}\n", history.lines().last().unwrap()),
    )
    .unwrap();

    let mut trainer = Trainer::resume(broken.path(), &data(), Threads::available()).unwrap();
    let outcome = trainer.run(&mut (), &AtomicBool::new(false)).unwrap();
    assert_eq!(outcome, Outcome::Finished(Finish::Epochs));

    let weights = |directory: &Path| fs::read(directory.join(WEIGHTS_FILE)).unwrap();
    assert!(
        weights(whole.path()) == weights(broken.path()),
        "other bits"
    );
    let losses = |directory: &Path| -> Vec<(usize, f64, f64)> {
        let figures =
            |record: EpochRecord| (record.epoch, record.train_loss, record.validation.loss);
        read_history(directory)
            .unwrap()
            .into_iter()
            .map(figures)
            .collect()
    };
    assert_eq!(losses(whole.path()), losses(broken.path()));
}

#[test]
fn a_run_may_be_stopped_before_its_first_epoch_is_done() {
    let directory = tempfile::tempdir().unwrap();
    let stop = AtomicBool::new(false);
    let mut trainer =
        Trainer::start(directory.path(), config(1), &data(), Threads::single()).unwrap();
    let outcome = trainer
        .run(
            &mut StopAt {
                epoch: 1,
                stop: &stop,
            },
            &stop,
        )
        .unwrap();
    assert_eq!(outcome, Outcome::Stopped { epochs: 0 });
    let mut trainer = Trainer::resume(directory.path(), &data(), Threads::single()).unwrap();
    trainer.run(&mut (), &AtomicBool::new(false)).unwrap();
    assert_eq!(trainer.history().len(), 1);
}

#[test]
fn a_plateau_cuts_the_rate_and_ends_the_run() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = config(30);
    // A rate so small that nothing is learnt.
    config.recipe.learning_rate = 1e-30;
    config.recipe.schedule.patience = 1;
    config.recipe.schedule.stop_after = 3;
    let mut trainer = Trainer::start(directory.path(), config, &data(), Threads::single()).unwrap();
    let outcome = trainer.run(&mut (), &AtomicBool::new(false)).unwrap();
    // Running statistics settle, so the loss may fall for a while.
    assert_eq!(outcome, Outcome::Finished(Finish::Plateau));
    let rates: Vec<f32> = trainer
        .history()
        .iter()
        .map(|record| record.learning_rate)
        .collect();
    assert_eq!(rates[rates.len() - 1], 0.25e-30);
    // A finished run stays finished.
    let mut trainer = Trainer::resume(directory.path(), &data(), Threads::single()).unwrap();
    let outcome = trainer.run(&mut (), &AtomicBool::new(false)).unwrap();
    assert_eq!(outcome, Outcome::Finished(Finish::Plateau));
}

#[test]
fn what_does_not_fit_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let start = |config| Trainer::start(directory.path(), config, &data(), Threads::single());

    let mut small = config(1);
    small.architecture.input = Shape::new(27, 28, 1);
    assert!(matches!(
        start(small).err().unwrap(),
        TrainError::ImageSize { .. }
    ));
    let mut greedy = config(1);
    greedy.recipe.protocol = Protocol::Holdout { images: 1000 };
    assert!(matches!(start(greedy).err().unwrap(), TrainError::Split(_)));
    assert!(
        fs::read_dir(directory.path()).unwrap().next().is_none(),
        "nothing was written"
    );

    start(config(1)).unwrap();
    assert!(matches!(
        start(config(1)).err().unwrap(),
        TrainError::Exists { .. }
    ));
    let swapped = Data {
        train: data().test,
        test: data().train,
    };
    let error = Trainer::resume(directory.path(), &swapped, Threads::single())
        .err()
        .unwrap();
    assert!(
        matches!(
            error,
            TrainError::OtherData {
                part: "training",
                ..
            }
        ),
        "{error}"
    );

    let missing = directory.path().join("missing");
    let error = Trainer::resume(&missing, &data(), Threads::single())
        .err()
        .unwrap();
    assert!(matches!(error, TrainError::Io { .. }), "{error}");
}

#[test]
fn a_rate_that_is_too_high_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = config(3);
    config.recipe.learning_rate = 1e30;
    let mut trainer = Trainer::start(directory.path(), config, &data(), Threads::single()).unwrap();
    let error = trainer.run(&mut (), &AtomicBool::new(false)).unwrap_err();
    assert!(matches!(error, TrainError::Diverged { .. }), "{error}");
}

#[test]
fn classical_methods_leave_a_run_that_can_be_measured() {
    for name in shuzi_classical::names() {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join(name);
        let data = data();
        let method = shuzi_classical::Method::named(name).unwrap();
        let protocol = Protocol::Holdout { images: 200 };
        let run = BaselineRun::new(method, "holdout", protocol, 1, &data);
        let mut steps = Vec::new();
        let record = run
            .fit(&directory, &data, &Threads::single(), &mut |done, total| {
                steps.push((done, total));
            })
            .unwrap();
        assert_eq!(FitRecord::read(&directory).unwrap(), record);
        assert_eq!((record.images, record.validation.images), (800, 200));
        // Every one of them does better than that on 800 images of MNIST.
        assert!(record.validation.accuracy > 0.6, "{name}: {record:?}");
        if name == "svm" {
            assert_eq!(steps.last(), Some(&(45, 45)));
        }
        let baseline = shuzi_classical::Baseline::load(&directory).unwrap();
        let mut scorer = ThreadedBaseline {
            threads: Threads::single(),
            baseline,
        };
        let evaluation = evaluate(&mut scorer, &data.test, |_| ()).unwrap();
        assert!(evaluation.accuracy > 0.6, "{name}: {}", evaluation.accuracy);
        let card = fs::read_to_string(directory.join("README.md")).unwrap();
        assert!(card.contains("800 images"), "{card}");
        let resumed = Trainer::resume(&directory, &data, Threads::single());
        assert!(matches!(resumed.err(), Some(TrainError::NoEpochs { .. })));
        let again = run.fit(&directory, &data, &Threads::single(), &mut |_, _| ());
        assert!(matches!(again, Err(TrainError::Exists { .. })));
    }
}
