//! `shuzi bench`: how fast this machine is.

use std::{
    num::NonZeroUsize,
    time::{Duration, Instant},
};

use serde::Serialize;
use shuzi_models::{DEFAULT, ModelConfig};
use shuzi_nn::{
    Architecture, Classifier, ClassifierConfig, Initialisation, Kernels, Network, NetworkConfig,
    Optimizer, OptimizerConfig, Threads,
};

use crate::{context::Context, format::Format, outcome::Outcome, output};

/// Fewest rounds of a measurement.
const ROUNDS: usize = 7;

/// Least time of a measurement.
const LEAST: Duration = Duration::from_secs(2);

/// Time this machine
///
/// Runs a network with fresh weights on made-up images, several rounds after
/// one to warm up, and prints the median.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A network's name, a config.json, or the directory of a run or model
    #[arg(long, value_name = "MODEL", default_value = DEFAULT)]
    model: String,
    /// Time training steps instead of recognition
    #[arg(long)]
    train: bool,
    /// Images at a time
    #[arg(long, value_name = "N", default_value = "32")]
    batch: NonZeroUsize,
    /// Time one thread, too, and say how many times faster all are
    #[arg(long)]
    scaling: bool,
}

/// The JSON output.
#[derive(Debug, Serialize)]
struct Record {
    batch: usize,
    threads: usize,
    ms_median: f64,
    images_per_second: f64,
    /// Memory of the whole program, in MB of 1,000,000 bytes; where the system
    /// does not say, nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_mb: Option<f64>,
    /// With `--scaling`.
    #[serde(skip_serializing_if = "Option::is_none")]
    one_thread: Option<OneThread>,
}

/// The same by one thread.
#[derive(Debug, Serialize)]
struct OneThread {
    ms_median: f64,
    images_per_second: f64,
    /// How many times longer it takes than all threads.
    speedup: f64,
}

pub(crate) fn run(args: &Args, context: &Context) -> anyhow::Result<Outcome> {
    let architecture = ModelConfig::load(&args.model)?.architecture;
    let batch = args.batch.get();
    let (ms_median, memory_mb) = measure(args, &architecture, context.threads.clone())?;
    let rate = |ms: f64| batch as f64 * 1e3 / ms;
    let one_thread = if args.scaling {
        let (ms, _) = measure(args, &architecture, Threads::single())?;
        Some(OneThread {
            ms_median: ms,
            images_per_second: rate(ms),
            speedup: ms / ms_median,
        })
    } else {
        None
    };
    let record = Record {
        batch,
        threads: context.threads.count().get(),
        ms_median,
        images_per_second: rate(ms_median),
        memory_mb,
        one_thread,
    };
    match context.format {
        Format::Text => print(&architecture.name, args, &record)?,
        Format::Json => output::json(&record)?,
    }
    Ok(Outcome::Done)
}

/// Median time of a batch in milliseconds, and what memory the program then has.
fn measure(
    args: &Args,
    architecture: &Architecture,
    threads: Threads,
) -> anyhow::Result<(f64, Option<f64>)> {
    let batch = args.batch.get();
    let images = made_up(batch * architecture.input.len());
    let config = NetworkConfig {
        max_batch: if args.train { batch } else { 1 },
        seed: 1,
        initialisation: Initialisation::He,
        kernels: Kernels::Fast,
        threads: threads.clone(),
    };
    let mut network = Network::new(architecture, config)?;
    if args.train {
        let mut optimizer = Optimizer::new(OptimizerConfig::adam(), 1e-3, &network);
        let classes = network.classes();
        let labels: Vec<u8> = (0..batch).map(|index| (index % classes) as u8).collect();
        let ms = median_ms(|| {
            network.train_step(&images, &labels, &mut optimizer)?;
            Ok(())
        })?;
        return Ok((ms, memory_mb()));
    }
    let mut classifier = Classifier::new(
        architecture,
        &network.weights(),
        ClassifierConfig { threads },
    )?;
    drop(network);
    let ms = median_ms(|| {
        classifier.logits(&images)?;
        Ok(())
    })?;
    Ok((ms, memory_mb()))
}

/// Memory of the program that is in use, in MB.
fn memory_mb() -> Option<f64> {
    let stats = memory_stats::memory_stats()?;
    Some(stats.physical_mem as f64 / 1e6)
}

fn print(name: &str, args: &Args, record: &Record) -> std::io::Result<()> {
    let Record {
        batch,
        threads,
        ms_median,
        images_per_second,
        ..
    } = record;
    let what = if args.train {
        "training step"
    } else {
        "recognition"
    };
    output::line(format_args!(
        "{name}, {what}, batch {batch}, threads {threads}: {ms_median:.2} ms, {images_per_second:.0} images/s"
    ))?;
    if let Some(one) = &record.one_thread {
        output::line(format_args!(
            "one thread: {:.2} ms, {:.0} images/s; all of them are {:.2} times as fast",
            one.ms_median, one.images_per_second, one.speedup
        ))?;
    }
    if let Some(memory) = record.memory_mb {
        output::line(format_args!("memory in use: {memory:.0} MB"))?;
    }
    Ok(())
}

/// Values of 0 to 1 without much pattern.
fn made_up(len: usize) -> Vec<f32> {
    let values = (0..len as u32).map(|index| index.wrapping_mul(2_654_435_761) >> 24);
    values.map(|value| value as f32 / 255.0).collect()
}

/// Median time of `round` in milliseconds.
fn median_ms(mut round: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    round()?;
    let start = Instant::now();
    let mut times = Vec::new();
    while times.len() < ROUNDS || start.elapsed() < LEAST {
        let start = Instant::now();
        round()?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}
