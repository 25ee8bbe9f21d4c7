//! What is on paper beside a number: print, other ink, dirt.

mod cells;
mod corrections;
mod form;
mod stamp;
mod stray;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub(crate) use cells::cells;
pub(crate) use corrections::strikes;

use crate::{
    geometry::{Bounds, Path, Point},
    line::{Line, Place},
    print::Print,
    random::Chance,
    role::Role,
    writer::Writer,
};

/// How often marks are beside a line, by kind; lengths in shares of a digit's height.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MarkParams {
    /// Lines to write on.
    pub rulings: f32,
    /// Squared paper.
    pub squares: f32,
    /// Walls beside the number, some with a corner.
    pub walls: f32,
    /// A box around it.
    pub frame: f32,
    /// A line under it, by hand.
    pub underline: f32,
    /// A ring around it or a part of it.
    pub ring: f32,
    /// A stamp over or beside it.
    pub stamp: f32,
    /// A dark strip at a side.
    pub strip: f32,
    /// Specks.
    pub specks: f32,
    /// Writing above or below that reaches into the line.
    pub neighbours: f32,
    /// Writing cut off at a side.
    pub beside: f32,
    /// Writing of the other side.
    pub bleed: f32,
    /// Small print above, below or beside.
    pub label: f32,
    /// Half the width of a printed line.
    pub line_half: Range<f32>,
    /// Light that print takes.
    pub line_ink: Range<f32>,
}

impl Default for MarkParams {
    fn default() -> Self {
        Self {
            rulings: 0.2,
            squares: 0.05,
            walls: 0.13,
            frame: 0.06,
            underline: 0.09,
            ring: 0.025,
            stamp: 0.03,
            strip: 0.06,
            specks: 0.1,
            neighbours: 0.14,
            beside: 0.05,
            bleed: 0.06,
            label: 0.05,
            line_half: 0.008..0.055,
            line_ink: 0.12..0.9,
        }
    }
}

/// What a mark is drawn from, in a line's measure.
#[derive(Debug, Clone)]
pub(crate) enum MarkShape {
    /// Strokes of half a width.
    Strokes(Vec<Path>, f32),
    /// Printed letters.
    Print(Vec<(Print, Place)>),
    /// All that lies behind a line: its point, its direction across, how soft it is.
    Behind(Point, Point, f32),
}

/// Whether a mark lies under the writing or over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    Under,
    Over,
}

/// The colour of a mark's ink.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum MarkInk {
    /// The writer's own.
    Own,
    /// One that takes a share of the light.
    Takes(f32),
}

/// Something on paper beside the text's own glyphs.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    pub(crate) role: Role,
    pub(crate) shape: MarkShape,
    pub(crate) ink: MarkInk,
    pub(crate) layer: Layer,
}

impl Mark {
    /// Where its strokes are; nothing for what is no stroke.
    pub(crate) fn bounds(&self) -> Bounds {
        match &self.shape {
            MarkShape::Strokes(paths, half) => {
                Bounds::of(paths.iter().flatten().copied()).grown(*half)
            }
            MarkShape::Print(_) | MarkShape::Behind(..) => Bounds::NONE,
        }
    }
}

/// What a picture shows of a line, and where.
pub(crate) struct Scene<'a> {
    pub(crate) line: &'a Line<'a>,
    pub(crate) writer: &'a Writer,
    /// Where all writing is.
    pub(crate) text: Bounds,
    /// The part that is seen.
    pub(crate) window: Bounds,
}

/// The marks of a line's picture by chance.
pub(crate) fn marks(params: &MarkParams, scene: &Scene<'_>, chance: &mut Chance) -> Vec<Mark> {
    let mut all = Vec::new();
    let p = params;
    let mut some = |share: f32, make: &mut dyn FnMut(&mut Chance) -> Vec<Mark>| {
        if chance.maybe(share) {
            all.append(&mut make(chance));
        }
    };
    some(p.bleed, &mut |chance| stray::bleed(scene, chance));
    some(p.squares, &mut |chance| form::squares(p, scene, chance));
    some(p.rulings, &mut |chance| form::rulings(p, scene, chance));
    some(p.walls, &mut |chance| form::walls(p, scene, chance));
    some(p.frame, &mut |chance| form::frame(p, scene, chance));
    some(p.label, &mut |chance| form::label(scene, chance));
    some(p.neighbours, &mut |chance| stray::neighbours(scene, chance));
    some(p.beside, &mut |chance| stray::beside(scene, chance));
    some(p.specks, &mut |chance| stray::specks(scene, chance));
    some(p.underline, &mut |chance| {
        corrections::underline(scene, chance)
    });
    some(p.ring, &mut |chance| corrections::ring(scene, chance));
    some(p.stamp, &mut |chance| stamp::stamp(scene, chance));
    some(p.strip, &mut |chance| form::strip(scene, chance));
    all
}

/// A mark of strokes.
fn strokes(role: Role, paths: Vec<Path>, half: f32, ink: MarkInk, layer: Layer) -> Mark {
    Mark {
        role,
        shape: MarkShape::Strokes(paths, half),
        ink,
        layer,
    }
}
