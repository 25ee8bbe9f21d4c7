//! `shuzi train` and what follows from it, from end to end.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

mod common;

use std::{ffi::OsStr, fs, path::Path};

use common::{fixture, fixture_args, run};

/// Arguments of a short run of a small network.
fn arguments(out: &Path, epochs: &str) -> Vec<String> {
    let out = out.display().to_string();
    let args = [
        "train",
        "lenet5",
        "--holdout",
        "200",
        "--epochs",
        epochs,
        "--out",
        &out,
    ];
    [args.map(str::to_owned).to_vec(), fixture_args()].concat()
}

#[test]
fn a_run_leaves_history_and_a_model_that_eval_and_export_take() {
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("run");
    let trained = run([
        arguments(&run_folder, "4"),
        vec!["--format".into(), "json".into()],
    ]
    .concat());
    assert_eq!(trained.code, Some(0), "{}", trained.stderr);
    assert_eq!(trained.json()["outcome"], "finished");
    assert!(
        trained.stderr.contains("epoch 4/4: loss"),
        "{}",
        trained.stderr
    );

    let history = fs::read_to_string(run_folder.join("history.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> = history
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(
        trained.json()["epochs"],
        serde_json::Value::from(lines.clone())
    );
    let loss = |epoch: usize| lines[epoch]["train_loss"].as_f64().unwrap();
    assert!(loss(3) < loss(0));

    let model = run_folder.to_str().unwrap();
    let (images, labels) = (
        fixture("t10k-images-idx3-ubyte.gz"),
        fixture("t10k-labels-idx1-ubyte.gz"),
    );
    let measure = |model: &str| {
        let args = [
            "eval", "--format", "json", "--model", model, "--images", &images, "--labels", &labels,
        ];
        let ran = run(args);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran.json()
    };
    let measured = measure(model);
    assert_eq!(measured["n"], 500);
    let accuracy = measured["accuracy"].as_f64().unwrap();
    assert!(accuracy > 0.6, "{measured}");
    let errors = measured["errors"].as_u64().unwrap();
    assert!((accuracy - (1.0 - errors as f64 / 500.0)).abs() < 1e-9);
    let rows = measured["confusion"].as_array().unwrap();
    let sum: u64 = rows
        .iter()
        .flat_map(|row| row.as_array().unwrap())
        .map(|n| n.as_u64().unwrap())
        .sum();
    assert_eq!((rows.len(), sum), (10, 500));
    for field in ["nll", "ece", "seconds", "images_per_second"] {
        assert!(measured[field].as_f64().unwrap() >= 0.0, "{field}");
    }

    let curve = measured["risk_coverage"].as_array().unwrap();
    assert_eq!(
        (&curve[0]["refused"], &curve[0]["errors"]),
        (&0.0.into(), &errors.into())
    );
    assert!(curve[curve.len() - 1]["errors"].as_u64().unwrap() < errors);

    // The temperature that suits these images best lowers their loss, and one
    // that doesn't raises it; the answers stay.
    let best = measured["best_temperature"].as_f64().unwrap();
    let tempered = |temperature: f64| {
        let temperature = temperature.to_string();
        let args = [
            "eval",
            "--format",
            "json",
            "--model",
            model,
            "--images",
            &images,
            "--labels",
            &labels,
            "--temperature",
            &temperature,
        ];
        let ran = run(args).json();
        assert_eq!(ran["confusion"], measured["confusion"]);
        assert_eq!(ran["risk_coverage"][0], measured["risk_coverage"][0]);
        ran["nll"].as_f64().unwrap()
    };
    let nll = measured["nll"].as_f64().unwrap();
    assert!(tempered(best) <= nll + 1e-6 && tempered(3.0 * best) > tempered(best));
    let refused = run(["eval", "--views", "90"]);
    assert_eq!(refused.code, Some(2));
    let refused = run(["eval", "--temperature", "0"]);
    assert_eq!(refused.code, Some(2));

    // On what the run held out it is as good as its history says, also seen in views that
    // do not move it; no run has held out the images that a shipped model was trained on.
    let held_out = |model: &str, views: &str| {
        run([
            "eval",
            "--format",
            "json",
            "--model",
            model,
            "--held-out",
            "--views",
            views,
            "--images",
            &fixture("train-images-idx3-ubyte.gz"),
            "--labels",
            &fixture("train-labels-idx1-ubyte.gz"),
        ])
    };
    let still = held_out(model, "0").json();
    assert_eq!((&still["n"], &still["views"]), (&200.into(), &0.0.into()));
    let of_history = lines[3]["validation"]["loss"].as_f64().unwrap();
    assert!((still["nll"].as_f64().unwrap() - of_history).abs() < 1e-4);
    assert_ne!(held_out(model, "9").json()["nll"], still["nll"]);
    let shipped = held_out("improved-alexnet", "0");
    assert_eq!(shipped.code, Some(1));
    assert!(shipped.stderr.contains("what improved-alexnet held out"));

    // A model with itself is itself, and the curves are drawn.
    let twice = measure(&format!("{model},{model}"));
    assert_eq!(twice["confusion"], measured["confusion"]);
    assert!((twice["nll"].as_f64().unwrap() - nll).abs() < 1e-4);
    fs::write(run_folder.join("eval.json"), measured.to_string()).unwrap();
    let (root, figures) = (
        folder.path().to_str().unwrap(),
        folder.path().join("figures"),
    );
    let ran = run([
        "compare",
        root,
        "--risk-coverage",
        figures.to_str().unwrap(),
    ]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let svg = fs::read_to_string(figures.join("risk-coverage.svg")).unwrap();
    assert!(
        svg.contains("lenet5, holdout, 1") && svg.contains("refused"),
        "{svg}"
    );
    assert!(figures.join("risk-coverage.png").is_file());

    let exported = folder.path().join("exported");
    let to = exported.to_str().unwrap();
    let ran = run(["export", model, "--to", "safetensors", "--out", to]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(0), 2));
    let again = measure(exported.join("model.safetensors").to_str().unwrap());
    assert_eq!(again["confusion"], measured["confusion"]);

    let ran = run(arguments(&run_folder, "4"));
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("holds a run already"), "{}", ran.stderr);
}

#[test]
fn a_recipe_comes_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, file] =
        ["first", "second", "mine.json"].map(|name| folder.path().join(name));
    assert_eq!(run(arguments(&first, "1")).code, Some(0));
    let described = |folder: &Path| -> serde_json::Value {
        serde_json::from_str(&fs::read_to_string(folder.join("run.json")).unwrap()).unwrap()
    };
    let mut recipe = described(&first)["recipe"].clone();
    recipe["batch"] = 16.into();
    let with = |recipe: &serde_json::Value| {
        fs::write(&file, recipe.to_string()).unwrap();
        let named = ["--recipe".to_owned(), file.display().to_string()];
        run([arguments(&second, "1"), named.to_vec()].concat())
    };
    let refused = with(&recipe);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("name of the recipe is holdout"),
        "{}",
        refused.stderr
    );
    recipe["name"] = "mine".into();
    let trained = with(&recipe);
    assert_eq!(trained.code, Some(0), "{}", trained.stderr);
    assert_eq!(described(&second)["recipe"], recipe);
}

#[test]
fn a_trained_network_is_taught_more() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
    assert_eq!(run(arguments(&first, "1")).code, Some(0));
    let more = |from: &str| {
        let more = ["--from", from, "--learning-rate", "1e-4"];
        run([arguments(&second, "1"), more.map(str::to_owned).to_vec()].concat())
    };

    let other = more("reader");
    assert_eq!(other.code, Some(1));
    assert!(
        other.stderr.contains("another architecture"),
        "{}",
        other.stderr
    );
    assert!(!second.exists());

    let taught = more(first.to_str().unwrap());
    assert_eq!(taught.code, Some(0), "{}", taught.stderr);
    let description = fs::read_to_string(second.join("run.json")).unwrap();
    let description: serde_json::Value = serde_json::from_str(&description).unwrap();
    assert_eq!(description["from"]["model"], first.to_str().unwrap());
    assert_eq!(description["recipe"]["learning_rate"], 1e-4);
    let loss = |run: &Path| {
        let history = fs::read_to_string(run.join("history.jsonl")).unwrap();
        let line: serde_json::Value = serde_json::from_str(&history).unwrap();
        line["train_loss"].as_f64().unwrap()
    };
    assert!(loss(&second) < loss(&first));

    let blend = |with: &str| {
        let [model, out] =
            [&first, &folder.path().join("between")].map(|path| path.to_str().unwrap().to_owned());
        let with = format!("{with}=0.7");
        let blend = ["export", &model, "--out", &out, "--to", "safetensors"];
        run([&blend[..], &["--blend", &with, "--prior", "7=0.5"]].concat())
    };
    let refused = blend("reader");
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("can't blend"), "{}", refused.stderr);
    for (flag, code, expected) in [
        ("--blend=reader", 2, "expected MODEL=SHARE"),
        ("--blend=reader=much", 2, "expected MODEL=SHARE"),
        ("--prior=7=0", 2, "expected CLASS=FACTOR"),
        ("--temperature=0", 2, "expected a number above 0"),
        ("--prior=none=0.2", 1, "no class none: expected one of 0, 1"),
    ] {
        let refused = run(["export", "improved-alexnet", "--to", "safetensors", flag]);
        assert_eq!(refused.code, Some(code), "{flag}");
        assert!(refused.stderr.contains(expected), "{}", refused.stderr);
    }
    let blended = blend(second.to_str().unwrap());
    assert_eq!(blended.code, Some(0), "{}", blended.stderr);
    let [start, end, between] = [&first, &second, &folder.path().join("between")]
        .map(|path| fs::read(path.join("model.safetensors")).unwrap());
    assert!(between != start && between != end);
    assert_eq!(between.len(), start.len());
}

#[test]
fn a_network_learns_from_others_and_from_several_sets() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let mut args = arguments(&out, "1");
    args.extend(
        [
            "--format",
            "json",
            "--teacher",
            "improved-alexnet,lenet5-taught",
        ]
        .map(String::from),
    );
    let missing = run(args.clone());
    assert_ne!(missing.code, Some(0));
    assert!(
        missing.stderr.contains("lenet5-taught"),
        "{}",
        missing.stderr
    );

    *args.last_mut().unwrap() = "improved-alexnet".into();
    // The same images twice.
    args.extend(["--images".into(), fixture("train-images-idx3-ubyte.gz")]);
    let uneven = run(args.clone());
    assert!(
        uneven.stderr.contains("as many --labels as --images"),
        "{}",
        uneven.stderr
    );
    args.extend(["--labels".into(), fixture("train-labels-idx1-ubyte.gz")]);
    args.extend(["--teacher-share", "0.6"].map(String::from));
    let trained = run(args);
    assert_eq!(trained.code, Some(0), "{}", trained.stderr);
    let description = fs::read_to_string(out.join("run.json")).unwrap();
    let description: serde_json::Value = serde_json::from_str(&description).unwrap();
    assert_eq!(description["teachers"][0]["model"], "improved-alexnet");
    assert_eq!(description["recipe"]["distillation"]["share"], 0.6);
    let images = &description["train"]["images"];
    assert!(images.as_u64().unwrap().is_multiple_of(2), "{images}");

    let resume = ["train", "--resume", out.to_str().unwrap()].map(String::from);
    let error = run([resume.to_vec(), fixture_args()].concat()).stderr;
    assert!(
        error.contains("the run was started with other training data"),
        "{error}"
    );
}

#[test]
fn classical_methods_train_and_measure_like_networks() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    let method = format!("{root}/method");
    let ran = run(["export", "knn", "--to", "config", "--out", &method]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let config = ran.stdout.trim();
    let text = fs::read_to_string(config).unwrap();
    fs::write(config, text.replace("\"k\": 3", "\"k\": 1")).unwrap();

    let out = format!("{root}/runs/knn");
    let args = ["train", config, "--holdout", "200", "--out", &out];
    let args = [args.map(str::to_owned).to_vec(), fixture_args()].concat();
    let trained = run(&args);
    assert_eq!(trained.code, Some(0), "{}", trained.stderr);
    assert!(trained.stdout.contains("800 images"), "{}", trained.stdout);
    let card = fs::read_to_string(format!("{out}/README.md")).unwrap();
    assert!(card.contains("k: 1"), "{card}");
    let again = run(&args);
    assert_eq!(again.code, Some(1));
    assert!(
        again.stderr.contains("holds a run already"),
        "{}",
        again.stderr
    );

    let (images, labels) = (
        fixture("t10k-images-idx3-ubyte.gz"),
        fixture("t10k-labels-idx1-ubyte.gz"),
    );
    let ran = run([
        "eval", "--model", &out, "--images", &images, "--labels", &labels, "--format", "json",
    ]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let accuracy = ran.json()["accuracy"].as_f64().unwrap();
    assert!(accuracy > 0.8, "{accuracy}");
    fs::write(format!("{out}/eval.json"), &ran.stdout).unwrap();
    let held_out = run([
        "eval",
        "--held-out",
        "--model",
        &out,
        "--images",
        &images,
        "--labels",
        &labels,
    ]);
    assert_eq!(held_out.code, Some(1));
    let expected = "expected the run of a network, got that of a classical method";
    assert!(held_out.stderr.contains(expected), "{}", held_out.stderr);

    let table = run(["compare", &format!("{root}/runs")]);
    let cell = format!("| `knn` | holdout | 1 | {:.2} |", 100.0 * accuracy);
    assert!(table.stdout.contains(&cell), "{}", table.stdout);
    let table = run(["compare", &format!("{root}/runs"), "--format", "json"]).json();
    assert_eq!(table["systems"][0]["accuracy"]["mean"], accuracy);
    let none = run(["compare", &format!("{root}/absent")]);
    assert_eq!(none.code, Some(1));
    assert!(none.stderr.contains("absent"), "{}", none.stderr);

    let epochs = [
        &args[..2],
        &["--epochs".into(), "3".into()],
        &fixture_args(),
    ]
    .concat();
    let refused = run(epochs);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("no epochs"), "{}", refused.stderr);
}

#[test]
fn the_projects_own_runs_make_a_table() {
    let experiments = common::workspace("experiments");
    let ran = run(["compare", experiments.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let row = "| `improved-alexnet` | holdout | 1 | 99.65 | 0.35 |";
    assert!(ran.stdout.contains(row), "{}", ran.stdout);
    let steps = run(["compare", experiments.to_str().unwrap(), "--ablation"]);
    assert_eq!(steps.stdout.lines().count(), 2 + 8, "{}", steps.stdout);
    // They are inside, too, for who has the binary alone; several folders are one.
    assert_eq!(run(["compare"]).stdout, ran.stdout);
    let none = tempfile::tempdir().unwrap();
    let both = [experiments.as_os_str(), none.path().as_os_str()];
    let both = run([OsStr::new("compare")].into_iter().chain(both));
    assert_eq!(both.stdout, ran.stdout);
}

#[cfg(unix)]
mod signals {
    use std::{
        os::unix::process::ExitStatusExt,
        path::PathBuf,
        process::{Child, Command, Stdio},
        thread::sleep,
        time::Duration,
    };

    use super::*;
    use crate::common::BINARY;

    const EPOCHS: &str = "12";

    /// Starts a run and waits for its first finished epoch.
    fn started(out: &Path) -> Child {
        let child = Command::new(BINARY)
            .args(arguments(out, EPOCHS))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while finished_epochs(out) == 0 {
            sleep(Duration::from_millis(5));
        }
        child
    }

    fn finished_epochs(out: &Path) -> usize {
        fs::read_to_string(out.join("history.jsonl")).map_or(0, |text| text.lines().count())
    }

    /// Weights of a run that nobody stopped, and the folder they are in.
    fn unbroken(folder: &Path) -> PathBuf {
        let whole = folder.join("whole");
        assert_eq!(run(arguments(&whole, EPOCHS)).code, Some(0));
        whole.join("model.safetensors")
    }

    #[test]
    fn a_killed_run_resumes_to_the_same_bits() {
        let folder = tempfile::tempdir().unwrap();
        let broken = folder.path().join("broken");
        let mut child = started(&broken);
        child.kill().unwrap();
        assert_eq!(
            child.wait().unwrap().signal(),
            Some(9),
            "it ended before the kill"
        );
        let args = ["train", "--resume", broken.to_str().unwrap()].map(str::to_owned);
        let resumed = run([args.to_vec(), fixture_args()].concat());
        assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
        let whole = fs::read(unbroken(folder.path())).unwrap();
        assert!(fs::read(broken.join("model.safetensors")).unwrap() == whole);
        let leftovers = fs::read_dir(&broken).unwrap().count();
        assert!(leftovers <= 7, "{leftovers} files"); // the six, and one torn at most
    }

    #[test]
    fn ctrl_c_stops_and_says_how_to_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("run");
        let child = started(&out);
        let interrupt = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(interrupt.unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let stdout = String::from_utf8(output.stdout).unwrap();
        let done = finished_epochs(&out);
        assert!((1..12).contains(&done), "{done}");
        let (_, command) = stdout.split_once("go on with `shuzi ").unwrap();
        let (command, _) = command.split_once('`').unwrap();
        let resumed = run(command.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(resumed.code, Some(0), "{command}: {}", resumed.stderr);
        assert_eq!(finished_epochs(&out), 12);
    }
}

#[test]
fn lying_idx_files_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    // A header that promises 1000 images of 28×28, and 10 bytes.
    let header = [0, 0, 8, 3, 0, 0, 3, 0xe8, 0, 0, 0, 28, 0, 0, 0, 28];
    fs::write(path("short"), [&header[..], &[0; 10]].concat()).unwrap();
    fs::write(path("text"), b"hello").unwrap();
    let labels = fixture("t10k-labels-idx1-ubyte.gz");
    for (images, expected) in [
        (path("short"), "short"),
        (path("text"), "text"),
        (path("absent"), "absent"),
        // One image more than labels.
        (fixture("train-images-idx3-ubyte.gz"), "1000"),
    ] {
        let ran = run(["eval", "--images", &images, "--labels", &labels]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{images}");
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
}

#[test]
fn without_mnist_the_error_says_how_to_get_it() {
    for args in [&["eval"][..], &["train", "lenet5"]] {
        let ran = run(args);
        assert_eq!(ran.code, Some(1));
        assert!(ran.stderr.contains("shuzi data get"), "{}", ran.stderr);
    }
}

#[test]
fn a_run_that_is_not_there_can_not_be_resumed() {
    let args = ["train", "--resume", "no/such/run"].map(str::to_owned);
    let ran = run([args.to_vec(), fixture_args()].concat());
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("no/such/run"), "{}", ran.stderr);
}
