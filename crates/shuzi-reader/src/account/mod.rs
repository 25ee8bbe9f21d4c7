//! What every mark of ink is that is no digit, and whether a number may be accepted with it:
//! nothing that a person sees vanishes.
//!
//! A pure function of the ink, of what form removal took out of it, and of the digits that
//! were read.

pub mod gaps;
pub mod line;
mod pieces;
pub mod role;
pub mod shape;
pub mod strike;
pub mod told;

use std::cell::LazyCell;

use serde::{Deserialize, Serialize};

use crate::{
    account::{
        gaps::{GapParams, Spaced},
        line::{DigitLine, PrintedStrikeParams, WallParams, lines},
        pieces::pieces,
        role::{RoleParams, Sign, roles},
        strike::{Dark, StrikeParams},
        told::{Told, ToldParams},
    },
    binarize::Ink,
    decode::Spelling,
    image::{morphology::Blob, rectangle::Rectangle},
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

/// The text of a line.
#[derive(Clone, Debug)]
pub(crate) struct LineText {
    /// Index of the page's line.
    pub(crate) line: usize,
    /// Digits with their signs, a space between numbers.
    pub(crate) text: String,
    /// Probability of the signs and spaces, if the digits are right.
    pub(crate) probability: f64,
}

/// Why a number can't be accepted, and the page's line that it is on, if it is on one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnLineReason {
    pub(crate) line: Option<usize>,
    pub(crate) reason: RejectReason,
}

impl Account {
    /// The text of all lines, a space between them.
    pub(crate) fn text(&self) -> String {
        let texts: Vec<&str> = self.lines.iter().map(|line| line.text.as_str()).collect();
        texts.join(" ")
    }
}

/// What comes of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    /// All marks that are no digit, in pixels of the image.
    pub(crate) marks: Vec<Mark>,
    /// The lines in reading order.
    pub(crate) lines: Vec<LineText>,
    /// Why numbers can't be accepted: marks, and gaps.
    pub(crate) marked: Vec<OnLineReason>,
    pub(crate) apart: Vec<OnLineReason>,
    /// How many signs and words the network for whole lines tells of.
    pub(crate) told: usize,
    /// Whether all lines were read as a whole, too.
    pub(crate) read_whole: bool,
}

/// How ink that no digit has is accounted for. A rule that is `None` is not applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountParams {
    /// What roles are told by.
    pub roles: RoleParams,
    /// Least probability of a sign's role with which a number is accepted.
    pub least_confidence: f32,
    /// How marks and what the network for whole lines tells belong together.
    pub told: ToldParams,
    /// Gaps between numbers.
    pub gaps: GapParams,
    /// What is left of print says nothing. Off: it is ink that is not explained.
    pub residue: Option<ResidueParams>,
    /// Lines of print that strike digits out. Off: they are rulings.
    pub printed_strikes: Option<PrintedStrikeParams>,
    /// Lines that join digits and strike them out.
    pub strikes: Option<StrikeParams>,
    /// Walls that were read as a 1.
    pub walls: Option<WallParams>,
}

impl Default for AccountParams {
    /// All rules, each as it is by default; the confidence is a guess.
    fn default() -> Self {
        Self {
            roles: RoleParams::default(),
            least_confidence: 0.75,
            told: ToldParams::default(),
            gaps: GapParams::default(),
            residue: Some(ResidueParams::default()),
            printed_strikes: Some(PrintedStrikeParams::default()),
            strikes: Some(StrikeParams::default()),
            walls: Some(WallParams::default()),
        }
    }
}

/// What tells that a small mark is left of print that was removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResidueParams {
    /// How near to print it is, in pixels.
    pub reach: usize,
    /// Its longest side, in the digits' height.
    pub size: f64,
    /// Least size of a mark that says something where the whole line shows no sign, in the
    /// digits' height.
    pub telling: f64,
}

impl Default for ResidueParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            reach: 3,
            size: 0.4,
            telling: 0.14,
        }
    }
}

/// Accounts for all ink of a page of which these digits were read, in reading order, and of
/// which lines, by their index, are spelled so.
pub(crate) fn account(
    page: &Page,
    glyphs: Vec<Glyph<'_>>,
    spellings: &[(usize, &Spelling)],
    params: &AccountParams,
) -> Account {
    let mut account = Account::default();
    let Some(ink) = &page.ink else {
        let text = |&(line, spelling): &(usize, &Spelling)| LineText {
            line,
            text: spelling.text(),
            probability: spelling.probability,
        };
        account.lines = spellings.iter().map(text).collect();
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
    // Only digits that touch are looked at.
    let dark = LazyCell::new(|| Dark::of(ink, &[]));
    let strikes: Vec<Option<Rectangle>> = lines
        .iter()
        .map(|line| {
            let printed = params.printed_strikes.as_ref();
            let printed = printed.and_then(|params| line.strike(&found.printed, params));
            printed.or_else(|| line.joined_by_strike(&dark, params.strikes.as_ref()?))
        })
        .collect();
    let signs = roles(scene, &lines, &found.ink, &params.roles);
    let scaled = |bounds: &Rectangle| page.in_image(bounds);
    let told: Vec<Option<Told<'_>>> = lines
        .iter()
        .map(|line| {
            let own = spellings.iter().find(|(index, _)| *index == line.index());
            own.map(|(_, spelling)| Told::new(spelling, line.height, &params.told))
        })
        .collect();
    let is_residue = |sign: &Sign| {
        let rule = params.residue.as_ref();
        rule.is_some_and(|params| is_residue(sign, &lines, &found.printed, ink, params))
    };
    account.read_whole = told.iter().all(Option::is_some);
    // Dust is no mark, and pieces of digits are theirs.
    for sign in &signs {
        let told = sign.line.and_then(|line| told[line].as_ref());
        let bounds = scaled(&sign.bounds);
        if let Some(symbol) = told.and_then(|told| told.symbol_at(&sign.bounds)) {
            account.marks.push(Mark {
                role: Role::of(symbol),
                bounds,
                confidence: told.map_or(1.0, Told::confidence),
            });
            continue;
        }
        let doubted = sign.confidence < params.least_confidence;
        if sign.role == Role::Speck || (sign.role == Role::Stroke && !doubted) {
            continue;
        }
        let may_be_sign = sign.role.sign().is_some() || sign.role == Role::Stroke;
        // Where the line was read as a whole, what is a sign for sure must be one there, too.
        let in_doubt = match told {
            Some(_) => sign.role.sign().is_some() && !doubted,
            None => doubted && may_be_sign,
        };
        let left = sign.counts && (in_doubt || !sign.role.is_explained());
        // What is left of print says nothing, if the whole line shows no sign there.
        if told.is_some() && left && is_residue(sign) {
            continue;
        }
        if told.is_some() && doubted && may_be_sign && !left {
            continue;
        }
        account.marks.push(Mark {
            role: sign.role,
            bounds,
            confidence: sign.confidence,
        });
        if left {
            account.marked.push(OnLineReason {
                line: sign.line.map(|line| lines[line].index()),
                reason: RejectReason::InkNotExplained { bounds },
            });
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
    for (line, bounds) in lines.iter().zip(&strikes) {
        let Some(bounds) = bounds.as_ref().map(scaled) else {
            continue;
        };
        account.marks.push(Mark {
            role: Role::Strike,
            bounds,
            confidence: 1.0,
        });
        account.marked.push(OnLineReason {
            line: Some(line.index()),
            reason: RejectReason::Struck { bounds },
        });
    }
    let mut before = 0;
    for (index, line) in lines.iter().enumerate() {
        let own = || signs.iter().filter(|sign| sign.line == Some(index));
        let on_line = |reason| OnLineReason {
            line: Some(line.index()),
            reason,
        };
        let walls = params
            .walls
            .iter()
            .flat_map(|params| line.walls(scene, params));
        account.marked.extend(walls.map(|bounds| {
            let bounds = scaled(&bounds);
            on_line(RejectReason::InkNotExplained { bounds })
        }));
        let cells = !page.form.cells.is_empty();
        let Spaced {
            mut text,
            mut apart,
            even,
        } = gaps::spaced(line, own(), cells, before, &params.gaps);
        let mut probability = 1.0;
        if let Some(told) = &told[index] {
            let seen = own().filter(|sign| !is_residue(sign));
            probability = told.probability(seen, apart.len(), even);
            text = told.text(own(), &gaps::positions(&apart, before));
            if apart.len() <= told.gaps() {
                apart.clear();
            }
            account.told += told.signs().count();
        }
        before += line.glyphs.len();
        account.apart.extend(apart.into_iter().map(on_line));
        account.lines.push(LineText {
            line: line.index(),
            text,
            probability,
        });
    }
    account
}

/// Whether a mark is a small one at the picture's edge or beside print that was removed, or so
/// small that it says nothing.
fn is_residue(
    sign: &Sign,
    lines: &[DigitLine<'_>],
    printed: &[Blob],
    ink: &Ink,
    params: &ResidueParams,
) -> bool {
    let height = sign.line.map_or(1.0, |line| lines[line].height);
    let (bounds, longest) = (&sign.bounds, sign.bounds.longest() as f64);
    let beside = |print: &Blob| {
        let reach = params.reach;
        let near = |low: usize, high: usize, from: usize, to: usize| {
            low < to + reach && from < high + reach
        };
        let other = &print.bounds;
        near(bounds.x, bounds.right(), other.x, other.right())
            && near(bounds.y, bounds.bottom(), other.y, other.bottom())
    };
    let small = longest <= params.size * height;
    longest < params.telling * height
        || (small && (bounds.touches_edge(ink.width, ink.height) || printed.iter().any(beside)))
}

#[cfg(test)]
mod tests;
