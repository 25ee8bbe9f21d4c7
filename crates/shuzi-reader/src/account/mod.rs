//! What every mark of ink is that is no digit, and whether a number may be accepted with it:
//! nothing that a person sees vanishes.
//!
//! A pure function of the ink, of what form removal took out of it, and of the digits that
//! were read.

mod gaps;
mod line;
mod pieces;
mod role;
mod shape;

use crate::{
    account::{line::lines, pieces::pieces, role::roles},
    binarize::Ink,
    image::rectangle::Rectangle,
    mark::{Mark, Role},
    page::Page,
    reject::RejectReason,
    segment::components::{Components, Region},
};

/// A digit that was read: its value and its strokes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glyph<'a> {
    pub(crate) value: u8,
    pub(crate) region: &'a Region,
}

/// All that is seen.
#[derive(Clone, Debug)]
pub(crate) struct Scene<'a> {
    /// What is left once print was taken out.
    pub(crate) ink: &'a Ink,
    pub(crate) components: &'a Components,
    /// Pixels of print that was taken out.
    pub(crate) printed: &'a [usize],
    /// In reading order.
    pub(crate) glyphs: Vec<Glyph<'a>>,
}

/// What comes of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    /// All marks that are no digit, in pixels of the image.
    pub(crate) marks: Vec<Mark>,
    /// The digits with their signs, a space between numbers and between lines.
    pub(crate) text: String,
    /// Why the number can't be accepted: marks first, then gaps.
    pub(crate) marked: Vec<RejectReason>,
    pub(crate) apart: Vec<RejectReason>,
}

/// Least probability of a sign's role with which a number is accepted.
const LEAST_CONFIDENCE: f32 = 0.75;

/// Accounts for all ink of a page of which these digits were read, in reading order.
pub(crate) fn account(page: &Page, glyphs: Vec<Glyph<'_>>) -> Account {
    let mut account = Account::default();
    let Some(ink) = &page.ink else {
        return account;
    };
    let scene = &Scene {
        ink,
        components: &page.components,
        printed: &page.form.printed,
        glyphs,
    };
    let lines = lines(&scene.glyphs);
    let found = pieces(scene);
    let strikes: Vec<Option<Rectangle>> = lines
        .iter()
        .map(|line| line.strike(&found.printed))
        .collect();
    let signs = roles(scene, &lines, &found.ink);
    let picture = &page.picture;
    let scale = picture.original_width as f64 / picture.width.max(1) as f64;
    let size = [picture.original_width, picture.original_height];
    let scaled = |bounds: &Rectangle| bounds.scaled(scale, size[0], size[1]);
    // Dust is no mark, and pieces of digits are theirs.
    for sign in &signs {
        let doubted = sign.confidence < LEAST_CONFIDENCE;
        if sign.role == Role::Speck || (sign.role == Role::Stroke && !doubted) {
            continue;
        }
        let bounds = scaled(&sign.bounds);
        account.marks.push(Mark {
            role: sign.role,
            bounds,
            confidence: sign.confidence,
        });
        let may_be_sign = sign.role.sign().is_some() || sign.role == Role::Stroke;
        if sign.counts && ((doubted && may_be_sign) || !sign.role.is_explained()) {
            account
                .marked
                .push(RejectReason::InkNotExplained { bounds });
        }
    }
    let height = lines.iter().map(|line| line.height).fold(0.0, f64::max);
    let struck = |bounds: &Rectangle| strikes.iter().flatten().any(|all| all.encloses(bounds));
    let rules = found.printed.iter().map(|print| &print.bounds);
    for bounds in rules.filter(|bounds| bounds.longest() as f64 >= height && !struck(bounds)) {
        account.marks.push(Mark {
            role: Role::Ruling,
            bounds: scaled(bounds),
            confidence: 1.0,
        });
    }
    for bounds in strikes.iter().flatten() {
        let bounds = scaled(bounds);
        account.marks.push(Mark {
            role: Role::Strike,
            bounds,
            confidence: 1.0,
        });
        account.marked.push(RejectReason::Struck { bounds });
    }
    for (index, line) in lines.iter().enumerate() {
        let own = signs.iter().filter(|sign| sign.line == Some(index));
        if !account.text.is_empty() {
            account.text.push(' ');
        }
        let walls = line.walls(scene);
        account.marked.extend(walls.map(|bounds| {
            let bounds = scaled(&bounds);
            RejectReason::InkNotExplained { bounds }
        }));
        gaps::write(line, own, !page.form.cells.is_empty(), &mut account);
    }
    account
}

#[cfg(test)]
mod tests;
