//! Who is let in, and what keeps nobody out.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use shuzi_reader::Limits;
use shuzi_review::TokenHash;
use shuzi_server::{Access, HttpConfig, ServeError, Server, ServerConfig};

use crate::{
    client::{FORM, Then, address, config, form, get, get_with, http, post, raw, sample, until},
    engine::{Gate, Gated, networks},
    read::two_pages,
};

const TOKEN: &str = "a-token-of-the-test";

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

fn with_token() -> ServerConfig {
    ServerConfig {
        access: Access::Token(TokenHash::of(TOKEN).unwrap()),
        ..config()
    }
}

#[test]
fn a_token_is_demanded_of_all_that_is_not_for_everybody() {
    let server = Server::start(with_token(), networks).unwrap();
    let address = server.address();
    let picture = sample("digit-4.png");
    let good = bearer(TOKEN);
    for wrong in [
        "Bearer a-token-of-the-tesT",
        "Bearer ",
        "Basic a-token-of-the-test",
        TOKEN,
    ] {
        let reply = post(address, "/v1/read", &[("authorization", wrong)], &picture);
        assert_eq!(reply.error(401).1, "token", "{wrong}");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    }
    let read = post(address, "/v1/read", &[("authorization", &good)], &picture);
    assert_eq!(read.json(200)["text"], "4");
    for path in [
        "/info",
        "/metrics",
        "/v2",
        "/v2/models/pairs",
        "/v1/nothing",
    ] {
        assert_eq!(get(address, path).error(401).1, "token", "{path}");
        let status = get_with(address, path, &[("authorization", &good)]).status;
        assert_eq!(
            status,
            if path == "/v1/nothing" { 404 } else { 200 },
            "{path}"
        );
    }
    for path in [
        "/",
        "/page.js",
        "/page.css",
        "/docs",
        "/docs.js",
        "/docs.css",
        "/openapi.json",
    ] {
        assert_eq!(get(address, path).status, 200, "{path}");
    }
    for path in ["/healthz", "/readyz", "/v2/health/live", "/v2/health/ready"] {
        assert_eq!(get(address, path).status, 200, "{path}");
    }
    server.stop();
}

#[test]
fn an_address_that_others_reach_needs_a_token() {
    let open = |access| ServerConfig {
        access,
        http: HttpConfig {
            listen: ([0, 0, 0, 0], 0).into(),
            ..http()
        },
        ..config()
    };
    let error = Server::start(open(Access::Loopback), networks).unwrap_err();
    assert!(matches!(error, ServeError::Open { .. }), "{error}");
    for access in [with_token().access, Access::Anyone] {
        let server = Server::start(open(access), networks).unwrap();
        let port = server.address().port();
        let here = SocketAddr::from(([127, 0, 0, 1], port));
        let expected = if matches!(access, Access::Anyone) {
            200
        } else {
            401
        };
        assert_eq!(get(here, "/info").status, expected);
        server.stop();
    }
}

/// The status of a request to read a sample with these headers.
fn asked(address: SocketAddr, headers: &str) -> String {
    let picture = sample("digit-4.png");
    let head = format!(
        "POST /v1/read HTTP/1.1\r\n{headers}connection: close\r\ncontent-length: {}\r\n\r\n",
        picture.len()
    );
    let got = raw(address, &[head.as_bytes(), &picture].concat(), Then::Wait);
    got.get(9..12).unwrap_or("none").to_owned()
}

#[test]
fn foreign_names_and_pages_are_refused() {
    let named = ServerConfig {
        http: HttpConfig {
            hosts: vec!["slips.example".into()],
            ..http()
        },
        ..config()
    };
    let server = Server::start(named, networks).unwrap();
    let own = address().to_string();
    for (address, headers, status) in [
        (address(), format!("host: {own}\r\n"), "200"),
        (
            address(),
            format!("host: {own}\r\norigin: http://{own}\r\n"),
            "200",
        ),
        (
            address(),
            format!("host: {own}\r\norigin: http://evil.com\r\n"),
            "403",
        ),
        (address(), format!("host: {own}\r\norigin: null\r\n"), "403"),
        (
            address(),
            format!("host: {own}\r\nsec-fetch-site: cross-site\r\n"),
            "403",
        ),
        // Its own page, but by a name that leads here only now.
        (
            address(),
            "host: evil.com\r\norigin: http://evil.com\r\n".into(),
            "421",
        ),
        (address(), "host: slips.example\r\n".into(), "421"),
        (server.address(), "host: slips.example\r\n".into(), "200"),
        (
            server.address(),
            "host: a:1\r\norigin: https://slips.example\r\n".into(),
            "421",
        ),
        (
            server.address(),
            format!("host: {own}\r\norigin: https://slips.example\r\n"),
            "200",
        ),
    ] {
        assert_eq!(asked(address, &headers), status, "{headers}");
    }
    server.stop();
}

#[test]
fn pages_are_shielded() {
    for (path, script, style) in [
        ("/", "/page.js", "/page.css"),
        ("/docs", "/docs.js", "/docs.css"),
    ] {
        let page = get(address(), path);
        let policy = page.header("content-security-policy").unwrap();
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(
                policy.split("; ").any(|have| have == part),
                "{part} in {policy}"
            );
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        // What the policy would stop is not there.
        let text = page.text();
        assert_eq!(text.matches("<script").count(), 1, "{path}");
        assert!(text.contains(&format!("src=\"{script}\"")), "{path}");
        for inline in ["<style", "style=", " onclick", "javascript:"] {
            assert!(!text.contains(inline), "{inline} in {path}");
        }
        let kind = |path| {
            get(address(), path)
                .header("content-type")
                .unwrap()
                .to_owned()
        };
        assert!(kind(script).starts_with("text/javascript"));
        assert!(kind(style).starts_with("text/css"));
    }
    let answers = [
        get(address(), "/info"),
        get(address(), "/v1/none"),
        post(address(), "/v1/read", &[], b"none"),
    ];
    for reply in answers {
        let policy = reply.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(
            reply.header("cross-origin-resource-policy"),
            Some("same-origin")
        );
        assert_eq!(reply.header("access-control-allow-origin"), None);
        assert_eq!(reply.header("set-cookie"), None);
    }
}

/// A connection that has sent this, and no more.
fn begun(address: SocketAddr, sent: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(sent.as_bytes()).unwrap();
    stream
}

/// What comes until the server ends the connection.
fn rest(mut stream: TcpStream) -> String {
    let mut got = String::new();
    stream.read_to_string(&mut got).unwrap();
    got
}

const POST: &str = "POST /v1/read HTTP/1.1\r\nhost: localhost\r\n";

#[test]
fn slow_uploads_keep_nobody_out() {
    let crowded = ServerConfig {
        queue: 2,
        max_body: 1 << 20,
        max_bodies: 1 << 20,
        http: HttpConfig {
            body_timeout: Duration::from_secs(120),
            ..http()
        },
        ..config()
    };
    let server = Server::start(crowded, networks).unwrap();
    let address = server.address();
    // Each with a length or without one, and a single byte of it.
    let slow: Vec<TcpStream> = (0..20)
        .map(|number| {
            let body = if number % 2 == 0 {
                "content-length: 1000000\r\n\r\na"
            } else {
                "transfer-encoding: chunked\r\n\r\n1\r\na\r\n"
            };
            begun(address, &format!("{POST}{body}"))
        })
        .collect();
    for _ in 0..3 {
        let read = post(address, "/v1/read", &[], &sample("digit-4.png"));
        assert_eq!(read.json(200)["text"], "4");
    }
    drop(slow);
    server.stop();
}

#[test]
fn what_stalls_is_ended() {
    let impatient = ServerConfig {
        http: HttpConfig {
            head_timeout: Duration::from_millis(200),
            body_timeout: Duration::from_millis(200),
            ..http()
        },
        ..config()
    };
    let server = Server::start(impatient, networks).unwrap();
    let address = server.address();
    let body = begun(address, &format!("{POST}content-length: 1000\r\n\r\na"));
    let got = rest(body);
    assert!(got.starts_with("HTTP/1.1 408 "), "{got}");
    assert!(got.contains("\"slow\""), "{got}");
    // No head, half of one, and a connection that was left open after an answer.
    for sent in ["", POST, "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"] {
        let got = rest(begun(address, sent));
        assert_eq!(got.contains("200 OK"), sent.starts_with("GET"), "{got}");
    }
    server.stop();
}

#[test]
fn pictures_have_limits_before_they_are_decoded() {
    let small = ServerConfig {
        limits: Limits {
            pixels: 2000,
            pages: 1,
            ..Limits::default()
        },
        ..config()
    };
    let server = Server::start(small, networks).unwrap();
    let address = server.address();
    let line = sample("line-7210414959.png");
    let (message, code) = post(address, "/v1/read", &[], &line).error(413);
    assert_eq!(code, "image");
    assert!(message.contains("pixels"), "{message}");
    let (message, _) = post(address, "/v1/read", &[], &two_pages()).error(413);
    assert!(message.contains("pages"), "{message}");
    server.stop();
}

#[test]
fn nothing_is_decoded_after_the_deadline() {
    let gate = Arc::new(Gate::default());
    let hurried = ServerConfig {
        deadline: Duration::from_millis(300),
        ..config()
    };
    let server = Server::start(hurried, Gated::factory(&gate)).unwrap();
    let address = server.address();
    let body = form(&[("file", "two.tif", &two_pages())]);
    gate.close();
    thread::scope(|scope| {
        let read = scope.spawn(|| post(address, "/v1/read/batch", &[FORM], &body));
        // It is begun, and held until nobody waits for it any more.
        until("begun", || gate.calls().len() == 1);
        assert_eq!(read.join().unwrap().error(503).1, "deadline");
    });
    gate.open();
    until("the engine is free", || {
        crate::client::metric(address, "shuzi_taken") == 0.0
    });
    assert_eq!(gate.pages(), 0, "none of its pages");
    server.stop();
}
