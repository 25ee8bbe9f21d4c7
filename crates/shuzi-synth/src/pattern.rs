//! Security print: fine lines that cover the paper of cheques.

use std::f32::consts::{PI, TAU};

use crate::random::Chance;

/// A family of fine lines; lengths in shares of a digit's height.
#[derive(Debug, Clone, Copy)]
struct Family {
    kind: Kind,
    period: f32,
    angle: f32,
    phase: f32,
    /// Cosine that is where a line begins: near 1 the lines are fine.
    fine: f32,
    /// Light that they take.
    strength: f32,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Parallel lines, waved: amplitude, length and phase of the wave.
    Waves([f32; 3]),
    /// Rings around the middles of a lattice, as scales: its steps.
    Scales([f32; 2]),
    /// Points on a lattice: its other step.
    Points(f32),
}

/// Print that covers paper.
#[derive(Debug, Clone)]
pub(crate) struct Pattern(Vec<Family>);

impl Pattern {
    /// One to three families; `strength` is the most light that one takes.
    pub(crate) fn new(strength: f32, chance: &mut Chance) -> Self {
        let n = chance.pick([1, 1, 2, 2, 3]);
        let near = chance.between(&(0.0..PI));
        let families = (0..n).map(|i| {
            let kind = match chance.below(10) {
                0..6 => Kind::Waves([
                    chance.between(&(0.0..0.16)),
                    chance.log_between(&(0.3..4.0)),
                    chance.between(&(0.0..TAU)),
                ]),
                6..8 => {
                    let step = chance.between(&(0.5..2.2));
                    Kind::Scales([step, step * chance.between(&(0.4..1.0))])
                }
                _ => Kind::Points(chance.between(&(0.05..0.2))),
            };
            // Two families often cross at a wide angle.
            let angle = if i == 0 || chance.maybe(0.4) {
                near
            } else {
                near + chance.between(&(0.3..2.6))
            };
            // Many prints are level.
            let angle = if chance.maybe(0.35) {
                0.5 * PI + chance.normal(0.0, 0.06)
            } else {
                angle
            };
            Family {
                kind,
                period: chance.log_between(&(0.05..0.2)),
                angle,
                phase: chance.between(&(0.0..TAU)),
                fine: chance.between(&(-0.4..0.8)),
                strength: strength * chance.between(&(0.35..1.0)),
            }
        });
        Self(families.collect())
    }

    /// The strongest family's light.
    pub(crate) fn strength(&self) -> f32 {
        self.0
            .iter()
            .map(|family| family.strength)
            .fold(0.0, f32::max)
    }

    /// Light that the print takes from every pixel of `[height, width]`; `scale` is pixels to
    /// a digit's height.
    pub(crate) fn taken(&self, width: usize, height: usize, scale: f32) -> Vec<f32> {
        let mut out = vec![0.0f32; width * height];
        let cosine = Cosine::new();
        for family in &self.0 {
            let (sin, cos) = family.angle.sin_cos();
            // What a lens leaves of lines finer than its pixels.
            let seen = (family.period * scale / 2.5).clamp(0.1, 1.0);
            let strength = family.strength * seen;
            for (y, row) in out.chunks_exact_mut(width).enumerate() {
                let py = y as f32 / scale;
                for (x, value) in row.iter_mut().enumerate() {
                    let px = x as f32 / scale;
                    let across = px * cos + py * sin;
                    let turns = match family.kind {
                        Kind::Waves([amplitude, length, phase]) => {
                            let along = py * cos - px * sin;
                            let bend = amplitude * cosine.at(along / length + phase);
                            (across + bend) / family.period
                        }
                        Kind::Scales([wide, high]) => {
                            let row = (py / high).floor();
                            let shift = if (row as i32) & 1 == 0 { 0.0 } else { 0.5 };
                            let column = (px / wide + shift).floor();
                            let (dx, dy) =
                                (px - (column + 0.5 - shift) * wide, py - (row + 1.0) * high);
                            (dx * dx + dy * dy).sqrt() / family.period
                        }
                        Kind::Points(step) => {
                            let along = py * cos - px * sin;
                            let dot = 0.5 + 0.5 * cosine.at(along / step);
                            let line = cosine.at(across / family.period + family.phase);
                            *value += strength * (0.5 + 0.5 * line) * dot;
                            continue;
                        }
                    };
                    let line = cosine.at(turns + family.phase);
                    *value += strength * ((line - family.fine) / (1.0 - family.fine)).max(0.0);
                }
            }
        }
        out
    }
}

/// A table of the cosine, by turns.
struct Cosine([f32; 256]);

impl Cosine {
    fn new() -> Self {
        Self(std::array::from_fn(|i| (TAU * i as f32 / 256.0).cos()))
    }

    fn at(&self, turns: f32) -> f32 {
        // Two's complement: negative turns wrap, too.
        self.0[((turns * 256.0) as i32 & 255) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shuzi_data::rng::RngStream;

    #[test]
    fn patterns_take_light_within_their_strength() {
        for index in 0..60 {
            let mut chance = Chance::new(1, RngStream::TextLine, index);
            let pattern = Pattern::new(0.2, &mut chance);
            let taken = pattern.taken(160, 48, 36.0);
            let most = 0.2 * pattern.0.len() as f32 + 1e-4;
            assert!(
                taken.iter().all(|v| (0.0..=most).contains(v)),
                "{pattern:?}"
            );
            let mean = taken.iter().sum::<f32>() / taken.len() as f32;
            let varies = taken.iter().any(|v| (v - mean).abs() > 0.003);
            assert!(varies, "{pattern:?}");
        }
    }
}
