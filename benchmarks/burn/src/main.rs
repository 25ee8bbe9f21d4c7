//! Times steps of training by burn's CPU backend: forward pass, cross-entropy, backward
//! pass and Adam, on the images of `shuzi bench`.
//!
//! `shuzi-burn-peer CONFIG BATCH` takes a network's config.json and the size of a batch.
//! It prints `ready`, then for every line that it reads the median milliseconds of a step
//! over a second and a half. `RAYON_NUM_THREADS` says on how many threads.

mod network;

use std::{
    env,
    error::Error,
    io::{Write, stdin, stdout},
    time::{Duration, Instant},
};

use burn::{
    backend::{Autodiff, Flex, flex::FlexDevice},
    nn::loss::CrossEntropyLossConfig,
    optim::{AdamConfig, GradientsParams, Optimizer},
    tensor::{Int, Tensor, TensorData},
};
use network::Network;

type Engine = Autodiff<Flex>;

/// How long a round is.
const ROUND: Duration = Duration::from_millis(1500);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(config), Some(batch)) = (arguments.next(), arguments.next()) else {
        return Err("usage: shuzi-burn-peer CONFIG BATCH".into());
    };
    let config = serde_json::from_str(&std::fs::read_to_string(config)?)?;
    let batch: usize = batch.parse()?;
    let device = FlexDevice;
    let (mut network, [c, h, w], classes) = Network::<Engine>::build(&config, &device)?;
    let pixels = (0..batch * c * h * w)
        .map(|i| ((i as u32).wrapping_mul(2_654_435_761) >> 24) as f32 / 255.0);
    let images = TensorData::new(pixels.collect::<Vec<f32>>(), [batch, c, h, w]);
    let images = Tensor::<Engine, 4>::from_data(images, &device);
    let labels: Vec<i32> = (0..batch).map(|i| (i % classes) as i32).collect();
    let labels = Tensor::<Engine, 1, Int>::from_data(TensorData::new(labels, [batch]), &device);
    let loss_of = CrossEntropyLossConfig::new().init(&device);
    let mut optimizer = AdamConfig::new().init::<Engine, Network<Engine>>();

    let mut step = |network: Network<Engine>| -> Network<Engine> {
        let loss = loss_of.forward(network.forward(images.clone()), labels.clone());
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        let network = optimizer.step(1e-3, network, gradients);
        let _: f32 = loss.into_scalar();
        network
    };
    for _ in 0..2 {
        network = step(network);
    }
    println!("ready");
    for line in stdin().lines() {
        line?;
        let (start, mut times) = (Instant::now(), Vec::new());
        while times.len() < 3 || start.elapsed() < ROUND {
            let start = Instant::now();
            network = step(network);
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        println!("{}", times[times.len() / 2]);
        stdout().flush()?;
    }
    Ok(())
}
