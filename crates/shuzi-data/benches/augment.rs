//! Time of one distorted 28×28 digit.

use divan::Bencher;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use shuzi_data::augment::{Augmentation, Augmenter};
use shuzi_data::fixture;

fn main() {
    divan::main();
}

#[divan::bench(args = ["none", "affine", "moderate", "upstrokes"])]
fn augment(bencher: Bencher<'_, '_>, name: &str) {
    let augmentation = match name {
        "none" => Augmentation::none(),
        "affine" => Augmentation {
            elastic: None,
            ..Augmentation::moderate()
        },
        "upstrokes" => Augmentation {
            upstroke_probability: 1.0,
            ..Augmentation::moderate()
        },
        _ => Augmentation::moderate(),
    };
    let (train, _) = fixture::load();
    let mut augmenter = Augmenter::new(&augmentation, train.height(), train.width())
        .expect("the presets are in range");
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut output = vec![0.0; train.images().image_size()];
    let labels = train.labels().iter().copied();
    let pixels = train.images().pixels().chunks_exact(output.len());
    let mut samples = pixels.zip(labels).cycle();
    bencher.bench_local(|| {
        let (image, label) = samples.next().expect("it cycles");
        augmenter.apply(image, Some(label), &mut random, &mut output);
        divan::black_box(&output);
    });
}
