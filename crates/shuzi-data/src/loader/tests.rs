use super::*;
use crate::idx::{Images, Labels};
use crate::scheme::ClassScheme;

/// `n` images of 4×4 whose pixels tell their index, label = index mod 10.
fn dataset(n: usize) -> Arc<Dataset> {
    let pixels = (0..n).flat_map(|i| [i as u8; 16]).collect();
    let labels = (0..n).map(|i| (i % 10) as u8).collect();
    let images = Images::new(4, 4, pixels).unwrap();
    Arc::new(Dataset::new(images, Labels::new(labels).unwrap(), ClassScheme::Digits).unwrap())
}

fn config(batch: usize) -> LoaderConfig {
    LoaderConfig {
        batch: NonZeroUsize::new(batch).unwrap(),
        seed: 3,
        augmentation: Augmentation::none(),
        last_batch: LastBatch::Keep,
        workers: NonZeroUsize::MIN,
        prefetch: NonZeroUsize::MIN,
    }
}

fn loader(n: usize, config: LoaderConfig) -> Loader {
    Loader::new(dataset(n), (0..n).collect(), config).unwrap()
}

/// Index of each sample of a batch of [`dataset`], after checking it whole.
fn samples(batch: &Batch) -> Vec<usize> {
    assert_eq!(batch.images().len(), batch.len() * 16);
    let images = batch.images().chunks_exact(16);
    images
        .zip(batch.labels())
        .map(|(image, &label)| {
            let index = (image[0] * 255.0).round() as usize;
            assert_eq!(image, [index as f32 / 255.0; 16]);
            assert_eq!(usize::from(label), index % 10);
            index
        })
        .collect()
}

fn order(loader: &Loader, epoch: u64) -> Vec<usize> {
    let epoch = loader.epoch(epoch).unwrap();
    epoch.flat_map(|batch| samples(&batch)).collect()
}

type Bits = Vec<(Vec<u32>, Vec<u8>)>;

fn bits(loader: &Loader, epoch: u64) -> Bits {
    let epoch = loader.epoch(epoch).unwrap();
    epoch
        .map(|batch| {
            let images = batch.images().iter().map(|v| v.to_bits()).collect();
            (images, batch.labels().to_vec())
        })
        .collect()
}

#[test]
fn an_epoch_has_every_sample_once() {
    let loader = loader(100, config(32));
    let first = order(&loader, 0);
    let mut sorted = first.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..100).collect::<Vec<_>>());
    assert_ne!(first, sorted, "shuffled");
    assert_ne!(first, order(&loader, 1), "each epoch anew");
    assert_eq!(first, order(&loader, 0), "the same again");
    let other = Loader::new(
        dataset(100),
        (0..100).collect(),
        LoaderConfig {
            seed: 4,
            ..config(32)
        },
    );
    assert_ne!(first, order(&other.unwrap(), 0), "by the seed");
}

#[test]
fn only_the_indices_asked_for_come() {
    let loader = Loader::new(dataset(50), vec![7, 3, 49], config(2)).unwrap();
    let mut found = order(&loader, 0);
    found.sort_unstable();
    assert_eq!(found, [3, 7, 49]);
}

#[test]
fn the_last_batch_is_kept_or_dropped() {
    let sizes = |loader: &Loader| -> Vec<usize> {
        let epoch = loader.epoch(0).unwrap();
        assert_eq!(epoch.len(), loader.batches());
        epoch.map(|batch| batch.len()).collect()
    };
    let keep = loader(100, config(32));
    assert_eq!(sizes(&keep), [32, 32, 32, 4]);
    assert_eq!(keep.samples(), 100);
    let drop = |n| {
        let last_batch = LastBatch::Drop;
        loader(
            n,
            LoaderConfig {
                last_batch,
                ..config(32)
            },
        )
    };
    assert_eq!(sizes(&drop(100)), [32, 32, 32]);
    assert_eq!(drop(100).samples(), 96);
    assert_eq!(sizes(&drop(64)), [32, 32]);
    assert!(sizes(&drop(31)).is_empty());
}

#[test]
fn workers_change_no_bit() {
    let with = |workers: usize, prefetch: usize| {
        loader(
            100,
            LoaderConfig {
                augmentation: Augmentation::moderate(),
                workers: NonZeroUsize::new(workers).unwrap(),
                prefetch: NonZeroUsize::new(prefetch).unwrap(),
                ..config(8)
            },
        )
    };
    let expected = bits(&with(1, 1), 2);
    assert_eq!(expected.len(), 13);
    for (workers, prefetch) in [(1, 4), (2, 1), (3, 2), (50, 1)] {
        assert_eq!(
            bits(&with(workers, prefetch), 2),
            expected,
            "{workers}, {prefetch}"
        );
    }
}

#[test]
fn a_sample_is_distorted_anew_in_each_epoch() {
    let loader = Loader::new(
        dataset(10),
        vec![9],
        LoaderConfig {
            augmentation: Augmentation::moderate(),
            ..config(1)
        },
    )
    .unwrap();
    assert_ne!(bits(&loader, 0), bits(&loader, 1));
}

#[test]
fn memory_is_used_again() {
    let loader = loader(100, config(1));
    for epoch in 0..3 {
        assert_eq!(loader.epoch(epoch).unwrap().count(), 100);
        // One being made, one waiting to be sent, one ready, one in use.
        let idle = loader.shared.pool.idle();
        assert!((1..=4).contains(&idle), "epoch {epoch}: {idle} buffers");
    }
}

#[test]
fn batches_may_be_kept_beyond_the_loader() {
    let batches: Vec<Batch> = loader(10, config(4)).epoch(0).unwrap().collect();
    let mut found: Vec<usize> = batches.iter().flat_map(samples).collect();
    found.sort_unstable();
    assert_eq!(found, (0..10).collect::<Vec<_>>());
}

#[test]
fn dropping_an_epoch_ends_its_threads() {
    for workers in [1, 3] {
        let loader = loader(
            100,
            LoaderConfig {
                workers: NonZeroUsize::new(workers).unwrap(),
                ..config(2)
            },
        );
        let mut epoch = loader.epoch(0).unwrap();
        epoch.next().unwrap();
        drop(epoch); // joins them: would hang if one went on
        assert_eq!(Arc::strong_count(&loader.shared), 1);
        drop(loader.epoch(1).unwrap());
        assert_eq!(Arc::strong_count(&loader.shared), 1);
    }
}

#[test]
fn a_workers_panic_is_passed_on() {
    // An augmenter of another size, which `Loader::new` would never make.
    let good = loader(20, config(2));
    let shared = Shared {
        dataset: Arc::clone(&good.shared.dataset),
        indices: (0..20).collect(),
        config: config(2),
        augmenter: Augmenter::new(&Augmentation::none(), 5, 5).unwrap(),
        pool: Arc::default(),
    };
    let bad = Loader {
        shared: Arc::new(shared),
    };
    let mut epoch = bad.epoch(0).unwrap();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| epoch.next()));
    assert!(panic.is_err());
    drop(epoch);
}

#[test]
fn impossible_requests_are_refused() {
    let make = |indices, augmentation| {
        Loader::new(
            dataset(10),
            indices,
            LoaderConfig {
                augmentation,
                ..config(2)
            },
        )
        .unwrap_err()
    };
    let none = Augmentation::none();
    assert!(matches!(make(vec![], none), LoaderError::NoSamples));
    assert!(matches!(
        make(vec![3, 10], none),
        LoaderError::Index { index: 10, n: 10 }
    ));
    let zoom_fraction = 2.0;
    let wrong = Augmentation {
        zoom_fraction,
        ..none
    };
    assert!(matches!(
        make(vec![1], wrong),
        LoaderError::Augmentation(error) if error.name == "zoom_fraction"
    ));
}

#[test]
fn plain_batches_are_the_images_in_order() {
    let dataset = dataset(10);
    let two = NonZeroUsize::new(2).unwrap();
    let batches = plain_batches(&dataset, &[9, 0, 4], two).unwrap();
    assert_eq!(batches.len(), 2);
    let found: Vec<_> = batches.map(|batch| samples(&batch)).collect();
    assert_eq!(found, [vec![9, 0], vec![4]]);
    assert!(matches!(
        plain_batches(&dataset, &[10], two),
        Err(LoaderError::Index { index: 10, n: 10 })
    ));
}

/// A label of 1 is the digit in one set and the pair 01 in another, which no distortion of
/// the digit's shape must meet.
#[test]
fn distortions_of_a_digit_never_meet_a_bigram() {
    let (train, _) = crate::fixture::load();
    let ones = Images::new(
        28,
        28,
        (0..train.len())
            .filter_map(|index| train.get(index))
            .filter(|(_, label)| *label == 1)
            .flat_map(|(image, _)| image.to_vec())
            .collect(),
    )
    .unwrap();
    let changed = |label: u8, scheme: ClassScheme| {
        let labels = Labels::new(vec![label; ones.count()]).unwrap();
        let dataset = Dataset::new(ones.clone(), labels, scheme).unwrap();
        let config = LoaderConfig {
            augmentation: Augmentation {
                upstroke_probability: 1.0,
                looped_two_probability: 1.0,
                mirrored_nine_probability: 1.0,
                curled_nine_probability: 1.0,
                ..Augmentation::none()
            },
            ..config(7)
        };
        let indices = (0..dataset.len()).collect();
        let loader = Loader::new(Arc::new(dataset), indices, config).unwrap();
        let plain: std::collections::HashSet<Vec<u32>> = ones
            .pixels()
            .chunks(28 * 28)
            .map(|image| {
                image
                    .iter()
                    .map(|&p| (f32::from(p) / 255.0).to_bits())
                    .collect()
            })
            .collect();
        let mut changed = 0;
        for batch in loader.epoch(0).unwrap() {
            for image in batch.images().chunks(28 * 28) {
                let bits: Vec<u32> = image.iter().map(|value| value.to_bits()).collect();
                changed += usize::from(!plain.contains(&bits));
            }
        }
        changed
    };
    assert!(changed(1, ClassScheme::Digits) >= 70);
    assert!(changed(1, ClassScheme::DigitsAndNone) >= 70);
    for label in [1, 2, 9] {
        assert_eq!(changed(label, ClassScheme::Bigrams), 0, "{label}");
    }
    assert_eq!(changed(10, ClassScheme::DigitsAndNone), 0);
}
