//! Dark pieces of a picture.

use shuzi_reader::Picture;

use crate::geometry::Point;

/// What is dark.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DarkParams {
    /// Brightness below which a pixel is dark, as a share of its surroundings' mean: print is
    /// under a third of its paper, and a mark lies in surroundings half of which may be desk.
    pub share: f64,
    /// Side of the surroundings, as a share of the picture's longer side.
    pub window: f64,
}

impl Default for DarkParams {
    fn default() -> Self {
        Self {
            share: 0.62,
            window: 0.12,
        }
    }
}

/// A connected dark piece.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Blob {
    /// Its middle, in pixels.
    pub(super) middle: Point,
    /// Its pixels.
    pub(super) area: f64,
    /// Its area, as a share of that of the filled rectangle with the same second moments: 1 of a
    /// rectangle, 1.05 of an ellipse, 0.87 of a triangle.
    pub(super) solidity: f64,
    /// Its length to its breadth.
    pub(super) aspect: f64,
    /// First and one past the last column and row: left, top, right, bottom.
    pub(super) bounds: [usize; 4],
    /// Its label.
    pub(super) label: u32,
}

/// The dark pieces, and to which each pixel belongs; 0 is bright.
pub(super) struct Blobs {
    pub(super) blobs: Vec<Blob>,
    pub(super) labels: Vec<u32>,
}

/// Which pixels are dark.
fn dark(picture: &Picture, params: DarkParams) -> Vec<bool> {
    let (width, height) = (picture.width, picture.height);
    let mut sums = vec![0u64; (width + 1) * (height + 1)];
    for y in 0..height {
        let mut row = 0;
        for x in 0..width {
            row += u64::from(picture.pixels[y * width + x]);
            sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
        }
    }
    let half = ((0.5 * params.window * width.max(height) as f64) as usize).max(4);
    let mut dark = Vec::with_capacity(width * height);
    for y in 0..height {
        let (top, bottom) = (y.saturating_sub(half), (y + half + 1).min(height));
        for x in 0..width {
            let (left, right) = (x.saturating_sub(half), (x + half + 1).min(width));
            let at = |x: usize, y: usize| sums[y * (width + 1) + x];
            let sum = at(right, bottom) + at(left, top) - at(right, top) - at(left, bottom);
            let n = ((right - left) * (bottom - top)) as f64;
            let pixel = f64::from(picture.pixels[y * width + x]);
            dark.push(pixel < params.share * sum as f64 / n);
        }
    }
    dark
}

/// Sums over a piece's pixels.
#[derive(Clone, Copy)]
struct Sums {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
    bounds: [usize; 4],
}

/// Finds the pieces of dark pixels that share sides.
pub(super) fn blobs(picture: &Picture, params: DarkParams) -> Blobs {
    let (width, height) = (picture.width, picture.height);
    let dark = dark(picture, params);
    let mut labels = vec![0u32; dark.len()];
    let mut parents: Vec<u32> = vec![0];
    for y in 0..height {
        for x in 0..width {
            let at = y * width + x;
            if !dark[at] {
                continue;
            }
            let left = if x > 0 { labels[at - 1] } else { 0 };
            let above = if y > 0 { labels[at - width] } else { 0 };
            labels[at] = match (left, above) {
                (0, 0) => {
                    parents.push(parents.len() as u32);
                    parents.len() as u32 - 1
                }
                (label, 0) | (0, label) => label,
                (a, b) => {
                    let (a, b) = (root(&mut parents, a), root(&mut parents, b));
                    let (low, high) = (a.min(b), a.max(b));
                    parents[high as usize] = low;
                    low
                }
            };
        }
    }
    let mut all: Vec<Option<Sums>> = vec![None; parents.len()];
    for y in 0..height {
        for x in 0..width {
            let at = y * width + x;
            if labels[at] == 0 {
                continue;
            }
            let label = root(&mut parents, labels[at]);
            labels[at] = label;
            let sums = all[label as usize].get_or_insert(Sums {
                n: 0.0,
                x: 0.0,
                y: 0.0,
                xx: 0.0,
                yy: 0.0,
                xy: 0.0,
                bounds: [x, y, x + 1, y + 1],
            });
            let (fx, fy) = (x as f64 + 0.5, y as f64 + 0.5);
            sums.n += 1.0;
            sums.x += fx;
            sums.y += fy;
            sums.xx += fx * fx;
            sums.yy += fy * fy;
            sums.xy += fx * fy;
            let [left, top, right, bottom] = sums.bounds;
            sums.bounds = [left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1)];
        }
    }
    let blobs = (0u32..).zip(&all).filter_map(|(label, sums)| {
        let sums = (*sums)?;
        (sums.n >= 4.0).then(|| blob(label, sums))
    });
    Blobs {
        blobs: blobs.collect(),
        labels,
    }
}

fn blob(label: u32, sums: Sums) -> Blob {
    let middle = [sums.x / sums.n, sums.y / sums.n];
    // A pixel itself has a twelfth.
    let pixel = 1.0 / 12.0;
    let xx = sums.xx / sums.n - middle[0] * middle[0] + pixel;
    let yy = sums.yy / sums.n - middle[1] * middle[1] + pixel;
    let xy = sums.xy / sums.n - middle[0] * middle[1];
    let det = (xx * yy - xy * xy).max(1e-9);
    let mean = 0.5 * (xx + yy);
    let spread = (mean * mean - det).max(0.0).sqrt();
    Blob {
        middle,
        area: sums.n,
        solidity: sums.n / (12.0 * det.sqrt()),
        aspect: ((mean + spread) / (mean - spread).max(1e-9)).sqrt(),
        bounds: sums.bounds,
        label,
    }
}

fn root(parents: &mut [u32], mut label: u32) -> u32 {
    while parents[label as usize] != label {
        let next = parents[parents[label as usize] as usize];
        parents[label as usize] = next;
        label = next;
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_is_solid_and_a_triangle_is_not() {
        let (width, height) = (200, 120);
        let mut pixels = vec![220u8; width * height];
        for y in 0..20 {
            for x in 0..20 {
                pixels[(y + 30) * width + x + 40] = 20;
                if x <= y {
                    pixels[(y + 30) * width + x + 120] = 20;
                }
            }
        }
        let picture = Picture {
            width,
            height,
            pixels,
            original_width: width,
            original_height: height,
        };
        let found = blobs(&picture, DarkParams::default()).blobs;
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].middle, [50.0, 40.0]);
        assert_eq!(found[0].area, 400.0);
        assert!((found[0].solidity - 1.0).abs() < 0.01, "{found:?}");
        assert!(found[1].solidity < 0.92, "{found:?}");
    }
}
