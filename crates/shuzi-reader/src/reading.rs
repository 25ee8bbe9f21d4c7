//! What was read.

use serde::Serialize;

use crate::Bounds;

/// A number and how sure it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reading {
    /// The digits from left to right; a space between lines. Empty if the
    /// image shows none.
    pub text: String,
    /// Probability that all digits are right: the product of theirs, 1 if
    /// there are none.
    pub confidence: f32,
    /// Whether there are digits, none of them so wide that it is likely several,
    /// and `confidence` reaches the least that was asked for.
    pub accepted: bool,
    /// The digits in the order of `text`.
    pub digits: Vec<Digit>,
}

/// One digit of a [`Reading`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Digit {
    /// The most likely one, 0 to 9.
    pub digit: u8,
    /// Its probability.
    pub confidence: f32,
    /// Where it is in the image, upright, in pixels.
    #[serde(rename = "box")]
    pub bounds: Bounds,
    /// The likeliest digits with their probabilities, the first first.
    pub candidates: Vec<(u8, f32)>,
    /// Its line, from 0 at the top.
    #[serde(skip)]
    pub line: usize,
}
