//! The inks of a line.

use super::{Inks, params::InkParams};
use crate::{paper::Paper, random::Chance, raster::Ink, text::Text};

/// The inks of a line.
pub(super) fn inks(params: &InkParams, text: &Text, paper: &Paper, chance: &mut Chance) -> Inks {
    let (takes, dryness) = ink_strength(params, paper, chance);
    let absorbs = [takes; 3];
    Inks {
        own: Ink {
            absorbs,
            dryness,
            tooth: chance.bits() as u32,
        },
        weaker: weaker(params, text, absorbs, paper, chance),
        other: [1.0; 3],
    }
}

/// How much light a writer's ink takes, as strong as the paper's print lets it be seen, and
/// how dry the pen is.
pub(crate) fn ink_strength(params: &InkParams, paper: &Paper, chance: &mut Chance) -> (f32, f32) {
    let kind = chance.weighted(&params.kinds).min(2);
    let least = params.least + paper.print_strength();
    let takes = chance.between(&params.takes[kind]).max(least).min(0.97);
    let (dry, dryness) = &params.dry;
    let dryness = if chance.maybe(*dry) {
        chance.between(dryness)
    } else {
        0.0
    };
    (takes, dryness * (1.0 - least))
}

/// How much weaker than the writer's own the ink of each item is.
pub(crate) fn weaker(
    params: &InkParams,
    text: &Text,
    absorbs: [f32; 3],
    paper: &Paper,
    chance: &mut Chance,
) -> Vec<f32> {
    let takes = absorbs.into_iter().fold(0.0, f32::max);
    let least = params.least + paper.print_strength();
    let n = text.0.len();
    let mut weaker = vec![1.0; n];
    if chance.maybe(params.varies) {
        let spread = chance.between(&(0.1..0.5));
        weaker.fill_with(|| 1.0 - spread * chance.unit());
    }
    if n > 1 && chance.maybe(params.one_weak) {
        weaker[chance.below(n)] = chance.between(&(0.2..0.7));
    }
    for weak in &mut weaker {
        *weak = weak.max(least / takes).min(1.0);
    }
    weaker
}
