//! Pictures, one and many.

use serde_json::Value;
use shuzi_server::{Server, ServerConfig};

use crate::{
    client::{FORM, Then, address, config, form, get, post, raw, sample},
    engine::networks,
};

const LINE: &str = "line-7210414959.png";

#[test]
fn a_picture_is_read_as_body_and_as_form() {
    let line = sample(LINE);
    let reply = post(address(), "/v1/read", &[], &line);
    let bare = reply.json(200);
    assert_eq!(bare["text"], "7210414959");
    assert_eq!(bare["accepted"], true);
    assert_eq!(bare["file"], "-");
    let digits = &bare["numbers"][0]["digits"];
    assert_eq!(digits.as_array().unwrap().len(), 10);
    assert_eq!(digits[0]["box"].as_array().unwrap().len(), 4);
    let timing = reply.header("server-timing").unwrap();
    for stage in ["queue;dur=", "inference;dur=", "total;dur="] {
        assert!(timing.contains(stage), "{timing}");
    }
    assert!(reply.header("x-request-id").is_some());

    let body = form(&[("file", LINE, &line)]);
    let mut named = post(address(), "/v1/read", &[FORM], &body).json(200);
    assert_eq!(named["file"], LINE);
    named["file"] = "-".into();
    assert_eq!(named, bare, "the same reading");
    // As `curl --data-binary` sends it.
    let kind = ("content-type", "application/x-www-form-urlencoded");
    assert_eq!(post(address(), "/v1/read", &[kind], &line).json(200), bare);
}

#[test]
fn options_are_those_of_the_command_line() {
    let line = sample(LINE);
    let read = |query: &str| post(address(), &format!("/v1/read?{query}"), &[], &line);
    assert_eq!(read("length=10").json(200)["text"], "7210414959");
    assert_eq!(
        read(r"pattern=7%5Cd%7B9%7D").json(200)["text"],
        "7210414959"
    );
    assert_eq!(
        read("lexicon=7210414959,12").json(200)["text"],
        "7210414959"
    );
    assert_eq!(read("min_confidence=1").json(200)["accepted"], false);
    assert!(read("runner_up=true").json(200)["runner_up"]["text"].is_string());
    let few = read("length=3").json(200);
    assert_ne!(few["text"], "7210414959");
    let ranged = read("range=0..99").json(200);
    assert_eq!(ranged["accepted"], false);
    // Nothing of all that stays.
    assert_eq!(read("").json(200)["accepted"], true);

    for (query, expected) in [
        ("colour=red", "colour"),
        ("length=0", "length: "),
        ("check=none", "check: expected one of luhn"),
        ("pattern=(", "pattern: "),
        ("range=9..1", "range: "),
        ("lexicon=", "lexicon: "),
        ("cells=0", "cells: expected a number from 1 to 1000"),
        (
            "min_confidence=NaN",
            "min_confidence: expected a number from 0 to 1",
        ),
        ("page=0", "page: expected a number from 1"),
        ("length=1&length=2", "length"),
        ("check=isbn13&length=4", "contradict each other"),
    ] {
        let (message, _) = read(query).error(400);
        assert!(message.contains(expected), "{query}: {message}");
    }
    let (message, _) = read("page=2").error(422);
    assert!(message.contains("no page 2: the image has 1"), "{message}");
}

#[test]
fn what_is_no_picture_says_so() {
    let read = |bytes: &[u8]| post(address(), "/v1/read", &[], bytes);
    let message = read(b"hello").error(415).0;
    assert!(message.contains("expected PNG, JPEG"), "{message}");
    let message = read(b"%PDF-1.7").error(415).0;
    assert!(message.contains("PDF is not read"), "{message}");
    assert!(read(b"").error(422).0.contains("empty file"));
    let line = sample(LINE);
    assert!(
        read(&line[..line.len() / 2])
            .error(422)
            .0
            .contains("damaged")
    );
    let message = read(b"P5 60000 60000 255\n").error(413).0;
    assert!(message.contains("60000×60000"), "{message}");
    let packed = [("content-encoding", "gzip")];
    let reply = post(address(), "/v1/read", &packed, &line);
    assert!(reply.error(415).0.contains("gzip"));
}

#[test]
fn one_bad_image_leaves_the_rest() {
    let (line, four) = (sample(LINE), sample("digit-4.png"));
    let alone = |bytes: &[u8]| post(address(), "/v1/read?length=1-10", &[], bytes).json(200);
    let body = form(&[
        ("file", "line.png", &line),
        ("file", "bad.png", b"no picture"),
        ("file", "four.png", &four),
    ]);
    let path = "/v1/read/batch?length=1-10";
    let all = post(address(), path, &[FORM], &body).json(200);
    let [first, bad, last] = all.as_array().unwrap().as_slice() else {
        panic!("{all}");
    };
    for (record, name, bytes) in [(first, "line.png", &line), (last, "four.png", &four)] {
        let mut expected = alone(bytes);
        expected["file"] = name.into();
        assert_eq!(*record, expected, "the same bits as alone");
    }
    assert_eq!(bad["file"], "bad.png");
    assert_eq!(bad["accepted"], false);
    assert!(bad["error"].as_str().unwrap().contains("not an image"));

    let none = form(&[("file", "bad.png", b"no picture")]);
    let none = post(address(), path, &[FORM], &none).json(422);
    assert!(none[0]["error"].is_string());
    assert_eq!(post(address(), path, &[], &line).error(415).1, "multipart");
}

/// Two pages, the first blank and the second a sample's pixels.
pub(crate) fn two_pages() -> Vec<u8> {
    // Each page: a directory of nine entries, little-endian, uncompressed grey.
    let page = |at: u32, side: u32, next: u32, grey: u8| {
        let pixels = at + 2 + 9 * 12 + 4;
        let mut bytes = 9_u16.to_le_bytes().to_vec();
        let entries: [(u16, u16, u32); 9] = [
            (256, 4, side),
            (257, 4, side),
            (258, 3, 8),
            (259, 3, 1),
            (262, 3, 1),
            (273, 4, pixels),
            (277, 3, 1),
            (278, 4, side),
            (279, 4, side * side),
        ];
        for (tag, kind, value) in entries {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(kind.to_le_bytes());
            bytes.extend(1_u32.to_le_bytes());
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend(next.to_le_bytes());
        bytes.extend(vec![grey; (side * side) as usize]);
        bytes
    };
    let first = page(8, 40, 0, 255).len() as u32 + 8;
    let mut bytes = b"II\x2a\0\x08\0\0\0".to_vec();
    bytes.extend(page(8, 40, first, 255));
    bytes.extend(page(first, 64, 0, 200));
    bytes
}

#[test]
fn pages_of_a_tiff_are_read_one_or_all() {
    let tiff = two_pages();
    let one = post(address(), "/v1/read?page=2", &[], &tiff).json(200);
    assert_eq!((&one["page"], &one["pages"]), (&2.into(), &2.into()));
    let first = post(address(), "/v1/read", &[], &tiff).json(200);
    assert_eq!(first["page"], 1);
    let body = form(&[("file", "two.tif", &tiff)]);
    let all = post(address(), "/v1/read/batch", &[FORM], &body).json(200);
    let pages: Vec<&Value> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["page"])
        .collect();
    assert_eq!(pages, [1, 2]);
    let second = post(address(), "/v1/read/batch?page=2", &[FORM], &body).json(200);
    assert_eq!(
        second.as_array().unwrap().as_slice(),
        &all.as_array().unwrap()[1..]
    );
    let message = post(address(), "/v1/read?page=3", &[], &tiff).error(422).0;
    assert!(message.contains("no page 3: the image has 2"), "{message}");
}

#[test]
fn limits_hold() {
    let config = ServerConfig {
        max_body: 4096,
        max_files: 2,
        max_tensor_images: 2,
        ..config()
    };
    let server = Server::start(config, networks).unwrap();
    let address = server.address();
    let message = post(address, "/v1/read", &[], &[0; 4097]).error(413).0;
    assert!(message.contains("at most 4096 bytes"), "{message}");
    let files = [("file", "a", b"a".as_slice()); 3];
    let message = post(address, "/v1/read/batch", &[FORM], &form(&files))
        .error(400)
        .0;
    assert!(message.contains("at most 2 files"), "{message}");
    let name = "n".repeat(256);
    let long = form(&[("file", &name, b"a")]);
    let message = post(address, "/v1/read", &[FORM], &long).error(400).0;
    assert!(message.contains("255 bytes"), "{message}");
    let other = form(&[("picture", "a", b"a")]);
    let message = post(address, "/v1/read", &[FORM], &other).error(400).0;
    assert!(message.contains("expected fields named file"), "{message}");
    let two = form(&[("file", "a", b"a"), ("file", "b", b"b")]);
    let message = post(address, "/v1/read", &[FORM], &two).error(400).0;
    assert!(message.contains("at most 1 files"), "{message}");
    // The size of a body that comes in chunks is not known before.
    let head = "POST /v1/read HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n";
    let chunks = format!(
        "{head}transfer-encoding: chunked\r\n\r\n1200\r\n{}\r\n0\r\n\r\n",
        "a".repeat(0x1200)
    );
    let got = raw(address, chunks.as_bytes(), Then::Wait);
    assert!(got.starts_with("HTTP/1.1 413 "), "{got}");
    server.stop();
}

#[test]
fn who_runs_it_sees_what_it_is_and_does() {
    assert_eq!(get(address(), "/healthz").status, 200);
    assert_eq!(get(address(), "/readyz").status, 200);
    let info = get(address(), "/info").json(200);
    assert_eq!(info["name"], "shuzi");
    assert_eq!(info["models"][0], "improved-alexnet");
    post(address(), "/v1/read", &[], b"counted");
    let metrics = get(address(), "/metrics");
    assert!(
        metrics
            .text()
            .contains("shuzi_requests_total{route=\"/v1/read\",status=\"415\"}")
    );
    assert!(metrics.text().ends_with("# EOF\n"));
    let (message, code) = get(address(), "/v1/nothing").error(404);
    assert!(message.contains("/v1/nothing") && code == "no-route");
    let reply = get(address(), "/v1/read");
    assert_eq!(reply.error(405).1, "method");
    assert_eq!(reply.header("allow"), Some("POST"));
    for path in ["/", "/docs"] {
        let page = get(address(), path);
        assert!(page.text().starts_with("<!doctype html>"));
        for host in ["http://", "https://", "//cdn"] {
            assert!(!page.text().contains(host), "no other host: {host}");
        }
    }
}
