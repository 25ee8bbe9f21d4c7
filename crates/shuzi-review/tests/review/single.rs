//! Items that one person keys.

use shuzi_review::{ActError, Deed, Filter, Item, Screen, Source};

use crate::bench::{Bench, item, whole};

#[test]
fn the_least_certain_comes_first_and_nobody_has_what_another_has() {
    let sure = Item {
        accepted: true,
        ..whole("sure.png", "9", 0.99)
    };
    let items = [
        whole("a.png", "1", 0.5),
        whole("b.png", "2", 0.3),
        whole("c.png", "3", 0.4),
        sure,
    ];
    let mut bench = Bench::new(&items, 1);
    let first = bench.field("ana").unwrap();
    assert_eq!(
        (first.row.as_str(), first.proposed.as_deref()),
        ("b.png", Some("2"))
    );
    assert_eq!(first.crop.as_deref(), Some(&b"\x89PNG of b.png"[..]));
    assert_eq!(first.reasons, ["less sure than asked for"]);
    assert_eq!(bench.field("ana").unwrap(), first, "it is before her still");
    let second = bench.field("bo").unwrap();
    assert_eq!(second.row, "c.png");
    bench.key("ana", first.item, "7");
    assert_eq!(bench.value("b.png"), (Some("7".into()), Source::Keyed));
    assert_eq!(bench.value("sure.png"), (Some("9".into()), Source::Reader));
    assert_eq!(bench.value("c.png"), (None, Source::Open));
    let third = bench.field("ana").unwrap();
    assert_eq!(third.row, "a.png");
    bench.key("ana", third.item, "?");
    assert_eq!(bench.field("ana"), None);
    // Who has gone for good keeps nobody from it.
    bench.now += shuzi_review::task::LEASE_MS;
    assert_eq!(bench.field("ana").unwrap().item, second.item);
    let late = Deed::Key {
        item: second.item,
        text: "3".into(),
    };
    assert_eq!(
        bench.refused("bo", late),
        ActError::NoLease { item: second.item }
    );
}

#[test]
fn what_is_sent_again_is_done_once() {
    let mut bench = Bench::new(&[whole("a.png", "1", 0.5), whole("b.png", "2", 0.6)], 1);
    let task = bench.field("ana").unwrap();
    let act = bench.act(Deed::Key {
        item: task.item,
        text: "4".into(),
    });
    let now = bench.now;
    let first = bench.store.perform("ana", &act, now).unwrap();
    let again = bench.store.perform("ana", &act, now + 5).unwrap();
    assert!(!first.replayed && again.replayed);
    assert_eq!(first.seq, again.seq);
    assert_eq!(bench.store.history().unwrap().len(), 1);
    // The name of another act, and of another's.
    let mut other = act.clone();
    other.deed = Deed::Undo {};
    let taken = |result: Result<_, shuzi_review::StoreError>| result.unwrap_err().to_string();
    let message = taken(bench.store.perform("ana", &other, now).map(drop));
    assert!(message.contains("another act has the id"), "{message}");
    let message = taken(bench.store.perform("bo", &act, now).map(drop));
    assert!(message.contains("another act has the id"), "{message}");
}

#[test]
fn the_last_acts_can_be_undone_one_by_one() {
    let items: Vec<Item> = (0..60)
        .map(|n| whole(&format!("{n:02}.png"), "1", 0.5))
        .collect();
    let mut bench = Bench::new(&items, 1);
    for _ in 0..60 {
        let task = bench.field("ana").unwrap();
        bench.key("ana", task.item, "5");
    }
    let undone = bench.say("ana", Deed::Undo {}).unwrap();
    assert_eq!(bench.value("59.png"), (None, Source::Open));
    let back = bench.field("ana").unwrap();
    assert_eq!(Some(back.item), undone.item, "it is before her again");
    for _ in 0..49 {
        bench.say("ana", Deed::Undo {}).unwrap();
    }
    assert_eq!(bench.value("10.png"), (None, Source::Open));
    assert_eq!(
        bench.refused("ana", Deed::Undo {}),
        ActError::NothingToUndo { most: 50 }
    );
    assert_eq!(bench.value("09.png"), (Some("5".into()), Source::Keyed));
    assert_eq!(
        bench.refused("bo", Deed::Undo {}),
        ActError::NothingToUndo { most: 50 }
    );
    // Everything that was said is there.
    let history = bench.store.history().unwrap();
    assert_eq!(history.len(), 110);
    assert_eq!(history[59].after.as_deref(), Some("5"));
    assert_eq!(history[60].undoes, Some(history[59].seq));
}

#[test]
fn what_can_not_be_said_changes_nothing() {
    let mut bench = Bench::new(&[whole("a.png", "1", 0.5)], 1);
    let item = bench.field("ana").unwrap().item;
    let long = "1".repeat(65);
    for text in ["1?", " 1", "1\n", "一", &long] {
        let error = bench.refused(
            "ana",
            Deed::Key {
                item,
                text: text.into(),
            },
        );
        assert!(matches!(error, ActError::Text { .. }), "{error}");
    }
    let arbitrate = Deed::Arbitrate {
        item,
        text: "1".into(),
    };
    assert_eq!(bench.refused("ana", arbitrate), ActError::NoLease { item });
    let nothing = Deed::Group {
        accepted: vec![],
        outliers: vec![],
    };
    assert_eq!(bench.refused("ana", nothing), ActError::Glyphs);
    for id in ["short", "with space", &"a".repeat(65)] {
        let mut act = bench.act(Deed::Undo {});
        act.id = id.into();
        let error = bench.store.perform("ana", &act, bench.now).unwrap_err();
        assert!(error.to_string().contains("expected an id"), "{error}");
    }
    assert!(bench.store.history().unwrap().is_empty());
    // An empty field is an answer.
    bench.key("ana", item, "");
    assert_eq!(bench.value("a.png"), (Some(String::new()), Source::Keyed));
}

#[test]
fn filters_choose() {
    let amount = Item {
        field: "amount".into(),
        reasons: vec!["a line goes through the digits".into()],
        ..whole("a.png", "1", 0.2)
    };
    let mut bench = Bench::new(&[amount, item("b.png", "2", 0.9)], 1);
    let mut asked = |filter: &Filter| {
        let task = bench
            .store
            .next("ana", Screen::Field, filter, bench.now)
            .unwrap();
        bench.now += shuzi_review::task::LEASE_MS;
        task.map(|task| task.row)
    };
    let field = |name: &str| Filter {
        field: Some(name.into()),
        ..Filter::default()
    };
    assert_eq!(asked(&field("number")).as_deref(), Some("b.png"));
    assert_eq!(asked(&field("amount")).as_deref(), Some("a.png"));
    assert_eq!(asked(&field("date")), None);
    let reason = Filter {
        reason: Some("less sure".into()),
        ..Filter::default()
    };
    assert_eq!(asked(&reason).as_deref(), Some("b.png"));
    let doubtful = Filter {
        max_confidence: Some(0.1),
        ..Filter::default()
    };
    assert_eq!(asked(&doubtful), None);
    let by = Filter {
        operator: Some("bo".into()),
        ..Filter::default()
    };
    assert_eq!(asked(&by), None);
}
