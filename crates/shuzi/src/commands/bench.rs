//! `shuzi bench`: how fast this machine is.

use std::{
    num::NonZeroUsize,
    time::{Duration, Instant},
};

use serde::Serialize;
use shuzi_models::{DEFAULT, ModelConfig};
use shuzi_nn::{
    Classifier, ClassifierConfig, Initialisation, Network, NetworkConfig, Optimizer,
    OptimizerConfig,
};

use crate::{Outcome, args::Format, context::Context, output};

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
}

/// The JSON output.
#[derive(Debug, Serialize)]
struct Record {
    batch: usize,
    threads: usize,
    ms_median: f64,
    images_per_second: f64,
}

pub(crate) fn run(args: &Args, context: &Context) -> anyhow::Result<Outcome> {
    let architecture = ModelConfig::load(&args.model)?.architecture;
    let batch = args.batch.get();
    let threads = context.threads.clone();
    let count = threads.count().get();
    let images = made_up(batch * architecture.input.len());
    let config = NetworkConfig {
        max_batch: if args.train { batch } else { 1 },
        seed: 1,
        initialisation: Initialisation::He,
        threads: threads.clone(),
    };
    let mut network = Network::new(&architecture, config)?;
    let ms_median = if args.train {
        let mut optimizer = Optimizer::new(OptimizerConfig::adam(), 1e-3, &network);
        let classes = network.classes();
        let labels: Vec<u8> = (0..batch).map(|index| (index % classes) as u8).collect();
        median_ms(|| {
            network.train_step(&images, &labels, &mut optimizer)?;
            Ok(())
        })?
    } else {
        let config = ClassifierConfig { threads };
        let mut classifier = Classifier::new(&architecture, &network.weights(), config)?;
        median_ms(|| {
            classifier.logits(&images)?;
            Ok(())
        })?
    };
    let record = Record {
        batch,
        threads: count,
        ms_median,
        images_per_second: batch as f64 * 1e3 / ms_median,
    };
    match context.format {
        Format::Text => {
            let what = if args.train {
                "training step"
            } else {
                "recognition"
            };
            output::line(format_args!(
                "{}, {what}, batch {batch}, threads {count}: {ms_median:.2} ms, {:.0} images/s",
                architecture.name, record.images_per_second
            ))?;
        }
        Format::Json => output::json(&record)?,
    }
    Ok(Outcome::Done)
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
