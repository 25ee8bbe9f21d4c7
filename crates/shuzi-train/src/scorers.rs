//! Scorers made of scorers.

use std::iter;

use shuzi_data::augment::{Affine, warp};
use shuzi_nn::softmax;

use crate::scorer::{EvaluationError, Scorer};

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
        let others = self.others.iter_mut();
        let all = iter::once(&mut self.first).chain(others);
        averaged(all.map(|member| member.scores(images)), classes)
    }
}

/// A model that looks at each image more than once: as it is, turned and leaned
/// (test-time augmentation). The probabilities are averaged; its scores are the
/// logarithms of the averages.
pub struct TestTimeAugmentation {
    scorer: Box<dyn Scorer>,
    height: usize,
    width: usize,
    maps: [Affine; 4],
}

impl TestTimeAugmentation {
    /// `scorer` with five views of each image of `height` × `width` pixels: as it is,
    /// and turned and leaned by `degrees` either way.
    ///
    /// # Errors
    /// If `scorer` takes images of another size.
    pub fn new(
        scorer: Box<dyn Scorer>,
        [height, width]: [usize; 2],
        degrees: f32,
    ) -> Result<Self, EvaluationError> {
        let expected = scorer.image_len();
        if height * width != expected {
            return Err(EvaluationError::Size {
                expected,
                height,
                width,
            });
        }
        let maps = [
            Affine::rotation(degrees),
            Affine::rotation(-degrees),
            Affine::shear(degrees),
            Affine::shear(-degrees),
        ];
        Ok(Self {
            scorer,
            height,
            width,
            maps,
        })
    }

    /// `pixels` (`[n, height, width]`) moved by `map`, as pixel / 255.
    fn moved(&self, pixels: &[u8], map: &Affine) -> Vec<f32> {
        let len = self.height * self.width;
        let mut moved = vec![0.0; pixels.len()];
        for (image, to) in pixels.chunks_exact(len).zip(moved.chunks_exact_mut(len)) {
            warp(image, self.height, self.width, map, to);
        }
        moved
    }
}

impl Scorer for TestTimeAugmentation {
    fn image_len(&self) -> usize {
        self.scorer.image_len()
    }

    fn classes(&self) -> usize {
        self.scorer.classes()
    }

    fn scores(&mut self, images: &[f32]) -> Result<Vec<f32>, EvaluationError> {
        let classes = self.classes();
        let pixels: Vec<u8> = images.iter().map(|v| (v * 255.0).round() as u8).collect();
        let mut views = vec![self.scorer.scores(images)];
        for map in self.maps {
            let moved = self.moved(&pixels, &map);
            views.push(self.scorer.scores(&moved));
        }
        averaged(views.into_iter(), classes)
    }
}

/// Logarithms of the average of the probabilities that each of `scores`
/// (`[n, classes]`) stands for; there is at least one.
fn averaged(
    scores: impl Iterator<Item = Result<Vec<f32>, EvaluationError>>,
    classes: usize,
) -> Result<Vec<f32>, EvaluationError> {
    let mut sums = Vec::new();
    let mut members = 0.0;
    for scores in scores {
        let mut probabilities = scores?;
        softmax(&mut probabilities, classes);
        members += 1.0;
        if sums.is_empty() {
            sums = probabilities;
            continue;
        }
        for (sum, probability) in sums.iter_mut().zip(probabilities) {
            *sum += probability;
        }
    }
    for sum in &mut sums {
        // A class that all rule out keeps a finite score.
        *sum = (*sum / members).max(f32::MIN_POSITIVE).ln();
    }
    Ok(sums)
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

    /// Scores the upper and the lower half of 4×4 images by their ink.
    struct Halves;

    impl Scorer for Halves {
        fn image_len(&self) -> usize {
            16
        }

        fn classes(&self) -> usize {
            2
        }

        fn scores(&mut self, images: &[f32]) -> Result<Vec<f32>, EvaluationError> {
            Ok(images.chunks(8).map(|half| half.iter().sum()).collect())
        }
    }

    #[test]
    fn views_are_averaged() {
        // Ink in the corner above on the right. Turned by 90 degrees it comes to lie below
        // in one view, above in the other; leaned by as much it leaves the image.
        let mut image = [0.0; 16];
        image[3] = 1.0;
        let above = |degrees: f32| {
            let mut views = TestTimeAugmentation::new(Box::new(Halves), [4, 4], degrees).unwrap();
            let mut probabilities = views.scores(&[image, image].concat()).unwrap();
            softmax(&mut probabilities, 2);
            assert_eq!(probabilities[..2], probabilities[2..]);
            probabilities[0]
        };
        let sure = 1f32.exp() / (1f32.exp() + 1.0);
        assert!((above(0.0) - sure).abs() < 1e-6);
        let turned = (2.0 * sure + (1.0 - sure) + 2.0 * 0.5) / 5.0;
        assert!((above(90.0) - turned).abs() < 1e-4, "{}", above(90.0));
        let other = TestTimeAugmentation::new(Box::new(Halves), [4, 5], 5.0);
        assert!(matches!(other.err(), Some(EvaluationError::Size { .. })));
    }

    #[test]
    fn a_temperature_divides() {
        let mut scorer = Tempered::new(always(&[1.0, -3.0]), 2.0);
        assert_eq!(scorer.scores(&[0.0]).unwrap(), [0.5, -1.5]);
    }
}
