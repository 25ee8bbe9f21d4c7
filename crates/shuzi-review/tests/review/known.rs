//! Known answers, and what they say of who keys them.

use shuzi_review::{Deed, Item};

use crate::bench::{Bench, item, whole};

#[test]
fn known_answers_come_now_and_then_and_measure_who_keys_them() {
    let known = |n: usize| Item {
        known: Some("8".into()),
        // The surest: they would come last.
        ..whole(&format!("known-{n:03}"), "1", 0.9)
    };
    let unknown = |n: usize| whole(&format!("{n:03}"), "1", 0.5);
    let items: Vec<Item> = (0..560).map(unknown).chain((0..40).map(known)).collect();
    let mut bench = Bench::new(&items, 1);
    let mut places = Vec::new();
    for place in 0..560 {
        let task = bench.field("ana").unwrap();
        if task.row.starts_with("known") {
            places.push(place);
        }
        // Of the known ones she reads every fourth wrong.
        let text = if places.len() % 4 == 1 { "1" } else { "8" };
        bench.key("ana", task.item, text);
    }
    let share = places.len() as f64 / 560.0;
    assert!((0.02..=0.05).contains(&share), "{share}");
    let gaps: std::collections::BTreeSet<usize> =
        places.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.len() > 5, "she can't tell when: {gaps:?}");
    let statistics = bench.store.statistics().unwrap();
    let ana = &statistics.operators[0];
    assert_eq!((ana.operator.as_str(), ana.items), ("ana", 560));
    assert_eq!((ana.wrong.of, ana.wrong.count), (20, 5));
    assert!(ana.wrong.low < 0.25 && ana.wrong.high > 0.25);
    assert_eq!(ana.seconds_an_item, Some(1.0));
    assert_eq!(
        (statistics.wrong.of, statistics.wrong.count),
        (20, 5),
        "and so does the stack"
    );
    assert_eq!((statistics.items, statistics.open), (600, 40));
}

#[test]
fn what_two_agreed_on_measures_a_third() {
    let items: Vec<Item> = (0..40).map(|n| whole(&format!("{n}"), "1", 0.5)).collect();
    let mut bench = Bench::new(&items, 2);
    for operator in ["ana", "bo"] {
        while let Some(task) = bench.field(operator) {
            bench.key(operator, task.item, "6");
        }
    }
    let done = bench.store.rows().unwrap();
    // All is keyed: what comes is known.
    let mut shown = 0;
    while let Some(task) = bench.field("cy") {
        bench.key("cy", task.item, "9");
        shown += 1;
    }
    assert!(shown <= 2, "{shown} of what needs nobody");
    bench
        .store
        .add(
            &(40..110)
                .map(|n| whole(&format!("{n}"), "1", 0.5))
                .collect::<Vec<_>>(),
        )
        .unwrap();
    for _ in 0..60 {
        let task = bench.field("cy").unwrap();
        bench.key("cy", task.item, "9");
    }
    let statistics = bench.store.statistics().unwrap();
    let cy = statistics
        .operators
        .iter()
        .find(|one| one.operator == "cy")
        .unwrap();
    assert!((2..=4).contains(&cy.wrong.of), "{cy:?}");
    assert_eq!(cy.wrong.count, cy.wrong.of, "all wrong");
    let now = bench.store.rows().unwrap();
    assert_eq!(now[..40], done[..], "and what they agreed on stays");
}

#[test]
fn digits_under_a_wrong_heading_are_planted() {
    let known: Vec<Item> = (0..3)
        .map(|n| item(&format!("known-{n}"), "55", 0.9))
        .collect();
    let mut bench = Bench::new(&known, 2);
    for operator in ["ana", "bo"] {
        while let Some(task) = bench.field(operator) {
            bench.key(operator, task.item, "55");
        }
    }
    let sevens: Vec<Item> = (0..60).map(|n| item(&format!("{n}"), "7", 0.5)).collect();
    bench.store.add(&sevens).unwrap();
    let group = bench.group("cy").unwrap();
    let planted: Vec<i64> = group
        .glyphs
        .iter()
        .filter(|glyph| glyph.pixels.as_deref() == Some(&[b'5'; 784]))
        .map(|glyph| glyph.glyph)
        .collect();
    let share = planted.len() as f64 / group.glyphs.len() as f64;
    assert!((0.02..=0.05).contains(&share), "{share}");
    assert!(
        group.glyphs.iter().all(|glyph| glyph.confidence == 0.5),
        "nothing tells them apart"
    );
    let ids: Vec<i64> = group.glyphs.iter().map(|glyph| glyph.glyph).collect();
    let (seen, missed) = planted.split_first().unwrap();
    let accepted: Vec<i64> = ids.into_iter().filter(|id| id != seen).collect();
    bench
        .say(
            "cy",
            Deed::Group {
                accepted,
                outliers: vec![*seen],
            },
        )
        .unwrap();
    let statistics = bench.store.statistics().unwrap();
    let cy = statistics
        .operators
        .iter()
        .find(|one| one.operator == "cy")
        .unwrap();
    assert_eq!(
        (cy.missed.of as usize, cy.missed.count as usize),
        (planted.len(), missed.len())
    );
    assert_eq!(cy.digits, 60);
    // They are what they were.
    assert_eq!(bench.value("known-0").0.as_deref(), Some("55"));
}
