//! Support vector machines with a Gaussian kernel, one for each pair of
//! classes.

mod smo;

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;

use self::smo::{Problem, Solution};
use crate::{
    matrix::{products, squares},
    samples::{Samples, unit},
};

/// Images classified at once.
const QUERIES: usize = 256;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Svm {
    /// Every image that supports at least one pair, `[m, d]`.
    pub(crate) vectors: Vec<u8>,
    /// Its signed dual coefficient for each pair, `[pairs, m]`.
    pub(crate) coefficients: Array2<f32>,
    /// Subtracted from each pair's sum, `[pairs]`.
    pub(crate) offsets: Array1<f32>,
    /// `vectors` from 0 to 1, and their squared lengths.
    values: Array2<f32>,
    squares: Vec<f32>,
}

/// Pairs of classes in the order of the coefficients.
pub(crate) fn pairs(classes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..classes).flat_map(move |a| (a + 1..classes).map(move |b| (a, b)))
}

/// Trains one machine a pair on all images of its classes. The kernel of a
/// pair is computed whole, by products of matrices: for MNIST 0.6 GB at a time.
pub(crate) fn fit(
    samples: Samples<'_>,
    c: f32,
    gamma: f32,
    progress: &mut dyn FnMut(usize, usize),
) -> Svm {
    let classes = samples.classes();
    let total = pairs(classes).count();
    let mut machines = Vec::with_capacity(total);
    for (done, (a, b)) in pairs(classes).enumerate() {
        progress(done, total);
        let (images, indices) = samples.of_classes(&[a, b]);
        let squares = squares(images.view());
        let kernel = kernel(images.view(), &squares, images.view(), &squares, gamma);
        let signs: Vec<f32> = indices
            .iter()
            .map(|&index| {
                if usize::from(samples.labels()[index]) == a {
                    1.0
                } else {
                    -1.0
                }
            })
            .collect();
        let Solution { alpha, offset } = smo::solve(&Problem {
            kernel: kernel.view(),
            signs: &signs,
            c,
        });
        let support: Vec<(usize, f32)> = indices
            .into_iter()
            .zip(alpha.iter().zip(&signs).map(|(alpha, sign)| alpha * sign))
            .filter(|(_, coefficient)| *coefficient != 0.0)
            .collect();
        machines.push((support, offset));
    }
    progress(total, total);

    let mut indices: Vec<usize> = machines
        .iter()
        .flat_map(|(support, _)| support.iter().map(|(index, _)| *index))
        .collect();
    indices.sort_unstable();
    indices.dedup();
    let mut coefficients = Array2::zeros((total, indices.len()));
    for (mut row, (support, _)) in coefficients.outer_iter_mut().zip(&machines) {
        for (index, coefficient) in support {
            if let Ok(place) = indices.binary_search(index) {
                row[place] = *coefficient;
            }
        }
    }
    let d = samples.dimension();
    let vectors = indices
        .iter()
        .flat_map(|&index| &samples.pixels()[index * d..][..d])
        .copied()
        .collect();
    let offsets = machines.iter().map(|(_, offset)| *offset).collect();
    Svm::new(vectors, d, coefficients, offsets)
}

impl Svm {
    pub(crate) fn new(
        vectors: Vec<u8>,
        d: usize,
        coefficients: Array2<f32>,
        offsets: Array1<f32>,
    ) -> Self {
        let values = vectors.iter().map(|&pixel| unit(pixel)).collect();
        let shape = (vectors.len() / d.max(1), d);
        let values = Array2::from_shape_vec(shape, values).unwrap_or_default();
        Self {
            squares: squares(values.view()),
            vectors,
            coefficients,
            offsets,
            values,
        }
    }

    /// Votes of the pairs, `[n, classes]`, and between equals less than one
    /// vote for the sum of the margins.
    pub(crate) fn scores(
        &self,
        images: ArrayView2<'_, f32>,
        gamma: f32,
        classes: usize,
    ) -> Array2<f32> {
        let mut scores = Array2::zeros((images.nrows(), classes));
        let chunks = images.axis_chunks_iter(Axis(0), QUERIES);
        for (images, mut scores) in chunks.zip(scores.axis_chunks_iter_mut(Axis(0), QUERIES)) {
            let own = squares(images);
            let kernel = kernel(images, &own, self.values.view(), &self.squares, gamma);
            let decisions = products(kernel.view(), self.coefficients.view()) - &self.offsets;
            for (mut scores, decisions) in scores.outer_iter_mut().zip(decisions.outer_iter()) {
                let mut margins = vec![0.0f32; classes];
                for ((a, b), &decision) in pairs(classes).zip(decisions) {
                    scores[if decision > 0.0 { a } else { b }] += 1.0;
                    margins[a] += decision;
                    margins[b] -= decision;
                }
                for (score, margin) in scores.iter_mut().zip(margins) {
                    *score += margin / (3.0 * (margin.abs() + 1.0));
                }
            }
        }
        scores
    }
}

/// `exp(−γ |a − b|²)` for all rows of `a` and `b`.
fn kernel(
    a: ArrayView2<'_, f32>,
    a_squares: &[f32],
    b: ArrayView2<'_, f32>,
    b_squares: &[f32],
    gamma: f32,
) -> Array2<f32> {
    let mut kernel = products(a, b);
    let width = kernel.ncols().max(1);
    if let Some(values) = kernel.as_slice_mut() {
        let rows = values.par_chunks_mut(width).zip(a_squares);
        rows.for_each(|(row, a)| {
            for (value, b) in row.iter_mut().zip(b_squares) {
                let distance = (a - 2.0 * *value + b).max(0.0);
                *value = (-gamma * distance).exp();
            }
        });
    }
    kernel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_equal_their_definition() {
        let a = Array2::from_shape_fn((3, 5), |(i, j)| (i * 5 + j) as f32 / 15.0);
        let b = Array2::from_shape_fn((4, 5), |(i, j)| (i + j) as f32 / 8.0);
        let got = kernel(
            a.view(),
            &squares(a.view()),
            b.view(),
            &squares(b.view()),
            0.7,
        );
        for ((i, j), got) in got.indexed_iter() {
            let difference = &a.row(i) - &b.row(j);
            let expected = (-0.7 * difference.dot(&difference)).exp();
            assert!((got - expected).abs() < 1e-6, "{got}, {expected}");
        }
    }

    #[test]
    fn three_rings_that_no_line_parts_are_told_apart() {
        // Points on circles around (128, 128); the middle class is between.
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        for step in 0..90 {
            let (sin, cos) = (f64::from(step) * 0.7).sin_cos();
            let class = step % 3;
            let radius = 20.0 + 40.0 * f64::from(class);
            pixels.extend([128.0 + radius * sin, 128.0 + radius * cos].map(|v| v as u8));
            labels.push(class as u8);
        }
        let samples = Samples::new(&pixels, &labels, 3).unwrap();
        let svm = fit(samples, 10.0, 10.0, &mut |_, _| ());
        let (images, _) = samples.of_classes(&[0, 1, 2]);
        let scores = svm.scores(images.view(), 10.0, 3);
        for (row, label) in scores.outer_iter().zip(labels) {
            let row = row.as_slice().unwrap();
            assert_eq!(shuzi_nn::argmax(row), usize::from(label), "{row:?}");
        }
    }
}
