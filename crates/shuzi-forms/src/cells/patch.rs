//! A box cut out of its page, upright, with the paper's brightness taken out.

use shuzi_reader::Picture;

use crate::{
    geometry::{Point, Rect},
    register::{Registration, profile::grey},
    template::Wall,
};

/// How boxes are cut out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PatchParams {
    /// What is seen around a box, as a share of its shorter side, and at least so many
    /// millimetres: strokes leave boxes.
    pub margin: [f64; 2],
    /// Fewest and most pixels of a millimetre.
    pub scale: [f64; 2],
    /// Half the width of what counts as a stroke and not as paper, in millimetres.
    pub stroke: f64,
    /// How far print may lie beside its place, in millimetres.
    pub slack: f64,
}

impl Default for PatchParams {
    fn default() -> Self {
        Self {
            margin: [0.35, 1.5],
            scale: [7.0, 12.0],
            stroke: 1.4,
            slack: 0.3,
        }
    }
}

/// A box with what is around it.
pub(super) struct Patch {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Pixels of a millimetre.
    pub(super) scale: f64,
    /// Its corner in millimetres.
    pub(super) corner: Point,
    /// `[height, width]`: 0 paper to 1 black.
    pub(super) darkness: Vec<f32>,
    /// `[height, width]`: whether print stands there.
    pub(super) print: Vec<bool>,
    /// `[height, width]`: whether it is within the box.
    pub(super) inside: Vec<bool>,
}

impl Patch {
    pub(super) fn cut(
        picture: &Picture,
        registration: &Registration,
        cell: Rect,
        walls: &[Wall],
        params: PatchParams,
    ) -> Self {
        let [share, least] = params.margin;
        let seen = cell.grown((share * cell.width.min(cell.height)).max(least));
        let native = registration.scale(cell.middle());
        let scale = native.clamp(params.scale[0], params.scale[1]);
        let side = |length: f64| ((length * scale).ceil() as usize).clamp(8, 2000);
        let (width, height) = (side(seen.width), side(seen.height));
        let corner = [seen.x, seen.y];
        let place = registration.near(cell.middle());
        let at = |x: f64, y: f64| [corner[0] + x / scale, corner[1] + y / scale];
        // Where pixels are taken together, four of them.
        let offsets: &[f64] = if native > 1.4 * scale {
            &[0.25, 0.75]
        } else {
            &[0.5]
        };
        let mut brightness = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let mut sum = 0.0;
                for dy in offsets {
                    for dx in offsets {
                        sum += grey(picture, place(at(x as f64 + dx, y as f64 + dy)));
                    }
                }
                brightness.push((sum / offsets.len().pow(2) as f64) as f32);
            }
        }
        let reach = ((params.stroke * scale).round() as usize).max(2);
        let paper = paper(&brightness, [width, height], reach);
        let pairs = brightness.iter().zip(&paper);
        let darkness = pairs
            .map(|(b, p)| (1.0 - b / p.max(1.0)).clamp(0.0, 1.0))
            .collect();
        let mut inside = vec![false; width * height];
        let mut print = vec![false; width * height];
        let near: Vec<&Wall> = walls
            .iter()
            .filter(|wall| {
                let x = [wall.from[0].min(wall.to[0]), wall.from[0].max(wall.to[0])];
                let y = [wall.from[1].min(wall.to[1]), wall.from[1].max(wall.to[1])];
                x[0] < seen.right() && x[1] > seen.x && y[0] < seen.bottom() && y[1] > seen.y
                    || seen.contains(wall.from)
            })
            .collect();
        for y in 0..height {
            for x in 0..width {
                let point = at(x as f64 + 0.5, y as f64 + 0.5);
                inside[y * width + x] = cell.contains(point);
                print[y * width + x] = near
                    .iter()
                    .any(|wall| beside(wall, point) < 0.5 * wall.width + params.slack);
            }
        }
        Self {
            width,
            height,
            scale,
            corner,
            darkness,
            print,
            inside,
        }
    }

    /// Square millimetres of so many pixels.
    pub(super) fn area(&self, pixels: usize) -> f64 {
        pixels as f64 / (self.scale * self.scale)
    }
}

/// How far a point is from a wall, in millimetres.
fn beside(wall: &Wall, [x, y]: Point) -> f64 {
    let (dx, dy) = (wall.to[0] - wall.from[0], wall.to[1] - wall.from[1]);
    let (px, py) = (x - wall.from[0], y - wall.from[1]);
    let along = (px * dx + py * dy) / (dx * dx + dy * dy).max(1e-12);
    let along = along.clamp(0.0, 1.0);
    (px - along * dx).hypot(py - along * dy)
}

/// The paper's brightness: strokes narrower than twice `reach` closed, and smoothed.
fn paper(brightness: &[f32], size: [usize; 2], reach: usize) -> Vec<f32> {
    let max = running(brightness, size, reach, |window| {
        window.iter().copied().fold(f32::MIN, f32::max)
    });
    let min = running(&max, size, reach, |window| {
        window.iter().copied().fold(f32::MAX, f32::min)
    });
    running(&min, size, reach / 2 + 1, |window| {
        window.iter().sum::<f32>() / window.len() as f32
    })
}

/// What `of` says of the neighbours to either side, along rows and then along columns.
fn running(
    values: &[f32],
    [width, height]: [usize; 2],
    reach: usize,
    of: impl Fn(&[f32]) -> f32,
) -> Vec<f32> {
    let window = |at: usize, size: usize| at.saturating_sub(reach)..(at + reach + 1).min(size);
    let mut rows = vec![0.0; values.len()];
    for (to, from) in rows.chunks_mut(width).zip(values.chunks(width)) {
        for (x, to) in to.iter_mut().enumerate() {
            *to = of(&from[window(x, width)]);
        }
    }
    let mut all = vec![0.0; values.len()];
    let mut column = vec![0.0; height];
    for x in 0..width {
        for (y, value) in column.iter_mut().enumerate() {
            *value = rows[y * width + x];
        }
        for y in 0..height {
            all[y * width + x] = of(&column[window(y, height)]);
        }
    }
    all
}
