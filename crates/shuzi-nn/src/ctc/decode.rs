//! From logits to labels.

use super::{log_add, log_softmax};
use crate::argmax;

/// Labels, and the logarithm of their probability.
#[derive(Clone, Debug, PartialEq)]
pub struct Hypothesis {
    /// Classes, no blanks among them.
    pub labels: Vec<u8>,
    /// Of all their alignments together that the search kept.
    pub log_probability: f64,
}

/// The labels of the likeliest alignment of one image's logits, `[frames, classes]`.
pub fn greedy(logits: &[f32], classes: usize, blank: usize) -> Vec<u8> {
    let mut labels = Vec::new();
    let mut last = blank;
    for row in logits.chunks_exact(classes.max(1)) {
        let class = argmax(row);
        if class != last && class != blank {
            labels.push(class as u8);
        }
        last = class;
    }
    labels
}

/// A prefix of labels on its way through the frames.
struct Prefix {
    labels: Vec<u8>,
    /// Logarithms of the alignments that end in a blank, and in the last label.
    ends: [f64; 2],
}

impl Prefix {
    fn log_probability(&self) -> f64 {
        log_add(self.ends[0], self.ends[1])
    }
}

/// The likeliest labels of one image's logits, `[frames, classes]`, the best first:
/// after each frame the `width` likeliest prefixes are kept (prefix beam search, Hannun
/// et al. 2014, without a language model). With a width that keeps all of them the
/// probabilities are exact.
pub fn beam_search(logits: &[f32], classes: usize, blank: usize, width: usize) -> Vec<Hypothesis> {
    let never = f64::NEG_INFINITY;
    let mut log_probabilities = vec![0.0; classes];
    let mut beam = vec![Prefix {
        labels: Vec::new(),
        ends: [0.0, never],
    }];
    for row in logits.chunks_exact(classes.max(1)) {
        log_softmax(row, &mut log_probabilities);
        let mut next: Vec<Prefix> = Vec::with_capacity(beam.len() * classes);
        // Few prefixes: a list is searched faster than a map is kept.
        let mut add = |labels: &[u8], further: Option<u8>, end: usize, log: f64| {
            let same = |prefix: &&mut Prefix| {
                let ends = &prefix.labels[labels.len().min(prefix.labels.len())..];
                prefix.labels.starts_with(labels) && ends == further.as_slice()
            };
            match next.iter_mut().find(same) {
                Some(prefix) => prefix.ends[end] = log_add(prefix.ends[end], log),
                None => {
                    let mut ends = [never; 2];
                    ends[end] = log;
                    next.push(Prefix {
                        labels: labels.iter().copied().chain(further).collect(),
                        ends,
                    });
                }
            }
        };
        for prefix in &beam {
            let (labels, [blanks, labelled]) = (&prefix.labels, prefix.ends);
            let last = labels.last().copied();
            for (class, &log) in log_probabilities.iter().enumerate() {
                if class == blank {
                    add(labels, None, 0, prefix.log_probability() + log);
                } else if last.map(usize::from) == Some(class) {
                    add(labels, None, 1, labelled + log);
                    add(labels, Some(class as u8), 1, blanks + log);
                } else {
                    add(labels, Some(class as u8), 1, prefix.log_probability() + log);
                }
            }
        }
        next.sort_by(|a, b| b.log_probability().total_cmp(&a.log_probability()));
        next.truncate(width.max(1));
        beam = next;
    }
    beam.into_iter()
        .map(|prefix| Hypothesis {
            log_probability: prefix.log_probability(),
            labels: prefix.labels,
        })
        .filter(|hypothesis| hypothesis.log_probability > never)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ctc, kernels::reference::random};

    #[test]
    fn equal_neighbours_need_a_blank_between_them() {
        let row = |class: usize| {
            let mut row = [0.0; 3];
            row[class] = 5.0;
            row
        };
        let logits: Vec<f32> = [0, 0, 2, 0, 1, 1].map(row).concat();
        assert_eq!(greedy(&logits, 3, 2), [0, 0, 1]);
        assert_eq!(beam_search(&logits, 3, 2, 8)[0].labels, [0, 0, 1]);
        assert_eq!(greedy(&[], 3, 2), [0u8; 0]);
    }

    #[test]
    fn a_wide_beam_is_exact() {
        for seed in 0..20 {
            let (frames, classes, blank) = (5, 3, seed as usize % 3);
            let logits: Vec<f32> = random(seed, frames * classes)
                .iter()
                .map(|v| 3.0 * v)
                .collect();
            let found = beam_search(&logits, classes, blank, 1000);
            let sum: f64 = found.iter().map(|found| found.log_probability.exp()).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{sum}");
            let mut ctc = Ctc::new(classes, blank);
            for Hypothesis {
                labels,
                log_probability,
            } in &found
            {
                let loss = ctc
                    .loss(&mut logits.clone(), &[frames], &[labels])
                    .unwrap()
                    .loss;
                assert!(
                    (f64::from(loss) + log_probability).abs() < 1e-4,
                    "{labels:?}"
                );
            }
            let ordered = |pair: &[Hypothesis]| pair[0].log_probability >= pair[1].log_probability;
            assert!(found.windows(2).all(ordered));
            // What a narrow beam says is never likelier than it is.
            let narrow = &beam_search(&logits, classes, blank, 3)[0];
            let exact = found
                .iter()
                .find(|found| found.labels == narrow.labels)
                .unwrap();
            assert!(narrow.log_probability <= exact.log_probability + 1e-9);
        }
    }
}
