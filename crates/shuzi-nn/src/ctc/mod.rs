//! Connectionist temporal classification: a network says for every frame which class it
//! shows, or none (the blank); a sequence of labels is the sum of all its alignments
//! (Graves et al. 2006).
//!
//! An alignment gives each frame a class; without repetitions, then without blanks, it
//! is the labels. All is computed in the log domain.

mod alignment;
mod decode;
mod loss;

pub use decode::{Hypothesis, beam_search, greedy};
pub use loss::{Ctc, CtcReport};

/// `ln(eᵃ + eᵇ)`.
fn log_add(a: f64, b: f64) -> f64 {
    let (least, most) = if a < b { (a, b) } else { (b, a) };
    if most == f64::NEG_INFINITY {
        return most;
    }
    most + (least - most).exp().ln_1p()
}

/// Writes the logarithms of the softmax of a row of logits.
fn log_softmax(row: &[f32], to: &mut [f64]) {
    let most = f64::from(row.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let share = |&value: &f32| (f64::from(value) - most).exp();
    let whole = most + row.iter().map(share).sum::<f64>().ln();
    for (to, &value) in to.iter_mut().zip(row) {
        *to = f64::from(value) - whole;
    }
}
