//! Connected pieces of the ink that no digit has.

use crate::{
    account::Scene,
    binarize::Ink,
    image::morphology::{Blob, connected},
};

/// What no digit has: of the ink that was read, and of print that was taken out.
pub(super) struct Pieces {
    pub(super) ink: Vec<Blob>,
    pub(super) printed: Vec<Blob>,
}

/// Finds them.
pub(super) fn pieces(scene: &Scene<'_>) -> Pieces {
    let Scene {
        ink,
        components,
        glyphs,
        ..
    } = scene;
    let count = components.labels.iter().max().map_or(0, |most| *most) as usize;
    let mut read = vec![false; count + 1];
    for label in glyphs.iter().flat_map(|glyph| &glyph.region.labels) {
        if let Some(read) = read.get_mut(*label as usize) {
            *read = true;
        }
    }
    let labels = components.labels.iter().zip(&ink.coverage);
    let left = labels.map(|(label, coverage)| *coverage >= Ink::EDGE && !read[*label as usize]);
    let mut gone = vec![false; ink.coverage.len()];
    for at in scene.printed {
        gone[*at] = true;
    }
    let size = [ink.width, ink.height];
    Pieces {
        ink: connected(left.collect(), size),
        printed: connected(gone, size),
    }
}
