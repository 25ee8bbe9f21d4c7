//! What a server may be told.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use shuzi_reader::{Limits, ReaderConfig};

/// Where a server listens and what a request may cost.
///
/// ```
/// let config = shuzi_server::ServerConfig::default();
/// assert!(config.listen.ip().is_loopback());
/// ```
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Address and port; port 0 is one that is free.
    pub listen: SocketAddr,
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
    /// Most connections at once; further ones wait to be let in.
    pub max_connections: usize,
    /// Threads that take requests apart, beside those of the networks; at least 1.
    pub http_threads: usize,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
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
            max_connections: 1024,
            http_threads: 2,
        }
    }
}
