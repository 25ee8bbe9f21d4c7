//! The loss of a batch.

use rayon::prelude::*;

use super::alignment::Alignments;
use crate::Error;

/// The loss, with its room: calls allocate nothing once they have seen a batch as large.
#[derive(Clone, Debug)]
pub struct Ctc {
    classes: usize,
    blank: usize,
    images: Vec<(Alignments, Option<f64>)>,
}

/// What one call saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CtcReport {
    /// Mean over the images that have an alignment of the negative logarithm of their
    /// labels' probability, in nats.
    pub loss: f32,
    /// Images whose labels have no alignment: fewer frames than labels and the blanks
    /// that must stand between equal neighbours. They count for nothing.
    pub impossible: usize,
}

impl Ctc {
    /// For rows of `classes` logits, of which `blank` stands for no label.
    pub fn new(classes: usize, blank: usize) -> Self {
        Self {
            classes,
            blank,
            images: Vec::new(),
        }
    }

    /// The mean loss over a batch, and its gradient in the place of the logits
    /// (`[n, frames, classes]`), zero past each image's `own` frames. `labels` are
    /// classes, one row an image. The work is shared by the threads that call it.
    ///
    /// # Errors
    /// If logits, own frames and labels are not of as many images, or a label is no class
    /// or the blank.
    pub fn loss(
        &mut self,
        logits: &mut [f32],
        own: &[usize],
        labels: &[impl AsRef<[u8]> + Sync],
    ) -> Result<CtcReport, Error> {
        let (classes, blank, n) = (self.classes, self.blank, own.len());
        let len = logits.len() / n.max(1);
        if labels.len() != n || n * len != logits.len() || !len.is_multiple_of(classes.max(1)) {
            return Err(Error::Labels {
                expected: n,
                got: labels.len(),
            });
        }
        for (image, row) in labels.iter().enumerate() {
            let wrong =
                |&&label: &&u8| usize::from(label) >= classes || usize::from(label) == blank;
            if let Some(&label) = row.as_ref().iter().find(wrong) {
                return Err(Error::Label {
                    image,
                    label,
                    classes,
                });
            }
        }
        if n == 0 || len == 0 {
            return Ok(CtcReport {
                loss: 0.0,
                impossible: n,
            });
        }
        if self.images.len() < n {
            self.images.resize(n, Default::default());
        }
        let scale = 1.0 / n as f64;
        self.images[..n]
            .par_iter_mut()
            .zip(logits.par_chunks_mut(len))
            .zip(own.par_iter().zip(labels))
            .with_max_len(1)
            .for_each(|(((alignments, loss), logits), (&own, labels))| {
                let (logits, past) = logits.split_at_mut((own * classes).min(len));
                past.fill(0.0);
                *loss = alignments.loss(logits, classes, blank, labels.as_ref(), scale);
            });
        let losses = self.images[..n].iter().filter_map(|(_, loss)| *loss);
        let (sum, possible) = losses.fold((0.0, 0), |(sum, count), loss| (sum + loss, count + 1));
        Ok(CtcReport {
            loss: (sum / f64::from(possible.max(1))) as f32,
            impossible: n - possible as usize,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ctc::log_softmax, kernels::reference::random};

    /// The labels of an alignment.
    fn collapsed(alignment: &[usize], blank: usize) -> Vec<u8> {
        let mut labels = Vec::new();
        let mut last = blank;
        for &class in alignment {
            if class != last && class != blank {
                labels.push(class as u8);
            }
            last = class;
        }
        labels
    }

    /// Every alignment of some frames.
    fn alignments(frames: usize, classes: usize) -> impl Iterator<Item = Vec<usize>> {
        (0..classes.pow(frames as u32)).map(move |mut number| {
            let digit = |_| {
                let class = number % classes;
                number /= classes;
                class
            };
            (0..frames).map(digit).collect()
        })
    }

    /// The loss as it is defined: the sum over all alignments.
    fn by_enumeration(logits: &[f32], classes: usize, blank: usize, labels: &[u8]) -> f64 {
        let mut rows = vec![0.0; logits.len()];
        for (row, to) in logits.chunks(classes).zip(rows.chunks_mut(classes)) {
            log_softmax(row, to);
        }
        let probability: f64 = alignments(logits.len() / classes, classes)
            .filter(|alignment| collapsed(alignment, blank) == labels)
            .map(|alignment| {
                let frames = alignment.iter().enumerate();
                let sum: f64 = frames.map(|(t, class)| rows[t * classes + class]).sum();
                sum.exp()
            })
            .sum();
        -probability.ln()
    }

    #[test]
    fn the_loss_is_the_sum_over_all_alignments() {
        for (frames, classes, blank) in [(1, 3, 0), (4, 3, 2), (6, 3, 0), (5, 4, 1)] {
            let names: Vec<u8> = (0..classes as u8)
                .filter(|&c| usize::from(c) != blank)
                .collect();
            let (a, b) = (names[0], names[1]);
            for labels in [
                vec![],
                vec![a],
                vec![a, b],
                vec![a, a],
                vec![a, b, a],
                vec![b, b, b],
            ] {
                let logits = random(labels.len() as u64, frames * classes);
                let expected = by_enumeration(&logits, classes, blank, &labels);
                let mut gradient = logits.clone();
                let report = Ctc::new(classes, blank)
                    .loss(&mut gradient, &[frames], &[&labels])
                    .unwrap();
                if expected.is_infinite() {
                    assert_eq!(report.impossible, 1, "{labels:?} in {frames} frames");
                    assert!(gradient.iter().all(|&value| value == 0.0));
                    continue;
                }
                let apart = (f64::from(report.loss) - expected).abs();
                assert!(
                    apart < 1e-5 && report.impossible == 0,
                    "{labels:?}: {report:?}, {expected}"
                );
                for (i, got) in gradient.into_iter().enumerate() {
                    let moved = |step: f32| {
                        let mut logits = logits.clone();
                        logits[i] += step;
                        by_enumeration(&logits, classes, blank, &labels)
                    };
                    let expected = (moved(1e-2) - moved(-1e-2)) / 2e-2;
                    assert!(
                        (f64::from(got) - expected).abs() < 1e-4,
                        "{labels:?}, logit {i}: got {got}, expected {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn frames_past_an_images_own_count_for_nothing() {
        let (classes, frames) = (4, 7);
        let mut logits = random(1, 2 * frames * classes);
        let mut alone = logits[frames * classes..][..5 * classes].to_vec();
        let mut ctc = Ctc::new(classes, 0);
        let both = ctc.loss(&mut logits, &[frames, 5], &[vec![1, 2], vec![3]]);
        let loss = ctc.loss(&mut alone, &[5], &[[3]]).unwrap().loss;
        assert!(both.unwrap().loss > loss / 2.0);
        let (own, past) = logits[frames * classes..].split_at(5 * classes);
        assert!(past.iter().all(|&value| value == 0.0));
        for (half, whole) in own.iter().zip(&alone) {
            assert!((2.0 * half - whole).abs() < 1e-6);
        }
    }

    #[test]
    fn long_lines_of_sure_networks_stay_finite() {
        let (classes, frames) = (3, 400);
        let mut logits: Vec<f32> = (0..frames * classes)
            .map(|i| [80.0, -80.0, 0.0][i % 3])
            .collect();
        let report = Ctc::new(classes, 0)
            .loss(&mut logits, &[frames], &[vec![1; 150]])
            .unwrap();
        assert!(report.loss.is_finite() && report.loss > 1e4, "{report:?}");
        assert!(logits.iter().all(|value| value.is_finite()));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut ctc = Ctc::new(3, 2);
        let mut logits = vec![0.0; 12];
        for labels in [vec![vec![3u8]], vec![vec![2]], vec![vec![0], vec![1]]] {
            assert!(ctc.loss(&mut logits, &[4], &labels).is_err(), "{labels:?}");
        }
        assert!(ctc.loss(&mut logits, &[2, 2, 2, 2, 2], &[[0]; 5]).is_err());
    }
}
