//! Review, by what clients get of it.

use std::{collections::BTreeSet, net::SocketAddr, thread};

use serde_json::{Value, json};
use shuzi_review::{Glyph, Item, Operators, Store};
use shuzi_server::{ReviewConfig, ReviewServer};
use tempfile::TempDir;

use crate::client::{Reply, Then, get, get_with, http, post, raw};

/// The token of an operator.
fn token(name: &str) -> String {
    format!("{name}-token-of-the-test")
}

/// A server for a stack, and three who review.
struct Stack {
    server: ReviewServer,
    folder: TempDir,
}

impl Stack {
    fn new(items: &[Item], keyings: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("stack.db")).unwrap();
        store.add(items).unwrap();
        store.set_keyings(keyings).unwrap();
        let lines = ["ana", "bo", "cy"].map(|name| Operators::line(name, &token(name)).unwrap());
        let operators = Operators::parse(&lines.join("\n")).unwrap();
        let config = ReviewConfig {
            http: http(),
            operators,
        };
        let server = ReviewServer::start(config, store).unwrap();
        Self { server, folder }
    }

    fn address(&self) -> SocketAddr {
        self.server.address()
    }

    fn ask(&self, who: &str, path: &str, body: &Value) -> Reply {
        let bearer = format!("Bearer {}", token(who));
        let path = format!("/review/api/{path}");
        let body = serde_json::to_vec(body).unwrap();
        post(self.address(), &path, &[("authorization", &bearer)], &body)
    }

    fn next(&self, who: &str, screen: &str) -> Value {
        self.ask(who, "next", &json!({ "screen": screen }))
            .json(200)
    }

    fn act(&self, who: &str, id: &str, deed: &Value) -> Reply {
        self.ask(who, "act", &json!({"id": id, "deed": deed}))
    }

    fn statistics(&self) -> Value {
        let bearer = format!("Bearer {}", token("ana"));
        let headers = [("authorization", &*bearer)];
        get_with(self.address(), "/review/api/statistics", &headers).json(200)
    }

    /// The stack as it is on disk, once nobody serves it any more.
    fn end(self) -> (Store, TempDir) {
        self.server.stop();
        let store = Store::open(&self.folder.path().join("stack.db")).unwrap();
        (store, self.folder)
    }
}

fn item(row: usize, glyphs: usize) -> Item {
    let glyph = Glyph {
        digit: 7,
        confidence: 0.5,
        pixels: vec![200; 784],
    };
    Item {
        row: format!("{row:03}.png"),
        field: "amount".into(),
        crop: b"\x89PNG".to_vec(),
        proposed: "7".repeat(glyphs.max(1)),
        confidence: 0.5,
        reasons: vec!["unsure".into()],
        rule: Some("luhn".into()),
        model: "sha256:1".into(),
        glyphs: vec![glyph; glyphs],
        ..Item::default()
    }
}

#[test]
fn the_page_is_open_and_all_else_demands_a_token() {
    let stack = Stack::new(&[item(1, 0)], 1);
    let address = stack.address();
    let mut bytes = 0;
    for path in [
        "/",
        "/review",
        "/review/review.css",
        "/review/app.js",
        "/review/api.js",
        "/review/dom.js",
        "/review/group.js",
        "/review/field.js",
        "/review/arbitrate.js",
        "/review/statistics.js",
    ] {
        let page = get(address, path);
        assert_eq!(page.status, 200, "{path}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(
            policy.contains("script-src 'self'") && !policy.contains("unsafe"),
            "{policy}"
        );
        let text = page.text();
        for outside in [
            "http://",
            "https://",
            "//cdn",
            "innerHTML",
            "<style",
            "style=",
        ] {
            assert!(!text.contains(outside), "{outside} in {path}");
        }
        bytes += text.len();
    }
    assert!(bytes < 60_000, "{bytes}");
    // What the page loads is there.
    let app = get(address, "/review/app.js").text().to_owned();
    for import in app.split("from \"./").skip(1) {
        let (name, _) = import.split_once('"').unwrap();
        assert_eq!(
            get(address, &format!("/review/{name}")).status,
            200,
            "{name}"
        );
    }
    for path in ["me", "statistics"] {
        let path = format!("/review/api/{path}");
        assert_eq!(get(address, &path).error(401).1, "token");
        let other = get_with(
            address,
            &path,
            &[("authorization", "Bearer another-token-of-it")],
        );
        assert_eq!(other.error(401).1, "token");
    }
    for path in ["next", "group", "act"] {
        let path = format!("/review/api/{path}");
        assert_eq!(
            post(address, &path, &[], b"{}").error(401).1,
            "token",
            "{path}"
        );
    }
    let bearer = format!("Bearer {}", token("bo"));
    let me = get_with(address, "/review/api/me", &[("authorization", &bearer)]);
    assert_eq!(me.json(200), json!({"operator": "bo", "keyings": 1}));
    assert_eq!(me.header("cache-control"), Some("no-store"));
    assert_eq!(get(address, "/healthz").status, 200);
    assert_eq!(get(address, "/review/none").error(404).1, "no-route");
    // Neither by another name nor from another page.
    for (headers, status) in [
        ("host: evil.com\r\n", "421"),
        ("host: localhost\r\norigin: http://evil.com\r\n", "403"),
        ("host: localhost\r\n", "200"),
    ] {
        let sent = format!(
            "GET /review/api/me HTTP/1.1\r\n{headers}authorization: {bearer}\r\nconnection: close\r\n\r\n"
        );
        let got = raw(address, sent.as_bytes(), Then::Wait);
        assert_eq!(got.get(9..12), Some(status), "{headers}: {got}");
    }
}

#[test]
fn a_number_is_keyed_sent_again_and_taken_back() {
    let stack = Stack::new(&[item(1, 0), item(2, 0)], 1);
    let task = stack.next("ana", "field");
    assert_eq!(
        (&task["row"], &task["field"], &task["proposed"]),
        (&"001.png".into(), &"amount".into(), &"7".into())
    );
    assert_eq!(
        (&task["rule"], &task["reasons"][0]),
        (&"luhn".into(), &"unsure".into())
    );
    // printf '\211PNG' | base64
    assert_eq!(task["crop"], "iVBORw==");
    assert_eq!(stack.next("ana", "field"), task);
    assert_ne!(stack.next("bo", "field")["item"], task["item"]);
    let deed = json!({"key": {"item": task["item"], "text": "1"}});
    let done = stack.act("ana", "act-00001", &deed).json(200);
    assert_eq!(
        done,
        json!({"seq": 1, "replayed": false, "item": task["item"]})
    );
    let again = stack.act("ana", "act-00001", &deed).json(200);
    assert_eq!(
        again,
        json!({"seq": 1, "replayed": true, "item": task["item"]})
    );
    assert_eq!(
        stack.next("ana", "field"),
        Value::Null,
        "the other is before bo"
    );
    let (message, code) = stack.act("ana", "act-00002", &deed).error(409);
    assert!(
        message.contains("not before you") && code == "act",
        "{message}"
    );
    let undone = stack
        .act("ana", "act-00003", &json!({"undo": {}}))
        .json(200);
    assert_eq!(undone["item"], task["item"]);
    assert_eq!(stack.next("ana", "field"), task);
    let filter = json!({"screen": "field", "filter": {"field": "date"}});
    assert_eq!(stack.ask("cy", "next", &filter).json(200), Value::Null);
    let (store, _folder) = stack.end();
    let kinds: Vec<String> = store
        .history()
        .unwrap()
        .into_iter()
        .map(|act| act.kind)
        .collect();
    assert_eq!(kinds, ["key", "undo"]);
}

#[test]
fn what_is_no_request_is_refused_and_changes_nothing() {
    let stack = Stack::new(&[item(1, 2)], 1);
    let before = stack.next("ana", "field");
    for (path, body, status) in [
        ("next", json!({}), 400),
        ("next", json!({"screen": "page"}), 400),
        ("next", json!({"screen": "field", "operator": "bo"}), 400),
        (
            "next",
            json!({"screen": "field", "filter": {"sql": "1"}}),
            400,
        ),
        ("group", json!({"count": -1}), 400),
        ("group", json!({"count": 60, "heading": 10}), 400),
        ("act", json!({"id": "x", "deed": {"undo": {}}}), 400),
        (
            "act",
            json!({"id": "act-000001", "deed": {"undo": {}}}),
            409,
        ),
        (
            "act",
            json!({"id": "act-000001", "deed": {"key": {"item": 1, "text": "\u{0}"}}}),
            400,
        ),
        (
            "act",
            json!({"id": "act-000001", "deed": {"key": {"item": 1e30, "text": "1"}}}),
            400,
        ),
        (
            "act",
            json!({"id": "act-000001", "deed": {"key": {"item": 2, "text": "1"}}}),
            409,
        ),
        (
            "act",
            json!({"id": "act-000001", "deed": {"group": {"accepted": [1], "outliers": [1]}}}),
            409,
        ),
        ("act", json!({"id": "act-000001", "deed": {}}), 400),
        ("act", json!([[[[[[1]]]]]]), 400),
        ("act", json!("a".repeat(70_000)), 413),
    ] {
        let reply = stack.ask("ana", path, &body);
        assert_eq!(
            reply.status,
            status,
            "{path} {}: {}",
            body.to_string().chars().take(80).collect::<String>(),
            reply.text()
        );
    }
    assert_eq!(stack.next("ana", "field"), before);
    let (store, _folder) = stack.end();
    assert!(store.history().unwrap().is_empty());
}

#[test]
fn digits_are_judged_as_a_group() {
    let items: Vec<Item> = (0..30).map(|row| item(row, 2)).collect();
    let stack = Stack::new(&items, 1);
    let group = stack.ask("ana", "group", &json!({"count": 60})).json(200);
    assert_eq!(group["heading"], 7);
    let glyphs: Vec<i64> = group["glyphs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|glyph| glyph["glyph"].as_i64().unwrap())
        .collect();
    assert_eq!(glyphs.len(), 60);
    // 784 bytes.
    assert_eq!(group["glyphs"][0]["pixels"].as_str().unwrap().len(), 1048);
    assert_eq!(
        stack.ask("bo", "group", &json!({"count": 60})).json(200),
        Value::Null
    );
    let (outliers, accepted) = glyphs.split_at(1);
    let deed = json!({"group": {"accepted": accepted, "outliers": outliers}});
    stack.act("ana", "act-00001", &deed).json(200);
    let statistics = stack.statistics();
    assert_eq!(
        (&statistics["agreed"], &statistics["open"]),
        (&29.into(), &1.into())
    );
    assert_eq!(statistics["operators"][0]["digits"], 60);
    let left = stack.next("bo", "field");
    stack
        .act(
            "bo",
            "act-00002",
            &json!({"key": {"item": left["item"], "text": "71"}}),
        )
        .json(200);
    assert_eq!(stack.statistics()["open"], 0);
}

#[test]
fn two_at_once_key_everything_and_a_third_arbitrates() {
    const ITEMS: usize = 40;
    let items: Vec<Item> = (0..ITEMS).map(|row| item(row, 0)).collect();
    let stack = Stack::new(&items, 2);
    // Every fourth is read differently.
    let key = |who: &str, other: &str| {
        let mut seen = BTreeSet::new();
        for number in 0.. {
            let task = stack.next(who, "field");
            let Some(item) = task["item"].as_i64() else {
                break;
            };
            assert_eq!(task["proposed"], Value::Null, "blind");
            assert!(seen.insert(item), "{who} has {item} twice");
            let text = if item % 4 == 0 { other } else { "7" };
            let deed = json!({"key": {"item": item, "text": text}});
            stack
                .act(who, &format!("{who}-{number:06}"), &deed)
                .json(200);
        }
        seen.len()
    };
    thread::scope(|scope| {
        let ana = scope.spawn(|| key("ana", "1"));
        let bo = scope.spawn(|| key("bo", "2"));
        // Who is faster may be out of items while the other has the last before them.
        ana.join().unwrap();
        bo.join().unwrap();
    });
    key("ana", "1");
    key("bo", "2");
    let statistics = stack.statistics();
    assert_eq!(
        (&statistics["agreed"], &statistics["disputed"]),
        (&30.into(), &10.into())
    );
    assert_eq!(stack.next("ana", "arbitrate"), Value::Null);
    for number in 0..10 {
        let task = stack.next("cy", "arbitrate");
        assert_eq!(task["said"], json!(["1", "2"]));
        let deed = json!({"arbitrate": {"item": task["item"], "text": "1"}});
        stack.act("cy", &format!("cy-{number:06}"), &deed).json(200);
    }
    let (store, _folder) = stack.end();
    let rows = store.rows().unwrap();
    assert!(rows.iter().all(|row| !row.needs_review));
    let ones = rows
        .iter()
        .filter(|row| row.fields[0].value.as_deref() == Some("1"));
    assert_eq!(ones.count(), 10);
}
