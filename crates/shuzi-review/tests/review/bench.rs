//! A stack and a clock.

use std::path::PathBuf;

use shuzi_review::{
    Act, ActError, Deed, Filter, Glyph, Group, Item, Millis, Receipt, Screen, Source, Store,
    StoreError, Task,
};
use tempfile::TempDir;

/// When a test begins.
pub(crate) const START: Millis = 1_700_000_000_000;

/// A stack in a folder of its own.
pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) now: Millis,
    pub(crate) folder: TempDir,
    acts: usize,
}

/// An item that is read as `text` and doubted; its digits are in doubt alone.
pub(crate) fn item(row: &str, text: &str, confidence: f32) -> Item {
    let digit = |byte: u8| Glyph {
        digit: byte - b'0',
        confidence,
        pixels: vec![byte; 784],
    };
    Item {
        row: row.into(),
        field: "number".into(),
        crop: b"\x89PNG of "
            .iter()
            .chain(row.as_bytes())
            .copied()
            .collect(),
        proposed: text.into(),
        confidence,
        reasons: vec!["less sure than asked for".into()],
        model: "sha256:1".into(),
        glyphs: text.bytes().filter(u8::is_ascii_digit).map(digit).collect(),
        ..Item::default()
    }
}

/// The same, but for more than its digits.
pub(crate) fn whole(row: &str, text: &str, confidence: f32) -> Item {
    Item {
        glyphs: Vec::new(),
        ..item(row, text, confidence)
    }
}

impl Bench {
    pub(crate) fn new(items: &[Item], keyings: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("stack.db")).unwrap();
        assert_eq!(store.add(items).unwrap(), items.len());
        store.set_keyings(keyings).unwrap();
        Self {
            store,
            now: START,
            folder,
            acts: 0,
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("stack.db")
    }

    pub(crate) fn next(&mut self, operator: &str, screen: Screen) -> Option<Task> {
        let filter = Filter::default();
        self.store
            .next(operator, screen, &filter, self.now)
            .unwrap()
    }

    pub(crate) fn field(&mut self, operator: &str) -> Option<Task> {
        self.next(operator, Screen::Field)
    }

    pub(crate) fn group(&mut self, operator: &str) -> Option<Group> {
        let filter = Filter::default();
        self.store
            .next_group(operator, None, 80, &filter, self.now)
            .unwrap()
    }

    /// The next name of an act.
    pub(crate) fn act(&mut self, deed: Deed) -> Act {
        self.acts += 1;
        Act {
            id: format!("act-{:04}", self.acts),
            deed,
        }
    }

    pub(crate) fn say(&mut self, operator: &str, deed: Deed) -> Result<Receipt, StoreError> {
        let act = self.act(deed);
        self.now += 1000;
        self.store.perform(operator, &act, self.now)
    }

    pub(crate) fn key(&mut self, operator: &str, item: i64, text: &str) -> Receipt {
        let text = text.into();
        self.say(operator, Deed::Key { item, text }).unwrap()
    }

    /// Why an act is not taken.
    pub(crate) fn refused(&mut self, operator: &str, deed: Deed) -> ActError {
        match self.say(operator, deed) {
            Err(StoreError::Act(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    /// The value of a row's field, and where it comes from.
    pub(crate) fn value(&self, row: &str) -> (Option<String>, Source) {
        let rows = self.store.rows().unwrap();
        let row = rows.iter().find(|have| have.row == row).unwrap();
        (row.fields[0].value.clone(), row.fields[0].source)
    }
}
