//! Tables and figures from the folders of real, short runs.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

use std::{
    fs,
    path::Path,
    sync::{Arc, atomic::AtomicBool},
};

use shuzi_classical::Method;
use shuzi_data::fixture;
use shuzi_models::Model;
use shuzi_nn::{
    Architecture, Layer, LayerKind, Shape, Threads,
    architecture::{Linear, Pool},
};
use shuzi_train::{
    BaselineRun, Data, Protocol, Recipe, RunConfig, Trainer,
    compare::{RunResult, ablation, collect, kept, table, write_figures},
    evaluate,
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

/// Runs a small network under the name of a large one.
fn run(root: &Path, name: &str, recipe: Recipe, seed: u64) {
    let layers = vec![
        Layer::new("pool", LayerKind::Pool(Pool::average(4, 4))),
        Layer::new("flatten", LayerKind::Flatten),
        Layer::new("fc", LayerKind::Linear(Linear { out_features: 10 })),
    ];
    let architecture = Architecture {
        name: name.into(),
        input: Shape::new(28, 28, 1),
        width: Default::default(),
        layers,
    };
    let recipe = Recipe {
        epochs: 3,
        ..recipe
    };
    let directory = root.join(format!("{name}-{}-{seed}", recipe.name));
    let config = RunConfig::new(architecture, recipe, seed, &data());
    let mut trainer = Trainer::start(&directory, config, &data(), Threads::single()).unwrap();
    trainer.run(&mut (), &AtomicBool::new(false)).unwrap();
}

fn small_holdout(recipe: Recipe) -> Recipe {
    Recipe {
        protocol: Protocol::Holdout { images: 200 },
        ..recipe
    }
}

#[test]
fn tables_and_figures_come_from_the_folders() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for seed in [1, 2] {
        run(root, "improved-alexnet", Recipe::paper(), seed);
    }
    run(root, "lenet5", small_holdout(Recipe::holdout()), 1);
    run(root, "alexnet", small_holdout(Recipe::ablation()), 4);
    let knn = Method::named("knn").unwrap();
    BaselineRun::new(knn, "paper", Protocol::SelectedOnTest, 1, &data())
        .fit(
            &root.join("knn"),
            &data(),
            &Threads::single(),
            &mut |_, _| (),
        )
        .unwrap();
    fs::create_dir(root.join("no-run")).unwrap();

    let runs = collect(root).unwrap();
    assert_eq!(runs.len(), 5);
    let missing = write_figures(&runs, &root.join("figures")).unwrap_err();
    assert!(
        missing.to_string().contains("no run of alexnet"),
        "{missing}"
    );

    // The reading of the test set, as `eval` prints it.
    let lenet = root.join("lenet5-holdout-1");
    let model = Model::load(lenet.to_str().unwrap()).unwrap();
    let mut classifier = model.classifier(Threads::single()).unwrap();
    let evaluation = evaluate(&mut classifier, &data().test, |_| ()).unwrap();
    let mut printed = serde_json::to_value(&evaluation).unwrap();
    printed["model"] = "lenet5".into();
    fs::write(lenet.join("eval.json"), printed.to_string()).unwrap();

    run(root, "alexnet", Recipe::paper(), 3);
    let runs = collect(root).unwrap();
    let table = table(&runs);
    let rows: Vec<_> = table
        .systems
        .iter()
        .map(|row| (row.name.as_str(), row.recipe.as_str(), row.seeds.as_slice()))
        .collect();
    assert_eq!(
        rows,
        [
            ("lenet5", "holdout", &[1][..]),
            ("alexnet", "paper", &[3]),
            ("improved-alexnet", "paper", &[1, 2]),
            ("knn", "paper", &[1]),
        ]
    );
    let [lenet, _, improved, knn] = table.systems.as_slice() else {
        unreachable!("four rows, as compared above");
    };
    assert_eq!(lenet.accuracy.unwrap().mean, evaluation.accuracy);
    assert_eq!(lenet.best_accuracy, None);
    assert_eq!(lenet.images_per_second, Some(evaluation.images_per_second));
    assert!(improved.accuracy.unwrap().deviation.is_some());
    assert!(improved.best_accuracy.unwrap().mean >= improved.accuracy.unwrap().mean);
    assert_eq!(improved.paper.unwrap().accuracy, 0.9966);
    assert_eq!(knn.parameters, 1000 * 785);
    let text = table.to_string();
    for part in [
        "| `improved-alexnet` | paper, selected on test | 1, 2 |",
        "| reference 15 |",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    let columns = text.lines().map(|line| line.matches('|').count());
    assert!(columns.clone().all(|count| count == 13), "{text}");

    let steps = ablation(&runs).steps;
    assert_eq!((steps.len(), steps[0].seeds.as_slice()), (8, &[4][..]));
    assert!(steps[0].held_out_accuracy.is_some() && steps[1].seeds.is_empty());

    let files = write_figures(&runs, &root.join("figures")).unwrap();
    assert_eq!(files.len(), 4);
    for path in files {
        let bytes = fs::read(&path).unwrap();
        if path.extension().is_some_and(|ending| ending == "svg") {
            let text = String::from_utf8(bytes).unwrap();
            for part in [
                "<svg",
                "epoch",
                "improved-alexnet, test",
                "alexnet, training",
            ] {
                assert!(text.contains(part), "no {part:?} in {}", path.display());
            }
        } else {
            let picture = image::load_from_memory(&bytes).unwrap().to_rgb8();
            let blue = image::Rgb([20, 90, 170]);
            let drawn = picture.pixels().filter(|pixel| **pixel == blue).count();
            assert!(
                drawn > 100,
                "{drawn} pixels of the line in {}",
                path.display()
            );
        }
    }
}

#[test]
fn a_broken_run_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    fs::create_dir(&run).unwrap();
    fs::write(run.join("run.json"), "{}").unwrap();
    let error = collect(folder.path()).unwrap_err().to_string();
    assert!(error.contains("run.json"), "{error}");
    assert!(collect(&folder.path().join("absent")).is_err());
}

/// `UPDATE_GOLDEN=1` writes the kept runs anew.
#[test]
fn the_kept_runs_are_those_of_the_experiments() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut expected = collect(&here.join("../../experiments")).unwrap();
    for run in &mut expected {
        run.directory = run.directory.file_name().unwrap().into();
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let line = |run: &RunResult| serde_json::to_string(run).unwrap() + "\n";
        let lines: String = expected.iter().map(line).collect();
        fs::write(here.join("src/compare/kept.jsonl"), lines).unwrap();
        return;
    }
    assert_eq!(kept().unwrap(), expected);
}
