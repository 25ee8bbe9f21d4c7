//! Pictures whose printed lines lean, made level.

use crate::{
    binarize::Polarity,
    image::{decode::Picture, rectangle::Rectangle},
};

/// How a picture was turned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Straightening {
    /// Rows down to a column to the right of what is level now.
    pub slope: f64,
    /// Columns and rows of the picture before.
    pub from: [usize; 2],
    /// And after: all of it has room.
    pub to: [usize; 2],
    /// Columns and rows of the image that the picture was decoded from.
    pub image: [usize; 2],
}

impl Straightening {
    /// That of a picture whose lines lean by so many rows to a column.
    pub(crate) fn new(picture: &Picture, slope: f64) -> Self {
        let from = [picture.width, picture.height];
        let [width, height] = from.map(|side| side as f64);
        let larger = |side: f64, other: f64| (side + slope.abs() * other).ceil() as usize;
        Self {
            slope,
            from,
            to: [larger(width, height), larger(height, width)],
            image: [picture.original_width, picture.original_height],
        }
    }

    /// Where a point of the picture after it was before. Small angles are sheared both ways,
    /// which differs from a turn by half the slope's square in scale.
    fn before(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let middle = |sides: [usize; 2]| sides.map(|side| side as f64 / 2.0);
        let [to, from] = [middle(self.to), middle(self.from)];
        let [x, y] = [x - to[0], y - to[1]];
        [from[0] + x - self.slope * y, from[1] + y + self.slope * x]
    }

    /// The picture with level lines. Those that leave it go on beyond it: level ones to the
    /// end, upright ones to the next level one.
    pub(crate) fn apply(&self, picture: &Picture, polarity: Polarity) -> Picture {
        let [width, height] = self.to;
        let at = |x: usize, y: usize| self.before([x as f64 + 0.5, y as f64 + 0.5]);
        let inside = |x: usize, y: usize| {
            let [x, y] = at(x, y);
            (0.0..self.from[0] as f64).contains(&x) && (0.0..self.from[1] as f64).contains(&y)
        };
        // All is done with light ground.
        let turned = |grey: u8| match polarity {
            Polarity::DarkOnLight => grey,
            Polarity::LightOnDark => 255 - grey,
        };
        let mut pixels = vec![255u8; width * height];
        let mut known = vec![false; width * height];
        for (index, (pixel, known)) in pixels.iter_mut().zip(&mut known).enumerate() {
            let (x, y) = (index % width, index / width);
            *known = inside(x, y);
            *pixel = turned(picture.bilinear(at(x, y)));
        }
        let dark = Self::halfway(&pixels);
        let row = |y: usize| y * width..(y + 1) * width;
        let column = |x: usize| (x..width * height).step_by(width);
        for y in 0..height {
            for ends in Beyond::both(row(y), &known) {
                let grey = ends.lightest(&pixels);
                ends.outside.iter().for_each(|at| pixels[*at] = grey);
            }
        }
        for x in 0..width {
            for ends in Beyond::both(column(x), &known) {
                let grey = ends.lightest(&pixels);
                let free = ends.outside.iter().take_while(|at| pixels[**at] > dark);
                let free = free.count();
                for at in &ends.outside[..free] {
                    pixels[*at] = pixels[*at].min(grey);
                }
            }
        }
        for pixel in &mut pixels {
            *pixel = turned(*pixel);
        }
        let scale = |original: usize, from: usize, to: usize| {
            (original as f64 * to as f64 / from.max(1) as f64).round() as usize
        };
        Picture {
            width,
            height,
            pixels,
            original_width: scale(picture.original_width, self.from[0], width),
            original_height: scale(picture.original_height, self.from[1], height),
        }
    }

    /// A grey between the darkest hundredth and the middle one.
    fn halfway(pixels: &[u8]) -> u8 {
        let mut sorted = pixels.to_vec();
        sorted.sort_unstable();
        let of = |share: usize| sorted.get(sorted.len() / share).map_or(0, |grey| *grey);
        of(100).midpoint(of(2))
    }

    /// Around what `bounds` holds, in the picture before.
    pub(crate) fn back(&self, bounds: &Rectangle) -> Rectangle {
        let sides = [[bounds.x, bounds.right()], [bounds.y, bounds.bottom()]];
        let corners = [[0, 0], [0, 1], [1, 0], [1, 1]];
        let corners = corners.map(|[i, j]| self.before([sides[0][i] as f64, sides[1][j] as f64]));
        let around = |axis: usize| {
            let all = corners.iter().map(|corner| corner[axis]);
            let most = self.from[axis].max(1);
            let low = all.clone().fold(f64::INFINITY, f64::min).round().max(0.0) as usize;
            let high = all.fold(0.0, f64::max).round() as usize;
            let low = low.min(most - 1);
            [low, high.clamp(low + 1, most)]
        };
        let [[x, right], [y, bottom]] = [around(0), around(1)];
        Rectangle {
            x,
            y,
            width: right - x,
            height: bottom - y,
        }
    }
}

/// The pixels of a row or column that lie beyond a picture at one end, from its edge outwards,
/// and those within that edge, from it inwards.
struct Beyond {
    outside: Vec<usize>,
    within: Vec<usize>,
}

/// How many pixels a line along a row or column is seen for at least: more than one across it is
/// thick.
const SEEN: usize = 12;

impl Beyond {
    /// At both ends; nothing of a line that does not meet the picture.
    fn both(line: impl Iterator<Item = usize>, known: &[bool]) -> Vec<Self> {
        let all: Vec<usize> = line.collect();
        let is = |at: &&usize| known[**at];
        let Some(first) = all.iter().position(|at| known[*at]) else {
            return Vec::new();
        };
        let last = all.iter().rposition(|at| known[*at]).unwrap_or(first);
        let before = Self {
            outside: all[..first].iter().rev().copied().collect(),
            within: all[first..]
                .iter()
                .take_while(is)
                .take(SEEN)
                .copied()
                .collect(),
        };
        let within = all[..=last].iter().rev();
        let after = Self {
            outside: all[last + 1..].to_vec(),
            within: within.take_while(is).take(SEEN).copied().collect(),
        };
        vec![before, after]
    }

    /// The lightest grey within: dark only if a line goes along there.
    fn lightest(&self, pixels: &[u8]) -> u8 {
        let within = self.within.iter().map(|at| pixels[*at]);
        within.max().unwrap_or(255)
    }
}

impl Picture {
    /// The grey at a point between pixels, whose middles are at halves; that of the nearest
    /// edge outside.
    fn bilinear(&self, [x, y]: [f64; 2]) -> u8 {
        let axis = |at: f64, side: usize| {
            let at = (at - 0.5).clamp(0.0, side.saturating_sub(1) as f64);
            let low = at.floor() as usize;
            (low, (low + 1).min(side.saturating_sub(1)), at - at.floor())
        };
        let (left, right, u) = axis(x, self.width);
        let (top, bottom, v) = axis(y, self.height);
        let grey = |x: usize, y: usize| {
            let pixel = self.pixels.get(y * self.width + x);
            pixel.map_or(0.0, |pixel| f64::from(*pixel))
        };
        let across = |y: usize| (1.0 - u) * grey(left, y) + u * grey(right, y);
        ((1.0 - v) * across(top) + v * across(bottom)).round() as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line that leans, four pixels thick, through the middle of light paper.
    fn leaning(slope: f64) -> Picture {
        let [width, height] = [300, 100];
        let dark = |x: usize, y: usize| {
            let x = x as f64 + 0.5 - 150.0;
            (y as f64 + 0.5 - 50.0 - slope * x).abs() < 2.0 && x.abs() < 120.0
        };
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Picture {
            width,
            height,
            pixels: pixels
                .map(|(x, y)| if dark(x, y) { 20 } else { 230 })
                .collect(),
            original_width: width,
            original_height: height,
        }
    }

    #[test]
    fn what_leans_is_level_and_its_place_is_known() {
        for slope in [-0.12, -0.02, 0.01, 0.07] {
            let picture = leaning(slope);
            let turned = Straightening::new(&picture, slope);
            let level = turned.apply(&picture, Polarity::DarkOnLight);
            let dark = |at: &usize| level.pixels[*at] < 120;
            let rows: Vec<usize> = (0..level.pixels.len())
                .filter(dark)
                .map(|at| at / level.width)
                .collect();
            let (first, last) = (rows.iter().min().unwrap(), rows.iter().max().unwrap());
            assert!(last - first <= 5, "{slope}: {first} to {last}");
            // A mark at the line's left end lies there before, too.
            let end = Rectangle {
                x: level.width / 2 - 120,
                y: level.height / 2 - 2,
                width: 4,
                height: 4,
            };
            let back = turned.back(&end);
            let expected = 50.0 - 118.0 * slope;
            assert!((back.middle()[1] - expected).abs() < 3.0, "{back:?}");
            assert!((back.middle()[0] - 32.0).abs() < 3.0, "{back:?}");
        }
    }

    #[test]
    fn a_line_that_leaves_the_picture_goes_on() {
        // Through the upper edge, a third from the right.
        let mut picture = leaning(-0.1);
        let shift = 40 * picture.width;
        picture.pixels.rotate_left(shift);
        let turned = Straightening::new(&picture, -0.1);
        let level = turned.apply(&picture, Polarity::DarkOnLight);
        let dark = |at: &usize| level.pixels[*at] < 120;
        let columns = (0..level.pixels.len())
            .filter(dark)
            .map(|at| at % level.width);
        assert_eq!(columns.max(), Some(level.width - 1));
    }

    #[test]
    fn places_stay_inside() {
        let turned = Straightening::new(&leaning(0.0), 0.1);
        for x in 0..turned.to[0] {
            for y in 0..turned.to[1] {
                let back = turned.back(&Rectangle::pixel(x, y));
                assert!(
                    back.right() <= 300 && back.bottom() <= 100,
                    "{x}, {y}: {back:?}"
                );
            }
        }
    }
}
