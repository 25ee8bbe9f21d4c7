//! Digits that are looked at many at once.

use shuzi_review::{ActError, Deed, Filter, Item, Source};

use crate::bench::{Bench, item, whole};

#[test]
fn outliers_are_keyed_and_the_rest_is_done() {
    let items = [
        item("a.png", "71", 0.5),
        item("b.png", "77", 0.3),
        item("c.png", "17", 0.4),
        whole("d.png", "7", 0.1),
    ];
    let mut bench = Bench::new(&items, 1);
    let sevens = bench.group("ana").unwrap();
    assert_eq!(
        (sevens.heading, sevens.glyphs.len()),
        (7, 4),
        "those of which there are most"
    );
    let confidences: Vec<f64> = sevens.glyphs.iter().map(|glyph| glyph.confidence).collect();
    assert!(confidences.is_sorted(), "{confidences:?}");
    assert_eq!(sevens.glyphs[0].pixels.as_deref(), Some(&[b'7'; 784][..]));
    assert_eq!(
        bench.group("ana").unwrap(),
        sevens,
        "they are before her still"
    );
    let ones = bench.group("bo").unwrap();
    assert_eq!((ones.heading, ones.glyphs.len()), (1, 2));
    // While digits of it are looked at, nobody keys an item.
    assert_eq!(bench.field("cy").unwrap().row, "d.png");
    let ids: Vec<i64> = sevens.glyphs.iter().map(|glyph| glyph.glyph).collect();
    let (outlier, rest) = ids.split_first().unwrap();
    for (accepted, outliers) in [
        (vec![], vec![*outlier]),
        (ids.clone(), vec![*outlier]),
        ([rest, &[99][..]].concat(), vec![*outlier]),
    ] {
        assert_eq!(
            bench.refused("ana", Deed::Group { accepted, outliers }),
            ActError::Glyphs
        );
    }
    let deed = Deed::Group {
        accepted: rest.to_vec(),
        outliers: vec![*outlier],
    };
    assert_eq!(
        bench.refused("bo", deed.clone()),
        ActError::Glyphs,
        "they are not before him"
    );
    bench.say("ana", deed).unwrap();
    assert_eq!(
        bench.value("a.png"),
        (None, Source::Open),
        "its 1 is not judged yet"
    );
    let accepted = ones.glyphs.iter().map(|glyph| glyph.glyph).collect();
    bench
        .say(
            "bo",
            Deed::Group {
                accepted,
                outliers: vec![],
            },
        )
        .unwrap();
    assert_eq!(bench.value("a.png"), (Some("71".into()), Source::Keyed));
    assert_eq!(bench.value("c.png"), (Some("17".into()), Source::Keyed));
    assert_eq!(bench.group("ana"), None);
    let marked = bench.field("ana").unwrap();
    assert_eq!(marked.row, "b.png");
    bench.key("ana", marked.item, "27");
    // Undone as one, after what came later.
    bench.say("ana", Deed::Undo {}).unwrap();
    bench.say("ana", Deed::Undo {}).unwrap();
    assert_eq!(bench.value("a.png"), (None, Source::Open));
    bench.now += shuzi_review::task::LEASE_MS;
    assert_eq!(bench.group("ana").unwrap().glyphs.len(), 4);
}

#[test]
fn a_group_has_as_many_as_asked_for() {
    let items: Vec<Item> = (0..90)
        .map(|n| item(&format!("{n}"), "4", 0.01 * n as f32))
        .collect();
    let mut bench = Bench::new(&items, 1);
    let filter = Filter::default();
    let sixty = bench
        .store
        .next_group("ana", Some(4), 60, &filter, bench.now)
        .unwrap()
        .unwrap();
    assert_eq!(sixty.glyphs.len(), 60);
    let rest = bench
        .store
        .next_group("bo", Some(4), 60, &filter, bench.now)
        .unwrap()
        .unwrap();
    assert_eq!(rest.glyphs.len(), 30);
    assert!(
        rest.glyphs
            .iter()
            .all(|glyph| !sixty.glyphs.contains(glyph))
    );
    assert_eq!(
        bench
            .store
            .next_group("cy", Some(4), 60, &filter, bench.now)
            .unwrap(),
        None
    );
}

#[test]
fn who_leaves_a_group_keeps_nobody_from_its_digits() {
    let mut bench = Bench::new(&[item("a.png", "7", 0.5)], 1);
    let group = bench.group("ana").unwrap();
    assert_eq!(bench.field("bo"), None);
    let task = bench.field("ana").unwrap();
    let accepted = vec![group.glyphs[0].glyph];
    let late = Deed::Group {
        accepted,
        outliers: vec![],
    };
    assert_eq!(bench.refused("ana", late), ActError::Glyphs);
    bench.key("ana", task.item, "7");
    assert_eq!(bench.group("bo"), None);
}
