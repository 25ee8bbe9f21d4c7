//! Items that two people key, blind of each other.

use shuzi_review::{ActError, Deed, Screen, Source};

use crate::bench::{Bench, item, whole};

#[test]
fn two_key_blind_and_a_third_arbitrates() {
    let mut bench = Bench::new(&[whole("a.png", "1", 0.5), whole("b.png", "2", 0.6)], 2);
    let a = bench.field("ana").unwrap();
    assert_eq!(a.proposed, None, "blind");
    bench.key("ana", a.item, "1");
    assert_eq!(bench.value("a.png"), (None, Source::Open));
    let b = bench.field("ana").unwrap();
    assert_eq!(b.row, "b.png", "nobody keys a field twice");
    bench.key("ana", b.item, "2");
    assert_eq!(bench.field("ana"), None);
    let again = bench.field("bo").unwrap();
    assert_eq!(
        (again.item, again.proposed, again.said.len()),
        (a.item, None, 0)
    );
    bench.key("bo", a.item, "7");
    assert_eq!(bench.field("bo").unwrap().item, b.item);
    bench.key("bo", b.item, "2");
    assert_eq!(bench.value("b.png"), (Some("2".into()), Source::Keyed));
    assert_eq!(bench.value("a.png"), (None, Source::Open));
    // Neither of the two.
    assert_eq!(bench.next("ana", Screen::Arbitrate), None);
    assert_eq!(bench.next("bo", Screen::Arbitrate), None);
    let dispute = bench.next("cy", Screen::Arbitrate).unwrap();
    assert_eq!(
        (dispute.item, dispute.said.as_slice()),
        (a.item, &["1".to_owned(), "7".to_owned()][..])
    );
    bench
        .say(
            "cy",
            Deed::Arbitrate {
                item: a.item,
                text: "7".into(),
            },
        )
        .unwrap();
    assert_eq!(bench.value("a.png"), (Some("7".into()), Source::Arbitrated));
    // What others built upon stays.
    bench.say("bo", Deed::Undo {}).unwrap();
    assert_eq!(bench.value("b.png"), (None, Source::Open));
    assert_eq!(bench.refused("bo", Deed::Undo {}), ActError::BuiltUpon);
    bench.say("cy", Deed::Undo {}).unwrap();
    assert_eq!(bench.value("a.png"), (None, Source::Open));
    bench.say("bo", Deed::Undo {}).unwrap();
    assert_eq!(bench.store.statistics().unwrap().disputed, 0);
}

#[test]
fn the_word_of_a_group_is_one_of_the_two() {
    let mut bench = Bench::new(&[item("a.png", "11", 0.5)], 2);
    let group = bench.group("ana").unwrap();
    let accepted: Vec<i64> = group.glyphs.iter().map(|glyph| glyph.glyph).collect();
    bench
        .say(
            "ana",
            Deed::Group {
                accepted,
                outliers: vec![],
            },
        )
        .unwrap();
    assert_eq!(bench.field("ana"), None, "she has said it");
    let task = bench.field("bo").unwrap();
    bench.key("bo", task.item, "17");
    let dispute = bench.next("cy", Screen::Arbitrate).unwrap();
    assert_eq!(dispute.said, ["11", "17"]);
    assert_eq!(bench.next("ana", Screen::Arbitrate), None);
}
