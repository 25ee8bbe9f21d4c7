//! Time of one distorted 28×28 digit.

use divan::Bencher;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use shuzi_data::augment::{Augmentation, Augmenter};
use shuzi_data::fixture;

fn main() {
    divan::main();
}

#[divan::bench(args = ["none", "affine", "moderate"])]
fn augment(bencher: Bencher<'_, '_>, name: &str) {
    let augmentation = match name {
        "none" => Augmentation::none(),
        "affine" => Augmentation {
            elastic: None,
            ..Augmentation::moderate()
        },
        _ => Augmentation::moderate(),
    };
    let (train, _) = fixture::load();
    let mut augmenter = Augmenter::new(&augmentation, train.height(), train.width())
        .expect("the presets are in range");
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut output = vec![0.0; train.images().image_size()];
    let mut images = train.images().pixels().chunks_exact(output.len()).cycle();
    bencher.bench_local(|| {
        augmenter.apply(images.next().expect("it cycles"), &mut random, &mut output);
        divan::black_box(&output);
    });
}
