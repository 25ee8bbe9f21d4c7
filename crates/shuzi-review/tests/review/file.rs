//! The file: who can read it, what it forgets, what else it may be.

use std::fs;

use shuzi_review::{Deed, Item, Source, Store, StoreError, export};

use crate::bench::{Bench, item, whole};

#[test]
fn its_owner_alone_can_read_it() {
    let bench = Bench::new(&[whole("a.png", "1", 0.5)], 1);
    let files: Vec<_> = fs::read_dir(bench.folder.path())
        .unwrap()
        .map(|file| file.unwrap())
        .collect();
    assert!(files.len() >= 2, "the database and its log");
    #[cfg(unix)]
    for file in files {
        use std::os::unix::fs::PermissionsExt;
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.path());
    }
}

#[test]
fn pictures_are_forgotten_and_what_was_said_is_not() {
    let mut bench = Bench::new(&[item("a.png", "43", 0.5), whole("b.png", "2", 0.6)], 1);
    let task = bench.field("ana").unwrap();
    bench.key("ana", task.item, "48");
    let traces = |bench: &Bench| {
        let files = fs::read_dir(bench.folder.path()).unwrap();
        let bytes: Vec<u8> = files
            .flat_map(|file| fs::read(file.unwrap().path()).unwrap())
            .collect();
        let has = |wanted: &[u8]| bytes.windows(wanted.len()).any(|window| window == wanted);
        (has(b"PNG of"), has(&[b'4'; 100]), has(b"sha256:1"))
    };
    assert_eq!(traces(&bench), (true, true, true));
    assert_eq!(bench.store.forget().unwrap(), 4, "two crops and two digits");
    assert_eq!(traces(&bench), (false, false, true));
    assert_eq!(bench.store.forget().unwrap(), 0);
    assert_eq!(bench.value("a.png"), (Some("48".into()), Source::Keyed));
    assert!(bench.store.labelled_crops().unwrap().is_empty());
    assert!(bench.store.labelled_glyphs().unwrap().is_empty());
    assert_eq!(bench.field("ana").unwrap().crop, None);
}

#[test]
fn a_stack_is_opened_again_as_it_was() {
    let mut bench = Bench::new(&[whole("a.png", "1", 0.5)], 2);
    let task = bench.field("ana").unwrap();
    let mut again = Store::open(&bench.path()).unwrap();
    assert_eq!(again.keyings().unwrap(), 2);
    assert_eq!(again.len().unwrap(), 1);
    // Both at once, as two programs have it.
    let act = bench.act(Deed::Key {
        item: task.item,
        text: "1".into(),
    });
    again.perform("ana", &act, bench.now).unwrap();
    assert!(
        bench
            .store
            .perform("ana", &act, bench.now)
            .unwrap()
            .replayed
    );
    let error = bench.store.set_keyings(3).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected 1 keying of each item or 2, got 3"
    );
    let wrong = Item {
        confidence: f32::NAN,
        ..whole("b.png", "1", 0.5)
    };
    let error = bench
        .store
        .add(&[whole("c.png", "1", 0.5), wrong])
        .unwrap_err();
    assert!(matches!(error, StoreError::Item { .. }), "{error}");
    assert_eq!(bench.store.len().unwrap(), 1, "all or none");
}

#[test]
fn other_files_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    fs::write(&text, "no database ".repeat(100)).unwrap();
    let error = Store::open(&text).unwrap_err();
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
    assert!(fs::read(&text).unwrap().starts_with(b"no database"));
    let other = folder.path().join("other.db");
    let db = rusqlite::Connection::open(&other).unwrap();
    db.execute_batch("CREATE TABLE act (a)").unwrap();
    let error = Store::open(&other).unwrap_err();
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
    let bench = Bench::new(&[], 1);
    let newer = rusqlite::Connection::open(bench.path()).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    let error = Store::open(&bench.path()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("expected version 1 of a stack, got 99"),
        "{error}"
    );
}

#[test]
fn nothing_that_was_said_can_be_changed() {
    let mut bench = Bench::new(&[item("a.png", "1", 0.5)], 1);
    let group = bench.group("ana").unwrap();
    let accepted = vec![group.glyphs[0].glyph];
    bench
        .say(
            "ana",
            Deed::Group {
                accepted,
                outliers: vec![],
            },
        )
        .unwrap();
    let db = rusqlite::Connection::open(bench.path()).unwrap();
    for sql in [
        "UPDATE act SET after = 'x'",
        "DELETE FROM act",
        "UPDATE verdict SET outlier = 1",
        "DELETE FROM verdict",
        "UPDATE item SET proposed = 'x'",
        "DELETE FROM item",
    ] {
        let error = db.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains("are never"), "{sql}: {error}");
    }
}

#[test]
fn what_is_known_is_written_with_where_it_comes_from() {
    let amount = Item {
        field: "amount".into(),
        accepted: true,
        ..whole("a.png", "1,5", 0.9)
    };
    let mut bench = Bench::new(
        &[amount, item("a.png", "43", 0.5), whole("b.png", "2", 0.6)],
        1,
    );
    let task = bench.field("ana").unwrap();
    assert_eq!(task.neighbours, [("amount".to_owned(), "1,5".to_owned())]);
    bench.key("ana", task.item, "48");
    let rows = bench.store.rows().unwrap();
    let mut csv = Vec::new();
    export::write_csv(&rows, &mut csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    assert_eq!(
        csv,
        "row,needs_review,amount,number\na.png,false,\"1,5\",48\nb.png,true,,\n"
    );
    let mut lines = Vec::new();
    export::write_jsonl(&rows, &mut lines).unwrap();
    let lines = String::from_utf8(lines).unwrap();
    let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first["fields"][0]["source"], "reader");
    let number = &first["fields"][1];
    assert_eq!(
        (&number["value"], &number["source"], &number["proposed"]),
        (&"48".into(), &"keyed".into(), &"43".into())
    );
    assert_eq!(
        (
            &number["acts"][0],
            &number["operators"][0],
            &number["model"]
        ),
        (&1.into(), &"ana".into(), &"sha256:1".into())
    );
    let crops = bench.store.labelled_crops().unwrap();
    assert_eq!(crops.len(), 1, "of what people said something of");
    let mut studio = Vec::new();
    export::write_label_studio(&crops, &mut studio).unwrap();
    let studio: serde_json::Value = serde_json::from_slice(&studio).unwrap();
    assert_eq!(
        studio[0]["annotations"][0]["result"][0]["value"]["text"][0],
        "48"
    );
    assert_eq!(
        studio[0]["predictions"][0]["result"][0]["value"]["text"][0],
        "43"
    );
    // printf '\211PNG of a.png' | base64
    assert_eq!(
        studio[0]["data"]["image"],
        "data:image/png;base64,iVBORyBvZiBhLnBuZw=="
    );
    let glyphs = bench.store.labelled_glyphs().unwrap();
    let digits: Vec<(u8, u8)> = glyphs
        .iter()
        .map(|glyph| (glyph.read, glyph.digit))
        .collect();
    assert_eq!(digits, [(4, 4), (3, 8)]);
    assert_eq!(glyphs[1].pixels, [b'3'; 784]);
    assert_eq!((glyphs[1].place, glyphs[1].acts.as_slice()), (1, &[1][..]));
}
