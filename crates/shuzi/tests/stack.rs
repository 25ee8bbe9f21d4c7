//! `shuzi read --review` and `shuzi review`, from pictures to rows.

#![cfg(feature = "serve")]
#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

mod common;

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStderr, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use common::{BINARY, run, sample};
use serde_json::{Value, json};
use shuzi_review::{Item, Store};

/// A review that runs.
struct Review {
    child: Child,
    /// What else it says; it must have somebody to say it to.
    stderr: BufReader<ChildStderr>,
    address: String,
    token: String,
}

impl Review {
    /// Of a stack, on an address.
    fn start(stack: &str, listen: &str, args: &[&str]) -> Self {
        let mut command = Command::new(BINARY);
        command
            .args(["review", stack, "--listen", listen])
            .args(args);
        let mut child = command
            .env("USER", "ana")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        stderr.read_line(&mut line).unwrap();
        let link = line.trim_end().strip_prefix("review on ");
        let link = link.unwrap_or_else(|| panic!("{line}"));
        let (page, token) = link.split_once("#token=").unwrap_or((link, ""));
        let address = page.strip_suffix("/review").unwrap().to_owned();
        Self {
            child,
            stderr,
            address,
            token: token.to_owned(),
        }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn ask(&self, path: &str, body: &Value) -> Value {
        ask(&self.address, &self.token, path, body).unwrap()
    }
}

fn ask(address: &str, token: &str, path: &str, body: &Value) -> Option<Value> {
    let request = ureq::post(format!("{address}/review/api/{path}"));
    let request = request.header("authorization", format!("Bearer {token}"));
    let mut reply = request.send(body.to_string()).ok()?;
    serde_json::from_str(&reply.body_mut().read_to_string().ok()?).ok()
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn pictures_become_rows_that_a_person_has_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let stack = folder.path().join("stack.db");
    let at = |name: &str| folder.path().join(name);
    let arg = |path: &Path| path.to_str().unwrap().to_owned();
    let (line, four, blank) = (
        sample("line-7210414959.png"),
        sample("digit-4.png"),
        sample("blank.png"),
    );
    let stack_name = arg(&stack);
    let list = at("known.tsv");
    fs::write(&list, format!("file\tlabel\n{four}\t4\n{blank}\t9\n")).unwrap();
    let list = arg(&list);
    // All that is read is doubted: nothing is as sure as 1.
    let read = [
        "read",
        &line,
        &four,
        &blank,
        "--review",
        &stack_name,
        "--min-confidence",
        "1",
        "--length",
        "1-10",
        "--known",
        &list,
    ];
    let ran = run(read);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let rows = run(["review", &stack_name, "--export", &arg(&at("before.jsonl"))]);
    assert_eq!(rows.code, Some(0), "{}", rows.stderr);
    let before = text(&at("before.jsonl"));
    assert_eq!(before.lines().count(), 3);
    assert_eq!(run(read).code, Some(0));
    run(["review", &stack_name, "--export", &arg(&at("again.jsonl"))]);
    assert_eq!(
        text(&at("again.jsonl")),
        before,
        "what is there already is left alone"
    );

    let review = Review::start(&stack_name, "127.0.0.1:0", &[]);
    let mut keyed = BTreeMap::new();
    for number in 0.. {
        let task = review.ask("next", &json!({"screen": "field"}));
        if task.is_null() {
            break;
        }
        assert!(
            task["crop"].as_str().unwrap().starts_with("iVBORw0KGgo"),
            "a PNG"
        );
        assert_eq!(task["rule"], "1 to 10 digits");
        let row = task["row"].as_str().unwrap().to_owned();
        let said = if row.contains("7210414959") {
            "7210414959"
        } else if row.contains("digit-4") {
            "4"
        } else {
            "?"
        };
        let deed = json!({"key": {"item": task["item"], "text": said}});
        review.ask(
            "act",
            &json!({"id": format!("act-{number:05}"), "deed": deed}),
        );
        keyed.insert(row, said);
    }
    assert_eq!(keyed.len(), 3);
    review.kill();

    let export = |path: &Path, kind: &str| {
        let ran = run(["review", &stack_name, "--export", &arg(path), "--as", kind]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    };
    export(&at("rows.csv"), "csv");
    let csv = text(&at("rows.csv"));
    assert!(csv.starts_with("row,needs_review,number\n"), "{csv}");
    for (row, said) in &keyed {
        assert!(
            csv.contains(&format!("{row},false,{said}\n")),
            "{row} in {csv}"
        );
    }
    export(&at("pictures"), "tsv");
    let labels = text(&at("pictures").join("labels.tsv"));
    assert!(labels.contains("000001.png\t7210414959\t"), "{labels}");
    assert_eq!(labels.lines().count(), 3, "what can't be read is no label");
    // As another command takes it.
    let eval = run([
        "eval",
        "--strings",
        &arg(&at("pictures").join("labels.tsv")),
    ]);
    assert_eq!(eval.code, Some(0), "{}", eval.stderr);
    export(&at("tasks.json"), "label-studio");
    let tasks: Value = serde_json::from_str(&text(&at("tasks.json"))).unwrap();
    assert_eq!(tasks.as_array().unwrap().len(), 2);
    export(&at("acts.jsonl"), "acts");
    let first: Value =
        serde_json::from_str(text(&at("acts.jsonl")).lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["operator"], &first["kind"]),
        (&"ana".into(), &"key".into())
    );
    assert!(first["model"].as_str().unwrap().starts_with("sha256:"));
    export(&at("digits"), "idx");
    let images = shuzi_data::idx::read_images(&at("digits").join("images-idx3-ubyte")).unwrap();
    let labels = shuzi_data::idx::read_labels(&at("digits").join("labels-idx1-ubyte")).unwrap();
    let origin = text(&at("digits").join("origin.tsv"));
    assert_eq!(images.count(), labels.values().len());
    assert_eq!(origin.lines().count(), 1 + images.count());
    assert!(labels.values().contains(&4), "{origin}");

    let statistics = run(["review", &stack_name, "--statistics", "--format", "json"]).json();
    assert_eq!(
        (&statistics["items"], &statistics["agreed"]),
        (&3.into(), &3.into())
    );
    // She keyed a 4 as it was known, and could not read what was known as a 9.
    assert_eq!(
        (&statistics["wrong"]["of"], &statistics["wrong"]["count"]),
        (&2.into(), &1.into())
    );
    let words = run(["review", &stack_name, "--statistics"]).stdout;
    assert!(
        words.starts_with("3 items: 0 accepted by the reader, 0 to key"),
        "{words}"
    );
    assert!(words.contains("ana: 3 items"), "{words}");
    let forgot = run(["review", &stack_name, "--forget"]);
    assert_eq!(forgot.code, Some(0));
    assert!(
        !fs::read(&stack)
            .unwrap()
            .windows(4)
            .any(|bytes| bytes == b"IHDR")
    );
}

#[test]
fn operators_come_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let stack = folder.path().join("stack.db");
    let item = |row: &str| Item {
        row: row.into(),
        field: "number".into(),
        ..Item::default()
    };
    Store::open(&stack)
        .unwrap()
        .add(&[item("a"), item("b")])
        .unwrap();
    let stack = stack.to_str().unwrap();
    let file = folder.path().join("operators");
    let file = file.to_str().unwrap();
    let add = |name: &str| run(["review", stack, "--operators", file, "--add-operator", name]);
    let tokens = ["ana", "bo"].map(|name| add(name).stdout.trim().to_owned());
    assert_eq!(tokens[0].len(), 48);
    assert!(
        !text(Path::new(file)).contains(&tokens[0]),
        "the hash alone is kept"
    );
    let twice = add("ana");
    assert_eq!(twice.code, Some(1));
    assert!(twice.stderr.contains("there already"), "{}", twice.stderr);
    let open = run(["review", stack, "--listen", "0.0.0.0:0"]);
    assert_eq!(open.code, Some(2));
    assert!(open.stderr.contains("--operators"), "{}", open.stderr);
    let none = run(["review", "no-such.db"]);
    assert_eq!(none.code, Some(1));
    assert!(
        none.stderr.contains("shuzi read --review"),
        "{}",
        none.stderr
    );
    let kind = run(["review", stack, "--export", "rows.xlsx"]);
    assert!(
        kind.stderr.contains("ends in .csv or .jsonl"),
        "{}",
        kind.stderr
    );

    let review = Review::start(
        stack,
        "127.0.0.1:0",
        &["--operators", file, "--keyings", "2"],
    );
    assert_eq!(review.token, "", "no link lets anybody in");
    let next = json!({"screen": "field"});
    assert_eq!(
        ask(&review.address, "another-token-of-the-test", "next", &next),
        None
    );
    for token in &tokens {
        let task = ask(&review.address, token, "next", &next).unwrap();
        assert!(task["item"].is_i64(), "{task}");
    }
    review.kill();
    let statistics = run(["review", stack, "--statistics", "--format", "json"]).json();
    assert_eq!(statistics["keyings"], 2);
}

/// Items that two key.
const ITEMS: usize = 60;

/// Times that the server is killed meanwhile.
const KILLS: usize = 12;

#[test]
fn a_server_that_is_killed_again_and_again_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stack.db");
    let item = |n: usize| Item {
        row: format!("{n:03}"),
        field: "number".into(),
        confidence: 0.5,
        ..Item::default()
    };
    let items: Vec<Item> = (0..ITEMS).map(item).collect();
    let mut store = Store::open(&path).unwrap();
    store.add(&items).unwrap();
    store.set_keyings(2).unwrap();
    drop(store);
    let stack = path.to_str().unwrap();
    let file = folder.path().join("operators");
    let file = file.to_str().unwrap();
    let tokens = ["ana", "bo"].map(|name| {
        run(["review", stack, "--operators", file, "--add-operator", name])
            .stdout
            .trim()
            .to_owned()
    });
    let start = |listen: &str| Review::start(stack, listen, &["--operators", file]);
    let review = start("127.0.0.1:0");
    let address = review.address.clone();
    let listen = address.strip_prefix("http://").unwrap().to_owned();
    let acknowledged = Mutex::new(Vec::<(String, i64)>::new());
    let finished = AtomicBool::new(false);
    // Asks until there is an answer, as the page does.
    let insist = |token: &str, path: &str, body: &Value| loop {
        if let Some(answer) = ask(&address, token, path, body) {
            return answer;
        }
        thread::sleep(Duration::from_millis(5));
    };
    let key = |token: &str, who: &str| {
        let mut number = 0;
        while number < ITEMS {
            let task = insist(token, "next", &json!({"screen": "field"}));
            // The other has the last before them.
            let Some(item) = task["item"].as_i64() else {
                thread::sleep(Duration::from_millis(5));
                continue;
            };
            let id = format!("{who}-{number:06}");
            let deed = json!({"key": {"item": item, "text": "1"}});
            let receipt = insist(token, "act", &json!({"id": id, "deed": deed}));
            acknowledged
                .lock()
                .unwrap()
                .push((id, receipt["seq"].as_i64().unwrap()));
            number += 1;
        }
    };
    thread::scope(|scope| {
        let clerks = [
            scope.spawn(|| key(&tokens[0], "ana")),
            scope.spawn(|| key(&tokens[1], "bo")),
        ];
        let server = scope.spawn(|| {
            let mut review = review;
            for kill in 1..=KILLS {
                // Each time a little has been done, unless all is.
                let enough = kill * 2 * ITEMS / (KILLS + 1);
                while acknowledged.lock().unwrap().len() < enough
                    && !finished.load(Ordering::Relaxed)
                {
                    thread::sleep(Duration::from_millis(1));
                }
                review.kill();
                review = start(&listen);
            }
            review
        });
        for clerk in clerks {
            clerk.join().unwrap();
        }
        finished.store(true, Ordering::Relaxed);
        server.join().unwrap().kill();
    });
    let store = Store::open(&path).unwrap();
    let history = store.history().unwrap();
    assert_eq!(history.len(), 2 * ITEMS, "none twice");
    let acknowledged = acknowledged.into_inner().unwrap();
    assert_eq!(acknowledged.len(), 2 * ITEMS);
    for (id, seq) in acknowledged {
        let found: Vec<i64> = history
            .iter()
            .filter(|act| act.id == id)
            .map(|act| act.seq)
            .collect();
        assert_eq!(found, [seq], "{id}");
    }
    assert_eq!(store.statistics().unwrap().agreed as usize, ITEMS);
}

#[test]
fn a_signal_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stack.db");
    drop(Store::open(&path).unwrap());
    let mut review = Review::start(path.to_str().unwrap(), "127.0.0.1:0", &["--log", "debug"]);
    assert_eq!(review.token.len(), 48);
    assert_eq!(review.ask("next", &json!({"screen": "field"})), Value::Null);
    if cfg!(unix) {
        let kill = ["-TERM", &review.child.id().to_string()].map(str::to_owned);
        assert!(Command::new("kill").args(kill).status().unwrap().success());
        assert_eq!(review.child.wait().unwrap().code(), Some(0));
    } else {
        review.child.kill().unwrap();
        review.child.wait().unwrap();
    }
    let mut rest = String::new();
    review.stderr.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("route=\"/review/api/next\""), "{rest}");
    assert!(!rest.contains(&review.token));
}
