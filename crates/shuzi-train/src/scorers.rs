//! Scorers made of scorers.

use shuzi_nn::softmax;

use crate::{EvaluationError, Scorer};

/// Models that answer together: their probabilities are averaged. Its scores
/// are the logarithms of the averages.
pub struct Ensemble {
    first: Box<dyn Scorer>,
    others: Vec<Box<dyn Scorer>>,
}

impl Ensemble {
    /// All of them together.
    ///
    /// # Errors
    /// If they don't take the same images, or don't know the same number of
    /// classes.
    pub fn new(
        first: Box<dyn Scorer>,
        others: Vec<Box<dyn Scorer>>,
    ) -> Result<Self, EvaluationError> {
        let shape = |scorer: &dyn Scorer| (scorer.image_len(), scorer.classes());
        let expected = shape(&*first);
        for other in &others {
            let got = shape(&**other);
            if got != expected {
                return Err(EvaluationError::Members { expected, got });
            }
        }
        Ok(Self { first, others })
    }
}

impl Scorer for Ensemble {
    fn image_len(&self) -> usize {
        self.first.image_len()
    }

    fn classes(&self) -> usize {
        self.first.classes()
    }

    fn scores(&mut self, images: &[f32]) -> Result<Vec<f32>, EvaluationError> {
        let classes = self.classes();
        let mut sums = self.first.scores(images)?;
        softmax(&mut sums, classes);
        for other in &mut self.others {
            let mut probabilities = other.scores(images)?;
            softmax(&mut probabilities, classes);
            for (sum, probability) in sums.iter_mut().zip(probabilities) {
                *sum += probability;
            }
        }
        let members = (1 + self.others.len()) as f32;
        for sum in &mut sums {
            // A class that all rule out keeps a finite score.
            *sum = (*sum / members).max(f32::MIN_POSITIVE).ln();
        }
        Ok(sums)
    }
}

/// A model whose scores are divided by a temperature: above 1 it is less sure
/// of the same answers.
pub struct Tempered {
    scorer: Box<dyn Scorer>,
    temperature: f32,
}

impl Tempered {
    /// `scorer` at a temperature, which is above 0.
    pub fn new(scorer: Box<dyn Scorer>, temperature: f32) -> Self {
        Self {
            scorer,
            temperature,
        }
    }
}

impl Scorer for Tempered {
    fn image_len(&self) -> usize {
        self.scorer.image_len()
    }

    fn classes(&self) -> usize {
        self.scorer.classes()
    }

    fn scores(&mut self, images: &[f32]) -> Result<Vec<f32>, EvaluationError> {
        let mut scores = self.scorer.scores(images)?;
        for score in &mut scores {
            *score /= self.temperature;
        }
        Ok(scores)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives every image the same scores.
    struct Always(Vec<f32>);

    impl Scorer for Always {
        fn image_len(&self) -> usize {
            1
        }

        fn classes(&self) -> usize {
            self.0.len()
        }

        fn scores(&mut self, images: &[f32]) -> Result<Vec<f32>, EvaluationError> {
            Ok(self.0.repeat(images.len()))
        }
    }

    fn always(scores: &[f32]) -> Box<dyn Scorer> {
        Box::new(Always(scores.to_vec()))
    }

    #[test]
    fn probabilities_are_averaged() {
        // 0.8 and 0.2, 0.5 and 0.5, 1 and 0.
        let members = vec![always(&[0.0, 0.0]), always(&[900.0, -900.0])];
        let mut ensemble = Ensemble::new(always(&[4f32.ln(), 0.0]), members).unwrap();
        let mut probabilities = ensemble.scores(&[0.0, 0.0]).unwrap();
        softmax(&mut probabilities, 2);
        let expected = [2.3 / 3.0, 0.7 / 3.0, 2.3 / 3.0, 0.7 / 3.0];
        for (got, expected) in probabilities.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-6, "{probabilities:?}");
        }
        let mut sure = Ensemble::new(always(&[900.0, -900.0]), Vec::new()).unwrap();
        assert!(sure.scores(&[0.0]).unwrap()[1].is_finite());
        let other = Ensemble::new(always(&[0.0, 0.0]), vec![always(&[0.0; 3])]);
        assert!(matches!(other.err(), Some(EvaluationError::Members { .. })));
    }

    #[test]
    fn a_temperature_divides() {
        let mut scorer = Tempered::new(always(&[1.0, -3.0]), 2.0);
        assert_eq!(scorer.scores(&[0.0]).unwrap(), [0.5, -1.5]);
    }
}
