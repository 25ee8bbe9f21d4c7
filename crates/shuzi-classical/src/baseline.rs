//! A method that has learnt.

use ndarray::Array2;

use crate::{
    error::ClassicalError, knn::Neighbours, method::Method, naive_bayes::NaiveBayes, samples::rows,
    svm::Svm,
};

/// A fitted method: classifies images of the size that it was fitted on.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    pub(crate) method: Method,
    pub(crate) dimension: usize,
    pub(crate) classes: usize,
    pub(crate) fitted: Fitted,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fitted {
    NaiveBayes(NaiveBayes),
    Knn(Neighbours),
    Svm(Svm),
}

impl Baseline {
    /// The method and its parameters.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Values of one image.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Scores of `images` (`[n, dimension]`, 0 to 1), `[n, classes]`: the
    /// largest is the answer. Their softmax is the method's probability for
    /// naive Bayes and neighbours; the votes of a support vector machine have
    /// none. Uses the threads of the rayon pool that it is called in.
    ///
    /// # Errors
    /// If the slice is not a whole number of images.
    pub fn scores(&self, images: &[f32]) -> Result<Vec<f32>, ClassicalError> {
        let images = rows(images, self.dimension)?;
        let scores: Array2<f32> = match (&self.fitted, self.method) {
            (Fitted::NaiveBayes(bayes), _) => bayes.scores(images),
            (Fitted::Knn(neighbours), Method::Knn { k }) => {
                neighbours.scores(images, k, self.classes)
            }
            (Fitted::Svm(svm), Method::Svm { gamma, .. }) => {
                svm.scores(images, gamma, self.classes)
            }
            // Fitting and loading pair each method with its own.
            (Fitted::Knn(_) | Fitted::Svm(_), _) => Array2::zeros((images.nrows(), self.classes)),
        };
        Ok(scores.into_iter().collect())
    }

    /// Numbers that the method keeps of what it has seen.
    pub fn parameters(&self) -> usize {
        match &self.fitted {
            Fitted::NaiveBayes(bayes) => 2 * bayes.mean.len() + bayes.prior.len(),
            Fitted::Knn(neighbours) => neighbours.pixels.len() + neighbours.labels.len(),
            Fitted::Svm(svm) => svm.vectors.len() + svm.coefficients.len() + svm.offsets.len(),
        }
    }

    /// Multiply-adds for one image.
    pub fn multiply_adds(&self) -> usize {
        match &self.fitted {
            Fitted::NaiveBayes(bayes) => bayes.mean.len(),
            Fitted::Knn(neighbours) => neighbours.pixels.len(),
            Fitted::Svm(svm) => svm.vectors.len() + svm.coefficients.len(),
        }
    }
}
