//! shuzi over HTTP: numbers off pictures, and its networks by the Open Inference Protocol.
//!
//! | path | answers |
//! |---|---|
//! | `POST /v1/read`, `POST /v1/read/batch` | the numbers on pictures, in the command line's JSON |
//! | `/v2…` | the Open Inference Protocol (KServe v2) with binary tensors |
//! | `/healthz`, `/readyz`, `/metrics`, `/info`, `/openapi.json` | what who runs it needs |
//! | `/`, `/docs` | a page to draw on, and one of all paths |
//!
//! One thread owns the networks ([`Engine`]). Requests wait for it in a bounded queue, and what
//! waits together is answered together: the answers are the same bits as alone.
//!
//! ```
//! use shuzi_models::{Model, READER};
//! use shuzi_nn::Threads;
//! use shuzi_reader::{Reader, ReaderConfig};
//! use shuzi_server::{BoxError, Networks, Server, ServerConfig};
//!
//! let mut config = ServerConfig::default();
//! config.http.listen = ([127, 0, 0, 1], 0).into();
//! let server = Server::start(config, || {
//!     let model = Model::load(READER)?;
//!     let reader = Reader::new(model.classifier(Threads::single())?, ReaderConfig::default())?;
//!     Ok::<_, BoxError>(Networks::new(reader).with_model(READER, &model, Threads::single())?)
//! })?;
//! println!("http://{}", server.address());
//! server.stop();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod access;
mod config;
mod connections;
mod engine;
mod error;
mod http;
mod metrics;
mod networks;
mod review;
mod server;
mod tensors;
mod work;

pub use config::{Access, HttpConfig, ServerConfig};
pub use engine::{Engine, ModelInfo, PageRead, Upload, Wanted};
pub use error::{BoxError, ModelRefused, PageError, ServeError};
pub use http::openapi_json;
pub use networks::Networks;
pub use review::{ReviewConfig, ReviewServer};
pub use server::Server;
