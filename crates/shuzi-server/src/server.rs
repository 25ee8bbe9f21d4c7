//! A server that runs.

use std::{
    io,
    net::{SocketAddr, TcpListener as StdListener},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
    sync::{Semaphore, oneshot},
    time::{sleep, timeout},
};

use crate::{
    config::ServerConfig,
    engine::Engine,
    error::{BoxError, ServeError},
    http::{App, router},
    metrics::Metrics,
    work::{Admission, Worker},
};

/// Longest time that a request's head may take to arrive, and a connection may lie idle.
const HEAD: Duration = Duration::from_secs(15);

/// Most headers of a request.
const MOST_HEADERS: usize = 64;

/// Time after the deadline of the last request within which its answer must be sent.
const GRACE: Duration = Duration::from_secs(1);

/// Pause after the system refused a connection: it is out of files or memory.
const PAUSE: Duration = Duration::from_millis(50);

/// A running server. It ends with [`stop`](Self::stop), or when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

impl Server {
    /// Starts a server: listens, makes the engine on the thread that will own it, and takes
    /// requests. `factory` is asked again after a panic of the engine.
    ///
    /// # Errors
    /// If the address is taken, the engine can't be made, or a number of the configuration is
    /// out of its range.
    pub fn start<E, F>(config: ServerConfig, factory: F) -> Result<Self, ServeError>
    where
        E: Engine + 'static,
        F: FnMut() -> Result<E, BoxError> + Send + 'static,
    {
        check(&config)?;
        let listen = |source| ServeError::Listen {
            address: config.listen,
            source,
        };
        let listener = StdListener::bind(config.listen).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(config.http_threads)
            .thread_name("shuzi-http")
            .enable_all()
            .build()
            .map_err(ServeError::Thread)?;

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
            most: config.max_connections,
            grace: config.deadline + GRACE,
            stopping: Arc::clone(&stopping),
        };
        let app = router(App {
            config,
            models,
            dispatcher,
            admission,
            metrics,
            stopping,
            next: AtomicU64::new(1),
        });
        let (stop, stopped) = oneshot::channel();
        let http = move || connections.serve(runtime, listener, app, stopped);
        let http = spawn("shuzi-accept", http)?;
        Ok(Self {
            address,
            stop: Some(stop),
            threads: vec![http, worker],
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
        drop(self.stop.take());
        for thread in self.threads.drain(..) {
            // A thread that panicked has ended, too.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, ServeError> {
    let thread = thread::Builder::new().name(name.to_owned());
    thread.spawn(work).map_err(ServeError::Thread)
}

fn check(config: &ServerConfig) -> Result<(), ServeError> {
    let positive = [
        ("queue", config.queue),
        ("max_body", config.max_body),
        ("max_files", config.max_files),
        ("max_tensor_images", config.max_tensor_images),
        ("max_connections", config.max_connections),
        ("http_threads", config.http_threads),
    ];
    for (name, got) in positive {
        if got == 0 {
            return Err(ServeError::Config {
                name,
                expected: "at least 1",
                got: got.to_string(),
            });
        }
    }
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

/// How connections are taken.
struct Connections {
    /// Most at once.
    most: usize,
    /// Longest time for them to end once no more are taken.
    grace: Duration,
    /// Whether that is so.
    stopping: Arc<AtomicBool>,
}

impl Connections {
    /// Takes connections until `stopped`, then lets those that are there end.
    fn serve(
        &self,
        runtime: Runtime,
        listener: StdListener,
        app: Router,
        stopped: oneshot::Receiver<()>,
    ) {
        runtime.block_on(async {
            let graceful = GracefulShutdown::new();
            tokio::select! {
                failed = self.accept(listener, app, &graceful) => {
                    if let Err(error) = failed {
                        tracing::error!("can't take connections: {error}");
                    }
                }
                // Sent or dropped: the same.
                _ = stopped => {}
            }
            self.stopping.store(true, Ordering::Relaxed);
            if timeout(self.grace, graceful.shutdown()).await.is_err() {
                tracing::warn!("some connections did not end in time");
            }
        });
        // Connections that are left are cut.
        runtime.shutdown_background();
    }

    async fn accept(
        &self,
        listener: StdListener,
        app: Router,
        graceful: &GracefulShutdown,
    ) -> io::Result<()> {
        let listener = TcpListener::from_std(listener)?;
        let places = Arc::new(Semaphore::new(self.most.min(Semaphore::MAX_PERMITS)));
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_headers(MOST_HEADERS);
        loop {
            let place = Arc::clone(&places).acquire_owned().await;
            let place = place.map_err(io::Error::other)?;
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!("can't take a connection: {error}");
                    sleep(PAUSE).await;
                    continue;
                }
            };
            // Small answers go out at once; if the system can't, they are slower.
            let _ = stream.set_nodelay(true);
            let service = TowerToHyperService::new(app.clone());
            let connection = http.serve_connection(TokioIo::new(stream), service);
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!("a connection ended: {error}");
                }
                drop(place);
            });
        }
    }
}
