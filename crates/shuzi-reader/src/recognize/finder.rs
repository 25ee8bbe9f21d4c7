//! Text lines found on grey pixels alone, whatever is taken for ink elsewhere: dark features
//! narrower than a stroke may be, by the black top-hat transform (Meyer 1979), grouped into
//! lines. Strips, shadows and desks are wide, and stay out of it.

use serde::{Deserialize, Serialize};
use shuzi_line::Polarity;

use crate::{
    image::{
        decode::Picture,
        morphology::{Blob, connected},
        rectangle::Rectangle,
    },
    recognize::tophat::{Extreme, running_extreme},
};

/// What lines are found by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FinderParams {
    /// Widest stroke, as a share of the picture's shorter side, and its bounds in pixels.
    pub stroke: f64,
    /// See `stroke`.
    pub stroke_pixels: [usize; 2],
    /// Least contrast of a stroke with the paper beside it, in grey levels, and as a share of
    /// the strongest two hundredth of the picture.
    pub contrast: [f64; 2],
    /// Lowest line in pixels.
    pub lowest: usize,
    /// How many times as long as wide a ruling is, and the least share of the picture's side
    /// that it goes along.
    pub ruling: [f64; 2],
    /// Widest gap within a line, in its height.
    pub gap: f64,
    /// Share of the lower one's rows that two pieces of a line have in common.
    pub shared: f64,
    /// Height of a piece that a line is as high as, as a share of its highest.
    pub high: f64,
    /// Most lines, the highest first.
    pub most: usize,
}

impl Default for FinderParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            stroke: 0.08,
            stroke_pixels: [4, 24],
            contrast: [16.0, 0.3],
            lowest: 10,
            ruling: [8.0, 0.3],
            gap: 2.0,
            shared: 0.4,
            high: 0.4,
            most: 12,
        }
    }
}

/// Where lines seem to be, from the top.
pub(crate) fn find_lines(
    picture: &Picture,
    polarity: Polarity,
    params: FinderParams,
) -> Vec<Rectangle> {
    let size @ [width, height] = [picture.width, picture.height];
    if width == 0 || height == 0 {
        return Vec::new();
    }
    let contrast = top_hat(picture, polarity, params);
    let mut counts = [0usize; 256];
    for value in &contrast {
        counts[usize::from(*value)] += 1;
    }
    let strongest = strongest(&counts, contrast.len() / 200);
    let [least, share] = params.contrast;
    let least = least.max(share * strongest as f64);
    let open = contrast.iter().map(|value| f64::from(*value) >= least);
    let mut pieces = connected(open.collect(), size);
    pieces.retain(|piece| piece.bounds.longest() >= 3 && !is_ruling(piece, size, params));
    let mut lines = grouped(&pieces, params);
    lines.retain(|line| line.height >= params.lowest);
    lines.sort_by_key(|line| std::cmp::Reverse(line.height));
    lines.truncate(params.most);
    lines.sort_by_key(|line| line.y);
    lines
}

/// How much darker each pixel is than what closes the gap around it.
fn top_hat(picture: &Picture, polarity: Polarity, params: FinderParams) -> Vec<u8> {
    let [least, most] = params.stroke_pixels;
    let size = [picture.width, picture.height];
    let shorter = size[0].min(size[1]) as f64;
    let reach = ((params.stroke * shorter) as usize).clamp(least, most);
    let dark: Vec<u8> = match polarity {
        Polarity::DarkInk => picture.pixels.clone(),
        Polarity::LightInk => picture.pixels.iter().map(|pixel| 255 - pixel).collect(),
    };
    let dilated = running_extreme(&dark, size, reach, Extreme::Greatest);
    let closed = running_extreme(&dilated, size, reach, Extreme::Least);
    let pairs = closed.iter().zip(&dark);
    pairs
        .map(|(closed, pixel)| closed.saturating_sub(*pixel))
        .collect()
}

/// The least of the `n` greatest values.
fn strongest(counts: &[usize; 256], n: usize) -> usize {
    let mut above = 0;
    for (value, count) in counts.iter().enumerate().rev() {
        above += count;
        if above > n {
            return value;
        }
    }
    0
}

/// Whether a piece is a line that is printed along or across the picture, or a frame.
fn is_ruling(piece: &Blob, [width, height]: [usize; 2], params: FinderParams) -> bool {
    let [thin, along] = params.ruling;
    let bounds = &piece.bounds;
    let long = bounds.width as f64 >= along * width as f64
        || bounds.height as f64 >= along * height as f64;
    // As wide as its ink would be were it straight; a frame has little ink for its size.
    let wide = piece.pixels.len() as f64 / bounds.longest() as f64;
    let slim = bounds.longest() as f64 >= thin * wide;
    let side = bounds.width.min(bounds.height) as f64;
    let flat = bounds.longest() as f64 >= thin * side;
    let at_edge = bounds.touches_edge(width, height);
    let whole = bounds.width * 10 >= width * 7 && bounds.height * 10 >= height * 7;
    long && slim && (flat || at_edge || whole)
}

/// A line on its way.
#[derive(Clone, Debug)]
struct Group {
    bounds: Rectangle,
    pieces: Vec<Rectangle>,
}

/// Pieces in lines, each as high as its high ones.
fn grouped(pieces: &[Blob], params: FinderParams) -> Vec<Rectangle> {
    let mut pieces: Vec<Rectangle> = pieces.iter().map(|piece| piece.bounds).collect();
    // The highest begin lines; lower ones join them.
    pieces.sort_by_key(|piece| std::cmp::Reverse(piece.height));
    let mut groups: Vec<Group> = Vec::new();
    for piece in pieces {
        let joins = |group: &Group| {
            let rows = group.bounds.shared_rows(&piece) as f64;
            let lower = piece.height.min(group.bounds.height) as f64;
            let between = gap(&group.bounds, &piece);
            rows >= params.shared * lower && between <= params.gap * group.bounds.height as f64
        };
        let (mut own, others): (Vec<Group>, Vec<Group>) = groups.into_iter().partition(joins);
        groups = others;
        let mut joined = Group {
            bounds: piece,
            pieces: vec![piece],
        };
        for group in own.drain(..) {
            joined.bounds = joined.bounds.union(&group.bounds);
            joined.pieces.extend(group.pieces);
        }
        groups.push(joined);
    }
    let line = |group: &Group| {
        let highest = group.pieces.iter().map(|piece| piece.height).max()?;
        let least = params.high * highest as f64;
        let high = group
            .pieces
            .iter()
            .filter(|piece| piece.height as f64 >= least);
        high.copied().reduce(|a, b| a.union(&b))
    };
    groups.iter().filter_map(line).collect()
}

/// Columns between two rectangles.
fn gap(a: &Rectangle, b: &Rectangle) -> f64 {
    let (left, right) = if a.x <= b.x { (a, b) } else { (b, a) };
    right.x.saturating_sub(left.right()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Light paper with rectangles of a grey value: left, top, width, height, grey.
    fn picture([width, height]: [usize; 2], parts: &[([usize; 4], u8)]) -> Picture {
        let mut pixels = vec![225; width * height];
        for ([left, top, across, down], grey) in parts {
            for y in *top..top + down {
                pixels[y * width + left..][..*across].fill(*grey);
            }
        }
        Picture {
            width,
            height,
            pixels,
            original_width: width,
            original_height: height,
        }
    }

    fn found(picture: &Picture) -> Vec<Rectangle> {
        find_lines(picture, Polarity::DarkInk, FinderParams::default())
    }

    #[test]
    fn a_number_beside_a_dark_strip_and_a_wall_is_a_line() {
        // A strip, a ruling beside it, one below, and two pale strokes of a number.
        let parts = [
            ([0, 0, 60, 240], 15),
            ([80, 0, 3, 240], 60),
            ([60, 200, 140, 3], 60),
            ([120, 90, 5, 40], 150),
            ([140, 95, 5, 36], 150),
        ];
        let lines = found(&picture([200, 240], &parts));
        assert_eq!(lines.len(), 1, "{lines:?}");
        let expected = Rectangle {
            x: 120,
            y: 90,
            width: 25,
            height: 41,
        };
        assert_eq!(lines[0], expected);
    }

    #[test]
    fn numbers_above_each_other_and_far_apart_are_several_lines() {
        let stroke = |x, y| ([x, y, 5, 30], 40);
        let parts = [
            stroke(20, 20),
            stroke(40, 22),
            stroke(20, 90),
            stroke(300, 92),
        ];
        assert_eq!(found(&picture([400, 150], &parts)).len(), 3);
    }

    #[test]
    fn paper_has_no_lines() {
        assert!(found(&picture([90, 60], &[])).is_empty());
        assert!(found(&picture([0, 0], &[])).is_empty());
    }
}
