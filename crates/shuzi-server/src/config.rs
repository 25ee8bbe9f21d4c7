//! What a server may be told.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use shuzi_reader::{Limits, ReaderConfig};
use shuzi_review::TokenHash;

/// Where a server listens, and how connections are taken.
///
/// ```
/// let config = shuzi_server::HttpConfig::default();
/// assert!(config.listen.ip().is_loopback());
/// ```
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// Address and port; port 0 is one that is free.
    pub listen: SocketAddr,
    /// Names by which the server is called, beside `localhost` and addresses. A request for
    /// another name, or from a page of another, is refused.
    pub hosts: Vec<String>,
    /// Most connections at once; further ones wait to be let in.
    pub max_connections: usize,
    /// Threads that take requests apart, beside those of the networks; at least 1.
    pub threads: usize,
    /// Longest time that a request's head may take to arrive, and a connection may lie idle.
    pub head_timeout: Duration,
    /// Longest pause between two parts of a body.
    pub body_timeout: Duration,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            hosts: Vec::new(),
            max_connections: 1024,
            threads: 2,
            head_timeout: Duration::from_secs(15),
            body_timeout: Duration::from_secs(5),
        }
    }
}

/// Who is answered.
#[derive(Clone, Copy, Debug, Default)]
pub enum Access {
    /// Programs of this machine: the server listens on no address that others reach.
    #[default]
    Loopback,
    /// Who sends the token: `Authorization: Bearer TOKEN`.
    Token(TokenHash),
    /// Whoever reaches the address.
    Anyone,
}

/// Who is answered, and what a request may cost.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where it listens.
    pub http: HttpConfig,
    /// Who is answered.
    pub access: Access,
    /// Most images and tensors that are taken at once, waiting or being answered. What comes
    /// on top is refused with 503.
    pub queue: usize,
    /// Longest time that a request waits for others, to be answered with them.
    pub max_wait: Duration,
    /// Longest time that a request may take, from its head to its answer.
    pub deadline: Duration,
    /// What an image may cost.
    pub limits: Limits,
    /// Least confidence of a number that is accepted where a request names none, 0 to 1.
    pub min_confidence: f32,
    /// Most bytes of one request's body.
    pub max_body: usize,
    /// Most bytes of all bodies that are held at once.
    pub max_bodies: usize,
    /// Most files of one request.
    pub max_files: usize,
    /// Most images of one tensor.
    pub max_tensor_images: usize,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            http: HttpConfig::default(),
            access: Access::default(),
            queue: 256,
            max_wait: Duration::from_millis(1),
            deadline: Duration::from_secs(10),
            limits: Limits {
                pages: 100,
                ..Limits::default()
            },
            min_confidence: ReaderConfig::default().min_confidence,
            max_body: 32 << 20,
            max_bodies: 512 << 20,
            max_files: 64,
            max_tensor_images: 4096,
        }
    }
}
