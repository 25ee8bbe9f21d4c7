//! A pen that draws digits, signs and letters stroke by stroke, in the styles people have.
//!
//! A glyph is some strokes, a stroke the points that it goes through: right and down, a digit
//! 1 high, its foot at 1. Every style varies its points by chance: most of it a writer's
//! habit, which stays from glyph to glyph, and a little of the moment.

mod curve;
mod digits;
mod letters;
mod nib;
mod signs;

pub(crate) use curve::{arc, smooth, straight};
pub(crate) use digits::{School, digit, styles};
pub(crate) use letters::letter;
pub(crate) use nib::Nib;
pub(crate) use signs::sign;

use crate::{geometry::Path, random::Chance};

/// What decides about one glyph: a writer's habit, and the moment.
pub(crate) struct Pen<'a> {
    habit: Chance,
    now: &'a mut Chance,
    /// How far the moment leads away from the habit, in shares of a range.
    loose: f32,
}

impl<'a> Pen<'a> {
    pub(crate) fn new(habit: u64, loose: f32, now: &'a mut Chance) -> Self {
        Self {
            habit: Chance::of_habit(habit),
            now,
            loose,
        }
    }

    /// A value between two.
    fn between(&mut self, low: f32, high: f32) -> f32 {
        let share = self.habit.unit() + self.now.normal(0.0, self.loose);
        low + (high - low) * share.clamp(0.0, 1.0)
    }

    /// Whether something is part of the glyph: a habit, broken now and then.
    fn maybe(&mut self, probability: f32) -> bool {
        let habit = self.habit.maybe(probability);
        if self.now.maybe(0.06) {
            self.now.maybe(probability)
        } else {
            habit
        }
    }
}

/// Bends a glyph as a hand does: moves its points by slow waves of `amount` of its height.
pub(crate) fn bent(strokes: &mut [Path], amount: f32, chance: &mut Chance) {
    let mut wave = || {
        [
            chance.normal(0.0, amount),
            chance.between(&(2.0..7.0)),
            chance.between(&(0.0..6.3)),
        ]
    };
    let waves = [wave(), wave(), wave(), wave()];
    let sum = |waves: &[[f32; 3]], at: f32| -> f32 {
        waves.iter().map(|[a, f, p]| a * (f * at + p).sin()).sum()
    };
    for [x, y] in strokes.iter_mut().flatten() {
        *x += sum(&waves[..2], *y);
        *y += sum(&waves[2..], *x);
    }
}
