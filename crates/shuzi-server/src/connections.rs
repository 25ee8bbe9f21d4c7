//! Connections: how they are taken, and how they end.

use std::{
    io,
    net::{SocketAddr, TcpListener as StdListener},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
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
    config::HttpConfig,
    error::{ServeError, at_least_one},
    server::spawn,
};

/// Most headers of a request.
const MOST_HEADERS: usize = 64;

/// Pause after the system refused a connection: it is out of files or memory.
const PAUSE: Duration = Duration::from_millis(50);

/// An address that is listened on; nobody is answered yet.
#[derive(Debug)]
pub(crate) struct Listening {
    listener: StdListener,
    runtime: Runtime,
    pub(crate) address: SocketAddr,
}

impl Listening {
    /// # Errors
    /// If the address is taken, or a number of the configuration is out of its range.
    pub(crate) fn new(config: &HttpConfig) -> Result<Self, ServeError> {
        let positive = [
            ("max_connections", config.max_connections),
            ("threads", config.threads),
        ];
        at_least_one(positive)?;
        let listen = |source| ServeError::Listen {
            address: config.listen,
            source,
        };
        let listener = StdListener::bind(config.listen).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(config.threads)
            .thread_name("shuzi-http")
            .enable_all()
            .build()
            .map_err(ServeError::Thread)?;
        Ok(Self {
            listener,
            runtime,
            address,
        })
    }
}

/// How connections are taken.
pub(crate) struct Connections {
    /// Most at once.
    pub(crate) most: usize,
    /// Longest time that a request's head may take, and a connection may lie idle.
    pub(crate) head_timeout: Duration,
    /// Longest time for them to end once no more are taken.
    pub(crate) grace: Duration,
    /// Whether that is so.
    pub(crate) stopping: Arc<AtomicBool>,
}

impl Connections {
    /// Takes connections, on a thread of its own, until what is returned is told to stop or
    /// dropped; then lets those that are there end.
    pub(crate) fn start(self, listening: Listening, app: Router) -> Result<Running, ServeError> {
        let (stop, stopped) = oneshot::channel();
        let work = move || self.serve(listening.runtime, listening.listener, app, stopped);
        Ok(Running {
            stop: Some(stop),
            thread: Some(spawn("shuzi-accept", work)?),
        })
    }

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
            .header_read_timeout(self.head_timeout)
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

/// The thread that takes connections.
#[derive(Debug)]
pub(crate) struct Running {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Takes no more, and waits until those that are there have ended.
    pub(crate) fn end(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has ended, too.
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}
