//! Ink on a canvas, and the canvas as a camera sees it.

use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};

/// Ink on a canvas, 0 to 1.
pub(crate) struct Canvas {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) ink: Vec<f32>,
}

/// Left, top, width and height of what is more than a quarter ink; the whole
/// image if nothing is.
pub(crate) fn ink_bounds(pixels: &[u8], [width, height]: [usize; 2]) -> [f32; 4] {
    let inked = |x: usize, y: usize| pixels[y * width + x] >= 64;
    let columns = || (0..width).filter(|&x| (0..height).any(|y| inked(x, y)));
    let rows = || (0..height).filter(|&y| (0..width).any(|x| inked(x, y)));
    match (
        columns().next(),
        columns().next_back(),
        rows().next(),
        rows().next_back(),
    ) {
        (Some(left), Some(right), Some(top), Some(bottom)) => [
            left as f32,
            top as f32,
            (right + 1 - left) as f32,
            (bottom + 1 - top) as f32,
        ],
        _ => [0.0, 0.0, width as f32, height as f32],
    }
}

/// A stroke from one point to another, `half` pixels to either side, with a
/// soft edge.
pub(crate) fn stroke(canvas: &mut Canvas, from: [f32; 2], to: [f32; 2], half: f32, strength: f32) {
    let [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    let length = (dx * dx + dy * dy).max(1e-6);
    let span = |a: f32, b: f32, end: usize| {
        let low = (a.min(b) - half - 1.0).max(0.0) as usize;
        low..((a.max(b) + half + 2.0).max(0.0) as usize).min(end)
    };
    for y in span(from[1], to[1], canvas.height) {
        for x in span(from[0], to[0], canvas.width) {
            let (px, py) = (x as f32 + 0.5 - from[0], y as f32 + 0.5 - from[1]);
            let along = ((px * dx + py * dy) / length).clamp(0.0, 1.0);
            let distance = (px - along * dx).hypot(py - along * dy);
            let ink = &mut canvas.ink[y * canvas.width + x];
            *ink = ink.max(strength * (half + 0.5 - distance).clamp(0.0, 1.0));
        }
    }
}

/// A printed line across the paper, near the feet of the digits.
pub(crate) fn rule(canvas: &mut Canvas, size: f32, rng: &mut ChaCha8Rng) {
    let width = canvas.width as f32;
    let y = 0.5 * canvas.height as f32 + size * rng.random_range(0.48..0.65);
    let drop = width * rng.random_range(-0.015..0.015);
    let half = rng.random_range(0.5..1.0);
    let strength = rng.random_range(0.4..0.9);
    stroke(canvas, [0.0, y], [width, y + drop], half, strength);
}

/// A printed box: left, top, right, bottom.
pub(crate) fn frame(canvas: &mut Canvas, [left, top, right, bottom]: [f32; 4], half: f32) {
    let corners = [
        [left, top],
        [right, top],
        [right, bottom],
        [left, bottom],
        [left, top],
    ];
    for pair in corners.windows(2) {
        stroke(canvas, pair[0], pair[1], half, 0.8);
    }
}

/// A line with its corners rounded by Chaikin's cutting (1974).
pub(crate) fn rounded(mut points: Vec<[f32; 2]>) -> Vec<[f32; 2]> {
    for _ in 0..3 {
        let cut = points.windows(2).flat_map(|pair| {
            let mix = |share: f32| {
                [0, 1].map(|axis| pair[0][axis] * (1.0 - share) + pair[1][axis] * share)
            };
            [mix(0.25), mix(0.75)]
        });
        points = cut.collect();
    }
    points
}

/// Ink on paper under some light, with a shadow's slope and a sensor's grain.
pub(crate) fn print(canvas: &Canvas, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let paper = rng.random_range(170.0..250.0f32);
    let strength = rng.random_range(0.5..0.95f32);
    let shade = rng.random_range(0.0..0.35f32);
    let angle = rng.random_range(0.0..std::f32::consts::TAU);
    let grain = *[0.0, 1.5, 3.0, 5.0].choose(rng).unwrap_or(&0.0f32);
    let grain = Normal::new(0.0, grain).ok();
    let (sin, cos) = angle.sin_cos();
    let longest = canvas.width.max(canvas.height) as f32;
    let pixels = canvas.ink.iter().enumerate().map(|(at, ink)| {
        let x = (at % canvas.width) as f32 / longest;
        let y = (at / canvas.width) as f32 / longest;
        let light = paper * (1.0 - shade * (0.5 + 0.5 * (x * cos + y * sin)));
        let noise = grain.map_or(0.0, |grain| grain.sample(rng));
        (light * (1.0 - strength * ink) + noise).clamp(0.0, 255.0) as u8
    });
    pixels.collect()
}

/// The picture as a lens of some kind sees it.
pub(crate) fn blurred(canvas: &Canvas, mut pixels: Vec<u8>, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let (width, height) = (canvas.width, canvas.height);
    for _ in 0..rng.random_range(0..3) {
        for (step, across, along) in [(1, width, height), (width, height, width)] {
            // One direction, then the other; three taps: 1, 2, 1.
            let before = pixels.clone();
            for line in 0..along {
                let start = line * if step == 1 { width } else { 1 };
                for i in 0..across {
                    let at = |i: usize| u32::from(before[start + i * step]);
                    let (low, high) = (i.saturating_sub(1), (i + 1).min(across - 1));
                    pixels[start + i * step] = ((at(low) + 2 * at(i) + at(high) + 2) / 4) as u8;
                }
            }
        }
    }
    pixels
}
