//! Paper and the light on it, before anything is written.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::{pattern::Pattern, random::Chance};

/// What paper is like. Brightness is from 0 to 1, lengths in shares of a digit's height.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PaperParams {
    /// Share of plain sheets of one brightness: screens, cleaned scans.
    pub plain: f32,
    /// Brightness of paper.
    pub brightness: Range<f32>,
    /// Share of papers under a light that falls off, and how much over the line.
    pub slope: (f32, Range<f32>),
    /// Share of papers with spots and clouds, and their strength.
    pub clouds: (f32, Range<f32>),
    /// Share with the edge of a shadow or of a lighter field, and the light that it takes.
    pub shadow: (f32, Range<f32>),
    /// Share with security print, and the most light that one family of lines takes.
    pub print: (f32, Range<f32>),
    /// Share with coarse fibres, and their strength (deviation).
    pub fibres: (f32, Range<f32>),
}

impl Default for PaperParams {
    fn default() -> Self {
        Self {
            plain: 0.12,
            brightness: 0.5..1.0,
            slope: (0.6, 0.0..0.35),
            clouds: (0.2, 0.01..0.07),
            shadow: (0.1, -0.3..0.5),
            print: (0.42, 0.04..0.22),
            fibres: (0.3, 0.005..0.03),
        }
    }
}

/// What is on paper that is not even.
#[derive(Debug)]
pub(crate) struct Paper {
    brightness: f32,
    /// Light that is lost to the right and down, over a picture's side.
    slope: [f32; 2],
    clouds: Option<(f32, f32)>,
    /// A line's point and direction across, how soft it is, and the light behind it.
    shadow: Option<([f32; 2], [f32; 2], f32, f32)>,
    pub(crate) print: Option<Pattern>,
    fibres: f32,
}

impl Paper {
    pub(crate) fn new(params: &PaperParams, chance: &mut Chance) -> Self {
        let brightness = chance.between(&params.brightness);
        if chance.maybe(params.plain) {
            return Self {
                brightness: if chance.maybe(0.6) { 1.0 } else { brightness },
                slope: [0.0; 2],
                clouds: None,
                shadow: None,
                print: None,
                fibres: 0.0,
            };
        }
        let mut some = |(share, range): &(f32, Range<f32>)| {
            chance.maybe(*share).then(|| chance.between(range))
        };
        let (slope, clouds, shadow, print, fibres) = (
            some(&params.slope),
            some(&params.clouds),
            some(&params.shadow),
            some(&params.print),
            some(&params.fibres),
        );
        let slope = slope.unwrap_or(0.0);
        let angle = chance.between(&(0.0..std::f32::consts::TAU));
        Self {
            brightness,
            slope: [slope * angle.cos(), slope * angle.sin()],
            clouds: clouds.map(|strength| (strength, chance.log_between(&(0.15..2.0)))),
            shadow: shadow.map(|taken| {
                let angle = chance.between(&(0.0..std::f32::consts::TAU));
                let at = [chance.unit(), chance.unit()];
                (
                    at,
                    [angle.cos(), angle.sin()],
                    chance.log_between(&(0.01..0.8)),
                    taken,
                )
            }),
            print: print.map(|strength| Pattern::new(strength, chance)),
            fibres: fibres.unwrap_or(0.0),
        }
    }

    /// The most light that its print takes.
    pub(crate) fn print_strength(&self) -> f32 {
        self.print.as_ref().map_or(0.0, Pattern::strength)
    }

    /// Its light, `[height, width]`, without print; `scale` is pixels to a digit's height.
    pub(crate) fn light(
        &self,
        width: usize,
        height: usize,
        scale: f32,
        chance: &mut Chance,
    ) -> Vec<f32> {
        let mut light = vec![self.brightness; width * height];
        let [across, along] = self.slope;
        if across != 0.0 || along != 0.0 {
            for (y, row) in light.chunks_exact_mut(width).enumerate() {
                let down = along * (y as f32 / height as f32 - 0.5);
                for (x, value) in row.iter_mut().enumerate() {
                    *value *= 1.0 - down - across * (x as f32 / width as f32 - 0.5);
                }
            }
        }
        if let Some((strength, size)) = self.clouds {
            clouds(&mut light, width, (size * scale).max(2.0), strength, chance);
        }
        if self.fibres > 0.0 {
            clouds(&mut light, width, 2.0, self.fibres, chance);
        }
        if let Some((at, [cos, sin], soft, taken)) = self.shadow {
            let (ox, oy) = (at[0] * width as f32, at[1] * height as f32);
            for (y, row) in light.chunks_exact_mut(width).enumerate() {
                for (x, value) in row.iter_mut().enumerate() {
                    let over = (x as f32 - ox) * cos + (y as f32 - oy) * sin;
                    let part = (0.5 + over / (soft * scale)).clamp(0.0, 1.0);
                    *value *= 1.0 - taken * part * part * (3.0 - 2.0 * part);
                }
            }
        }
        light
    }
}

/// Multiplies light by noise that is even over `cell` pixels.
fn clouds(light: &mut [f32], width: usize, cell: f32, strength: f32, chance: &mut Chance) {
    let height = light.len() / width;
    let columns = (width as f32 / cell) as usize + 2;
    let rows = (height as f32 / cell) as usize + 2;
    let mut lattice = vec![1.0; columns * rows];
    chance.grain(&mut lattice, strength);
    let step = |at: usize| {
        let at = at as f32 / cell;
        (at as usize, at.fract())
    };
    let across: Vec<(usize, f32)> = (0..width).map(step).collect();
    for (y, row) in light.chunks_exact_mut(width).enumerate() {
        let (v, dv) = step(y);
        let (upper, lower) = (&lattice[v * columns..], &lattice[(v + 1) * columns..]);
        for (value, &(u, du)) in row.iter_mut().zip(&across) {
            let top = upper[u] + du * (upper[u + 1] - upper[u]);
            let foot = lower[u] + du * (lower[u + 1] - lower[u]);
            *value *= top + dv * (foot - top);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shuzi_data::rng::RngStream;

    #[test]
    fn paper_is_brighter_than_ink_ever_is() {
        for index in 0..200 {
            let mut chance = Chance::new(1, RngStream::TextLine, index);
            let paper = Paper::new(&PaperParams::default(), &mut chance);
            let light = paper.light(90, 40, 28.0, &mut chance);
            assert_eq!(light.len(), 90 * 40);
            let least = light.iter().copied().fold(f32::INFINITY, f32::min);
            assert!(least > 0.12, "{least}: {paper:?}");
        }
    }
}
