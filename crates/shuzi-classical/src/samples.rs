//! What a method learns from.

use ndarray::{Array2, ArrayView2};

use crate::error::ClassicalError;

/// Images with their labels; every class has at least one.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a> {
    pixels: &'a [u8],
    labels: &'a [u8],
    classes: usize,
}

impl<'a> Samples<'a> {
    /// `pixels` is `[n, values of an image]`, `labels` `[n]`, each below
    /// `classes`.
    ///
    /// # Errors
    /// If they are not as many, a label is out of range, or a class is empty.
    pub fn new(pixels: &'a [u8], labels: &'a [u8], classes: usize) -> Result<Self, ClassicalError> {
        if labels.is_empty() || pixels.is_empty() {
            return Err(ClassicalError::NoSamples);
        }
        if !pixels.len().is_multiple_of(labels.len()) {
            return Err(ClassicalError::Pixels {
                pixels: pixels.len(),
                labels: labels.len(),
            });
        }
        if let Some(&label) = labels.iter().find(|label| usize::from(**label) >= classes) {
            return Err(ClassicalError::Label { label, classes });
        }
        let empty = (0..classes).find(|class| !labels.iter().any(|l| usize::from(*l) == *class));
        if let Some(class) = empty {
            return Err(ClassicalError::EmptyClass { class });
        }
        Ok(Self {
            pixels,
            labels,
            classes,
        })
    }

    /// Number of images.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Values of an image.
    pub fn dimension(&self) -> usize {
        self.pixels.len() / self.labels.len()
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The labels, `[n]`.
    pub fn labels(&self) -> &'a [u8] {
        self.labels
    }

    /// The pixels, `[n, dimension]`.
    pub(crate) fn pixels(&self) -> &'a [u8] {
        self.pixels
    }

    /// The images of the given classes in order, 0 to 1, and the index of each.
    pub(crate) fn of_classes(&self, wanted: &[usize]) -> (Array2<f32>, Vec<usize>) {
        let indices: Vec<usize> = (0..self.len())
            .filter(|&index| wanted.contains(&usize::from(self.labels[index])))
            .collect();
        let d = self.dimension();
        let values = indices
            .iter()
            .flat_map(|&index| &self.pixels[index * d..][..d])
            .map(|&pixel| unit(pixel))
            .collect();
        let images = Array2::from_shape_vec((indices.len(), d), values);
        (images.unwrap_or_default(), indices)
    }
}

/// A pixel of 0 to 255 as 0 to 1, as networks see it.
pub(crate) fn unit(pixel: u8) -> f32 {
    f32::from(pixel) / 255.0
}

/// `values` as rows of `d`.
pub(crate) fn rows(values: &[f32], d: usize) -> Result<ArrayView2<'_, f32>, ClassicalError> {
    let wrong = || ClassicalError::Images {
        expected: d,
        got: values.len(),
    };
    if d == 0 || !values.len().is_multiple_of(d) {
        return Err(wrong());
    }
    ArrayView2::from_shape((values.len() / d, d), values).map_err(|_| wrong())
}
