//! 1,500 digits of MNIST inside the crate, for tests and benchmarks.
//!
//! They are the first 100 training and the first 50 test images of each digit, in
//! MNIST's order. MNIST was made by Yann LeCun, Corinna Cortes and Christopher
//! J.C. Burges, licence CC BY-SA 3.0; see `fixtures/README.md`.

use crate::dataset::Dataset;
use crate::idx::{Images, Labels};
use crate::scheme::ClassScheme;

/// 1,000 training and 500 test samples of 28×28 pixels.
pub fn load() -> (Dataset, Dataset) {
    let train = decode(
        include_bytes!("../fixtures/train-images-idx3-ubyte.gz"),
        include_bytes!("../fixtures/train-labels-idx1-ubyte.gz"),
    );
    let test = decode(
        include_bytes!("../fixtures/t10k-images-idx3-ubyte.gz"),
        include_bytes!("../fixtures/t10k-labels-idx1-ubyte.gz"),
    );
    (train, test)
}

/// The files are part of the crate, and a test reads them: they cannot be wrong.
fn decode(images: &[u8], labels: &[u8]) -> Dataset {
    let images = Images::from_reader(images).expect("the fixture's images are IDX");
    let labels = Labels::from_reader(labels).expect("the fixture's labels are IDX");
    Dataset::new(images, labels, ClassScheme::Digits)
        .expect("the fixture's images and labels match")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_digit_is_there_as_often_as_any_other() {
        let (train, test) = load();
        for (dataset, each) in [(&train, 100), (&test, 50)] {
            assert_eq!((dataset.height(), dataset.width()), (28, 28));
            for digit in 0..10 {
                let n = dataset.labels().iter().filter(|&&l| l == digit).count();
                assert_eq!(n, each, "digit {digit}");
            }
        }
        // MNIST's first training labels.
        assert_eq!(train.labels()[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
        assert_eq!(test.labels()[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    }
}
