//! Clients, and servers to talk to.

use std::{
    fs,
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    path::Path,
    sync::LazyLock,
    thread,
    time::Duration,
};

use serde_json::Value;
use shuzi_server::{HttpConfig, Server, ServerConfig};
use ureq::{Agent, http::Response};

use crate::engine::networks;

/// Most times that something is looked at until it is so.
const LOOKS: usize = 3000;

/// The configuration of a server under test: a free port.
pub(crate) fn config() -> ServerConfig {
    ServerConfig {
        http: http(),
        deadline: Duration::from_secs(120),
        ..ServerConfig::default()
    }
}

/// Where it listens.
pub(crate) fn http() -> HttpConfig {
    HttpConfig {
        listen: ([127, 0, 0, 1], 0).into(),
        ..HttpConfig::default()
    }
}

/// A server that no test disturbs.
static SERVER: LazyLock<Server> = LazyLock::new(|| Server::start(config(), networks).unwrap());

/// Where that listens.
pub(crate) fn address() -> SocketAddr {
    SERVER.address()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    fn of(mut response: Response<ureq::Body>) -> Self {
        let headers = response.headers().iter();
        let headers =
            headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        Self {
            status: response.status().as_u16(),
            headers: headers.collect(),
            body: response.body_mut().read_to_vec().unwrap(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(have, _)| have.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body of an answer of this status, as JSON.
    pub(crate) fn json(&self, status: u16) -> Value {
        assert_eq!(
            self.status,
            status,
            "{}",
            String::from_utf8_lossy(&self.body)
        );
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The error's message, and its code.
    pub(crate) fn error(&self, status: u16) -> (String, String) {
        let json = self.json(status);
        let text = |name: &str| json[name].as_str().unwrap().to_owned();
        (text("error"), text("code"))
    }
}

fn agent() -> Agent {
    let config = Agent::config_builder().http_status_as_error(false);
    config.build().into()
}

pub(crate) fn get(address: SocketAddr, path: &str) -> Reply {
    get_with(address, path, &[])
}

pub(crate) fn get_with(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = agent().get(format!("http://{address}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Reply::of(request.call().unwrap())
}

pub(crate) fn post(
    address: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Reply {
    let mut request = agent().post(format!("http://{address}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Reply::of(request.send(body).unwrap())
}

/// What a client does that has sent its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// It waits for the answer.
    Wait,
    /// It says that no more will come.
    End,
}

/// Sends bytes as they are; what comes back as text. The server is to end the connection.
pub(crate) fn raw(address: SocketAddr, bytes: &[u8], then: Then) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    // The server may have answered and gone before all was sent.
    let _ = stream.write_all(bytes);
    if then == Then::End {
        let _ = stream.shutdown(Shutdown::Write);
    }
    let mut got = Vec::new();
    let _ = stream.read_to_end(&mut got);
    String::from_utf8_lossy(&got).into_owned()
}

/// Waits until it is so.
pub(crate) fn until(what: &str, so: impl Fn() -> bool) {
    for _ in 0..LOOKS {
        if so() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("never: {what}");
}

/// A count of `/metrics`.
pub(crate) fn metric(address: SocketAddr, name: &str) -> f64 {
    let text = get(address, "/metrics").text().to_owned();
    let mut lines = text.lines();
    let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in\n{text}"))
        .parse()
        .unwrap()
}

/// A sample picture.
pub(crate) fn sample(name: &str) -> Vec<u8> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples");
    fs::read(samples.join(name)).unwrap()
}

/// The boundary of [`form`].
pub(crate) const BOUNDARY: &str = "----of-the-test";

/// The header that goes with [`form`].
pub(crate) const FORM: (&str, &str) = (
    "content-type",
    "multipart/form-data; boundary=----of-the-test",
);

/// A form of files, each with the name of its field and its own.
pub(crate) fn form(files: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (field, name, bytes) in files {
        body.extend(
            format!(
                "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{field}\"; \
                 filename=\"{name}\"\r\ncontent-type: image/png\r\n\r\n"
            )
            .bytes(),
        );
        body.extend(*bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    body
}
