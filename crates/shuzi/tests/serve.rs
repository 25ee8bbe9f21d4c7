//! `shuzi serve` as a process of its own.

#![cfg(feature = "serve")]
#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

mod common;

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStderr, Command, Stdio},
    thread,
};

use common::{BINARY, read_json, run, sample};
use serde_json::Value;

/// A running server on a free port, its address and what it says.
fn start(args: &[&str]) -> (Child, String, BufReader<ChildStderr>) {
    start_at("127.0.0.1:0", args)
}

fn start_at(listen: &str, args: &[&str]) -> (Child, String, BufReader<ChildStderr>) {
    let mut command = Command::new(BINARY);
    command.args(["serve", "--listen", listen]).args(args);
    let mut server = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(server.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("listening on ");
    let address = address.unwrap_or_else(|| panic!("{line}")).to_owned();
    (server, address, stderr)
}

fn read(address: &str, query: &str, picture: &str) -> Value {
    let bytes = fs::read(sample(picture)).unwrap();
    let url = format!("{address}/v1/read{query}");
    let mut reply = ureq::post(url).send(&bytes[..]).unwrap();
    serde_json::from_str(&reply.body_mut().read_to_string().unwrap()).unwrap()
}

#[test]
fn the_answer_is_that_of_the_command_line_and_a_signal_ends_it() {
    let (mut server, address, mut stderr) = start(&["--threads", "2"]);
    for (picture, options, query) in [
        ("line-7210414959.png", &["--length", "10"][..], "?length=10"),
        ("photo-3134727.jpg", &[], ""),
        ("inverted-966540.png", &["--check", "luhn"], "?check=luhn"),
        ("blank.png", &[], ""),
    ] {
        let path = sample(picture);
        let (_, mut records) = read_json(&[&[&*path], options].concat());
        records[0]["file"] = "-".into();
        assert_eq!(read(&address, query, picture), records[0], "{picture}");
    }
    if cfg!(unix) {
        let kill = ["-TERM", &server.id().to_string()].map(str::to_owned);
        assert!(Command::new("kill").args(kill).status().unwrap().success());
        assert_eq!(server.wait().unwrap().code(), Some(0));
        let mut said = String::new();
        stderr.read_to_string(&mut said).unwrap();
        assert_eq!(said, "ending once all that was taken is answered\n");
    } else {
        server.kill().unwrap();
        server.wait().unwrap();
    }
}

#[test]
fn a_server_that_is_killed_under_load_can_be_started_again() {
    let (mut server, address, _stderr) = start(&[]);
    let before = read(&address, "", "digit-4.png");
    let url = format!("{address}/v1/read");
    let picture = fs::read(sample("line-7210414959.png")).unwrap();
    thread::scope(|scope| {
        // Each asks until there is nobody to answer.
        for _ in 0..4 {
            scope.spawn(|| while ureq::post(&url).send(&picture[..]).is_ok() {});
        }
        read(&address, "", "digit-4.png");
        server.kill().unwrap();
        server.wait().unwrap();
    });
    let listen = address.strip_prefix("http://").unwrap();
    let (mut server, again, _stderr) = start_at(listen, &[]);
    assert_eq!(again, address);
    assert_eq!(read(&address, "", "digit-4.png"), before);
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn a_token_lets_in_and_logs_tell_no_secrets() {
    const TOKEN: &str = "a-token-of-the-test";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, format!("{TOKEN}\n")).unwrap();
    let file = file.to_str().unwrap();
    let (mut server, address, mut stderr) =
        start_at("0.0.0.0:0", &["--token-file", file, "--log", "debug"]);
    let port = address.rsplit_once(':').unwrap().1;
    let picture = fs::read(sample("line-7210414959.png")).unwrap();
    let form = [
        &b"--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"secret-name.png\"\r\n\r\n"[..],
        &picture,
        b"\r\n--b--\r\n",
    ];
    let ask = |authorization: &str| {
        let request = ureq::post(format!(
            "http://127.0.0.1:{port}/v1/read?lexicon=7210414959"
        ));
        let request = request.header("content-type", "multipart/form-data; boundary=b");
        request
            .header("authorization", authorization)
            .send(form.concat())
    };
    assert!(matches!(
        ask("Bearer another-token-of-it"),
        Err(ureq::Error::StatusCode(401))
    ));
    let mut reply = ask(&format!("Bearer {TOKEN}")).unwrap();
    assert!(
        reply
            .body_mut()
            .read_to_string()
            .unwrap()
            .contains("7210414959")
    );
    server.kill().unwrap();
    server.wait().unwrap();
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    assert!(said.contains("route=\"/v1/read\" status=200"), "{said}");
    assert!(said.contains("status=401"), "{said}");
    for secret in [TOKEN, "another-token", "secret-name", "7210414959", "PNG"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}

#[test]
fn what_can_not_be_served_says_why() {
    let open = run(["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(open.code, Some(2));
    assert!(open.stderr.contains("--token-file"), "{}", open.stderr);
    assert!(open.stderr.contains("--insecure"), "{}", open.stderr);
    let folder = tempfile::tempdir().unwrap();
    let short = folder.path().join("short");
    fs::write(&short, "short\n").unwrap();
    let short = run(["serve", "--token-file", short.to_str().unwrap()]);
    assert_eq!(short.code, Some(1));
    assert!(
        short.stderr.contains("expected a token of 16"),
        "{}",
        short.stderr
    );
    let wait = run(["serve", "--max-wait", "-1"]);
    assert_eq!(wait.code, Some(2));
    let (mut server, address, _stderr) = start(&[]);
    let listen = address.strip_prefix("http://").unwrap();
    let taken = run(["serve", "--listen", listen]);
    assert_eq!(taken.code, Some(1));
    assert!(taken.stderr.contains("can't listen on"), "{}", taken.stderr);
    let model = run(["serve", "--listen", "127.0.0.1:0", "--model", "none"]);
    assert_eq!(model.code, Some(1));
    assert!(model.stderr.contains("no model none"), "{}", model.stderr);
    server.kill().unwrap();
    server.wait().unwrap();
}
