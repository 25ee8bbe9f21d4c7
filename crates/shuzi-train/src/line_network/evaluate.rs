//! How well a network reads lines.

use serde::{Deserialize, Serialize};
use shuzi_line::{BLANK, CLASSES};
use shuzi_nn::{Error, Network, ctc};

use super::batches::LineBatch;

/// What a network makes of lines by its likeliest alignments alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LineScore {
    /// Number of lines.
    pub lines: usize,
    /// Lines of which every symbol was right.
    pub exact: usize,
    /// Symbols of the lines.
    pub symbols: usize,
    /// Symbols to be changed, added or taken away (Levenshtein).
    pub edits: usize,
}

impl LineScore {
    /// Share of the lines that were right as a whole.
    pub fn exact_share(&self) -> f64 {
        self.exact as f64 / self.lines.max(1) as f64
    }

    fn add(&mut self, label: &[u8], read: &[u8]) {
        let text = |classes: &[u8]| classes.iter().map(|&c| char::from(c)).collect::<String>();
        self.lines += 1;
        self.exact += usize::from(label == read);
        self.symbols += label.len();
        self.edits += strsim::levenshtein(&text(label), &text(read));
    }
}

/// Reads `batches` and compares.
pub(crate) fn evaluate_lines(
    network: &mut Network,
    batches: &[LineBatch],
) -> Result<LineScore, Error> {
    let mut score = LineScore::default();
    for batch in batches {
        let frames = network.line_logits(batch.lines())?;
        let images = frames.logits.chunks(frames.frames * CLASSES);
        for ((logits, own), label) in images.zip(frames.own).zip(&batch.labels) {
            let read = ctc::greedy(&logits[..own * CLASSES], CLASSES, usize::from(BLANK));
            score.add(label, &read);
        }
    }
    Ok(score)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted_by_symbol() {
        let mut score = LineScore::default();
        score.add(&[1, 2, 3], &[1, 2, 3]);
        score.add(&[1, 1, 3], &[1, 3]);
        score.add(&[24], &[23, 5]);
        let expected = LineScore {
            lines: 3,
            exact: 1,
            symbols: 7,
            edits: 3,
        };
        assert_eq!(score, expected);
        assert!((score.exact_share() - 1.0 / 3.0).abs() < 1e-12);
    }
}
