//! Connected ink.

use crate::{
    binarize::Ink, image::morphology::neighbours, image::rectangle::Rectangle,
    image::weighted_median::weighted_median,
};

/// One connected piece of ink, or some that belong together.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Labels of the pieces.
    pub(super) parts: Vec<u32>,
    pub(super) bounds: Rectangle,
    /// Pixels of ink.
    pub(super) area: usize,
    /// Sum of their coverage.
    pub(super) mass: usize,
}

/// Labels the connected pieces (eight neighbours) of pixels that are ink.
pub(super) fn connected(ink: &Ink) -> (Vec<u32>, Vec<Group>) {
    let (width, height) = (ink.width, ink.height);
    let mut labels = vec![0u32; width * height];
    let mut pieces = Vec::new();
    let mut open = Vec::new();
    for start in 0..labels.len() {
        if labels[start] != 0 || ink.coverage[start] < Ink::EDGE {
            continue;
        }
        let label = pieces.len() as u32 + 1;
        let mut piece = Group {
            parts: vec![label],
            bounds: Rectangle::pixel(start % width, start / width),
            area: 0,
            mass: 0,
        };
        labels[start] = label;
        open.push(start);
        while let Some(at) = open.pop() {
            piece.area += 1;
            piece.mass += usize::from(ink.coverage[at]);
            piece.bounds = piece
                .bounds
                .union(&Rectangle::pixel(at % width, at / width));
            for neighbour in neighbours(at, [width, height]) {
                if labels[neighbour] == 0 && ink.coverage[neighbour] >= Ink::EDGE {
                    labels[neighbour] = label;
                    open.push(neighbour);
                }
            }
        }
        pieces.push(piece);
    }
    (labels, pieces)
}

/// Gives the soft edge of each piece its label: the paler pixels around it, as
/// far as they go on fading.
pub(super) fn spread(ink: &Ink, labels: &mut [u32]) {
    let mut ring: Vec<usize> = (0..labels.len()).filter(|&at| labels[at] != 0).collect();
    while !ring.is_empty() {
        let mut next = Vec::new();
        for at in ring {
            for neighbour in neighbours(at, [ink.width, ink.height]) {
                let coverage = ink.coverage[neighbour];
                if labels[neighbour] == 0 && coverage >= Ink::SOFT && coverage <= ink.coverage[at] {
                    labels[neighbour] = labels[at];
                    next.push(neighbour);
                }
            }
        }
        ring = next;
    }
}

/// The height that half of the ink is in pieces at least as high as.
pub(super) fn usual_height(groups: &[Group]) -> f64 {
    let heights = groups.iter().map(|group| (group.bounds.height, group.area));
    weighted_median(heights.collect()).map_or(0.0, |height| height as f64)
}
