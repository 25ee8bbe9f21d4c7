//! A canvas that remembers whose ink a pixel is.

use crate::canvas::{Canvas, stroke};

/// Instance of ink that is no digit's.
pub const OTHER: u8 = u8::MAX;

/// Least ink of a pixel that belongs to an instance.
const INSTANCE_INK: f32 = 0.5;

/// A canvas that remembers who wrote what.
pub(super) struct Sheet {
    pub(super) canvas: Canvas,
    pub(super) instances: Vec<u8>,
}

impl Sheet {
    /// Nothing is written on it yet.
    pub(super) fn blank(width: usize, height: usize) -> Self {
        Self {
            canvas: Canvas {
                width,
                height,
                ink: vec![0.0; width * height],
            },
            instances: vec![0; width * height],
        }
    }

    /// Draws on the canvas and gives what it darkens to `instance`.
    pub(super) fn draw(&mut self, instance: u8, mut draw: impl FnMut(&mut Canvas)) {
        let before = self.canvas.ink.clone();
        draw(&mut self.canvas);
        for ((ink, before), to) in self.canvas.ink.iter().zip(before).zip(&mut self.instances) {
            if *ink > before && *ink > INSTANCE_INK {
                *to = instance;
            }
        }
    }

    /// Draws a pen's path from point to point, `half` pixels to either side, for `instance`.
    pub(super) fn trace(&mut self, instance: u8, path: &[[f32; 2]], half: f32) {
        self.draw(instance, |canvas| {
            for pair in path.windows(2) {
                stroke(canvas, pair[0], pair[1], half, 1.0);
            }
        });
    }
}

/// The left part of a sheet.
pub(super) fn cropped(canvas: &Canvas, instances: &[u8], columns: usize) -> (Canvas, Vec<u8>) {
    let columns = columns.clamp(1, canvas.width);
    let rows = 0..canvas.height;
    let cut = |y: usize| y * canvas.width..y * canvas.width + columns;
    let instances = rows
        .clone()
        .flat_map(|y| instances[cut(y)].to_vec())
        .collect();
    let ink = rows.flat_map(|y| canvas.ink[cut(y)].to_vec()).collect();
    let canvas = Canvas {
        width: columns,
        height: canvas.height,
        ink,
    };
    (canvas, instances)
}
