//! Which role each piece has, by its size and place among the digits and by its shape.

use serde::{Deserialize, Serialize};

use crate::{
    account::{
        Glyph, Scene,
        line::DigitLine,
        shape::{ArmParams, Arms},
    },
    binarize::Ink,
    image::{morphology::Blob, rectangle::Rectangle},
    mark::Role,
};

/// A mark, or several that are one sign.
#[derive(Clone, Debug)]
pub(super) struct Sign {
    pub(super) role: Role,
    pub(super) bounds: Rectangle,
    pub(super) confidence: f32,
    /// Index of its line, if it stands on one.
    pub(super) line: Option<usize>,
    /// Whether the number can't be accepted unless it is explained.
    pub(super) counts: bool,
}

/// Sizes and places of marks, in heights of the digits beside them; rows are 0 at the top of
/// the digits and 1 at their foot. Those of points and dashes are what [`crate::segment`] tells
/// from digits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SizeParams {
    /// Longest side of a speck.
    pub speck: f64,
    /// The same in pixels.
    pub speck_pixels: usize,
    /// Longest side of a point.
    pub point: f64,
    /// Longest side of a comma.
    pub comma: f64,
    /// How many times as wide as high a dash is.
    pub dash: f64,
    /// Highest dash.
    pub dash_height: f64,
    /// Widest sign that is no rule.
    pub widest: f64,
    /// Gap between the parts of one sign, one above the other.
    pub parts: f64,
}

impl Default for SizeParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            speck: 0.08,
            speck_pixels: 3,
            point: 0.3,
            comma: 0.5,
            dash: 1.8,
            dash_height: 0.3,
            widest: 1.6,
            parts: 0.6,
        }
    }
}

/// Where marks stand, in the same measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlaceParams {
    /// Rows between which the middle of a minus is.
    pub level: [f64; 2],
    /// Row under which a point stands.
    pub low: f64,
    /// Row to which a comma reaches.
    pub descent: f64,
    /// How many times as high as wide it is.
    pub tall: f64,
    /// Distance at which a piece hangs together with a digit that shares its columns.
    pub stroke: f64,
    /// How far the bar of a 5 stands off.
    pub bar: f64,
    /// In how much of its height that is, from above.
    pub top: f64,
    /// How far the line reaches up and down.
    pub band: f64,
    /// And to the sides.
    pub aside: f64,
}

impl Default for PlaceParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            level: [0.2, 0.8],
            low: 0.75,
            descent: 1.15,
            tall: 1.35,
            stroke: 0.12,
            bar: 0.3,
            top: 0.3,
            band: 0.25,
            aside: 1.0,
        }
    }
}

/// What tells a dark edge of the picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BorderParams {
    /// Share of the picture's side that it goes along at least.
    pub along: f64,
    /// Share of its rectangle that it fills at least: nothing hangs together with it.
    pub filled: f64,
}

impl Default for BorderParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            along: 0.9,
            filled: 0.97,
        }
    }
}

/// What roles are told by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoleParams {
    /// Sizes.
    pub sizes: SizeParams,
    /// Places.
    pub places: PlaceParams,
    /// Shapes.
    pub arms: ArmParams,
    /// Share of the ink on the arms of a sign.
    pub on_arms: f64,
    /// And along the sides of a frame.
    pub on_frame: f64,
    /// How likely a mark with no other likely role is something else, beside those.
    pub other: f64,
    /// How likely a mark beside a digit's stroke is a part of it, beside those.
    pub part: f64,
    /// Dark edges. Off: they are ink that is not explained.
    pub border: Option<BorderParams>,
}

impl Default for RoleParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            sizes: SizeParams::default(),
            places: PlaceParams::default(),
            arms: ArmParams::default(),
            on_arms: 0.88,
            on_frame: 0.8,
            other: 0.05,
            part: 1.0,
            border: Some(BorderParams::default()),
        }
    }
}

/// Probability that a measure is above an edge where it is seen with an error of `width`.
fn above(value: f64, edge: f64, width: f64) -> f64 {
    1.0 / (1.0 + (-(value - edge) / (0.6 * width)).exp())
}

fn below(value: f64, edge: f64, width: f64) -> f64 {
    1.0 - above(value, edge, width)
}

fn within(value: f64, [least, most]: [f64; 2], width: f64) -> f64 {
    above(value, least, width) * below(value, most, width)
}

/// A piece as it stands among the digits of a line, in their heights.
#[derive(Clone, Copy, Debug)]
struct Placed {
    width: f64,
    height: f64,
    /// Of its middle and its foot: 0 the top of the digits, 1 their foot.
    middle: f64,
    foot: f64,
    /// Whether digits are to the left and to the right.
    before: bool,
    after: bool,
}

impl Placed {
    fn on(line: &DigitLine<'_>, bounds: &Rectangle) -> Self {
        let [x, y] = bounds.middle();
        let row = |y: f64| (y - line.middle(x)) / line.height + 0.5;
        let position = line.position(x);
        Self {
            width: bounds.width as f64 / line.height,
            height: bounds.height as f64 / line.height,
            middle: row(y),
            foot: row(bounds.bottom() as f64),
            before: position > 0,
            after: position < line.glyphs.len(),
        }
    }

    fn longest(&self) -> f64 {
        self.width.max(self.height)
    }

    fn dash(&self, params: &RoleParams) -> f64 {
        above(self.width / self.height, params.sizes.dash, 0.3)
            * below(self.height, params.sizes.dash_height, 0.05)
    }

    fn dot(&self, params: &RoleParams) -> f64 {
        below(self.longest(), params.sizes.point, 0.05)
            * below(self.width / self.height, params.sizes.dash, 0.3)
    }

    /// The roles that it may have alone.
    fn roles(&self, arms: &Arms, params: &RoleParams) -> Vec<(Role, f64)> {
        let level = within(self.middle, params.places.level, 0.05);
        let low = above(self.middle, params.places.low, 0.06) * below(self.middle, 1.4, 0.1);
        let [descends, tall] = [
            above(self.foot, params.places.descent, 0.04),
            above(self.height / self.width, params.places.tall, 0.15),
        ];
        let like_comma = 1.0 - (1.0 - descends) * (1.0 - tall);
        // Behind a number a long dash fills the place.
        let short = if self.after {
            below(self.width, params.sizes.widest, 0.2)
        } else {
            1.0
        };
        let square = within(self.width / self.height, [0.5, 2.0], 0.1)
            * within(self.height, [0.25, 1.1], 0.05);
        let lean = within(self.width / self.height, [0.2, 0.9], 0.05)
            * within(self.height, [0.8, 2.0], 0.1);
        let between = if self.before && self.after { 1.0 } else { 0.05 };
        let mut roles = vec![
            (Role::Minus, self.dash(params) * level * short),
            (
                Role::Underline,
                self.dash(params) * above(self.middle, 0.9, 0.05) * above(self.width, 0.7, 0.1),
            ),
            (Role::Point, self.dot(params) * low * (1.0 - like_comma)),
            (
                Role::Comma,
                below(self.longest(), params.sizes.comma, 0.05)
                    * below(self.width / self.height, 1.0, 0.2)
                    * above(self.middle, 0.8, 0.06)
                    * above(self.foot, 1.06, 0.04)
                    * like_comma,
            ),
            (
                Role::MiddleDot,
                self.dot(params) * within(self.middle, [0.25, params.places.low], 0.05) * between,
            ),
            (Role::Plus, above(arms.plus, params.on_arms, 0.03) * square),
            (
                Role::Times,
                above(arms.times, params.on_arms, 0.03) * square,
            ),
            (Role::Slash, above(arms.slash, params.on_arms, 0.03) * lean),
            (
                Role::Box,
                above(arms.frame, params.on_frame, 0.03) * above(self.height, 1.25, 0.05),
            ),
            (
                Role::Ruling,
                above(self.height / self.width, 10.0, 1.0) * above(self.height, 1.2, 0.05),
            ),
            (
                Role::Ruling,
                above(self.width / self.height, 12.0, 1.0) * (1.0 - level),
            ),
        ];
        // A small dot that is no sign where it stands is dust.
        let dust = below(self.longest(), 2.0 * params.sizes.speck, 0.02) * (1.0 - low);
        roles.push((Role::Speck, dust * (1.0 - between)));
        roles
    }
}

/// The likeliest of some roles, and how likely it is.
fn likeliest(roles: &[(Role, f64)], other: f64) -> (Role, f32) {
    let total: f64 = other + roles.iter().map(|(_, score)| score).sum::<f64>();
    let best = roles.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    match best {
        Some((role, score)) if *score > other => (*role, (score / total) as f32),
        _ => (Role::Other, (other / total) as f32),
    }
}

/// Gives every piece its role; pieces one above the other may be one sign.
pub(super) fn roles(
    scene: &Scene<'_>,
    lines: &[DigitLine<'_>],
    pieces: &[Blob],
    params: &RoleParams,
) -> Vec<Sign> {
    let mut signs = Vec::new();
    let mut small: Vec<(usize, &Blob)> = Vec::new();
    for piece in pieces {
        let border = params.border.as_ref();
        if border.is_some_and(|params| is_border(piece, scene.ink, params)) {
            signs.push(Sign {
                role: Role::Border,
                bounds: piece.bounds,
                confidence: 1.0,
                line: None,
                counts: false,
            });
            continue;
        }
        let Some((index, line)) = nearest(lines, &piece.bounds) else {
            signs.push(Sign {
                role: Role::Other,
                bounds: piece.bounds,
                confidence: 1.0,
                line: None,
                counts: false,
            });
            continue;
        };
        let placed = Placed::on(line, &piece.bounds);
        let speck = piece.bounds.longest() <= params.sizes.speck_pixels
            || placed.longest() < params.sizes.speck;
        let role = if speck {
            Some(Role::Speck)
        } else if placed.longest() < 0.9
            && next_to(scene, line, piece, &params.places) == Next::Within
        {
            Some(Role::Stroke)
        } else if placed.height < params.sizes.comma && placed.width < params.sizes.widest {
            small.push((index, piece));
            continue;
        } else {
            None
        };
        let (role, confidence) = match role {
            Some(role) => (role, 1.0),
            None => likeliest(
                &placed.roles(&Arms::of(piece, scene.ink.width, &params.arms), params),
                params.other,
            ),
        };
        signs.push(Sign {
            role,
            bounds: piece.bounds,
            confidence,
            line: Some(index),
            counts: counts(line, &piece.bounds, &params.places),
        });
    }
    signs.extend(small_signs(scene, lines, &small, params));
    signs
}

/// Whether a piece is a dark edge of the picture.
fn is_border(piece: &Blob, ink: &Ink, params: &BorderParams) -> bool {
    let bounds = &piece.bounds;
    let BorderParams { along, filled } = *params;
    let down = bounds.height as f64 >= along * ink.height as f64
        && (bounds.x == 0 || bounds.right() >= ink.width);
    let across = bounds.width as f64 >= along * ink.width as f64
        && (bounds.y == 0 || bounds.bottom() >= ink.height);
    (down || across) && piece.pixels.len() as f64 >= filled * bounds.area() as f64
}

/// The line whose digits a mark stands among or beside.
fn nearest<'a, 'b>(
    lines: &'a [DigitLine<'b>],
    bounds: &Rectangle,
) -> Option<(usize, &'a DigitLine<'b>)> {
    let far = |line: &DigitLine<'_>| {
        let [x, y] = bounds.middle();
        ((y - line.middle(x)) / line.height).abs()
    };
    let lines = lines.iter().enumerate();
    lines.min_by(|a, b| far(a.1).total_cmp(&far(b.1)))
}

/// Whether it stands in the band of a line or near it: elsewhere it is of something else.
fn counts(line: &DigitLine<'_>, bounds: &Rectangle, places: &PlaceParams) -> bool {
    let whole = line.bounds();
    let reach = (places.band * line.height) as usize;
    let aside = (places.aside * line.height) as usize;
    let beside = bounds.x <= whole.right() + aside && bounds.right() + aside >= whole.x;
    let rows = (bounds.bottom() + reach).min(whole.bottom() + 2 * reach);
    let shared = rows.saturating_sub((bounds.y + reach).max(whole.y));
    beside && 2 * shared > bounds.height.min(whole.height)
}

/// How a piece stands to the digit that it is next to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// Near its strokes and in its columns: a part of it.
    Within,
    /// Near its strokes and beside it: a part of it, or a sign.
    Beside,
    /// By itself.
    Apart,
}

fn next_to(scene: &Scene<'_>, line: &DigitLine<'_>, piece: &Blob, places: &PlaceParams) -> Next {
    let (ink, labels) = (scene.ink, &scene.components.labels);
    let reach = (places.stroke * line.height).ceil() as usize;
    let near = |glyph: &&Glyph<'_>| {
        piece.pixels.iter().any(|at| {
            let (x, y) = (at % ink.width, at / ink.width);
            let columns = x.saturating_sub(reach)..(x + reach + 1).min(ink.width);
            (y.saturating_sub(reach)..(y + reach + 1).min(ink.height)).any(|y| {
                columns.clone().any(|x| {
                    let at = y * ink.width + x;
                    ink.coverage[at] >= Ink::EDGE && glyph.region.labels.contains(&labels[at])
                })
            })
        })
    };
    let bounds = &piece.bounds;
    // The bar of a 5 is a stroke of its own, and often stands off.
    let is_bar = |glyph: &Glyph<'_>| {
        let digit = &glyph.region.bounds;
        let aside = bounds.x.saturating_sub(digit.right()) as f64;
        glyph.value == 5
            && bounds.x >= digit.x
            && aside <= places.bar * line.height
            && bounds.middle()[1] < digit.y as f64 + places.top * digit.height as f64
            && bounds.width > bounds.height
    };
    if line.glyphs.iter().any(is_bar) {
        return Next::Within;
    }
    let around = |glyph: &&Glyph<'_>| {
        let digit = &glyph.region.bounds;
        bounds.x <= digit.right() + reach && digit.x <= bounds.right() + reach
    };
    let beside = line.glyphs.iter().filter(around).filter(near);
    let within = |glyph: &Glyph<'_>| 2 * glyph.region.bounds.shared_columns(bounds) >= bounds.width;
    beside.fold(Next::Apart, |next, glyph| match next {
        Next::Within => next,
        _ if within(glyph) => Next::Within,
        _ => Next::Beside,
    })
}

/// Points, dashes and what consists of several of them.
fn small_signs(
    scene: &Scene<'_>,
    lines: &[DigitLine<'_>],
    small: &[(usize, &Blob)],
    params: &RoleParams,
) -> Vec<Sign> {
    let mut taken = vec![false; small.len()];
    let mut signs = Vec::new();
    for first in 0..small.len() {
        if std::mem::replace(&mut taken[first], true) {
            continue;
        }
        let index = small[first].0;
        let line = &lines[index];
        let mut parts = vec![small[first].1];
        while let Some(next) = (0..small.len()).find(|&at| {
            let (other, piece) = small[at];
            !taken[at]
                && other == index
                && parts.iter().any(|part| {
                    stacked(
                        &part.bounds,
                        &piece.bounds,
                        params.sizes.parts * line.height,
                    )
                })
        }) {
            taken[next] = true;
            parts.push(small[next].1);
        }
        parts.sort_by_key(|part| part.bounds.y);
        let whole = parts.iter().map(|part| part.bounds);
        let Some(bounds) = whole.reduce(|a, b| a.union(&b)) else {
            continue;
        };
        let (role, confidence) = match parts.as_slice() {
            [one] => {
                let arms = Arms::of(one, scene.ink.width, &params.arms);
                let placed = Placed::on(line, &one.bounds);
                let mut roles = placed.roles(&arms, params);
                if next_to(scene, line, one, &params.places) == Next::Beside {
                    roles.push((
                        Role::Stroke,
                        params.part * below(placed.middle, params.places.low, 0.06),
                    ));
                }
                likeliest(&roles, params.other)
            }
            several => likeliest(&together(line, several, &bounds, params), params.other),
        };
        signs.push(Sign {
            role,
            bounds,
            confidence,
            line: Some(index),
            counts: counts(line, &bounds, &params.places),
        });
    }
    signs
}

/// Whether one stands above the other.
fn stacked(a: &Rectangle, b: &Rectangle, most: f64) -> bool {
    let (upper, lower) = if a.y <= b.y { (a, b) } else { (b, a) };
    let gap = lower.y.saturating_sub(upper.bottom()) as f64;
    2 * a.shared_columns(b) >= a.width.min(b.width) && gap <= most
}

/// The signs that several pieces one above the other may be.
fn together(
    line: &DigitLine<'_>,
    parts: &[&Blob],
    bounds: &Rectangle,
    params: &RoleParams,
) -> Vec<(Role, f64)> {
    let placed: Vec<Placed> = parts
        .iter()
        .map(|part| Placed::on(line, &part.bounds))
        .collect();
    let level = within(Placed::on(line, bounds).middle, params.places.level, 0.05);
    let shape = |at: usize| (placed[at].dot(params), placed[at].dash(params));
    match placed.len() {
        2 => {
            let [(dot_a, dash_a), (dot_b, dash_b)] = [shape(0), shape(1)];
            vec![
                (Role::Colon, level * dot_a * dot_b),
                (Role::Equals, level * dash_a * dash_b),
            ]
        }
        3 => vec![(Role::Division, level * shape(0).0 * shape(1).1 * shape(2).0)],
        _ => Vec::new(),
    }
}
