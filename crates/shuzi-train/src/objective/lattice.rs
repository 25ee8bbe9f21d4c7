//! The likelihood of the numbers on text lines whose segmentation is not known (LeCun,
//! Bottou, Bengio and Haffner 1998).

use shuzi_reader::{labelled::LabelledLines, lattice::ANSWERS};

use crate::{history::LineRecord, objective::traits::Objective};

/// Mean negative logarithm of the probability of the number on a line, by all paths
/// through its lattice that give it among all paths. A piece of a line is a row; the rows
/// of a line stand together.
#[derive(Clone, Copy, Debug)]
pub struct LatticeLikelihood<'a> {
    /// All lines.
    pub labelled: &'a LabelledLines,
    /// Which of them are in the batch.
    pub lines: &'a [usize],
}

impl Objective for LatticeLikelihood<'_> {
    type Report = LineRecord;

    fn loss(&self, logits: &mut [f32], classes: usize) -> Result<LineRecord, shuzi_nn::Error> {
        let lines = || {
            let lines = self.lines.iter();
            lines.filter_map(|&line| self.labelled.lines().get(line))
        };
        let expected: usize = lines().map(|line| line.pieces().len()).sum();
        if classes != ANSWERS || logits.len() != expected * ANSWERS {
            return Err(shuzi_nn::Error::Labels {
                expected: logits.len() / classes.max(1),
                got: expected,
            });
        }
        let mut record = LineRecord {
            pieces: expected,
            ..LineRecord::default()
        };
        let mut rest = &mut *logits;
        for line in lines() {
            let (rows, after) = rest.split_at_mut(line.pieces().len() * ANSWERS);
            let log = line.loss(rows);
            record = record.and(&LineRecord {
                lines: 1,
                pieces: 0,
                loss: -log,
                sure: f64::from(log > 0.5f64.ln()),
            });
            rest = after;
        }
        let share = 1.0 / record.lines.max(1) as f32;
        for value in logits {
            *value *= share;
        }
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use shuzi_reader::{
        classify::crop::{Crop, SIDE},
        labelled::Piece,
    };

    use super::*;

    #[test]
    fn a_batch_is_the_mean_of_its_lines() {
        let mut labelled = LabelledLines::default();
        for digits in [vec![7, 1], vec![3], vec![]] {
            let piece = |from, to| {
                let evidence = std::array::from_fn(|i| 0.1 * (from + to + i) as f32);
                let pixels = [0; SIDE * SIDE];
                (Piece { from, to, evidence }, Crop { pixels })
            };
            assert!(labelled.push(3, vec![piece(0, 1), piece(0, 2), piece(1, 2)], digits));
        }
        let logits: Vec<f32> = (0..6 * ANSWERS).map(|i| (i as f32 * 0.7).sin()).collect();
        let objective = LatticeLikelihood {
            labelled: &labelled,
            lines: &[2, 0],
        };
        let mut gradient = logits.clone();
        let record = objective.loss(&mut gradient, ANSWERS).unwrap();
        assert_eq!((record.lines, record.pieces), (2, 6));
        let mut loss = 0.0;
        for (at, line) in [2, 0].into_iter().enumerate() {
            let rows = at * 3 * ANSWERS..(at + 1) * 3 * ANSWERS;
            let mut alone = logits[rows.clone()].to_vec();
            loss -= labelled.lines()[line].loss(&mut alone) / 2.0;
            for (got, expected) in gradient[rows].iter().zip(alone) {
                assert_eq!(*got, expected / 2.0);
            }
        }
        assert!((record.loss - loss).abs() < 1e-9, "{record:?} {loss}");
        assert!(objective.loss(&mut gradient[ANSWERS..], ANSWERS).is_err());
    }
}
