//! Strokes and small pictures drawn on a picture, with soft edges and one ink each.

use crate::geometry::{Bounds, Map, Point};

/// What a mark is drawn with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ink {
    /// Share of the light that it takes, by channel.
    pub(crate) absorbs: [f32; 3],
    /// How much of it the paper's tooth leaves out, 0 to 1, as of pencil and dry pens.
    pub(crate) dryness: f32,
    /// Where the tooth begins.
    pub(crate) tooth: u32,
}

/// A piece of a stroke: two points and the half width at each, in pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) from: Point,
    pub(crate) to: Point,
    pub(crate) half: [f32; 2],
}

/// A picture in the making, light 0 to 1, and whose ink is where.
#[derive(Debug, Clone)]
pub(crate) struct Raster {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// `[channels, height, width]`
    pub(crate) light: Vec<f32>,
    pub(crate) channels: usize,
    /// Coverage of the mark that is drawn, `[height, width]`; all 0 between two marks.
    mask: Vec<f32>,
    /// Columns and rows of the mask that may not be 0.
    dirty: Option<[usize; 4]>,
    /// The owners of ink, if they are wanted.
    pub(crate) owners: Option<Owners>,
    /// Light that the writing takes, `[height, width]`, if it is wanted.
    pub(crate) written: Option<Vec<f32>>,
}

/// Whose ink a pixel is.
#[derive(Debug, Clone)]
pub(crate) struct Owners {
    /// `[height, width]`, 0 for nobody's.
    pub(crate) owner: Vec<u16>,
    /// The most that one mark darkens a pixel, `[height, width]`.
    most: Vec<f32>,
    /// Light that is left of the paper's after all marks, `[height, width]`.
    pub(crate) left: Vec<f32>,
}

impl Owners {
    pub(crate) fn new(pixels: usize) -> Self {
        Self {
            owner: vec![0; pixels],
            most: vec![0.0; pixels],
            left: vec![1.0; pixels],
        }
    }

    /// Notes that a mark takes a share of a pixel's light.
    fn take(&mut self, at: usize, share: f32, owner: u16) {
        self.left[at] *= 1.0 - share;
        if share > self.most[at] {
            self.most[at] = share;
            self.owner[at] = owner;
        }
    }

    /// The owner of every pixel, once a lens has spread the ink: `left` is the light that is
    /// left then. A pixel that lost `least` of its light is its own mark's or that of the
    /// nearest; all others are nobody's.
    pub(crate) fn settled(&self, left: &[f32], width: usize, least: f32) -> Vec<u16> {
        let inked = |at: usize| 1.0 - left[at] >= least;
        let mut owner: Vec<u16> = (0..self.owner.len())
            .map(|at| if inked(at) { self.owner[at] } else { 0 })
            .collect();
        // From the owned pixels outwards, a step a turn.
        let owned = |at: &usize| self.owner[*at] > 0;
        let mut edge: Vec<usize> = (0..owner.len()).filter(owned).collect();
        let mut reached: Vec<bool> = self.owner.iter().map(|own| *own > 0).collect();
        let mut from = self.owner.clone();
        while !edge.is_empty() && (0..owner.len()).any(|at| inked(at) && owner[at] == 0) {
            let mut next = Vec::new();
            for at in edge {
                let (x, y) = (at % width, at / width);
                let beside = [
                    (x > 0).then(|| at - 1),
                    (x + 1 < width).then_some(at + 1),
                    (y > 0).then(|| at.wrapping_sub(width)),
                    Some(at + width).filter(|to| *to < owner.len()),
                ];
                for to in beside.into_iter().flatten() {
                    if !reached[to] {
                        reached[to] = true;
                        from[to] = from[at];
                        if inked(to) {
                            owner[to] = from[at];
                        }
                        next.push(to);
                    }
                }
            }
            edge = next;
        }
        owner
    }
}

/// The most light that print which covers paper takes, however many lines meet.
const MOST_PRINT: f32 = 0.9;

impl Raster {
    /// A black picture.
    pub(crate) fn new(width: usize, height: usize, channels: usize) -> Self {
        Self {
            width,
            height,
            light: vec![0.0; channels * width * height],
            channels,
            mask: vec![0.0; width * height],
            dirty: None,
            owners: None,
            written: None,
        }
    }

    /// The picture's part of a box: first and one past the last column and row.
    fn inside(&self, bounds: Bounds) -> Option<[usize; 4]> {
        let span = |low: f32, high: f32, end: usize| {
            let low = low.floor().clamp(0.0, end as f32) as usize;
            let high = high.ceil().clamp(0.0, end as f32) as usize;
            (low < high).then_some([low, high])
        };
        let [left, right] = span(bounds.left, bounds.right, self.width)?;
        let [top, bottom] = span(bounds.top, bounds.bottom, self.height)?;
        Some([left, top, right, bottom])
    }

    fn touch(&mut self, [left, top, right, bottom]: [usize; 4]) {
        self.dirty = Some(match self.dirty {
            None => [left, top, right, bottom],
            Some(old) => [
                old[0].min(left),
                old[1].min(top),
                old[2].max(right),
                old[3].max(bottom),
            ],
        });
    }

    /// Adds a piece of a stroke to the mark.
    pub(crate) fn stroke(&mut self, piece: Piece) {
        let Piece { from, to, half } = piece;
        let reach = half[0].max(half[1]) + 1.0;
        let Some(part) = self.inside(Bounds::of([from, to]).grown(reach)) else {
            return;
        };
        self.touch(part);
        let [dx, dy] = [to[0] - from[0], to[1] - from[1]];
        let inverse = 1.0 / (dx * dx + dy * dy).max(1e-6);
        for y in part[1]..part[3] {
            let py = y as f32 + 0.5 - from[1];
            let row = &mut self.mask[y * self.width..][part[0]..part[2]];
            for (column, value) in row.iter_mut().enumerate() {
                let px = (part[0] + column) as f32 + 0.5 - from[0];
                let along = ((px * dx + py * dy) * inverse).clamp(0.0, 1.0);
                let (ex, ey) = (px - along * dx, py - along * dy);
                let half = half[0] + along * (half[1] - half[0]);
                // A line thinner than a pixel covers less than one.
                let most = (2.0 * half + 0.1).min(1.0);
                let cover = (half + 0.5 - (ex * ex + ey * ey).sqrt()).clamp(0.0, 1.0);
                *value = value.max(cover.min(most));
            }
        }
    }

    /// Adds to the mark what `cover` gives for the points of a box; both are in the units
    /// that `map` brings to pixels.
    pub(crate) fn shape(&mut self, map: &Map, bounds: Bounds, cover: impl Fn(Point) -> f32) {
        let pixels = Bounds::of(bounds.corners().map(|corner| map.apply(corner)));
        let Some(part) = self.inside(pixels.grown(1.0)) else {
            return;
        };
        self.touch(part);
        for y in part[1]..part[3] {
            for x in part[0]..part[2] {
                let at = map.inverse([x as f32 + 0.5, y as f32 + 0.5]);
                let value = &mut self.mask[y * self.width + x];
                *value = value.max(cover(at).clamp(0.0, 1.0));
            }
        }
    }

    /// Takes a share of every pixel's light for `owner`: what covers all paper.
    pub(crate) fn cover(&mut self, taken: &[f32], owner: u16) {
        for plane in self.light.chunks_exact_mut(taken.len()) {
            for (light, taken) in plane.iter_mut().zip(taken) {
                *light *= 1.0 - taken.min(MOST_PRINT);
            }
        }
        if let Some(owners) = &mut self.owners {
            for (at, taken) in taken.iter().enumerate().filter(|(_, taken)| **taken > 0.0) {
                owners.take(at, taken.min(MOST_PRINT), owner);
            }
        }
    }

    /// Takes the mark as it is, inks it for `owner` and begins the next. `written` says
    /// whether it is writing. Gives the box of its ink in the picture, if there is any.
    pub(crate) fn ink(&mut self, ink: &Ink, owner: u16, written: bool) -> Option<[usize; 4]> {
        let [left, top, right, bottom] = self.dirty.take()?;
        let pixels = self.width * self.height;
        let mut seen: Option<[usize; 4]> = None;
        let most = ink.absorbs.iter().copied().fold(0.0, f32::max);
        for y in top..bottom {
            for x in left..right {
                let at = y * self.width + x;
                let mut cover = std::mem::take(&mut self.mask[at]);
                if cover <= 0.0 {
                    continue;
                }
                if ink.dryness > 0.0 {
                    cover *= 1.0 - ink.dryness * tooth(x as u32, y as u32, ink.tooth);
                }
                for (channel, absorbs) in ink.absorbs.iter().take(self.channels).enumerate() {
                    self.light[channel * pixels + at] *= 1.0 - cover * absorbs;
                }
                let taken = cover * most;
                if let Some(owners) = &mut self.owners {
                    owners.take(at, taken, owner);
                }
                if let Some(total) = self.written.as_mut().filter(|_| written) {
                    total[at] = total[at].max(cover);
                }
                if cover >= 0.25 {
                    seen = Some(match seen {
                        None => [x, y, x + 1, y + 1],
                        Some([l, t, r, b]) => [l.min(x), t.min(y), r.max(x + 1), b.max(y + 1)],
                    });
                }
            }
        }
        seen
    }
}

/// The paper's tooth, 0 to 1: a hash, a little even between neighbours.
fn tooth(x: u32, y: u32, seed: u32) -> f32 {
    let hash = |x: u32, y: u32| {
        let mut h = x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77) ^ seed;
        h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D);
        h = (h ^ (h >> 12)).wrapping_mul(0x297A_2D39);
        (h >> 16) as f32 / 65536.0
    };
    0.45 * hash(x, y) + 0.3 * hash(x / 2, y / 2 + 7) + 0.25 * hash(x / 7, y / 7 + 13)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: Ink = Ink {
        absorbs: [0.9; 3],
        dryness: 0.0,
        tooth: 0,
    };

    fn white(width: usize, height: usize) -> Raster {
        let mut raster = Raster::new(width, height, 1);
        raster.light.fill(1.0);
        raster.owners = Some(Owners::new(width * height));
        raster
    }

    #[test]
    fn a_stroke_darkens_its_pixels_and_owns_them() {
        let mut raster = white(20, 10);
        raster.stroke(Piece {
            from: [4.0, 5.0],
            to: [15.0, 5.0],
            half: [1.5; 2],
        });
        let seen = raster.ink(&BLACK, 7, true).unwrap();
        assert!(
            seen[0] <= 3 && seen[2] >= 16 && seen[1] >= 2 && seen[3] <= 8,
            "{seen:?}"
        );
        assert!(raster.light[5 * 20 + 10] < 0.11);
        assert_eq!(raster.light[20 + 10], 1.0);
        let owners = raster.owners.as_ref().unwrap();
        for (owner, light) in owners.owner.iter().zip(&raster.light) {
            assert_eq!(*owner == 7, *light < 1.0);
        }
        assert_eq!(raster.ink(&BLACK, 8, true), None);
    }

    #[test]
    fn the_stronger_of_two_owns_a_pixel() {
        let mut raster = white(9, 9);
        for (owner, x, ink) in [
            (1, 4.5, BLACK),
            (
                2,
                5.5,
                Ink {
                    absorbs: [0.3; 3],
                    ..BLACK
                },
            ),
        ] {
            raster.stroke(Piece {
                from: [x, 1.0],
                to: [x, 8.0],
                half: [1.0; 2],
            });
            raster.ink(&ink, owner, false);
        }
        let owners = raster.owners.unwrap();
        assert_eq!(owners.owner[4 * 9 + 4], 1);
        assert_eq!(owners.owner[4 * 9 + 6], 2);
    }

    #[test]
    fn every_pixel_that_a_lens_darkens_enough_has_one_owner_and_no_other_has() {
        let (width, height, least) = (40, 24, 0.12);
        let mut raster = white(width, height);
        for (owner, x) in [(1, 8.0), (2, 26.0)] {
            raster.stroke(Piece {
                from: [x, 4.0],
                to: [x + 6.0, 20.0],
                half: [1.2; 2],
            });
            raster.ink(&BLACK, owner, true);
        }
        let owners = raster.owners.unwrap();
        let mut left = owners.left.clone();
        crate::optics::blurred(&mut left, width, 1.5);
        let settled = owners.settled(&left, width, least);
        let spread = (0..settled.len()).filter(|at| settled[*at] > 0 && owners.owner[*at] == 0);
        assert!(spread.count() > 20, "the lens spreads ink");
        for (at, owner) in settled.iter().enumerate() {
            let inked = 1.0 - left[at] >= least;
            assert_eq!(inked, *owner > 0, "pixel {at}");
            // Each stroke keeps to its half of the picture.
            let side = if at % width < 20 { 1 } else { 2 };
            assert!(*owner == 0 || *owner == side, "pixel {at}: {owner}");
        }
    }
}
