//! Zeros as rings of one stroke, as the end of a round amount is written in haste: some stay
//! open, and from each the pen goes on to the next without being lifted.

use std::f32::consts::TAU;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{
    sheet::{OTHER, Sheet},
    writer::Writer,
};
use crate::canvas::rounded;

/// Points along a ring.
const POINTS: usize = 24;

/// A zero, from where the pen begins it to where it ends; lengths in pixels.
pub(super) struct Ring {
    points: Vec<[f32; 2]>,
    left: f32,
    width: f32,
}

impl Ring {
    /// A zero with its left edge at `x`, on the baseline.
    pub(super) fn new(writer: &Writer, [x, baseline]: [f32; 2], rng: &mut ChaCha8Rng) -> Self {
        let height = writer.size * writer.zero * rng.random_range(0.85..1.15);
        let width = height * writer.flat * writer.stretch * rng.random_range(0.6..0.9);
        let middle = [
            x + 0.5 * width,
            baseline + writer.size * rng.random_range(-0.07..0.07) - 0.5 * height,
        ];
        // In turns: 0 is right, 0.25 above. It goes left first.
        let begin = rng.random_range(0.1..0.3);
        let turn = rng.random_range(0.78..1.08);
        let point = |i: usize| {
            let angle = TAU * (begin + turn * i as f32 / POINTS as f32);
            let up = 0.5 * height * angle.sin();
            let across = 0.5 * width * angle.cos() + writer.slant * up;
            [middle[0] + across, middle[1] - up]
        };
        Self {
            points: (0..=POINTS).map(point).collect(),
            left: x,
            width,
        }
    }

    /// Draws it, and the path to it from where the pen was.
    pub(super) fn draw(
        &self,
        sheet: &mut Sheet,
        writer: &Writer,
        instance: u8,
        from: Option<[f32; 2]>,
        rng: &mut ChaCha8Rng,
    ) {
        sheet.trace(instance, &self.points, writer.half);
        if let Some(from) = from {
            let to = self.points[0];
            let between = [
                0.5 * (from[0] + to[0]),
                0.5 * (from[1] + to[1]) + writer.size * writer.zero * rng.random_range(-0.2..0.25),
            ];
            // Rounding takes the ends away.
            let path = [vec![from], rounded(vec![from, between, to]), vec![to]].concat();
            sheet.trace(OTHER, &path, writer.half);
        }
    }

    /// Where the pen ends.
    pub(super) fn end(&self) -> [f32; 2] {
        self.points[POINTS]
    }

    /// Where the next digit may begin.
    pub(super) fn next(&self, writer: &Writer, rng: &mut ChaCha8Rng) -> f32 {
        let gap = writer.gap.min(0.2) + rng.random_range(-0.06..0.06);
        self.left + self.width + gap * writer.size * writer.zero
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handwriting::writer::DistractorRate;
    use shuzi_data::rng::{RngStream, generator};

    /// Which pixels hang together with the first inked one.
    fn connected(ink: &[bool], width: usize) -> Vec<bool> {
        let mut seen = vec![false; ink.len()];
        let mut open: Vec<usize> = ink.iter().position(|ink| *ink).into_iter().collect();
        while let Some(at) = open.pop() {
            if seen[at] || !ink[at] {
                continue;
            }
            seen[at] = true;
            open.extend([at - width - 1, at - width, at - width + 1, at - 1]);
            open.extend([at + 1, at + width - 1, at + width, at + width + 1]);
        }
        seen
    }

    #[test]
    fn zeros_of_one_stroke_hang_together_and_own_their_rings() {
        for seed in 0..40 {
            let mut rng = generator(seed, RngStream::Handwriting, 0, 0);
            let writer = Writer::new(DistractorRate::Low, &mut rng);
            let width = 800;
            let mut sheet = Sheet::blank(width, 200);
            let (mut x, mut pen) = (100.0, None);
            for instance in 1..=3 {
                let ring = Ring::new(&writer, [x, 140.0], &mut rng);
                ring.draw(&mut sheet, &writer, instance, pen, &mut rng);
                (x, pen) = (ring.next(&writer, &mut rng), Some(ring.end()));
            }
            let ink: Vec<bool> = sheet.canvas.ink.iter().map(|ink| *ink > 0.2).collect();
            assert_eq!(connected(&ink, width), ink, "seed {seed}");
            for instance in 1..=3 {
                let own = sheet.instances.iter().filter(|of| **of == instance).count();
                assert!(own > 20, "seed {seed}, ring {instance}: {own} pixels");
            }
        }
    }
}
