//! Images with their labels.

use std::path::Path;

use crate::idx::{self, Images, Labels};
use crate::scheme::ClassScheme;

/// Images with their labels: as many of the one as of the other, every label one of the
/// set's [`ClassScheme`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    images: Images,
    labels: Labels,
    scheme: ClassScheme,
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
    /// A label is not of the set's scheme.
    #[error("label {index} is {label}: expected {scheme}")]
    Label {
        /// Where the label stands, from 0.
        index: usize,
        /// Its value.
        label: u8,
        /// What labels may be.
        scheme: ClassScheme,
    },
    /// Labels of sets stand for different things.
    #[error("a set whose labels are {got} beside another: expected {expected}")]
    Schemes {
        /// What those of the first set are.
        expected: ClassScheme,
        /// Those of another.
        got: ClassScheme,
    },
}

impl Dataset {
    /// Joins images and labels, which stand for what `scheme` says.
    ///
    /// # Errors
    ///
    /// [`DatasetError::Counts`] or [`DatasetError::Label`].
    pub fn new(images: Images, labels: Labels, scheme: ClassScheme) -> Result<Self, DatasetError> {
        let (n, values) = (images.count(), labels.values());
        if n != values.len() {
            return Err(DatasetError::Counts {
                images: n,
                labels: values.len(),
            });
        }
        check(values, scheme)?;
        Ok(Self {
            images,
            labels,
            scheme,
        })
    }

    /// Reads a pair of IDX files, plain or gzip, whose labels stand for what `scheme` says.
    ///
    /// # Errors
    ///
    /// Any [`DatasetError`]; one about a file names it.
    pub fn read(images: &Path, labels: &Path, scheme: ClassScheme) -> Result<Self, DatasetError> {
        Self::new(idx::read_images(images)?, idx::read_labels(labels)?, scheme)
    }

    /// This set and after it the samples of others.
    ///
    /// # Errors
    ///
    /// [`DatasetError::Sizes`] or [`DatasetError::Schemes`].
    pub fn join(self, others: &[Self]) -> Result<Self, DatasetError> {
        if others.is_empty() {
            return Ok(self);
        }
        let size = |set: &Self| [set.height(), set.width()];
        let expected = size(&self);
        let mut scheme = self.scheme;
        let (mut pixels, mut labels) = (self.images.pixels().to_vec(), self.labels().to_vec());
        for other in others {
            if size(other) != expected {
                let got = size(other);
                return Err(DatasetError::Sizes { expected, got });
            }
            scheme = scheme.joined(other.scheme).ok_or(DatasetError::Schemes {
                expected: scheme,
                got: other.scheme,
            })?;
            pixels.extend_from_slice(other.images.pixels());
            labels.extend_from_slice(other.labels());
        }
        let [height, width] = expected;
        Self::new(
            Images::new(height, width, pixels)?,
            Labels::new(labels)?,
            scheme,
        )
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

    /// What the labels stand for.
    pub fn scheme(&self) -> ClassScheme {
        self.scheme
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

/// Checks that every label is one of the scheme's.
fn check(labels: &[u8], scheme: ClassScheme) -> Result<(), DatasetError> {
    match labels.iter().position(|&label| !scheme.contains(label)) {
        None => Ok(()),
        Some(index) => Err(DatasetError::Label {
            index,
            label: labels[index],
            scheme,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blank(n: usize) -> Images {
        Images::new(2, 2, (0..4 * n).map(|i| i as u8).collect()).unwrap()
    }

    fn set(labels: Vec<u8>, scheme: ClassScheme) -> Result<Dataset, DatasetError> {
        Dataset::new(blank(labels.len()), Labels::new(labels).unwrap(), scheme)
    }

    use ClassScheme::{Bigrams, Digits, DigitsAndNone};

    #[test]
    fn samples_keep_their_labels() {
        let dataset = set(vec![9, 0, 4], Digits).unwrap();
        assert_eq!(dataset.len(), 3);
        assert_eq!(dataset.get(1), Some((&[4, 5, 6, 7][..], 0)));
        assert_eq!(dataset.get(3), None);
    }

    #[test]
    fn sets_of_one_size_are_joined() {
        let set = |labels, scheme| set(labels, scheme).unwrap();
        let joined = set(vec![9], Digits)
            .join(&[set(vec![4], Digits), set(vec![10, 1], DigitsAndNone)])
            .unwrap();
        assert_eq!(joined.labels(), [9, 4, 10, 1]);
        assert_eq!(joined.scheme(), DigitsAndNone);
        assert_eq!(joined.get(3), Some((&[4, 5, 6, 7][..], 1)));
        let wide = Images::new(2, 3, vec![0; 6]).unwrap();
        let wide = Dataset::new(wide, Labels::new(vec![1]).unwrap(), Digits).unwrap();
        let error = set(vec![9], Digits).join(&[wide]).unwrap_err();
        assert!(error.to_string().contains("[2, 3]"), "{error}");
        let error = set(vec![9], Digits).join(&[set(vec![9], Bigrams)]);
        assert!(matches!(error, Err(DatasetError::Schemes { .. })));
    }

    #[test]
    fn what_does_not_match_is_refused() {
        let labels = Labels::new(vec![1, 2]).unwrap();
        let error = Dataset::new(blank(3), labels, Digits).unwrap_err();
        assert!(matches!(
            error,
            DatasetError::Counts {
                images: 3,
                labels: 2
            }
        ));
        for (label, scheme, expected) in [
            (10, Digits, "a digit, 0 to 9"),
            (11, DigitsAndNone, "0 to 9, or 10 for no digit"),
            (101, Bigrams, "a pair of digits, 0 to 99, or 100 for none"),
        ] {
            assert!(set(vec![1, label - 1], scheme).is_ok());
            let error = set(vec![1, label], scheme).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("label 1 is {label}: expected {expected}")
            );
        }
    }

    #[test]
    fn a_file_at_fault_is_named() {
        let path = Path::new("no-such-file");
        let error = Dataset::read(path, path, Digits).unwrap_err();
        assert!(error.to_string().starts_with("no-such-file: "), "{error}");
    }
}
