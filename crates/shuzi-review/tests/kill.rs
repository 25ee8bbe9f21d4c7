//! A program that writes acts is killed again and again: what it acknowledged is there, once.
//!
//! The test starts itself as the program to be killed.

#![allow(clippy::unwrap_used)]
#![allow(clippy::print_stdout)] // what one program prints, the other reads

use std::{
    collections::BTreeMap,
    env,
    io::{BufRead, BufReader, Write, stdout},
    path::Path,
    process::{Command, Stdio},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use shuzi_review::{Act, Deed, Filter, Item, Screen, Store};

/// The variable by which the program knows that it is the one to be killed.
const STACK: &str = "SHUZI_TEST_STACK";

/// Times that it is killed.
const KILLS: usize = 20;

/// Most acts that are waited for before.
const ACTS: usize = 12;

const START: i64 = 1_700_000_000_000;

fn main() {
    match env::var_os(STACK) {
        Some(path) => write(Path::new(&path)),
        None => no_acknowledged_act_is_lost_or_doubled(),
    }
}

/// Keys item after item, undoes now and then, and says so after each; forever.
fn write(path: &Path) {
    let mut store = Store::open(path).unwrap();
    let operator = "ana";
    for step in 0.. {
        // What was sent before and not acknowledged is sent again by its name: how many there
        // are tells it.
        let count = store.history().unwrap().len();
        let id = format!("act-{count:06}");
        let deed = if step % 5 == 4 {
            Deed::Undo {}
        } else {
            let task = store.next(operator, Screen::Field, &Filter::default(), START);
            let task = task.unwrap().expect("more items than acts");
            Deed::Key {
                item: task.item,
                text: count.to_string(),
            }
        };
        println!(
            "sent {}",
            serde_json::to_string(&Act {
                id: id.clone(),
                deed: deed.clone()
            })
            .unwrap()
        );
        stdout().flush().unwrap();
        let receipt = store
            .perform(
                operator,
                &Act {
                    id: id.clone(),
                    deed,
                },
                START,
            )
            .unwrap();
        println!("done {id} {}", receipt.seq);
        stdout().flush().unwrap();
    }
}

fn no_acknowledged_act_is_lost_or_doubled() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stack.db");
    let item = |n: usize| Item {
        row: format!("{n:04}"),
        field: "number".into(),
        proposed: "1".into(),
        confidence: 0.5,
        ..Item::default()
    };
    let items: Vec<Item> = (0..KILLS * ACTS + 50).map(item).collect();
    Store::open(&path).unwrap().add(&items).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(37);
    let mut acknowledged: BTreeMap<String, i64> = BTreeMap::new();
    let mut unsure = 0;
    for _ in 0..KILLS {
        let mut child = Command::new(env::current_exe().unwrap())
            .env(STACK, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // In the middle of something: after an answer or after a request.
        let stop_at = rng.random_range(1..2 * ACTS);
        let mut said = Vec::new();
        for line in lines.by_ref().take(stop_at) {
            said.push(line.unwrap());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        said.extend(lines.map_while(Result::ok));
        let mut last = None;
        for line in said {
            if let Some(act) = line.strip_prefix("sent ") {
                last = serde_json::from_str::<Act>(act).ok();
            } else if let Some((id, seq)) = line
                .strip_prefix("done ")
                .and_then(|rest| rest.split_once(' '))
            {
                acknowledged.insert(id.to_owned(), seq.parse().unwrap());
                last = None;
            }
        }
        let mut store = Store::open(&path).unwrap();
        check(&store, &acknowledged);
        // What had no answer is sent again: done now, or known.
        if let Some(act) = last {
            unsure += 1;
            let receipt = store.perform("ana", &act, START).unwrap();
            let again = store.perform("ana", &act, START).unwrap();
            assert!(again.replayed && again.seq == receipt.seq);
            acknowledged.insert(act.id, receipt.seq);
            check(&store, &acknowledged);
        }
    }
    assert!(acknowledged.len() > KILLS, "{} acts", acknowledged.len());
    println!(
        "{} acts acknowledged, {unsure} sent again, {KILLS} kills",
        acknowledged.len()
    );
}

/// Every acknowledged act is there, once and at its place.
fn check(store: &Store, acknowledged: &BTreeMap<String, i64>) {
    let history = store.history().unwrap();
    for (id, seq) in acknowledged {
        let found: Vec<i64> = history
            .iter()
            .filter(|act| act.id == *id)
            .map(|act| act.seq)
            .collect();
        assert_eq!(found, [*seq], "{id}");
    }
    let places: Vec<i64> = history.iter().map(|act| act.seq).collect();
    assert!(
        places.iter().zip(1..).all(|(have, place)| *have == place),
        "{places:?}"
    );
    // The state is that of the acts.
    let keyed = store
        .rows()
        .unwrap()
        .iter()
        .filter(|row| !row.needs_review)
        .count();
    let keys = history.iter().filter(|act| act.kind == "key").count();
    let undone = history.iter().filter(|act| act.kind == "undo").count();
    assert_eq!(keyed, keys - undone);
}
