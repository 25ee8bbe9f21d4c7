//! `shuzi serve`: reading over HTTP.

mod door;
pub(crate) mod process;

use std::{net::SocketAddr, time::Duration};

use shuzi_models::{Model, READER, shipped_names};
use shuzi_nn::Threads;
use shuzi_reader::{Limits, ReaderConfig};
use shuzi_server::{Access, BoxError, HttpConfig, Networks, Server, ServerConfig};

use self::{
    door::DoorArgs,
    process::{Log, signals},
};
use super::{
    model::{NetworkArgs, load},
    read::probability,
};
use crate::{context::Context, outcome::Outcome, output};

/// Bytes of a megabyte.
const MEGA: usize = 1 << 20;

/// Answer over HTTP: the numbers on pictures, and networks on tensors
///
/// `POST /v1/read` takes a picture and gives the JSON of `shuzi read`; `/v1/read/batch` takes
/// many. `/v2` is the Open Inference Protocol (KServe v2) for the networks themselves.
/// `GET /openapi.json` describes all. A line on stderr says where it listens. Ctrl-C or SIGTERM
/// ends it once what it took is answered; a second one at once.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shuzi serve                            on this machine alone, port 8080
  curl --data-binary @slip.png http://127.0.0.1:8080/v1/read
  curl -F file=@a.png -F file=@b.png http://127.0.0.1:8080/v1/read/batch
  shuzi serve --listen 127.0.0.1:0       on a port that is free
  SHUZI_TOKEN=… shuzi serve --listen 0.0.0.0:8080 --host slips.lan
                                         for other machines, with a token
  shuzi serve --log info                 with a line for each request")]
pub(crate) struct Args {
    /// Address and port; port 0 is one that is free
    #[arg(long, value_name = "ADDRESS", default_value_t = HttpConfig::default().listen)]
    listen: SocketAddr,
    /// A shipped model, a run's directory or a .safetensors file
    #[arg(long, value_name = "MODEL", default_value = READER)]
    model: String,
    #[command(flatten)]
    networks: NetworkArgs,
    /// Least confidence of a number that is accepted, 0 to 1, unless a request names one
    #[arg(long, value_name = "P", default_value_t = ServerConfig::default().min_confidence, value_parser = probability)]
    min_confidence: f32,
    /// Most images and tensors that are taken at once; more are refused with 503
    #[arg(long, value_name = "N", default_value_t = ServerConfig::default().queue as u32, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    queue: u32,
    /// Longest wait for others to be answered with, in milliseconds
    #[arg(long, value_name = "MS", default_value = "1", value_parser = milliseconds)]
    max_wait: Duration,
    /// Longest time of a request, in seconds; after it the answer is 503
    #[arg(long, value_name = "S", default_value = "10", value_parser = seconds)]
    deadline: Duration,
    /// Most pixels of an image, in millions
    #[arg(long, value_name = "MP", default_value_t = Limits::default().pixels / 1_000_000, value_parser = clap::value_parser!(u64).range(1..=4000))]
    max_megapixels: u64,
    /// Most pages of a TIFF
    #[arg(long, value_name = "N", default_value_t = ServerConfig::default().limits.pages as u64, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    max_pages: u64,
    /// Most bytes of a request, in MB
    #[arg(long, value_name = "MB", default_value_t = (ServerConfig::default().max_body / MEGA) as u32, value_parser = clap::value_parser!(u32).range(1..=2000))]
    max_body: u32,
    /// What is written to stderr: never a picture, and no path of a client's
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
    log: Log,
    #[command(flatten)]
    door: DoorArgs,
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(ms) if (0.0..=1000.0).contains(&ms) => Ok(Duration::from_secs_f64(ms / 1e3)),
        _ => Err("expected milliseconds from 0 to 1000".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.001..=3600.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("expected seconds from 0.001 to 3600".to_owned()),
    }
}

pub(crate) fn run(
    args: Args,
    mut words: clap::Command,
    context: &Context,
) -> anyhow::Result<Outcome> {
    let access = args.door.access(args.listen, &mut words)?;
    args.log.start();
    let signals = signals()?;
    let threads = context.threads.clone();
    let config = config(&args, access, &threads);
    let networks = move || -> Result<Networks, BoxError> { Ok(networks(&args, &threads)?) };
    let server = Server::start(config, networks)?;
    output::note(format_args!("listening on http://{}", server.address()));
    // An error is a handler that is gone: there is nothing to wait for.
    let _ = signals.recv();
    output::note("ending once all that was taken is answered");
    server.stop();
    Ok(Outcome::Done)
}

fn config(args: &Args, access: Access, threads: &Threads) -> ServerConfig {
    let limits = Limits {
        pixels: args.max_megapixels * 1_000_000,
        pages: args.max_pages as usize,
        ..Limits::default()
    };
    let max_body = args.max_body as usize * MEGA;
    let all = ServerConfig::default();
    let http = HttpConfig {
        listen: args.listen,
        hosts: args.door.hosts.clone(),
        threads: threads.count().get().min(all.http.threads),
        ..all.http
    };
    ServerConfig {
        http,
        access,
        queue: args.queue as usize,
        max_wait: args.max_wait,
        deadline: args.deadline,
        limits,
        min_confidence: args.min_confidence,
        max_body,
        max_bodies: all.max_bodies.max(max_body),
        ..all
    }
}

/// The reader, and the shipped networks that take images of one digit or two.
fn networks(args: &Args, threads: &Threads) -> anyhow::Result<Networks> {
    let reader = args
        .networks
        .reader(&args.model, ReaderConfig::default(), threads)?;
    let mut networks = Networks::new(reader);
    for name in shipped_names() {
        let model: Model = load(name)?;
        if model.config.architecture.width.is_fixed() {
            networks = networks.with_model(name, &model, threads.clone())?;
        }
    }
    Ok(networks)
}
