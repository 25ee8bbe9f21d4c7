//! Whatever people do and in whatever order, held against a second opinion that is naive.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use shuzi_review::{Act, Deed, Item, Millis, Recorded, Screen, Source, StoreError, task::LEASE_MS};

use crate::bench::{Bench, item, whole};

const OPERATORS: [&str; 3] = ["ana", "bo", "cy"];

/// Something that somebody does.
#[derive(Clone, Debug)]
enum Step {
    Next(usize, Screen),
    Group(usize),
    /// Keys or arbitrates what is before them, as one of two texts.
    Say(usize, Screen, bool),
    /// Judges the group before them; every so manieth is an outlier.
    Judge(usize, usize),
    Undo(usize),
    /// Sends an act again that was taken, this long ago.
    Again(usize),
    /// Keys an item that is perhaps not before them.
    Force(usize, i64),
    /// All leases end.
    Wait,
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..OPERATORS.len();
    let screen = prop_oneof![3 => Just(Screen::Field), 1 => Just(Screen::Arbitrate)];
    prop_oneof![
        4 => (who.clone(), screen.clone()).prop_map(|(who, screen)| Step::Next(who, screen)),
        2 => who.clone().prop_map(Step::Group),
        4 => (who.clone(), screen, any::<bool>()).prop_map(|(who, screen, one)| Step::Say(who, screen, one)),
        2 => (who.clone(), 1..4_usize).prop_map(|(who, each)| Step::Judge(who, each)),
        2 => who.clone().prop_map(Step::Undo),
        1 => (0..10_usize).prop_map(Step::Again),
        1 => (who, 1..6_i64).prop_map(|(who, item)| Step::Force(who, item)),
        1 => Just(Step::Wait),
    ]
}

/// Five items; the first two have digits 1 and 2, 3 and 4.
fn items() -> Vec<Item> {
    vec![
        item("a", "12", 0.5),
        item("b", "12", 0.4),
        whole("c", "1", 0.3),
        whole("d", "1", 0.6),
        Item {
            accepted: true,
            ..whole("e", "1", 0.9)
        },
    ]
}

/// What holds, by reading all acts from the first to the last.
#[derive(Default)]
struct Naive {
    votes: BTreeMap<i64, Vec<(String, String)>>,
    judged: BTreeMap<i64, (String, bool)>,
    settled: BTreeMap<i64, String>,
}

impl Naive {
    fn of(history: &[Recorded]) -> Self {
        let undone: BTreeSet<i64> = history.iter().filter_map(|act| act.undoes).collect();
        let mut naive = Self::default();
        for act in history.iter().filter(|act| !undone.contains(&act.seq)) {
            let deed: Deed = serde_json::from_str(&act.request).unwrap();
            match (act.kind.as_str(), deed) {
                ("key", Deed::Key { item, text }) => {
                    naive
                        .votes
                        .entry(item)
                        .or_default()
                        .push((act.operator.clone(), text));
                }
                ("arbitrate", Deed::Arbitrate { item, text }) => {
                    assert!(
                        naive.settled.insert(item, text).is_none(),
                        "arbitrated twice"
                    );
                }
                ("group", Deed::Group { accepted, outliers }) => {
                    let each = accepted.iter().map(|glyph| (glyph, false));
                    for (glyph, outlier) in each.chain(outliers.iter().map(|glyph| (glyph, true))) {
                        if !act.planted.contains(glyph) {
                            let before =
                                naive.judged.insert(*glyph, (act.operator.clone(), outlier));
                            assert!(before.is_none(), "a digit is judged once");
                        }
                    }
                }
                ("check", Deed::Key { .. }) | ("undo", Deed::Undo {}) => {}
                other => panic!("{other:?}"),
            }
        }
        naive
    }

    /// Value and source of an item.
    fn value(&self, id: i64, item: &Item, keyings: usize) -> (Option<String>, Source) {
        if let Some(text) = self.settled.get(&id) {
            return (Some(text.clone()), Source::Arbitrated);
        }
        let mut said: Vec<&str> = self
            .votes
            .get(&id)
            .into_iter()
            .flatten()
            .map(|(_, text)| text.as_str())
            .collect();
        if self.is_grouped(id) {
            said.push(&item.proposed);
        }
        let same = said.windows(2).all(|pair| pair[0] == pair[1]);
        match said.first() {
            Some(text) if same && said.len() >= keyings => {
                (Some((*text).to_owned()), Source::Keyed)
            }
            None if item.accepted => (Some(item.proposed.clone()), Source::Reader),
            _ => (None, Source::Open),
        }
    }

    fn is_grouped(&self, id: i64) -> bool {
        id <= 2
            && [2 * id - 1, 2 * id]
                .iter()
                .all(|glyph| self.judged.get(glyph).is_some_and(|(_, outlier)| !outlier))
    }

    /// Nobody has said two things of one item.
    fn check(&self) {
        for (id, votes) in &self.votes {
            let names: BTreeSet<&str> = votes.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(
                names.len(),
                votes.len(),
                "item {id} is keyed twice by one: {votes:?}"
            );
            if self.is_grouped(*id) {
                for glyph in [2 * id - 1, 2 * id] {
                    let (name, _) = &self.judged[&glyph];
                    assert!(
                        !names.contains(name.as_str()),
                        "item {id}: {name} had a part in the group"
                    );
                }
            }
        }
    }
}

/// Who has what, as far as they were told.
#[derive(Default)]
struct Held {
    items: BTreeMap<i64, (usize, Millis)>,
    glyphs: BTreeMap<i64, (usize, Millis)>,
}

impl Held {
    /// Who asks for a single item has left their group.
    fn leave_group(&mut self, who: usize, screen: Screen) {
        if screen == Screen::Field {
            self.glyphs.retain(|_, (holder, _)| *holder != who);
        }
    }

    fn take(held: &mut BTreeMap<i64, (usize, Millis)>, id: i64, who: usize, now: Millis) {
        if let Some((other, until)) = held.get(&id) {
            assert!(*other == who || *until <= now, "{id} is before two");
        }
        held.insert(id, (who, now + LEASE_MS));
    }
}

fn run(keyings: i64, steps: Vec<Step>) {
    let items = items();
    let mut bench = Bench::new(&items, keyings);
    let mut held = Held::default();
    let mut done: Vec<(usize, Act, i64)> = Vec::new();
    for step in steps {
        bench.now += 1;
        let before = bench.store.history().unwrap();
        let mut attempt: Option<(usize, Deed)> = None;
        match step {
            Step::Wait => bench.now += LEASE_MS,
            Step::Next(who, screen) => {
                held.leave_group(who, screen);
                if let Some(task) = bench.next(OPERATORS[who], screen) {
                    Held::take(&mut held.items, task.item, who, bench.now);
                }
            }
            Step::Group(who) => {
                for glyph in bench
                    .group(OPERATORS[who])
                    .into_iter()
                    .flat_map(|group| group.glyphs)
                {
                    Held::take(&mut held.glyphs, glyph.glyph, who, bench.now);
                }
            }
            Step::Say(who, screen, one) => {
                held.leave_group(who, screen);
                if let Some(task) = bench.next(OPERATORS[who], screen) {
                    Held::take(&mut held.items, task.item, who, bench.now);
                    let text = if one { "12" } else { "17" }.to_owned();
                    let item = task.item;
                    attempt = Some((
                        who,
                        match screen {
                            Screen::Field => Deed::Key { item, text },
                            Screen::Arbitrate => Deed::Arbitrate { item, text },
                        },
                    ));
                }
            }
            Step::Judge(who, each) => {
                if let Some(group) = bench.group(OPERATORS[who]) {
                    let ids = group.glyphs.iter().map(|glyph| glyph.glyph).enumerate();
                    for (_, glyph) in ids.clone() {
                        Held::take(&mut held.glyphs, glyph, who, bench.now);
                    }
                    let (outliers, accepted): (Vec<_>, Vec<_>) =
                        ids.partition(|(place, _)| place % each == 1);
                    let of = |list: Vec<(usize, i64)>| {
                        list.into_iter().map(|(_, glyph)| glyph).collect()
                    };
                    attempt = Some((
                        who,
                        Deed::Group {
                            accepted: of(accepted),
                            outliers: of(outliers),
                        },
                    ));
                }
            }
            Step::Undo(who) => attempt = Some((who, Deed::Undo {})),
            Step::Force(who, item) => {
                attempt = Some((
                    who,
                    Deed::Key {
                        item,
                        text: "9".into(),
                    },
                ));
            }
            Step::Again(ago) => {
                if let Some((who, act, seq)) = done.iter().rev().nth(ago).cloned() {
                    let receipt = bench
                        .store
                        .perform(OPERATORS[who], &act, bench.now)
                        .unwrap();
                    assert!(receipt.replayed);
                    assert_eq!(receipt.seq, seq);
                    assert_eq!(bench.store.history().unwrap(), before, "done once");
                }
            }
        }
        if let Some((who, deed)) = attempt {
            let act = bench.act(deed.clone());
            match bench.store.perform(OPERATORS[who], &act, bench.now) {
                Ok(receipt) => {
                    done.push((who, act, receipt.seq));
                    match &deed {
                        Deed::Key { item, .. } | Deed::Arbitrate { item, .. } => {
                            if let Some((holder, _)) = held.items.remove(item) {
                                assert_eq!(holder, who, "it was before somebody else");
                            }
                        }
                        Deed::Group { accepted, outliers } => {
                            for glyph in accepted.iter().chain(outliers) {
                                held.glyphs.remove(glyph);
                            }
                        }
                        Deed::Undo {} => {
                            // What others had before them may have lost its purpose.
                            if let Some(item) = receipt.item {
                                held.items.remove(&item);
                            }
                        }
                    }
                    let after = bench.store.history().unwrap();
                    assert_eq!(
                        after[..before.len()],
                        before[..],
                        "nothing that was said changes"
                    );
                    assert_eq!(after.len(), before.len() + 1);
                }
                Err(StoreError::Act(_)) => {
                    assert_eq!(
                        bench.store.history().unwrap(),
                        before,
                        "what is refused leaves nothing"
                    );
                }
                Err(error) => panic!("{error}"),
            }
        }
        let naive = Naive::of(&bench.store.history().unwrap());
        naive.check();
        for (id, item) in (1..).zip(&items) {
            let expected = naive.value(id, item, keyings as usize);
            assert_eq!(bench.value(&item.row), expected, "{}", item.row);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn one_person_an_item(steps in prop::collection::vec(step(), 1..60)) {
        run(1, steps);
    }

    #[test]
    fn two_people_an_item(steps in prop::collection::vec(step(), 1..60)) {
        run(2, steps);
    }
}
