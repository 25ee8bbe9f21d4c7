//! Review over HTTP: what is put before operators, what they say, and the page for it.

mod api;
mod door;
mod page;

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use shuzi_review::{Operators, Store, StoreError};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    access::Hosts,
    config::HttpConfig,
    connections::{Connections, Listening, Running},
    error::ServeError,
    http::{Problem, no_method, no_route, panicked},
};

/// Most bytes of a request: a group act names at most some hundred digits.
const MOST_BODY: usize = 64 << 10;

/// Time for what was asked to be answered once no more is taken.
const GRACE: Duration = Duration::from_secs(10);

/// Where review listens, and who reviews.
#[derive(Clone, Debug)]
pub struct ReviewConfig {
    /// Where it listens.
    pub http: HttpConfig,
    /// Who reviews; everything but the page demands a token of one of them.
    pub operators: Operators,
}

/// What every route has.
#[derive(Debug)]
struct Review {
    store: Mutex<Store>,
    operators: Operators,
    hosts: Hosts,
    body_timeout: Duration,
    /// Number of the next request.
    next: AtomicU64,
}

/// What routes take.
type Shared = Arc<Review>;

/// A server for review that runs. It ends with [`stop`](Self::stop), or when it is dropped.
#[derive(Debug)]
pub struct ReviewServer {
    address: SocketAddr,
    http: Running,
}

impl ReviewServer {
    /// Starts a server for a stack.
    ///
    /// # Errors
    /// If the address is taken, or a number of the configuration is out of its range.
    pub fn start(config: ReviewConfig, store: Store) -> Result<Self, ServeError> {
        let listening = Listening::new(&config.http)?;
        let address = listening.address;
        let connections = Connections {
            most: config.http.max_connections,
            head_timeout: config.http.head_timeout,
            grace: GRACE,
            stopping: Arc::new(AtomicBool::new(false)),
        };
        let app = router(Review {
            store: Mutex::new(store),
            operators: config.operators,
            hosts: Hosts::new(&config.http.hosts),
            body_timeout: config.http.body_timeout,
            next: AtomicU64::new(1),
        });
        Ok(Self {
            address,
            http: connections.start(listening, app)?,
        })
    }

    /// Where it listens; the port is the one that was found if none was named.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections, answers what was taken, and ends.
    pub fn stop(mut self) {
        self.http.end();
    }
}

fn router(review: Review) -> Router {
    let review = Arc::new(review);
    let api = Router::new()
        .route("/review/api/me", get(api::me))
        .route("/review/api/next", post(api::next))
        .route("/review/api/group", post(api::group))
        .route("/review/api/act", post(api::act))
        .route("/review/api/statistics", get(api::statistics))
        .route_layer(middleware::from_fn_with_state(
            Arc::clone(&review),
            door::operator,
        ));
    page::with_page(api)
        .route("/healthz", get(|| async { "ok\n" }))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(middleware::from_fn_with_state(
            Arc::clone(&review),
            door::observe,
        ))
        .layer(CatchPanicLayer::custom(panicked))
        // Bodies are limited where they are taken.
        .layer(DefaultBodyLimit::disable())
        .with_state(review)
}

impl Review {
    /// Does something with the store, off the threads that wait for connections.
    async fn with<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let review = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || {
            // What a panic left half done was rolled back.
            let mut store = review.store.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut store)
        });
        match done.await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(StoreError::Act(error))) => Err(Problem::Act(error)),
            Ok(Err(error)) => {
                tracing::error!("{error}");
                Err(Problem::Store)
            }
            Err(_) => Err(Problem::Panicked),
        }
    }
}
