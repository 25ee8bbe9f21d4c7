//! Numbers drawn at random.

use rand::{Rng, RngExt};

/// A number between two, uniform.
pub(super) fn between([low, high]: [f32; 2], random: &mut impl Rng) -> f32 {
    low + (high - low) * random.random::<f32>()
}
