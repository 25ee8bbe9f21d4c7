//! Which role each piece has, by its size and place among the digits and by its shape.

use crate::{
    account::{Glyph, Scene, line::DigitLine, shape::Arms},
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

/// Sizes and places of marks, in heights of the digits beside them. Those of points and
/// dashes are what [`crate::segment`] tells from digits.
struct Sizes;

impl Sizes {
    /// Longest side of a speck.
    const SPECK: f64 = 0.08;
    /// The same in pixels.
    const SPECK_PIXELS: usize = 3;
    /// Longest side of a point, and of a comma.
    const POINT: f64 = 0.3;
    const COMMA: f64 = 0.5;
    /// How many times as wide as high a dash is.
    const DASH: f64 = 1.8;
    /// Highest dash.
    const DASH_HEIGHT: f64 = 0.3;
    /// Widest sign that is no rule.
    const WIDEST: f64 = 1.6;
    /// Rows between which the middle of a minus is, 0 the top of the digits and 1 their foot.
    const LEVEL: [f64; 2] = [0.2, 0.8];
    /// Row under which a point stands.
    const LOW: f64 = 0.75;
    /// Row to which a comma reaches, and how many times as high as wide it is.
    const DESCENT: f64 = 1.15;
    const TALL: f64 = 1.35;
    /// Distance at which a piece hangs together with a digit that shares its columns.
    const STROKE: f64 = 0.12;
    /// How far the bar of a 5 stands off, and in how much of its height, from above.
    const BAR: f64 = 0.3;
    const TOP: f64 = 0.3;
    /// How far the line reaches up and down, and to the sides.
    const BAND: f64 = 0.25;
    const ASIDE: f64 = 1.0;
    /// Gap between the parts of one sign, one above the other.
    const PARTS: f64 = 0.6;
}

/// How likely a mark with no other likely role is something else, beside those.
const OTHER: f64 = 0.05;

/// How likely a mark beside a digit's stroke is a part of it, beside those.
const PART: f64 = 1.0;

/// Share of the ink on the arms of a sign, or along the sides of a frame.
const ON_ARMS: f64 = 0.88;
const ON_FRAME: f64 = 0.8;

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

    fn dash(&self) -> f64 {
        above(self.width / self.height, Sizes::DASH, 0.3)
            * below(self.height, Sizes::DASH_HEIGHT, 0.05)
    }

    fn dot(&self) -> f64 {
        below(self.longest(), Sizes::POINT, 0.05)
            * below(self.width / self.height, Sizes::DASH, 0.3)
    }

    /// The roles that it may have alone.
    fn roles(&self, arms: &Arms) -> Vec<(Role, f64)> {
        let level = within(self.middle, Sizes::LEVEL, 0.05);
        let low = above(self.middle, Sizes::LOW, 0.06) * below(self.middle, 1.4, 0.1);
        let [descends, tall] = [
            above(self.foot, Sizes::DESCENT, 0.04),
            above(self.height / self.width, Sizes::TALL, 0.15),
        ];
        let like_comma = 1.0 - (1.0 - descends) * (1.0 - tall);
        // Behind a number a long dash fills the place.
        let short = if self.after {
            below(self.width, Sizes::WIDEST, 0.2)
        } else {
            1.0
        };
        let square = within(self.width / self.height, [0.5, 2.0], 0.1)
            * within(self.height, [0.25, 1.1], 0.05);
        let lean = within(self.width / self.height, [0.2, 0.9], 0.05)
            * within(self.height, [0.8, 2.0], 0.1);
        let between = if self.before && self.after { 1.0 } else { 0.05 };
        let mut roles = vec![
            (Role::Minus, self.dash() * level * short),
            (
                Role::Underline,
                self.dash() * above(self.middle, 0.9, 0.05) * above(self.width, 0.7, 0.1),
            ),
            (Role::Point, self.dot() * low * (1.0 - like_comma)),
            (
                Role::Comma,
                below(self.longest(), Sizes::COMMA, 0.05)
                    * below(self.width / self.height, 1.0, 0.2)
                    * above(self.middle, 0.8, 0.06)
                    * above(self.foot, 1.06, 0.04)
                    * like_comma,
            ),
            (
                Role::MiddleDot,
                self.dot() * within(self.middle, [0.25, Sizes::LOW], 0.05) * between,
            ),
            (Role::Plus, above(arms.plus, ON_ARMS, 0.03) * square),
            (Role::Times, above(arms.times, ON_ARMS, 0.03) * square),
            (Role::Slash, above(arms.slash, ON_ARMS, 0.03) * lean),
            (
                Role::Box,
                above(arms.frame, ON_FRAME, 0.03) * above(self.height, 1.25, 0.05),
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
        let dust = below(self.longest(), 2.0 * Sizes::SPECK, 0.02) * (1.0 - low);
        roles.push((Role::Speck, dust * (1.0 - between)));
        roles
    }
}

/// The likeliest of some roles, and how likely it is.
fn likeliest(roles: &[(Role, f64)]) -> (Role, f32) {
    let total: f64 = OTHER + roles.iter().map(|(_, score)| score).sum::<f64>();
    let best = roles.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    match best {
        Some((role, score)) if *score > OTHER => (*role, (score / total) as f32),
        _ => (Role::Other, (OTHER / total) as f32),
    }
}

/// Gives every piece its role; pieces one above the other may be one sign.
pub(super) fn roles(scene: &Scene<'_>, lines: &[DigitLine<'_>], pieces: &[Blob]) -> Vec<Sign> {
    let mut signs = Vec::new();
    let mut small: Vec<(usize, &Blob)> = Vec::new();
    for piece in pieces {
        if is_border(piece, scene.ink) {
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
        let speck =
            piece.bounds.longest() <= Sizes::SPECK_PIXELS || placed.longest() < Sizes::SPECK;
        let role = if speck {
            Some(Role::Speck)
        } else if placed.longest() < 0.9 && next_to(scene, line, piece) == Next::Within {
            Some(Role::Stroke)
        } else if placed.height < Sizes::COMMA && placed.width < Sizes::WIDEST {
            small.push((index, piece));
            continue;
        } else {
            None
        };
        let (role, confidence) = match role {
            Some(role) => (role, 1.0),
            None => likeliest(&placed.roles(&Arms::of(piece, scene.ink.width))),
        };
        signs.push(Sign {
            role,
            bounds: piece.bounds,
            confidence,
            line: Some(index),
            counts: counts(line, &piece.bounds),
        });
    }
    signs.extend(small_signs(scene, lines, &small));
    signs
}

/// Share of the picture's side that a dark edge of it goes along, and of its rectangle that it
/// fills: nothing hangs together with it.
const BORDER: [f64; 2] = [0.9, 0.97];

/// Whether a piece is a dark edge of the picture.
fn is_border(piece: &Blob, ink: &Ink) -> bool {
    let bounds = &piece.bounds;
    let [along, filled] = BORDER;
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
fn counts(line: &DigitLine<'_>, bounds: &Rectangle) -> bool {
    let whole = line.bounds();
    let reach = (Sizes::BAND * line.height) as usize;
    let aside = (Sizes::ASIDE * line.height) as usize;
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

fn next_to(scene: &Scene<'_>, line: &DigitLine<'_>, piece: &Blob) -> Next {
    let (ink, labels) = (scene.ink, &scene.components.labels);
    let reach = (Sizes::STROKE * line.height).ceil() as usize;
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
            && aside <= Sizes::BAR * line.height
            && bounds.middle()[1] < digit.y as f64 + Sizes::TOP * digit.height as f64
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
fn small_signs(scene: &Scene<'_>, lines: &[DigitLine<'_>], small: &[(usize, &Blob)]) -> Vec<Sign> {
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
                && parts
                    .iter()
                    .any(|part| stacked(&part.bounds, &piece.bounds, line.height))
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
                let arms = Arms::of(one, scene.ink.width);
                let placed = Placed::on(line, &one.bounds);
                let mut roles = placed.roles(&arms);
                if next_to(scene, line, one) == Next::Beside {
                    roles.push((Role::Stroke, PART * below(placed.middle, Sizes::LOW, 0.06)));
                }
                likeliest(&roles)
            }
            several => likeliest(&together(line, several, &bounds)),
        };
        signs.push(Sign {
            role,
            bounds,
            confidence,
            line: Some(index),
            counts: counts(line, &bounds),
        });
    }
    signs
}

/// Whether one stands above the other.
fn stacked(a: &Rectangle, b: &Rectangle, height: f64) -> bool {
    let (upper, lower) = if a.y <= b.y { (a, b) } else { (b, a) };
    let gap = lower.y.saturating_sub(upper.bottom()) as f64;
    2 * a.shared_columns(b) >= a.width.min(b.width) && gap <= Sizes::PARTS * height
}

/// The signs that several pieces one above the other may be.
fn together(line: &DigitLine<'_>, parts: &[&Blob], bounds: &Rectangle) -> Vec<(Role, f64)> {
    let placed: Vec<Placed> = parts
        .iter()
        .map(|part| Placed::on(line, &part.bounds))
        .collect();
    let level = within(Placed::on(line, bounds).middle, Sizes::LEVEL, 0.05);
    let shape = |at: usize| (placed[at].dot(), placed[at].dash());
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
