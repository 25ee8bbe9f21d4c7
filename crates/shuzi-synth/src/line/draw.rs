//! Glyphs and marks inked on a picture.

use super::{Drawing, Line, Placed};
use crate::{
    bank::Bank,
    geometry::{Bounds, Map, Path, Point},
    marks::{Mark, MarkInk, MarkShape},
    pen::Nib,
    print::Print,
    random::Chance,
    raster::{Ink, Piece, Raster},
};

/// The inks of a line.
#[derive(Debug, Clone)]
pub(crate) struct Inks {
    /// The writer's.
    pub(crate) own: Ink,
    /// How much weaker each item of the text is.
    pub(crate) weaker: Vec<f32>,
    /// The colour of others, brightest channel first: share of each channel's light.
    pub(crate) other: [f32; 3],
}

impl Inks {
    /// The least light that an item takes.
    pub(crate) fn faintest(&self) -> f32 {
        let takes = self.own.absorbs.into_iter().fold(0.0, f32::max);
        takes * self.weaker.iter().copied().fold(1.0, f32::min)
    }

    fn of(&self, item: usize) -> Ink {
        let weaker = self.weaker.get(item).copied().unwrap_or(1.0);
        Ink {
            absorbs: self.own.absorbs.map(|absorbs| absorbs * weaker),
            ..self.own
        }
    }

    fn mark(&self, ink: MarkInk) -> Ink {
        match ink {
            MarkInk::Own => self.own,
            MarkInk::Takes(share) => Ink {
                absorbs: self.other.map(|part| share * part),
                dryness: 0.0,
                tooth: self.own.tooth,
            },
        }
    }
}

/// Adds a stroke to the mark that is drawn.
fn stroke(raster: &mut Raster, map: &Map, path: &Path, nib: &Nib, phase: f32) {
    let Some(first) = path.first() else { return };
    let scale = map.scale(*first);
    let halves = nib.along(path, phase);
    let points: Vec<Point> = path.iter().map(|point| map.apply(*point)).collect();
    if points.len() == 1 {
        raster.stroke(Piece {
            from: points[0],
            to: points[0],
            half: [halves[0] * scale; 2],
        });
    }
    for (ends, half) in points.windows(2).zip(halves.windows(2)) {
        raster.stroke(Piece {
            from: ends[0],
            to: ends[1],
            half: [half[0] * scale, half[1] * scale],
        });
    }
}

fn glyph(raster: &mut Raster, map: &Map, placed: &Placed<'_>, nib: &Nib, phase: f32) {
    match &placed.drawing {
        Drawing::Strokes(paths) => {
            for (at, path) in paths.iter().enumerate() {
                stroke(raster, map, path, nib, phase + at as f32);
            }
        }
        Drawing::Model {
            bank,
            model,
            place,
            edge,
            waves,
        } => {
            let scale = map.scale(placed.bounds.middle()) * place.size[0];
            // Edges as soft as a pixel of the picture, not as an enlarged model's.
            let gain = (scale / Bank::pixels(model)).max(0.5 / edge);
            raster.shape(map, placed.bounds.grown(0.12), |at| {
                let [u, v] = place.inverse(at);
                let [[a, f, p], [b, g, q]] = *waves;
                let at = [u + a * (f * v + p).sin(), v + b * (g * u + q).sin()];
                0.5 + gain * (bank.at(model, at) - edge)
            });
        }
        Drawing::Print { print, place } => printed(raster, map, *print, place),
    }
}

fn printed(raster: &mut Raster, map: &Map, print: Print, place: &super::Place) {
    let [[left, top], [right, bottom]] = Print::BOX;
    let corners = [[left, top], [right, top], [right, bottom], [left, bottom]];
    let bounds = Bounds::of(corners.map(|corner| place.apply(corner)));
    let gain = map.scale(bounds.middle()) * place.size[0] / 7.0;
    raster.shape(map, bounds, |at| print.at(place.inverse(at), gain));
}

/// Inks a line's glyphs; `owner` gives the number of an item's mark. Gives the box in
/// pixels of each glyph of the line.
pub(crate) fn draw_glyphs(
    raster: &mut Raster,
    map: &Map,
    line: &Line<'_>,
    nib: &Nib,
    inks: &Inks,
    owner: impl Fn(usize) -> u16,
    chance: &mut Chance,
) -> Vec<Option<[usize; 4]>> {
    let mut boxes = Vec::with_capacity(line.glyphs.len());
    for placed in &line.glyphs {
        let phase = chance.between(&(0.0..6.3));
        glyph(raster, map, placed, nib, phase);
        for (_, path) in line.joins.iter().filter(|(item, _)| *item == placed.item) {
            stroke(raster, map, path, nib, phase);
        }
        boxes.push(raster.ink(&inks.of(placed.item), owner(placed.item), true));
    }
    boxes
}

/// Inks a mark beside the text, for an owner.
pub(crate) fn draw_mark(
    raster: &mut Raster,
    map: &Map,
    mark: &Mark,
    inks: &Inks,
    owner: u16,
) -> Option<[usize; 4]> {
    match &mark.shape {
        MarkShape::Strokes(paths, half) => {
            let nib = Nib {
                half: *half,
                broad: 0.0,
                edge: 0.0,
                taper: 0.0,
                pressure: 0.0,
            };
            for path in paths {
                stroke(raster, map, path, &nib, 0.0);
            }
        }
        MarkShape::Print(letters) => {
            for (print, place) in letters {
                printed(raster, map, *print, place);
            }
        }
        MarkShape::Behind(point, [across, along], soft) => {
            let seen = [
                [0.0, 0.0],
                [raster.width as f32, 0.0],
                [raster.width as f32, raster.height as f32],
                [0.0, raster.height as f32],
            ];
            let bounds = Bounds::of(seen.map(|corner| map.inverse(corner)));
            raster.shape(map, bounds, |[x, y]| {
                let over = (x - point[0]) * across + (y - point[1]) * along;
                0.5 + over / soft
            });
        }
    }
    let own = mark.ink == MarkInk::Own;
    raster.ink(&inks.mark(mark.ink), owner, own)
}
