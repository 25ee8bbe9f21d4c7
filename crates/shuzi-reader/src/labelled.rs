//! Lines whose number is known: what a reader's network is trained on as a whole.
//!
//! The digits of a number are right if the number is, however its strokes are cut: a
//! line's loss is that of its number among all that its pieces allow, the
//! discriminative training of LeCun et al., 1998, section VI.

mod error;
mod file;

use std::sync::Arc;

use shuzi_nn::softmax;

pub use error::LinesError;

use crate::{
    classify::crop::Crop,
    classify::crop::SIDE,
    classify::posterior::GARBAGE_ODDS,
    classify::segment_model::{LEAST, OF_NETWORK, SegmentModelParams},
    lattice::{
        Lattice,
        line::{ANSWERS, NONE, answers},
        log_likelihood, symbols,
    },
    text_line::Hypothesis,
    text_line::TextLine,
};

/// Probability of a line about which nothing is learned: one that is hardly legible
/// would else outweigh the others.
const HOPELESS: f64 = 1e-4;

/// Gradients below this count as nothing, see [`shuzi_nn::cross_entropy`].
const NEGLIGIBLE: f64 = 1e-16;

/// What may be a digit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// Place before it.
    pub from: usize,
    /// Place after it, greater than `from`.
    pub to: usize,
    /// What size, place and cuts say for each digit and for none, as logarithms.
    pub evidence: [f32; ANSWERS],
}

/// A line and the number on it.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledLine {
    places: usize,
    pieces: Vec<Piece>,
    digits: Vec<u8>,
}

/// Some lines with the crops of their pieces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelledLines {
    crops: Arc<Vec<u8>>,
    lines: Vec<LabelledLine>,
}

impl LabelledLine {
    /// A line of pieces between `places`, in the order of their first one, that shows
    /// `digits`. `None` if a piece ends before it begins or beyond the last place, or if
    /// no way through the line has so many digits.
    pub fn new(places: usize, pieces: Vec<Piece>, digits: Vec<u8>) -> Option<Self> {
        let mut most = vec![None; places];
        *most.first_mut()? = Some(0);
        let mut before = 0;
        for piece in &pieces {
            if piece.from < before || piece.from >= piece.to || piece.to >= places {
                return None;
            }
            before = piece.from;
            let through = most[piece.from].map(|digits: usize| digits + 1);
            most[piece.to] = most[piece.to].max(through);
        }
        let enough = most.last().copied().flatten()? >= digits.len();
        let sound = digits.iter().all(|&digit| usize::from(digit) < NONE);
        (enough && sound).then_some(Self {
            places,
            pieces,
            digits,
        })
    }

    /// Its pieces, in the order of the first place.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The number.
    pub fn digits(&self) -> &[u8] {
        &self.digits
    }

    /// Logarithm of the probability of the number by the logits of the pieces,
    /// `[pieces, 11]`, which the gradient of its loss replaces. A line that is hardly
    /// legible has little of one.
    pub fn loss(&self, logits: &mut [f32]) -> f64 {
        let rows = logits.chunks_exact(ANSWERS);
        let probabilities: Vec<_> = rows.map(probabilities).collect();
        let weighed = probabilities.iter().zip(&self.pieces).enumerate();
        let edges = weighed.flat_map(|(index, (p, piece))| {
            let scores = scores(p, &piece.evidence);
            answers([piece.from, piece.to], scores, move |answer| {
                (index, answer)
            })
        });
        let mut surplus = vec![[0.0; ANSWERS]; self.pieces.len()];
        let number = symbols::of_digits(&self.digits);
        let log = Lattice::new(self.places, edges.collect())
            .ok()
            .and_then(|lattice| {
                log_likelihood(&lattice, &number, |edge, share| {
                    let (piece, answer) = edge.source;
                    surplus[piece][answer] -= share;
                })
            });
        // The pieces are in order, and some path has so many digits.
        let log = log.unwrap_or(f64::NEG_INFINITY);
        let p = log.exp();
        let legible = p / (p + HOPELESS);
        for ((row, p), surplus) in logits
            .chunks_exact_mut(ANSWERS)
            .zip(&probabilities)
            .zip(&surplus)
        {
            for (to, gradient) in row.iter_mut().zip(gradient(p, surplus)) {
                let gradient = legible * gradient;
                let negligible = gradient.abs() < NEGLIGIBLE;
                *to = if negligible { 0.0 } else { gradient as f32 };
            }
        }
        log
    }
}

impl LabelledLines {
    /// Adds a line that shows `digits`, if some path through it has so many.
    pub fn add(&mut self, line: &TextLine, digits: &[u8]) {
        let piece = |hypothesis: &Hypothesis| {
            let piece = Piece {
                from: hypothesis.span.from,
                to: hypothesis.span.to,
                evidence: hypothesis.geometry.evidence(&SegmentModelParams::default()),
            };
            (piece, hypothesis.crop)
        };
        let pieces = line.digits().iter().map(piece);
        self.push(line.nodes(), pieces.collect(), digits.to_vec());
    }

    /// Adds a line of these pieces between `places`. Whether it could: as
    /// [`LabelledLine::new`], but that the pieces may come in any order.
    pub fn push(&mut self, places: usize, mut pieces: Vec<(Piece, Crop)>, digits: Vec<u8>) -> bool {
        pieces.sort_by_key(|(piece, _)| piece.from);
        let (pieces, crops): (Vec<_>, Vec<_>) = pieces.into_iter().unzip();
        let Some(line) = LabelledLine::new(places, pieces, digits) else {
            return false;
        };
        Arc::make_mut(&mut self.crops).extend(crops.iter().flat_map(|crop| crop.pixels));
        self.lines.push(line);
        true
    }

    /// The lines.
    pub fn lines(&self) -> &[LabelledLine] {
        &self.lines
    }

    /// What their pieces show, line after line: `[pieces, 28, 28]`, 0 paper to 255 ink.
    pub fn crops(&self) -> &Arc<Vec<u8>> {
        &self.crops
    }

    /// Number of pieces of all lines.
    pub fn pieces(&self) -> usize {
        self.crops.len() / (SIDE * SIDE)
    }
}

/// Turns logits of whole crops, `[n, 11]`, into those of pieces of lines, which are none
/// [`GARBAGE_ODDS`] times as often. What is trained by these is then right for both.
pub fn expect_pieces(logits: &mut [f32]) {
    for row in logits.chunks_exact_mut(ANSWERS) {
        row[NONE] += GARBAGE_ODDS.ln();
    }
}

fn probabilities(row: &[f32]) -> [f64; ANSWERS] {
    let mut p = [0.0; ANSWERS];
    p.copy_from_slice(row);
    softmax(&mut p, ANSWERS);
    p.map(f64::from)
}

/// The likeliest digit.
fn best(p: &[f64; ANSWERS]) -> usize {
    (1..NONE).fold(
        0,
        |best, digit| if p[digit] > p[best] { digit } else { best },
    )
}

/// Weight of each answer, as logarithms: that of [`crate::Geometry::weigh`], but that the least
/// probability is added, so that what is ruled out has a gradient and can come back.
fn scores(p: &[f64; ANSWERS], evidence: &[f32; ANSWERS]) -> [f64; ANSWERS] {
    let log = p.map(|p| (p + LEAST).ln());
    std::array::from_fn(|answer| {
        let said = if answer == NONE {
            OF_NETWORK.none * log[NONE] + OF_NETWORK.none_of_best * log[best(p)]
        } else {
            OF_NETWORK.digit * log[answer] + OF_NETWORK.digit_of_none * log[NONE]
        };
        said + f64::from(evidence[answer])
    })
}

/// Gradient by the logits, given that by the [`scores`].
fn gradient(p: &[f64; ANSWERS], by_scores: &[f64; ANSWERS]) -> [f64; ANSWERS] {
    let of_digits: f64 = by_scores[..NONE].iter().sum();
    let none = by_scores[NONE];
    let mut by_logs = by_scores.map(|of_score| OF_NETWORK.digit * of_score);
    by_logs[NONE] = OF_NETWORK.digit_of_none * of_digits + OF_NETWORK.none * none;
    by_logs[best(p)] += OF_NETWORK.none_of_best * none;
    let by_p: [f64; ANSWERS] = std::array::from_fn(|k| by_logs[k] / (p[k] + LEAST));
    let mean: f64 = p.iter().zip(by_p).map(|(p, by_p)| p * by_p).sum();
    std::array::from_fn(|k| p[k] * (by_p[k] - mean))
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::{
        classify::{ClassifyParams, posterior::Posterior},
        segment::geometry::Geometry,
    };

    fn piece(from: usize, to: usize, rng: &mut ChaCha8Rng) -> Piece {
        Piece {
            from,
            to,
            evidence: std::array::from_fn(|_| rng.random_range(-1.0..1.0)),
        }
    }

    fn pieces() -> Vec<Piece> {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]
            .map(|(from, to)| piece(from, to, &mut rng))
            .to_vec()
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        for (seed, digits) in [(1, vec![7, 1]), (2, vec![]), (3, vec![0, 0, 9])] {
            let line = LabelledLine::new(4, pieces(), digits).unwrap();
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let start: Vec<f32> = (0..5 * ANSWERS)
                .map(|_| rng.random_range(-2.0..2.0))
                .collect();
            let mut gradient = start.clone();
            line.loss(&mut gradient);
            // What is hardly legible counts less: -ln(p + HOPELESS).
            let loss = |at: usize, step: f32| {
                let mut logits = start.clone();
                logits[at] += step;
                -(line.loss(&mut logits).exp() + HOPELESS).ln()
            };
            for (at, got) in gradient.into_iter().enumerate() {
                let step = 1e-2;
                let expected = (loss(at, step) - loss(at, -step)) / f64::from(2.0 * step);
                assert!(
                    (f64::from(got) - expected).abs() < 1e-3 * expected.abs().max(0.1),
                    "{seed}: logit {at}: got {got}, expected {expected}"
                );
            }
        }
    }

    #[test]
    fn a_line_weighs_its_pieces_as_the_reader_does() {
        let mut row = [0.1; ANSWERS];
        row[3] = 2.0;
        row[NONE] = 1.5;
        let geometry = Geometry {
            height: 0.9,
            width: 0.6,
            cuts: 1.0,
            ..Geometry::default()
        };
        let mut p = row;
        softmax(&mut p, ANSWERS);
        let params = ClassifyParams::default();
        let said = Posterior::of_digit(&p, &params.posterior);
        let (digits, none) = geometry.weigh(&said, &params.segment_model);

        expect_pieces(&mut row);
        let scores = scores(
            &probabilities(&row),
            &geometry.evidence(&params.segment_model),
        );
        for (got, expected) in scores.iter().zip(digits.iter().chain([&none])) {
            assert!(
                (got - expected).abs() < 2e-3,
                "got {got}, expected {expected}"
            );
        }
    }

    #[test]
    fn unsound_lines_are_refused() {
        let line = |places, pieces: Vec<Piece>, digits: &[u8]| {
            LabelledLine::new(places, pieces, digits.to_vec())
        };
        assert!(line(4, pieces(), &[1, 2, 3]).is_some());
        assert!(line(1, vec![], &[]).is_some(), "nothing on it");
        assert!(line(4, pieces(), &[1, 2, 3, 4]).is_none(), "too long");
        assert!(line(4, pieces(), &[10]).is_none(), "no digit");
        assert!(line(3, pieces(), &[1]).is_none(), "beyond the end");
        assert!(line(0, vec![], &[]).is_none(), "no place");
        assert!(line(5, pieces(), &[1]).is_none(), "no way to the end");
        let mut turned = pieces();
        turned[2].to = 1;
        assert!(line(4, turned, &[1]).is_none(), "a piece of nothing");
        let mut unordered = pieces();
        unordered.swap(0, 4);
        assert!(line(4, unordered, &[1]).is_none(), "out of order");
    }
}
