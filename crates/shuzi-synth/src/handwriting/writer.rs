//! How a writer writes, and what beside digits.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// How often something that is no digit stands between the digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DistractorRate {
    /// More often than in real life, also bars and letters: a network learns them
    /// the sooner.
    High,
    /// As on cheques and forms: points and dashes, hardly ever anything as high as
    /// a digit.
    Low,
}

impl DistractorRate {
    /// Probability of one before the digits, after a digit, after the last and
    /// after all.
    pub(super) fn shares(self) -> [f64; 4] {
        match self {
            Self::High => [0.1, 0.2, 0.25, 0.15],
            Self::Low => [0.05, 0.12, 0.15, 0.15],
        }
    }

    /// Probability that one is as high as a digit.
    pub(super) fn high(self) -> f64 {
        match self {
            Self::High => 0.4,
            Self::Low => 0.01,
        }
    }
}

/// How a writer writes, in shares of a digit's height where nothing else is said.
pub(super) struct Writer {
    /// Height of a digit in pixels.
    pub(super) size: f32,
    /// Columns to a row.
    pub(super) slant: f32,
    /// Width to height, against the model's.
    pub(super) stretch: f32,
    /// Gap between digits.
    pub(super) gap: f32,
    /// Ink of the model that becomes the stroke's edge: low is a broad pen.
    pub(super) edge: f32,
    /// Half the width of strokes that are no digit's.
    pub(super) half: f32,
    /// Height of a zero that follows another digit.
    pub(super) zero: f32,
    /// How much closer a zero comes to another.
    pub(super) cling: f32,
    /// Width of a zero that follows another digit, against the model's.
    pub(super) flat: f32,
    /// Whether zeros that follow another digit are rings of one stroke.
    pub(super) coils: bool,
    /// Whether digits are joined by a stroke, how often, and zeros.
    pub(super) joins: [f32; 2],
    /// What stands between digits.
    pub(super) distractors: DistractorRate,
}

impl Writer {
    pub(super) fn new(distractors: DistractorRate, rng: &mut ChaCha8Rng) -> Self {
        // Small digits are the harder ones.
        let size = 16.0 * 4.0f32.powf(rng.random_range(0.0..1.0f32).powf(1.3));
        let touching = rng.random_bool(0.6);
        let edge = rng.random_range(0.22..0.62f32);
        Self {
            size,
            slant: rng.random_range(-0.15..0.5),
            stretch: rng.random_range(0.75..1.3),
            gap: if touching {
                rng.random_range(-0.2..0.06)
            } else {
                rng.random_range(0.05..0.5)
            },
            edge,
            half: size * (0.075 - 0.07 * edge) * rng.random_range(0.8..1.2),
            zero: if rng.random_bool(0.3) {
                rng.random_range(0.4..0.85)
            } else {
                1.0
            },
            cling: if rng.random_bool(0.3) {
                rng.random_range(0.0..0.3)
            } else {
                0.0
            },
            flat: if rng.random_bool(0.3) {
                rng.random_range(1.1..1.9)
            } else {
                1.0
            },
            coils: rng.random_bool(0.15),
            joins: [
                if rng.random_bool(0.3) { 0.5 } else { 0.03 },
                if rng.random_bool(0.25) { 0.7 } else { 0.05 },
            ],
            distractors,
        }
    }
}
