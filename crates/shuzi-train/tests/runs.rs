//! Whole runs on a small network and the fixture.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

mod common;

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use common::architecture;
use shuzi_data::fixture;
use shuzi_models::{Model, WEIGHTS_FILE};
use shuzi_nn::{Kernels, Network, NetworkConfig, Shape, Threads};
use shuzi_train::{
    Averaging, BaselineRun, BatchReport, Cosine, Data, Distillation, EpochRecord, Finish,
    FitRecord, Observer, Outcome, Plateau, Protocol, Recipe, RunConfig, Schedule, Teacher,
    ThreadedBaseline, TrainError, Trainer, Validation, evaluate, read_history,
};

fn data() -> Data {
    let (train, test) = fixture::load();
    Data {
        train: Arc::new(train),
        test: Arc::new(test),
        lines: None,
        teachers: Arc::default(),
    }
}

fn config(epochs: usize) -> RunConfig {
    let recipe = Recipe {
        protocol: Protocol::Holdout { images: 200 },
        epochs,
        learning_rate: 5e-3,
        ..Recipe::holdout()
    };
    RunConfig::new(architecture(10), recipe, 3, &data())
}

/// What recipe `best` does, in a short run of a small network, measured on
/// held-out images or on the test set.
fn best(protocol: Protocol) -> RunConfig {
    let recipe = Recipe {
        protocol,
        epochs: 4,
        batch: 32,
        learning_rate: 5e-3,
        schedule: Schedule::Cosine(Cosine {
            warm_up_steps: 30,
            last_share: 0.01,
        }),
        averaging: Some(Averaging { decay: 0.95 }),
        label_smoothing: 0.05,
        ..Recipe::best()
    };
    RunConfig::new(architecture(10), recipe, 3, &data())
}

fn run_to_end(directory: &Path, epochs: usize) {
    train(directory, config(epochs));
}

fn train(directory: &Path, config: RunConfig) {
    let mut trainer = Trainer::start(directory, config, &data(), Threads::single()).unwrap();
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
    let validation = history[0].validation.as_ref().unwrap();
    assert_eq!(validation.images, 200);
    assert_eq!(validation.on, "held-out training images");
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
    let images = 200;
    for config in [
        config(4),
        best(Protocol::Holdout { images }),
        best(Protocol::Fixed),
    ] {
        resumes_to_the_same_bits(&config);
    }
}

fn resumes_to_the_same_bits(config: &RunConfig) {
    let whole = tempfile::tempdir().unwrap();
    train(whole.path(), config.clone());

    let broken = tempfile::tempdir().unwrap();
    let stop = AtomicBool::new(false);
    let mut trainer =
        Trainer::start(broken.path(), config.clone(), &data(), Threads::single()).unwrap();
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
    type Figures = (usize, f32, f64, Option<Validation>, Option<Validation>);
    let losses = |directory: &Path| -> Vec<Figures> {
        let figures = |record: EpochRecord| {
            let EpochRecord {
                epoch,
                learning_rate,
                train_loss,
                ..
            } = record;
            (
                epoch,
                learning_rate,
                train_loss,
                record.validation,
                record.last_weights,
            )
        };
        read_history(directory)
            .unwrap()
            .into_iter()
            .map(figures)
            .collect()
    };
    assert_eq!(losses(whole.path()), losses(broken.path()));
}

#[test]
fn averaged_weights_are_those_of_the_model_and_measured_beside_the_last() {
    let directory = tempfile::tempdir().unwrap();
    train(directory.path(), best(Protocol::Holdout { images: 200 }));
    let history = read_history(directory.path()).unwrap();
    let (first, last) = (&history[0], &history[3]);
    for record in &history {
        assert_ne!(record.validation, record.last_weights);
    }
    let accuracy = |validation: &Option<Validation>| validation.as_ref().unwrap().accuracy;
    assert!(accuracy(&last.validation) > 0.7, "{history:?}");
    assert!(accuracy(&last.last_weights) > 0.7, "{history:?}");
    // 25 steps an epoch: the first is within the rise, the last is the least.
    assert!((first.learning_rate - 5e-3 * 25.0 / 30.0).abs() < 1e-8);
    assert!((last.learning_rate - 5e-5).abs() < 1e-8, "{history:?}");
    // Undistorted images are easier than those of the epoch before.
    assert!(last.train_loss < history[2].train_loss, "{history:?}");
}

#[test]
fn a_fixed_run_trains_on_all_images_and_reads_the_test_set_once() {
    let directory = tempfile::tempdir().unwrap();
    let config = best(Protocol::Fixed);
    train(directory.path(), config);
    let history = read_history(directory.path()).unwrap();
    assert!(
        history[..3]
            .iter()
            .all(|record| record.validation.is_none())
    );
    assert!(history.iter().all(|record| record.last_weights.is_none()));
    let read = history[3].validation.as_ref().unwrap();
    assert_eq!((read.on.as_str(), read.images), ("test set", 500));

    let model = Model::load(directory.path().to_str().unwrap()).unwrap();
    assert_eq!(
        model.config.architecture,
        architecture(10),
        "its own dropout"
    );
    let mut classifier = model.classifier(Threads::single()).unwrap();
    let evaluation = evaluate(&mut classifier, &data().test, |_| ()).unwrap();
    assert_eq!(evaluation.accuracy, read.accuracy);
    assert!(evaluation.accuracy > 0.7, "{evaluation:?}");
    let card = fs::read_to_string(directory.path().join("README.md")).unwrap();
    assert!(
        card.contains("read once") && card.contains("averaged"),
        "{card}"
    );

    // All it did hangs on its four epochs.
    let mut trainer = Trainer::resume(directory.path(), &data(), Threads::single()).unwrap();
    trainer.set_epochs(4).unwrap();
    let error = trainer.set_epochs(5).unwrap_err();
    assert!(
        matches!(error, TrainError::SettledEpochs { epochs: 4 }),
        "{error}"
    );
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
    config.recipe.schedule = Schedule::Plateau(Plateau {
        factor: 0.5,
        patience: 1,
        stop_after: 3,
    });
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
fn a_run_learns_from_teachers_what_its_labels_do_not_say() {
    let teacher = tempfile::tempdir().unwrap();
    run_to_end(teacher.path(), 3);
    let model = Model::load(teacher.path().to_str().unwrap()).unwrap();
    let teachers = |model: &Model| -> Arc<[Teacher]> {
        let name = "old".to_owned();
        Arc::new([Teacher {
            name,
            model: model.clone(),
        }])
    };
    let taught = Data {
        teachers: teachers(&model),
        ..data()
    };
    let of = |share, data: &Data| {
        let mut config = config(3);
        config.recipe.distillation = Some(Distillation { share });
        RunConfig::new(config.architecture, config.recipe, 3, data)
    };
    let loss = |share| {
        let directory = tempfile::tempdir().unwrap();
        let run = of(share, &taught);
        let mut trainer =
            Trainer::start(directory.path(), run, &taught, Threads::single()).unwrap();
        trainer.run(&mut (), &AtomicBool::new(false)).unwrap();
        let card = fs::read_to_string(directory.path().join("README.md")).unwrap();
        assert!(card.contains("other networks, too: old"), "{card}");
        let history = read_history(directory.path()).unwrap();
        history[2].validation.as_ref().unwrap().loss
    };
    // Without a share the teachers change nothing; with one they do.
    let [alone, with] = [loss(0.0), loss(0.8)];
    let directory = tempfile::tempdir().unwrap();
    run_to_end(directory.path(), 3);
    let plain = read_history(directory.path()).unwrap()[2].clone();
    assert!(
        (alone - plain.validation.unwrap().loss).abs() < 1e-3,
        "{alone}"
    );
    assert!((with - alone).abs() > 1e-3, "{with} {alone}");

    let directory = tempfile::tempdir().unwrap();
    let start = |run, data: &Data| {
        let started = Trainer::start(directory.path(), run, data, Threads::single());
        started.err().map(|error| error.to_string())
    };
    let error = start(of(0.5, &data()), &data()).unwrap();
    assert!(error.contains("name them with `--teacher`"), "{error}");
    let error = start(
        RunConfig::new(architecture(10), config(1).recipe, 3, &taught),
        &taught,
    );
    let error = error.unwrap();
    assert!(error.contains("expected no teachers"), "{error}");
    let mut eleven = of(0.5, &taught);
    eleven.architecture = architecture(11);
    let error = start(eleven, &taught).unwrap();
    assert!(
        error.contains("11 classes") && error.contains("10 classes"),
        "{error}"
    );

    assert_eq!(start(of(0.5, &taught), &taught), None);
    let resume = |data: &Data| {
        let resumed = Trainer::resume(directory.path(), data, Threads::single());
        resumed.err().map(|error| error.to_string())
    };
    assert_eq!(resume(&taught), None);
    assert!(resume(&data()).unwrap().contains("--teacher"));
    let mut other = model.clone();
    other.weights = Network::new(
        &architecture(10),
        NetworkConfig {
            max_batch: 1,
            seed: 9,
            initialisation: config(1).recipe.initialisation,
            kernels: Kernels::Fast,
            threads: Threads::single(),
        },
    )
    .unwrap()
    .weights();
    let other = Data {
        teachers: teachers(&other),
        ..data()
    };
    let error = resume(&other).unwrap();
    assert!(error.contains("other teacher data"), "{error}");
}

#[test]
fn a_run_starts_from_the_weights_of_another() {
    let [first, second] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    run_to_end(first.path(), 3);
    let weights = Model::load(first.path().to_str().unwrap()).unwrap().weights;
    for config in [config(1), best(Protocol::Fixed)] {
        let directory = tempfile::tempdir().unwrap();
        let start = |config, name| {
            let path = directory.path();
            Trainer::start_from(path, config, (name, &weights), &data(), Threads::single())
        };
        start(config.clone(), "first").unwrap();
        // Nothing is trained yet: the weights are those, also the averaged ones.
        let mut trainer = Trainer::resume(directory.path(), &data(), Threads::single()).unwrap();
        assert_eq!(trainer.config().from.as_ref().unwrap().model, "first");
        trainer.run(&mut (), &AtomicBool::new(false)).unwrap();
        let fresh = tempfile::tempdir().unwrap();
        train(fresh.path(), config);
        let [taught, fresh] = [&directory, &fresh]
            .map(|directory| read_history(directory.path()).unwrap()[0].train_loss);
        assert!(taught < fresh / 1.5, "{taught}, from fresh weights {fresh}");
    }

    let mut other = config(1);
    other.architecture.layers.pop();
    let refused = Trainer::start_from(
        second.path(),
        other,
        ("first", &weights),
        &data(),
        Threads::single(),
    );
    assert!(matches!(refused.err().unwrap(), TrainError::Network(_)));
    assert!(!second.path().join("run.json").exists());
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
    let mut still = config(1);
    still.recipe.learning_rate = f32::NAN;
    assert!(matches!(
        start(still).err().unwrap(),
        TrainError::Recipe {
            field: "learning_rate",
            ..
        }
    ));
    let mut smooth = config(1);
    smooth.recipe.label_smoothing = 1.0;
    assert!(matches!(
        start(smooth).err().unwrap(),
        TrainError::Recipe { .. }
    ));
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
        lines: None,
        teachers: Arc::default(),
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
