//! A server that runs.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64},
        mpsc,
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{
    access::Hosts,
    config::{Access, ServerConfig},
    connections::{Connections, Listening, Running},
    engine::Engine,
    error::{BoxError, ServeError, at_least_one},
    http::{App, router},
    metrics::Metrics,
    work::{Admission, Worker},
};

/// Time after the deadline of the last request within which its answer must be sent.
const GRACE: Duration = Duration::from_secs(1);

/// A running server. It ends with [`stop`](Self::stop), or when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    http: Running,
    worker: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server: listens, makes the engine on the thread that will own it, and takes
    /// requests. `factory` is asked again after a panic of the engine.
    ///
    /// # Errors
    /// If the address is taken, or others reach it and nothing says who may; if the engine
    /// can't be made, or a number of the configuration is out of its range.
    pub fn start<E, F>(config: ServerConfig, factory: F) -> Result<Self, ServeError>
    where
        E: Engine + 'static,
        F: FnMut() -> Result<E, BoxError> + Send + 'static,
    {
        check(&config)?;
        let listening = Listening::new(&config.http)?;
        let address = listening.address;
        let metrics = Arc::new(Metrics::new());
        let admission = Admission::new(config.queue, config.max_bodies);
        let (made, ready) = mpsc::channel();
        let work = {
            let (metrics, admission) = (Arc::clone(&metrics), admission.clone());
            let max_wait = config.max_wait;
            move || match Worker::new(factory, max_wait, admission, metrics) {
                Ok((worker, dispatcher, models)) => {
                    // Who waits for it is below.
                    let _ = made.send(Ok((dispatcher, models)));
                    worker.run();
                }
                Err(error) => {
                    let _ = made.send(Err(error));
                }
            }
        };
        let worker = spawn("shuzi-worker", work)?;
        let (dispatcher, models) = match ready.recv() {
            Ok(Ok(made)) => made,
            Ok(Err(error)) => return Err(ServeError::Engine(error)),
            Err(_) => return Err(ServeError::Engine("the thread ended".into())),
        };
        let stopping = Arc::new(AtomicBool::new(false));
        let connections = Connections {
            most: config.http.max_connections,
            head_timeout: config.http.head_timeout,
            grace: config.deadline + GRACE,
            stopping: Arc::clone(&stopping),
        };
        let app = router(App {
            hosts: Hosts::new(&config.http.hosts),
            config,
            models,
            dispatcher,
            admission,
            metrics,
            stopping,
            next: AtomicU64::new(1),
        });
        Ok(Self {
            address,
            http: connections.start(listening, app)?,
            worker: Some(worker),
        })
    }

    /// Where it listens; the port is the one that was found if none was named.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections, answers what was taken, and ends.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.http.end();
        if let Some(worker) = self.worker.take() {
            // A thread that panicked has ended, too.
            let _ = worker.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

pub(crate) fn spawn(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, ServeError> {
    let thread = thread::Builder::new().name(name.to_owned());
    thread.spawn(work).map_err(ServeError::Thread)
}

fn check(config: &ServerConfig) -> Result<(), ServeError> {
    let address = config.http.listen;
    if matches!(config.access, Access::Loopback) && !address.ip().is_loopback() {
        return Err(ServeError::Open { address });
    }
    let positive = [
        ("queue", config.queue),
        ("max_body", config.max_body),
        ("max_files", config.max_files),
        ("max_tensor_images", config.max_tensor_images),
    ];
    at_least_one(positive)?;
    if config.max_bodies < config.max_body {
        return Err(ServeError::Config {
            name: "max_bodies",
            expected: "at least max_body",
            got: config.max_bodies.to_string(),
        });
    }
    if !(0.0..=1.0).contains(&config.min_confidence) {
        return Err(ServeError::Config {
            name: "min_confidence",
            expected: "0 to 1",
            got: config.min_confidence.to_string(),
        });
    }
    Ok(())
}
