//! A bright sheet on something dark.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::{
    binarize::otsu::otsu,
    image::decode::Picture,
    image::morphology::{flood_fill, neighbours},
};

/// What a bright sheet on something dark is like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PageCropParams {
    /// Share of the picture that lies around it.
    pub around: Range<f64>,
    /// Least share of the picture's edge that is dark.
    pub at_edge: f64,
    /// Least share of its box that it fills: strokes on a blackboard fill less.
    pub fills: f64,
    /// How many times as bright as what is around it it is at least.
    pub brighter: f64,
    /// Pixels of its blurred edge, as a share of the picture's shorter side.
    pub blurred: f64,
    /// Most that a stroke is thick, as a share of the picture's shorter side.
    pub stroke: f64,
}

impl Default for PageCropParams {
    /// Guesses, tried on cheque amounts with a black rim (development).
    fn default() -> Self {
        Self {
            around: 0.1..0.75,
            at_edge: 0.6,
            fills: 0.75,
            brighter: 2.0,
            blurred: 0.015,
            stroke: 0.08,
        }
    }
}

/// The picture of a bright sheet as if it went on to all sides; `None` if there is none, or
/// no more than it.
///
/// What is around it is all that is dark, by Otsu's threshold, and joins the picture's edge, but
/// for strokes.
pub(crate) fn crop_page(picture: &Picture, params: &PageCropParams) -> Option<Picture> {
    let size @ [width, height] = [picture.width, picture.height];
    let dark = threshold(&picture.pixels)?;
    let all = picture.pixels.len();
    let rows = (0..width).chain(all - width..all);
    let columns = (0..height).flat_map(|y| [y * width, (y + 1) * width - 1]);
    let edge = 2 * (width + height);
    let dark_at_edge = rows.chain(columns).filter(|&at| picture.pixels[at] <= dark);
    let dark_at_edge: Vec<usize> = dark_at_edge.collect();
    if (dark_at_edge.len() as f64) < params.at_edge * edge as f64 {
        return None;
    }
    let broad = broad(picture, dark, params.stroke);
    let starts = dark_at_edge.into_iter().filter(|&at| broad[at]);
    let mut outside = flood_fill(starts, size, |_, next| broad[next]);
    let mut rim: Vec<usize> = (0..all).filter(|&at| outside[at]).collect();
    let mut inside: Vec<u8> = (0..all)
        .filter(|&at| !outside[at])
        .map(|at| picture.pixels[at])
        .collect();
    let desk = rim
        .iter()
        .map(|&at| f64::from(picture.pixels[at]))
        .sum::<f64>()
        / rim.len() as f64;
    let share = rim.len() as f64 / all as f64;
    if !params.around.contains(&share) || !fills_its_box(&outside, size, params.fills) {
        return None;
    }
    let half = inside.len() / 2;
    let paper = *inside.select_nth_unstable(half).1;
    if f64::from(paper) < params.brighter * desk {
        return None;
    }
    for _ in 0..(params.blurred * width.min(height) as f64).ceil() as usize {
        let mut next_rim = Vec::new();
        for at in rim {
            for next in neighbours(at, size) {
                if !std::mem::replace(&mut outside[next], true) {
                    next_rim.push(next);
                }
            }
        }
        rim = next_rim;
    }
    let mut alone = picture.clone();
    for (pixel, outside) in alone.pixels.iter_mut().zip(outside) {
        if outside {
            *pixel = paper;
        }
    }
    Some(alone)
}

/// Which pixels are dark and belong to more than a stroke: the runs of dark pixels through
/// them are long both along the row and along the column, longer than a stroke is thick, in
/// shares of the picture's shorter side.
fn broad(picture: &Picture, dark: u8, stroke: f64) -> Vec<bool> {
    let (width, height) = (picture.width, picture.height);
    let least = (stroke * width.min(height) as f64) as usize;
    let mut long_ways = vec![0u8; picture.pixels.len()];
    let mut count = |line: &mut dyn Iterator<Item = usize>| {
        let mut run = Vec::new();
        let mut end = |run: &mut Vec<usize>| {
            if run.len() > least {
                run.iter().for_each(|&at| long_ways[at] += 1);
            }
            run.clear();
        };
        for at in line {
            if picture.pixels[at] <= dark {
                run.push(at);
            } else {
                end(&mut run);
            }
        }
        end(&mut run);
    };
    for y in 0..height {
        count(&mut (y * width..(y + 1) * width));
    }
    for x in 0..width {
        count(&mut (0..height).map(|y| y * width + x));
    }
    long_ways.into_iter().map(|ways| ways == 2).collect()
}

/// Whether what is not `outside` takes at least that share of its box.
fn fills_its_box(outside: &[bool], [width, _]: [usize; 2], share: f64) -> bool {
    let inside = || (0..outside.len()).filter(|&at| !outside[at]);
    let (xs, ys) = (
        || inside().map(|at| at % width),
        || inside().map(|at| at / width),
    );
    let length = |low: Option<usize>, high: Option<usize>| Some(high? - low? + 1);
    let columns = length(xs().min(), xs().max());
    let rows = length(ys().min(), ys().max());
    let area = columns
        .zip(rows)
        .map_or(0, |(columns, rows)| columns * rows);
    inside().count() as f64 >= share * area as f64 && area > 0
}

/// The brightest that is dark; `None` of one brightness.
fn threshold(pixels: &[u8]) -> Option<u8> {
    let mut histogram = [0u64; 256];
    for &pixel in pixels {
        histogram[usize::from(pixel)] += 1;
    }
    u8::try_from(otsu(&histogram)?.last).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::binarize::tests::picture;

    fn written(x: usize, y: usize) -> bool {
        (50..56).contains(&x) && (40..80).contains(&y)
    }

    #[test]
    fn what_is_around_a_sheet_becomes_paper() {
        // The sheet lies aslant.
        let sheet = |x: usize, y: usize| {
            let (along, down) = (10 * x + y, 10 * y + 1200 - x);
            (260..1000).contains(&along) && (1400..2150).contains(&down)
        };
        let given = picture(120, 120, |x, y| match (sheet(x, y), written(x, y)) {
            (false, _) => 20,
            (_, true) => 60,
            _ => 210,
        });
        let alone = crop_page(&given, &PageCropParams::default()).unwrap();
        let expected = picture(120, 120, |x, y| if written(x, y) { 60 } else { 210 });
        assert!(alone == expected);
    }

    #[test]
    fn without_a_dark_desk_there_is_no_sheet() {
        let none = [
            picture(120, 120, |x, y| if written(x, y) { 60 } else { 210 }),
            // A blackboard, a desk on one side, a dim one, one colour.
            picture(120, 120, |x, y| if written(x, y) { 210 } else { 20 }),
            picture(120, 120, |x, _| if x < 30 { 20 } else { 210 }),
            picture(120, 120, |x, y| {
                if x.min(y) < 20 || x.max(y) > 100 {
                    150
                } else {
                    210
                }
            }),
            picture(120, 120, |_, _| 80),
        ];
        for picture in none {
            assert!(crop_page(&picture, &PageCropParams::default()).is_none());
        }
    }

    proptest! {
        #[test]
        fn any_pixels_keep_their_size(
            (width, height) in (1usize..40, 1usize..40),
            seed in prop::collection::vec(any::<u8>(), 1600),
        ) {
            let given = picture(width, height, |x, y| seed[y * width + x]);
            if let Some(alone) = crop_page(&given, &PageCropParams::default()) {
                prop_assert_eq!(alone.pixels.len(), given.pixels.len());
            }
        }
    }
}
