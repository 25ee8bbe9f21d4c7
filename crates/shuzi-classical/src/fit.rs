//! Fitting a method.

use crate::{
    baseline::{Baseline, Fitted},
    error::ClassicalError,
    knn,
    method::Method,
    naive_bayes,
    samples::Samples,
    svm,
};

impl Method {
    /// Learns from `samples`; `progress` is told how many steps of how many
    /// are done. Uses the threads of the rayon pool that it is called in.
    ///
    /// # Errors
    /// If a parameter is out of range.
    pub fn fit(
        self,
        samples: Samples<'_>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Baseline, ClassicalError> {
        self.check()?;
        let fitted = match self {
            Self::NaiveBayes { smoothing } => {
                Fitted::NaiveBayes(naive_bayes::fit(samples, smoothing))
            }
            Self::Knn { .. } => Fitted::Knn(knn::Neighbours::new(
                samples.pixels().to_vec(),
                samples.labels().to_vec(),
            )),
            Self::Svm { c, gamma } => Fitted::Svm(svm::fit(samples, c, gamma, progress)),
        };
        Ok(Baseline {
            method: self,
            dimension: samples.dimension(),
            classes: samples.classes(),
            fitted,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_out_of_range_are_refused() {
        let samples = Samples::new(&[0, 1], &[0, 1], 2).unwrap();
        for method in [
            Method::Knn { k: 0 },
            Method::Svm { c: 0.0, gamma: 1.0 },
            Method::Svm {
                c: 1.0,
                gamma: f32::NAN,
            },
            Method::NaiveBayes { smoothing: -1.0 },
        ] {
            let error = method.fit(samples, &mut |_, _| ()).unwrap_err();
            assert!(matches!(error, ClassicalError::Parameter { .. }), "{error}");
        }
    }
}
