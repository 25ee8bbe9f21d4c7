//! Images with their labels.

use std::path::Path;

use crate::idx::{self, Images, Labels};

/// Number of classes: the digits 0 to 9.
pub const CLASSES: usize = 10;

/// Label of an image that shows no digit, in sets that have such.
pub const NO_DIGIT: u8 = 10;

/// Label of an image that shows no two digits, in sets of pairs: one that shows `a` and
/// `b` beside each other has the label 10`a` + `b`.
pub const NO_PAIR: u8 = 100;

/// Images of digits with their labels: as many of the one as of the other, every label in
/// 0..=9 or [`NO_DIGIT`]; or of pairs of digits, up to [`NO_PAIR`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    images: Images,
    labels: Labels,
}

/// Why images and labels are not a [`Dataset`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// A file could not be read.
    #[error(transparent)]
    Idx(#[from] idx::Error),
    /// The numbers of images and labels differ.
    #[error("{images} images but {labels} labels: expected as many of each")]
    Counts {
        /// Number of images.
        images: usize,
        /// Number of labels.
        labels: usize,
    },
    /// Sets to be joined have images of other sizes.
    #[error("images of {got:?} (height, width) beside others of {expected:?}")]
    Sizes {
        /// Those of the first set.
        expected: [usize; 2],
        /// Those of another.
        got: [usize; 2],
    },
    /// A label is neither a digit nor a pair.
    #[error(
        "label {index} is {label}: expected 0 to 9, or 10 for no digit (of pairs 0 to 99, or 100)"
    )]
    Label {
        /// Where the label stands, from 0.
        index: usize,
        /// Its value.
        label: u8,
    },
    /// A label is no digit, in a set that should have no other.
    #[error("label {index} is {label}: expected a digit, 0 to 9")]
    Digit {
        /// Where the label stands, from 0.
        index: usize,
        /// Its value.
        label: u8,
    },
}

impl Dataset {
    /// Joins images and labels.
    ///
    /// # Errors
    ///
    /// [`DatasetError::Counts`] or [`DatasetError::Label`].
    pub fn new(images: Images, labels: Labels) -> Result<Self, DatasetError> {
        let (n, values) = (images.count(), labels.values());
        if n != values.len() {
            return Err(DatasetError::Counts {
                images: n,
                labels: values.len(),
            });
        }
        if let Some(index) = values.iter().position(|&v| v > NO_PAIR) {
            return Err(DatasetError::Label {
                index,
                label: values[index],
            });
        }
        Ok(Self { images, labels })
    }

    /// Reads a pair of IDX files, plain or gzip.
    ///
    /// # Errors
    ///
    /// Any [`DatasetError`]; one about a file names it.
    pub fn read(images: &Path, labels: &Path) -> Result<Self, DatasetError> {
        Self::new(idx::read_images(images)?, idx::read_labels(labels)?)
    }

    /// This set and after it the samples of others.
    ///
    /// # Errors
    ///
    /// [`DatasetError::Sizes`].
    pub fn join(self, others: &[Self]) -> Result<Self, DatasetError> {
        if others.is_empty() {
            return Ok(self);
        }
        let size = |set: &Self| [set.height(), set.width()];
        let expected = size(&self);
        let (mut pixels, mut labels) = (self.images.pixels().to_vec(), self.labels().to_vec());
        for other in others {
            if size(other) != expected {
                let got = size(other);
                return Err(DatasetError::Sizes { expected, got });
            }
            pixels.extend_from_slice(other.images.pixels());
            labels.extend_from_slice(other.labels());
        }
        let [height, width] = expected;
        Self::new(Images::new(height, width, pixels)?, Labels::new(labels)?)
    }

    /// Number of samples, at least one.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.images.count()
    }

    /// Height of each image in pixels.
    pub fn height(&self) -> usize {
        self.images.height()
    }

    /// Width of each image in pixels.
    pub fn width(&self) -> usize {
        self.images.width()
    }

    /// The images, `[n, h, w]`.
    pub fn images(&self) -> &Images {
        &self.images
    }

    /// The set, if it shows nothing but digits.
    ///
    /// # Errors
    ///
    /// [`DatasetError::Digit`] at the first label that is none.
    pub fn of_digits(self) -> Result<Self, DatasetError> {
        match self.labels().iter().position(|&label| label >= NO_DIGIT) {
            None => Ok(self),
            Some(index) => Err(DatasetError::Digit {
                index,
                label: self.labels()[index],
            }),
        }
    }

    /// The labels, `[n]`.
    pub fn labels(&self) -> &[u8] {
        self.labels.values()
    }

    /// The pixels `[h, w]` and the label of one sample, or `None` past the last.
    pub fn get(&self, index: usize) -> Option<(&[u8], u8)> {
        Some((self.images.get(index)?, *self.labels().get(index)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blank(n: usize) -> Images {
        Images::new(2, 2, (0..4 * n).map(|i| i as u8).collect()).unwrap()
    }

    #[test]
    fn samples_keep_their_labels() {
        let dataset = Dataset::new(blank(3), Labels::new(vec![9, 0, 4]).unwrap()).unwrap();
        assert_eq!(dataset.len(), 3);
        assert_eq!(dataset.get(1), Some((&[4, 5, 6, 7][..], 0)));
        assert_eq!(dataset.get(3), None);
    }

    #[test]
    fn sets_of_one_size_are_joined() {
        let set = |labels: Vec<u8>| {
            Dataset::new(blank(labels.len()), Labels::new(labels).unwrap()).unwrap()
        };
        let joined = set(vec![9, 0]).join(&[set(vec![4]), set(vec![10, 1])]);
        let joined = joined.unwrap();
        assert_eq!(joined.labels(), [9, 0, 4, 10, 1]);
        assert_eq!(joined.get(4), Some((&[4, 5, 6, 7][..], 1)));
        let wide = Images::new(2, 3, vec![0; 6]).unwrap();
        let wide = Dataset::new(wide, Labels::new(vec![1]).unwrap()).unwrap();
        let error = set(vec![9]).join(&[wide]).unwrap_err();
        assert!(error.to_string().contains("[2, 3]"), "{error}");
    }

    #[test]
    fn what_does_not_match_is_refused() {
        let error = Dataset::new(blank(3), Labels::new(vec![1, 2]).unwrap()).unwrap_err();
        assert!(matches!(
            error,
            DatasetError::Counts {
                images: 3,
                labels: 2
            }
        ));
        let error = Dataset::new(blank(2), Labels::new(vec![1, 101]).unwrap()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "label 1 is 101: expected 0 to 9, or 10 for no digit (of pairs 0 to 99, or 100)"
        );
        let of = |labels: [u8; 2]| {
            let data = Dataset::new(blank(2), Labels::new(labels.to_vec()).unwrap()).unwrap();
            data.of_digits()
        };
        assert!(of([0, 9]).is_ok());
        for label in [10, 57] {
            let error = of([1, label]).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("label 1 is {label}: expected a digit, 0 to 9")
            );
        }
    }

    #[test]
    fn a_file_at_fault_is_named() {
        let path = Path::new("no-such-file");
        let error = Dataset::read(path, path).unwrap_err();
        assert!(error.to_string().starts_with("no-such-file: "), "{error}");
    }
}
