//! What no client should send: every answer says that the client is wrong, and the next one
//! gets what it always got.

use rand::{Rng, RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use shuzi_server::{Server, ServerConfig};

use crate::{
    client::{BOUNDARY, Then, config, form, metric, post, raw, sample},
    engine::networks,
    tensors::{binary, images},
};

/// Requests that are sent.
const REQUESTS: usize = 2000;

const SAMPLES: [&str; 6] = [
    "line-7210414959.png",
    "digit-4.png",
    "line-0690.bmp",
    "line-0690.pgm",
    "line-0690.tif",
    "photo-3134727.jpg",
];

/// A request as bytes. The length that it names may lie.
fn request(path: &str, headers: &str, length: usize, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn honest(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    request(path, headers, body.len(), body)
}

fn bytes(rng: &mut ChaCha8Rng, most: usize) -> Vec<u8> {
    let mut bytes = vec![0; rng.random_range(0..most)];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// A part of a sample that is no picture any more.
fn cut_picture(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let whole = sample(SAMPLES.choose(rng).unwrap());
    whole[..rng.random_range(0..whole.len() * 9 / 10)].to_vec()
}

/// A header that promises more pixels than there may be, and nothing behind it.
fn bomb(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let side: u32 = rng.random_range(30_000..60_000);
    let mut bomb = match rng.random_range(0..4) {
        2 => png_header(side),
        0 => format!("P5 {side} {side} 255\n").into_bytes(),
        1 => {
            // BMP, 8 bits a pixel.
            let mut bmp = b"BM".to_vec();
            bmp.extend([0; 8]);
            bmp.extend(1078_u32.to_le_bytes());
            bmp.extend(40_u32.to_le_bytes());
            bmp.extend(side.to_le_bytes());
            bmp.extend(side.to_le_bytes());
            bmp.extend([1, 0, 8, 0]);
            bmp.extend([0; 24]);
            bmp.extend([0; 1024]);
            bmp
        }
        _ => {
            let side = (side as u16).to_le_bytes();
            [b"GIF89a", &side[..], &side, &[0, 0, 0]].concat()
        }
    };
    bomb.extend(bytes(rng, 200));
    bomb
}

/// The head of a PNG, its checksum right.
fn png_header(side: u32) -> Vec<u8> {
    let side = side.to_be_bytes();
    let chunk = [&b"IHDR"[..], &side, &side, &[8, 0, 0, 0, 0]].concat();
    let sum = crc32(&chunk).to_be_bytes();
    [&b"\x89PNG\r\n\x1a\n\0\0\0\x0d"[..], &chunk, &sum].concat()
}

/// As PNG has it (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
        })
    };
    !bytes.iter().fold(!0, step)
}

fn read_path(rng: &mut ChaCha8Rng) -> &'static str {
    [
        "/v1/read",
        "/v1/read?length=1-8",
        "/v1/read?check=luhn&runner_up=true",
    ]
    .choose(rng)
    .unwrap()
}

fn broken_form(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let kind = format!("content-type: multipart/form-data; boundary={BOUNDARY}\r\n");
    let path = *["/v1/read", "/v1/read/batch"].choose(rng).unwrap();
    let picture = sample("digit-4.png");
    let whole = form(&[("file", "4.png", &picture)]);
    match rng.random_range(0..6) {
        0 => honest(path, &kind, &whole[..rng.random_range(0..whole.len() - 4)]),
        1 => honest(path, "content-type: multipart/form-data\r\n", &whole),
        2 => {
            let other = "content-type: multipart/form-data; boundary=another\r\n";
            honest(path, other, &whole)
        }
        3 => honest(path, &kind, &form(&[("image", "4.png", &picture)])),
        4 => honest(path, &kind, &bytes(rng, 3000)),
        _ => honest(
            path,
            &kind,
            &form(&[("file", "a", &bomb(rng)), ("file", "b", b"")]),
        ),
    }
}

/// A body that is not as long as its head says, but ends before.
fn cut_body(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let picture = sample("digit-4.png");
    let path = read_path(rng);
    if rng.random_bool(0.5) {
        request(
            path,
            "",
            picture.len() + rng.random_range(1..1000),
            &picture,
        )
    } else {
        chunked(path, &format!("{:x}\r\nabc", rng.random_range(4..1000)))
    }
}

fn chunked(path: &str, chunks: &str) -> Vec<u8> {
    format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n{chunks}")
        .into_bytes()
}

/// For another server, or from a page of another.
fn foreign(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let picture = sample("digit-4.png");
    let hosts = [
        "evil.com",
        "localhost.evil.com",
        "",
        "a b",
        "127.0.0.1:x",
        "@localhost",
    ];
    let (host, more) = match rng.random_range(0..4) {
        0 => (format!("host: {}\r\n", hosts.choose(rng).unwrap()), ""),
        1 => (String::new(), ""),
        2 => ("host: localhost\r\nhost: localhost\r\n".into(), ""),
        _ => (
            "host: localhost\r\n".into(),
            *[
                "origin: https://evil.com\r\n",
                "origin: null\r\n",
                "sec-fetch-site: cross-site\r\n",
            ]
            .choose(rng)
            .unwrap(),
        ),
    };
    let head = format!(
        "POST /v1/read HTTP/1.1\r\n{host}{more}connection: close\r\ncontent-length: {}\r\n\r\n",
        picture.len()
    );
    [head.as_bytes(), &picture].concat()
}

fn lying_length(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let picture = sample("digit-4.png");
    let path = read_path(rng);
    match rng.random_range(0..3) {
        0 => request(
            path,
            "",
            rng.random_range(0..picture.len() * 9 / 10),
            &picture,
        ),
        1 => request(path, "", usize::MAX, &picture),
        _ => chunked(
            path,
            ["zz\r\n", "-1\r\n", "ffffffffffffffffffff\r\n"]
                .choose(rng)
                .unwrap(),
        ),
    }
}

fn wrong_options(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let queries = [
        "length=0",
        "length=9-1",
        "length=99999999999999999999",
        "range=5..1",
        "range=a..b",
        "check=none",
        "pattern=((((",
        "pattern=%5Cd%7B9999999%7D",
        "pattern=%FF",
        "cells=0",
        "cells=100000",
        "min_confidence=NaN",
        "min_confidence=inf",
        "min_confidence=-1",
        "min_confidence=1e9",
        "page=0",
        "page=-1",
        "page=99",
        "runner_up=maybe",
        "a=b",
        "length=1&length=2",
        "check=isbn13&length=4",
        "lexicon=",
        "lexicon=abc",
        "=",
        "file=/etc/passwd",
    ];
    let query = queries.choose(rng).unwrap();
    honest(&format!("/v1/read?{query}"), "", &sample("digit-4.png"))
}

fn wrong_http(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let end = "host: localhost\r\nconnection: close\r\n\r\n";
    match rng.random_range(0..9) {
        0 => format!("GET /v1/read HTTP/1.1\r\n{end}"),
        1 => format!("DELETE /v2/models/pairs HTTP/1.1\r\n{end}"),
        2 => format!("GET /../../etc/passwd HTTP/1.1\r\n{end}"),
        3 => format!("GET /v2/models/..%2f..%2fetc HTTP/1.1\r\n{end}"),
        4 => format!("GET /v2/models/%ff%fe HTTP/1.1\r\n{end}"),
        5 => format!("GET / HTTP/1.1\r\n{}{end}", "x-a: b\r\n".repeat(200)),
        6 => format!("GET /{} HTTP/1.1\r\n{end}", "a".repeat(100_000)),
        7 => format!("GET / HTTP/1.1\r\nbad header\r\n{end}"),
        _ => format!("G\0T / HTTP/1.1\r\n{end}"),
    }
    .into_bytes()
}

fn wrong_json(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut json = json!({"inputs": [
        {"name": "images", "shape": [1, 28, 28], "datatype": "UINT8", "data": vec![0; 784]}
    ]});
    let input = &mut json["inputs"][0];
    let text = match rng.random_range(0..16) {
        0 => {
            let sizes = [-1, 0, 1, 27, 28, 29, 1 << 40, i64::MAX, i64::MIN];
            let length = rng.random_range(0..6);
            let shape: Vec<i64> = (0..length).map(|_| *sizes.choose(rng).unwrap()).collect();
            // A shape that fits.
            if [&[1, 28, 28][..], &[1, 1, 28, 28]].contains(&shape.as_slice()) {
                return b"{".to_vec();
            }
            input["shape"] = json!(shape);
            json.to_string()
        }
        1 => {
            input["data"] = json!(vec![0; rng.random_range(0..784)]);
            json.to_string()
        }
        2 => json.to_string().replacen("0,", "NaN,", 1),
        3 => json.to_string().replacen("0,", "1e999,", 1),
        4 => {
            input["data"][7] = [
                json!(256),
                json!(-1),
                json!(0.5),
                json!("0"),
                json!(null),
                json!({}),
            ]
            .choose(rng)
            .unwrap()
            .clone();
            json.to_string()
        }
        5 => {
            input["datatype"] = json!(["", "FP16", "BYTES", "uint8", "\u{0}"].choose(rng).unwrap());
            json.to_string()
        }
        6 => {
            let field = ["name", "shape", "datatype", "data"].choose(rng).unwrap();
            input.as_object_mut().unwrap().remove(*field);
            json.to_string()
        }
        7 => {
            let depth = rng.random_range(5..100_000);
            let data = "[".repeat(depth) + &"]".repeat(depth);
            format!(
                "{{\"inputs\":[{{\"name\":\"images\",\"shape\":[1,28,28],\"datatype\":\"FP32\",\"data\":{data}}}]}}"
            )
        }
        8 => {
            let whole = json.to_string();
            whole[..rng.random_range(0..whole.len() - 1)].to_owned()
        }
        9 => {
            json["inputs"] = json!(vec![json["inputs"][0].clone(); 2]);
            json.to_string()
        }
        10 => {
            json["outputs"] = json!([{"name": "classes"}]);
            json.to_string()
        }
        11 => {
            json["outputs"] = json!([{"name": "logits", "parameters": {"classification": 3}}]);
            json.to_string()
        }
        12 => {
            input["parameters"] = json!({"shared_memory_region": "all"});
            json.to_string()
        }
        13 => {
            json["id"] = json!(7);
            json.to_string()
        }
        14 => return bytes(rng, 300),
        _ => {
            json["unknown"] = json!(1);
            json.to_string()
        }
    };
    text.into_bytes()
}

fn lying_tensor(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let path = "/v2/models/pairs/infer";
    let n: usize = rng.random_range(1..4);
    let mut pixels = images(n, 9);
    let of = |datatype: &str, size: Value| {
        json!({"inputs": [{"name": "images", "shape": [n, 28, 28], "datatype": datatype,
            "parameters": {"binary_data_size": size}}]})
    };
    let (json, length) = match rng.random_range(0..8) {
        0 => (of("UINT8", json!(rng.random_range(0..784))), None),
        1 => (of("UINT8", json!(u64::MAX)), None),
        2 => (of("UINT8", json!(-1)), None),
        3 => (of("FP32", json!(n * 784)), None),
        4 => {
            pixels.truncate(rng.random_range(0..pixels.len()));
            (of("UINT8", json!(n * 784)), None)
        }
        5 => {
            let bad = [f32::NAN, f32::INFINITY, -f32::INFINITY, -1.0, 1.5, 3e38].choose(rng);
            let mut values = vec![0.0_f32; n * 784];
            let at = rng.random_range(0..values.len());
            values[at] = *bad.unwrap();
            pixels = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            (of("FP32", json!(n * 3136)), None)
        }
        6 => {
            let lengths = ["0", "-1", "99999999", "18446744073709551616", "x", "", "5"];
            (of("UINT8", json!(n * 784)), lengths.choose(rng).copied())
        }
        _ => {
            pixels.extend(bytes(rng, 50));
            pixels.push(0);
            (of("UINT8", json!(n * 784)), None)
        }
    };
    let (body, true_length) = binary(&json, &pixels);
    let length = length.map_or(true_length, str::to_owned);
    honest(
        path,
        &format!("inference-header-content-length: {length}\r\n"),
        &body,
    )
}

fn malformed(rng: &mut ChaCha8Rng) -> (Vec<u8>, Then) {
    let sent = match rng.random_range(0..12) {
        0 => honest(read_path(rng), "", &cut_picture(rng)),
        1 => honest(read_path(rng), "", &bomb(rng)),
        2 => honest(read_path(rng), "", &bytes(rng, 2000)),
        3 => broken_form(rng),
        4 => lying_length(rng),
        5 => wrong_options(rng),
        6 => wrong_http(rng),
        7 | 8 => honest("/v2/models/improved-alexnet/infer", "", &wrong_json(rng)),
        9 => lying_tensor(rng),
        10 => foreign(rng),
        _ => return (cut_body(rng), Then::End),
    };
    (sent, Then::Wait)
}

#[test]
fn whatever_is_malformed_is_refused_and_changes_nothing() {
    let server = Server::start(
        ServerConfig {
            queue: 8,
            ..config()
        },
        networks,
    )
    .unwrap();
    let address = server.address();
    let read = || {
        let line = sample("line-7210414959.png");
        post(address, "/v1/read", &[], &line).json(200)
    };
    let infer = || {
        let json = json!({"inputs": [{"name": "images", "shape": [2, 28, 28],
            "datatype": "UINT8", "data": images(2, 4)}]});
        let body = serde_json::to_vec(&json).unwrap();
        post(address, "/v2/models/pairs/infer", &[], &body).json(200)
    };
    let before = (read(), infer());
    let mut rng = ChaCha8Rng::seed_from_u64(37);
    let mut statuses = std::collections::BTreeMap::<String, usize>::new();
    for number in 0..REQUESTS {
        let (sent, then) = malformed(&mut rng);
        let got = raw(address, &sent, then);
        let status = got.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
        let start = String::from_utf8_lossy(&sent[..sent.len().min(400)]);
        let status = status.unwrap_or_else(|| panic!("{number}: no answer {got:?} to {start}"));
        assert!(status.starts_with('4'), "{number}: {got}\nto {start}");
        *statuses.entry(status.to_owned()).or_default() += 1;
    }
    // All kinds were there.
    for status in [
        "400", "403", "404", "405", "413", "415", "421", "422", "431",
    ] {
        assert!(statuses.contains_key(status), "{status} in {statuses:?}");
    }
    assert_eq!(metric(address, "shuzi_panics_total"), 0.0);
    assert_eq!(metric(address, "shuzi_taken"), 0.0, "all places are free");
    assert_eq!((read(), infer()), before);
    server.stop();
}
