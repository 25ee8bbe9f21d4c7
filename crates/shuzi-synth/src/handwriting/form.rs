//! What paper has before it is written on.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::canvas::{Canvas, frame, rule};

/// What paper has before it is written on: rules, boxes, patterns against
/// forgery.
pub(super) fn print_form(canvas: &mut Canvas, size: f32, rng: &mut ChaCha8Rng) {
    match rng.random_range(0..10) {
        0..4 => rule(canvas, size, rng),
        4 => {
            let (w, h) = (canvas.width as f32, canvas.height as f32);
            frame(canvas, [0.01 * w, 0.04 * h, 0.99 * w, 0.96 * h], 0.8);
        }
        _ => {}
    }
    if !rng.random_bool(0.5) {
        return;
    }
    for _ in 0..rng.random_range(1..3) {
        let strength = rng.random_range(0.05..0.3f32);
        let period = rng.random_range(3.0..9.0f32);
        let angle = rng.random_range(0.0..std::f32::consts::PI);
        let (wave, length) = (
            rng.random_range(0.0..6.0f32),
            rng.random_range(12.0..60.0f32),
        );
        let phase = rng.random_range(0.0..std::f32::consts::TAU);
        let fine = rng.random_range(-0.2..0.7f32);
        let (sin, cos) = angle.sin_cos();
        for at in 0..canvas.ink.len() {
            let (x, y) = ((at % canvas.width) as f32, (at / canvas.width) as f32);
            let (along, across) = (x * cos + y * sin, y * cos - x * sin);
            let bend = wave * (along / length * std::f32::consts::TAU + phase).sin();
            let line = ((across + bend) / period * std::f32::consts::TAU).cos();
            let ink = strength * ((line - fine) / (1.0 - fine)).max(0.0);
            canvas.ink[at] = canvas.ink[at].max(ink);
        }
    }
}
