//! Distorts every training image of one digit COPIES times and writes the copies of the
//! first, then those of the second, as IDX: to look at, or to train elsewhere.
//!
//! `cargo run --release -p shuzi-data --example distort -- AUGMENTATION.json DIGIT COPIES OUT.gz
//! [IMAGES LABELS]`, MNIST's training images where none are named.

use std::error::Error;
use std::path::Path;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use shuzi_data::augment::{Augmentation, Augmenter};
use shuzi_data::idx::{Compression, Images, write_images};
use shuzi_data::mnist::{Part, Store};
use shuzi_data::{ClassScheme, Dataset};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [augmentation, digit, copies, out, rest @ ..] = arguments.as_slice() else {
        return Err("expected: AUGMENTATION.json DIGIT COPIES OUT.gz [IMAGES LABELS]".into());
    };
    let augmentation: Augmentation = serde_json::from_str(&std::fs::read_to_string(augmentation)?)?;
    let (digit, copies): (u8, usize) = (digit.parse()?, copies.parse()?);
    let dataset = match rest {
        [images, labels] => Dataset::read(
            Path::new(images),
            Path::new(labels),
            ClassScheme::DigitsAndNone,
        )?,
        _ => Store::from_environment()?.load(Part::Train)?,
    };
    let (height, width) = (dataset.height(), dataset.width());
    let mut augmenter = Augmenter::new(&augmentation, height, width)?;
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut distorted = vec![0.0; height * width];
    let mut pixels = Vec::new();
    for (image, label) in (0..dataset.len()).filter_map(|i| dataset.get(i)) {
        if label != digit {
            continue;
        }
        for _ in 0..copies {
            augmenter.apply(image, Some(label), &mut random, &mut distorted);
            pixels.extend(distorted.iter().map(|value| (value * 255.0).round() as u8));
        }
    }
    let images = Images::new(height, width, pixels)?;
    write_images(Path::new(out), &images, Compression::Gzip)?;
    Ok(())
}
