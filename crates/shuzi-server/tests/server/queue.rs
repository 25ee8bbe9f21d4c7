//! What waits, what is refused, what is dropped, and how it ends.

use std::{
    io::Write,
    net::{SocketAddr, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use shuzi_server::{ServeError, Server, ServerConfig};

use crate::{
    client::{self, FORM, Reply, config, form, get, metric, post, sample, until},
    engine::{BREAKING_FILE, BREAKS, Gate, Gated},
    tensors::{binary, images},
};

const INFER: &str = "/v2/models/improved-alexnet/infer";

/// A server behind a gate.
fn gated(config: ServerConfig) -> (Server, Arc<Gate>) {
    let gate = Arc::new(Gate::default());
    let server = Server::start(config, Gated::factory(&gate)).unwrap();
    (server, gate)
}

fn request(pixels: &[u8]) -> Value {
    json!({"inputs": [{"name": "images", "shape": [pixels.len() / 784, 28, 28],
        "datatype": "UINT8", "parameters": {"binary_data_size": pixels.len()}}]})
}

fn infer(address: SocketAddr, pixels: &[u8]) -> Reply {
    let (body, length) = binary(&request(pixels), pixels);
    let headers = [("Inference-Header-Content-Length", &*length)];
    post(address, INFER, &headers, &body)
}

/// What is answered where nothing else is asked.
fn undisturbed(pixels: &[u8]) -> Value {
    infer(client::address(), pixels).json(200)
}

/// Waits until so many calls have come to the gate.
fn calls(gate: &Gate, count: usize) {
    until("calls at the gate", || gate.calls().len() >= count);
}

fn taken(address: SocketAddr, count: usize) {
    until("taken", || metric(address, "shuzi_taken") == count as f64);
}

#[test]
fn a_full_queue_refuses_and_what_waited_is_answered_together() {
    let (server, gate) = gated(ServerConfig {
        queue: 4,
        // The three that wait are sure to be there.
        max_wait: Duration::from_secs(60),
        ..config()
    });
    let address = server.address();
    let each: Vec<Vec<u8>> = (0..4)
        .map(|client| images(client + 1, client as u64))
        .collect();
    gate.close();
    let answers: Vec<Value> = thread::scope(|scope| {
        let first = scope.spawn(|| infer(address, &each[0]).json(200));
        calls(&gate, 1);
        let others: Vec<_> = each[1..]
            .iter()
            .map(|pixels| scope.spawn(|| infer(address, pixels).json(200)))
            .collect();
        taken(address, 4);
        for _ in 0..3 {
            let refused = infer(address, &each[0]);
            assert_eq!(refused.error(503).1, "full");
            assert_eq!(refused.header("retry-after"), Some("1"));
        }
        let refused = post(address, "/v1/read", &[], &sample("digit-4.png"));
        assert_eq!(refused.error(503).1, "full");
        gate.open();
        let first = first.join().unwrap();
        let others = others.into_iter().map(|client| client.join().unwrap());
        [first].into_iter().chain(others).collect()
    });
    for (answer, pixels) in answers.iter().zip(&each) {
        assert_eq!(*answer, undisturbed(pixels), "the same bits as alone");
    }
    assert_eq!(gate.calls(), [1, 2 + 3 + 4], "one batch of all that waited");
    // There is room again, also for as many files as there are places.
    let file = sample("digit-4.png");
    let files: Vec<_> = (0..4).map(|_| ("file", "4.png", file.as_slice())).collect();
    let read = post(address, "/v1/read/batch", &[FORM], &form(&files)).json(200);
    assert_eq!(read.as_array().unwrap().len(), 4);
    assert_eq!(metric(address, "shuzi_taken"), 0.0);
    let more = [files[0]; 5];
    let message = post(address, "/v1/read/batch", &[FORM], &form(&more))
        .error(400)
        .0;
    assert!(message.contains("at most 4 files"), "{message}");
    server.stop();
}

#[test]
fn requests_of_other_options_are_read_in_their_own_way() {
    let (server, gate) = gated(ServerConfig {
        max_wait: Duration::from_secs(60),
        ..config()
    });
    let address = server.address();
    let line = sample("line-7210414959.png");
    let paths = ["/v1/read", "/v1/read?length=3", "/v1/read?min_confidence=1"];
    gate.close();
    let answers: Vec<Value> = thread::scope(|scope| {
        let first = scope.spawn(|| infer(address, &images(1, 1)));
        calls(&gate, 1);
        let readers: Vec<_> = paths
            .iter()
            .map(|path| scope.spawn(|| post(address, path, &[], &line).json(200)))
            .collect();
        taken(address, 4);
        gate.open();
        first.join().unwrap().json(200);
        readers
            .into_iter()
            .map(|client| client.join().unwrap())
            .collect()
    });
    for (answer, path) in answers.iter().zip(paths) {
        let expected = post(client::address(), path, &[], &line).json(200);
        assert_eq!(*answer, expected, "{path}");
    }
    server.stop();
}

#[test]
fn a_deadline_ends_a_request_and_its_work_is_dropped() {
    let (server, gate) = gated(ServerConfig {
        deadline: Duration::from_millis(300),
        ..config()
    });
    let address = server.address();
    gate.close();
    thread::scope(|scope| {
        let first = scope.spawn(|| infer(address, &images(1, 1)));
        calls(&gate, 1);
        let second = infer(address, &images(5, 1));
        assert_eq!(second.error(503).1, "deadline");
        assert_eq!(second.header("retry-after"), Some("1"));
        assert_eq!(first.join().unwrap().error(503).1, "deadline");
    });
    gate.open();
    until("both are dropped", || {
        metric(address, "shuzi_dropped_total") == 2.0
    });
    assert_eq!(gate.calls(), [1], "the second never came to the networks");
    server.stop();
}

#[test]
fn work_of_a_client_that_left_is_dropped() {
    let (server, gate) = gated(config());
    let address = server.address();
    gate.close();
    thread::scope(|scope| {
        let first = scope.spawn(|| infer(address, &images(1, 1)));
        calls(&gate, 1);
        let pixels = images(5, 1);
        let (body, length) = binary(&request(&pixels), &pixels);
        let mut leaving = TcpStream::connect(address).unwrap();
        let head = format!(
            "POST {INFER} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\
             inference-header-content-length: {length}\r\n\r\n",
            body.len()
        );
        leaving
            .write_all(&[head.as_bytes(), &body].concat())
            .unwrap();
        taken(address, 2);
        drop(leaving);
        until("it is seen to have left", || {
            metric(address, "shuzi_left_total") == 1.0
        });
        gate.open();
        first.join().unwrap().json(200);
    });
    until("it is dropped", || {
        metric(address, "shuzi_dropped_total") == 1.0
    });
    infer(address, &images(2, 1)).json(200);
    assert_eq!(gate.calls(), [1, 2]);
    assert_eq!(metric(address, "shuzi_taken"), 0.0);
    server.stop();
}

#[test]
fn a_panic_costs_the_request_that_caused_it_and_no_other() {
    let (server, gate) = gated(ServerConfig {
        max_wait: Duration::from_secs(60),
        ..config()
    });
    let address = server.address();
    let good = [images(1, 1), images(2, 2)];
    let mut bad = images(2, 3);
    bad[784] = BREAKS;
    gate.close();
    thread::scope(|scope| {
        let first = scope.spawn(|| infer(address, &images(4, 1)));
        calls(&gate, 1);
        let fine = good.each_ref().map(|pixels| {
            let client = scope.spawn(|| infer(address, pixels).json(200));
            (client, undisturbed(pixels))
        });
        let broken = scope.spawn(|| infer(address, &bad));
        taken(address, 4);
        gate.open();
        first.join().unwrap().json(200);
        assert_eq!(broken.join().unwrap().error(500).1, "panic");
        for (client, expected) in fine {
            assert_eq!(client.join().unwrap(), expected);
        }
    });
    assert_eq!(
        metric(address, "shuzi_panics_total"),
        2.0,
        "together and alone"
    );
    assert_eq!(get(address, "/readyz").status, 200);

    // The same of pictures: 500 alone, and one record of a batch.
    let four = sample("digit-4.png");
    let broken = post(address, "/v1/read", &[], BREAKING_FILE);
    assert_eq!(broken.error(500).1, "panic");
    let files = [
        ("file", "bad", BREAKING_FILE),
        ("file", "4.png", four.as_slice()),
    ];
    let records = post(address, "/v1/read/batch", &[FORM], &form(&files)).json(200);
    assert!(
        records[0]["error"]
            .as_str()
            .unwrap()
            .contains("broke the reader")
    );
    let expected = post(client::address(), "/v1/read", &[], &four).json(200);
    assert_eq!(records[1]["numbers"], expected["numbers"]);
    assert_eq!(infer(address, &good[0]).json(200), undisturbed(&good[0]));
    server.stop();
}

#[test]
fn a_server_that_stops_finishes_what_it_took() {
    let (server, gate) = gated(config());
    let address = server.address();
    let each: Vec<Vec<u8>> = (1..4).map(|n| images(n, n as u64)).collect();
    gate.close();
    thread::scope(|scope| {
        let clients: Vec<_> = each
            .iter()
            .map(|pixels| scope.spawn(|| infer(address, pixels).json(200)))
            .collect();
        taken(address, 3);
        let stopping = scope.spawn(|| server.stop());
        until("no more connections are taken", || {
            TcpStream::connect(address).is_err()
        });
        assert!(!stopping.is_finished(), "there is work left");
        gate.open();
        for (client, pixels) in clients.into_iter().zip(&each) {
            assert_eq!(client.join().unwrap(), undisturbed(pixels));
        }
        stopping.join().unwrap();
    });
}

#[test]
fn what_can_not_start_says_why() {
    let mut taken = config();
    taken.http.listen = client::address();
    let error = Server::start(taken, crate::engine::networks).unwrap_err();
    assert!(matches!(error, ServeError::Listen { .. }), "{error}");
    let no_engine = || Err::<shuzi_server::Networks, _>("no weights".into());
    let error = Server::start(config(), no_engine).unwrap_err();
    assert!(matches!(error, ServeError::Engine(_)), "{error}");
    let nothing = ServerConfig {
        queue: 0,
        ..config()
    };
    let error = Server::start(nothing, crate::engine::networks).unwrap_err();
    assert_eq!(error.to_string(), "queue: expected at least 1, got 0");
}
