//! Gaussian naive Bayes.

use ndarray::{Array1, Array2, ArrayView2, Axis, s};

use crate::samples::{Samples, unit};

/// The logarithm of prior times likelihood is quadratic in every pixel, so
/// that all of it is two products and a constant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NaiveBayes {
    /// Means of the pixels, `[classes, d]`.
    pub(crate) mean: Array2<f32>,
    /// Their variances, smoothed, `[classes, d]`.
    pub(crate) variance: Array2<f32>,
    /// Logarithms of the classes' shares, `[classes]`.
    pub(crate) prior: Array1<f32>,
}

pub(crate) fn fit(samples: Samples<'_>, smoothing: f32) -> NaiveBayes {
    let (classes, d) = (samples.classes(), samples.dimension());
    let mut counts = vec![0.0f64; classes];
    let mut sum = Array2::<f64>::zeros((classes, d));
    let mut square = Array2::<f64>::zeros((classes, d));
    for (image, &label) in samples.pixels().chunks_exact(d).zip(samples.labels()) {
        let label = usize::from(label);
        counts[label] += 1.0;
        for (pixel, &value) in image.iter().enumerate() {
            let value = f64::from(unit(value));
            sum[[label, pixel]] += value;
            square[[label, pixel]] += value * value;
        }
    }
    let counts = Array1::from(counts);
    let column = counts.view().insert_axis(Axis(1));
    let mean = sum / column;
    let variance = square / column - &mean * &mean;
    // A floor for images whose pixels never vary.
    let largest = variance.iter().fold(1e-9, |most: f64, &v| most.max(v));
    let variance = variance.mapv(|v| (v.max(0.0) + f64::from(smoothing) * largest) as f32);
    NaiveBayes {
        mean: mean.mapv(|v| v as f32),
        variance,
        prior: counts.mapv(|n| (n / samples.len() as f64).ln() as f32),
    }
}

impl NaiveBayes {
    /// Logarithms of prior times likelihood, up to a constant, `[n, classes]`.
    pub(crate) fn scores(&self, images: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut scores = Array2::zeros((images.nrows(), self.prior.len()));
        for class in 0..self.prior.len() {
            let (mean, variance) = (self.mean.row(class), self.variance.row(class));
            let constant = self.prior[class] - 0.5 * variance.mapv(f32::ln).sum();
            let column = images.outer_iter().map(|image| {
                let terms = image.iter().zip(mean).zip(variance);
                let distance: f32 = terms.map(|((x, m), v)| (x - m) * (x - m) / v).sum();
                constant - 0.5 * distance
            });
            scores
                .slice_mut(s![.., class])
                .assign(&Array1::from_iter(column));
        }
        scores
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_equal_the_definition() {
        // Class 0: pixels 0 and 51 (0.2), class 1: 255 (1) three times.
        let samples = Samples::new(&[0, 51, 255, 255, 255], &[0, 0, 1, 1, 1], 2).unwrap();
        let fitted = fit(samples, 0.5);
        // Variances 0.01 and 0, plus half of the largest.
        let log = |x: f64, mean: f64, variance: f64, prior: f64| {
            prior.ln() - 0.5 * (variance.ln() + (x - mean).powi(2) / variance)
        };
        let image = [0.4];
        let scores = fitted.scores(ArrayView2::from_shape((1, 1), &image).unwrap());
        for (got, expected) in scores
            .iter()
            .zip([log(0.4, 0.1, 0.015, 0.4), log(0.4, 1.0, 0.005, 0.6)])
        {
            assert!(
                (f64::from(*got) - expected).abs() < 1e-4,
                "{got}, {expected}"
            );
        }
    }
}
