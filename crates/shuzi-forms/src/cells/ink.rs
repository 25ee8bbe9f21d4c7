//! The ink of a box: print taken out, what comes in from neighbours left out.

use shuzi_reader::{
    Picture,
    binarize::{Ink, Polarity},
    classify::crop::{Crop, normalize_digit},
    image::rectangle::Rectangle,
    segment::components::{Components, Region},
};

use super::{
    CellParams,
    patch::Patch,
    shape::{Strokes, strokes},
};
use crate::{geometry::Rect, register::Registration, template::Wall};

/// What is ink.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InkParams {
    /// Darkness that paper has by itself, as a share of its brightness.
    pub noise: f64,
    /// Share of a box's pixels that are darker than its ink's level: a thin 1 covers thrice as
    /// many, a speck fewer.
    pub level: f64,
    /// Darkness of a stroke's edge, as a share of its ink's level.
    pub edge: f64,
    /// Least ink level, as a share of the page's.
    pub faint: f64,
    /// Where print stands, ink must be darker than it by so much of what ink is darker.
    pub over_print: f64,
    /// How much darker than print ink must be to be seen on it, as darkness.
    pub distinct: f64,
    /// Largest side of a speck in millimetres.
    pub speck: f64,
    /// Least share of a piece's pixels in the box, for it to be the box's.
    pub own: f64,
    /// Share in another box from which a piece is doubtful.
    pub doubtful: f64,
    /// Gap of a stroke where a wall was, in millimetres.
    pub bridge: f64,
}

impl Default for InkParams {
    fn default() -> Self {
        Self {
            noise: 0.10,
            level: 0.015,
            edge: 0.45,
            faint: 0.35,
            over_print: 0.4,
            distinct: 0.15,
            speck: 0.6,
            own: 0.5,
            doubtful: 0.35,
            bridge: 1.0,
        }
    }
}

/// What is written in a box.
#[derive(Clone, Debug)]
pub struct CellInk {
    /// The ink's darkness, as a share of the paper's brightness; 0 of no ink.
    pub level: f64,
    /// Where it is, in millimetres of the page; `None` of a blank box.
    pub bounds: Option<Rect>,
    /// Its area in square millimetres.
    pub area: f64,
    /// Longest side of what was left out as a speck, in millimetres.
    pub speck: f64,
    /// Heights of its pieces that stand beside each other, in millimetres.
    pub heights: Vec<f64>,
    /// Share of its largest piece that lies outside the box.
    pub outside: f64,
    /// What its strokes look like.
    pub strokes: Strokes,
    /// As the network sees it.
    pub crop: Option<Crop>,
}

/// The darkest ink of a box off its print. Digits that are written along a guide lie on print
/// alone, so that of boxes with one all is looked at.
fn level(patch: &Patch, guided: bool, params: InkParams) -> f64 {
    let open = |i: &usize| patch.inside[*i] && (guided || !patch.print[*i]);
    let open = (0..patch.darkness.len()).filter(open);
    let mut values: Vec<f32> = open.map(|i| patch.darkness[i]).collect();
    values.sort_by(|a, b| b.total_cmp(a));
    let at = (params.level * values.len() as f64) as usize;
    values.get(at).map_or(0.0, |value| f64::from(*value))
}

/// Looks at the boxes of a page, each with whether a guide is printed in it. `walls` are all of
/// the page's printed walls.
pub fn look(
    picture: &Picture,
    registration: &Registration,
    cells: &[(Rect, bool)],
    walls: &[Wall],
    params: &CellParams,
) -> Vec<CellInk> {
    let cut = |cell: &Rect| Patch::cut(picture, registration, *cell, walls, params.patch);
    let print = registration.wall_darkness;
    // Twice, rather than keep all patches of a large page.
    let levels: Vec<f64> = cells
        .iter()
        .map(|(cell, guided)| level(&cut(cell), *guided, params.ink))
        .collect();
    let dark = |level: &f64| *level > 0.25f64.max(print + params.ink.distinct);
    let mut written: Vec<f64> = levels.iter().copied().filter(dark).collect();
    written.sort_by(f64::total_cmp);
    let usual = written.get(written.len() / 2).copied().unwrap_or(0.0);
    let each = cells.iter().zip(&levels);
    each.map(|((cell, guided), level)| {
        let least = (params.ink.faint * usual).max(1.5 * params.ink.noise);
        let page = Levels {
            least,
            print,
            usual,
            guided: *guided,
        };
        of_patch(&cut(cell), *level, page, params)
    })
    .collect()
}

/// What is dark on a page.
#[derive(Clone, Copy)]
struct Levels {
    /// The least darkness of ink.
    least: f64,
    /// That of print.
    print: f64,
    /// That of most ink.
    usual: f64,
    /// Whether there is a guide in the box, print of which the places are not known.
    guided: bool,
}

fn of_patch(patch: &Patch, level: f64, page: Levels, params: &CellParams) -> CellInk {
    let mut cell = CellInk {
        level,
        bounds: None,
        area: 0.0,
        speck: 0.0,
        heights: Vec::new(),
        outside: 0.0,
        strokes: Strokes::default(),
        crop: None,
    };
    let ink = params.ink;
    // Below what is ink there may be a speck: it is looked for at the least level.
    let level = level.max(page.least);
    let edge = (ink.edge * level).max(ink.noise);
    let over = page.print + ink.over_print * (page.usual.max(level) - page.print);
    let distinct = page.usual.max(level) - page.print > ink.distinct;
    let mut coverage: Vec<u8> = Vec::with_capacity(patch.darkness.len());
    for (darkness, print) in patch.darkness.iter().zip(&patch.print) {
        let edge = match (print | (page.guided && distinct), distinct) {
            (false, _) => edge,
            (true, true) => edge.max(over),
            (true, false) => f64::INFINITY,
        };
        coverage.push((f64::from(*darkness) / edge * f64::from(Ink::EDGE)).min(255.0) as u8);
    }
    if !distinct {
        bridge(patch, edge, ink.bridge, &mut coverage);
    }
    let (labels, pieces) = pieces(patch, &coverage);
    let mut own: Vec<&Piece> = Vec::new();
    for piece in &pieces {
        let (width, height) = (piece.width(), piece.height());
        let longest = width.max(height) as f64 / patch.scale;
        let share = piece.inside as f64 / piece.pixels as f64;
        let printed = piece.print as f64 > 0.8 * piece.pixels as f64;
        // Ink on a guide was told from it by its darkness.
        if share < ink.own || printed && !(page.guided && distinct) {
            // A neighbour's, or what is left of print.
            if share > ink.doubtful && piece.print * 2 < piece.pixels {
                cell.outside = cell.outside.max(1.0 - share);
            }
            continue;
        }
        if longest < ink.speck {
            cell.speck = cell.speck.max(longest);
            continue;
        }
        own.push(piece);
    }
    let Some(first) = own.first() else {
        return cell;
    };
    let bounds = own.iter().fold(first.bounds, |[a, b, c, d], piece| {
        let [e, f, g, h] = piece.bounds;
        [a.min(e), b.min(f), c.max(g), d.max(h)]
    });
    let [left, top, right, bottom] = bounds;
    let mm = |pixels: usize| pixels as f64 / patch.scale;
    cell.bounds = Some(Rect::new(
        [patch.corner[0] + mm(left), patch.corner[1] + mm(top)],
        [mm(right - left), mm(bottom - top)],
    ));
    let pixels = own.iter().map(|piece| piece.pixels).sum();
    cell.area = patch.area(pixels);
    let largest = own.iter().max_by_key(|piece| piece.pixels);
    if let Some(largest) = largest {
        let outside = 1.0 - largest.inside as f64 / largest.pixels as f64;
        cell.outside = cell.outside.max(outside);
    }
    cell.heights = beside_each_other(&own).into_iter().map(mm).collect();
    let points = labels.iter().enumerate().filter_map(|(at, label)| {
        let mine = own.iter().any(|piece| piece.label == *label);
        mine.then(|| {
            [
                (at % patch.width) as f64 / patch.scale,
                (at / patch.width) as f64 / patch.scale,
            ]
        })
    });
    cell.strokes = strokes(&points.collect::<Vec<_>>(), patch.scale, params.shape);
    let region = Region {
        bounds: Rectangle {
            x: left,
            y: top,
            width: right - left,
            height: bottom - top,
        },
        line: 0,
        labels: own.iter().map(|piece| piece.label).collect(),
    };
    let mut components = Components::default();
    components.labels = soft(&labels, &coverage, [patch.width, patch.height]);
    let ink = Ink {
        width: patch.width,
        height: patch.height,
        coverage,
        polarity: Polarity::DarkOnLight,
    };
    cell.crop = Some(normalize_digit(&ink, &components, &region));
    cell
}

/// Lets strokes go on where print was taken out, if they do on both sides.
fn bridge(patch: &Patch, edge: f64, gap: f64, coverage: &mut [u8]) {
    let (width, height) = (patch.width as isize, patch.height as isize);
    let reach = (gap * patch.scale).round() as isize;
    let inked = |x: isize, y: isize| {
        let at = (y * width + x) as usize;
        (0..width).contains(&x)
            && (0..height).contains(&y)
            && !patch.print[at]
            && f64::from(patch.darkness[at]) >= edge
    };
    for y in 0..height {
        for x in 0..width {
            let at = (y * width + x) as usize;
            if !patch.print[at] || f64::from(patch.darkness[at]) < edge {
                continue;
            }
            let both = [(1, 0), (0, 1), (1, 1), (1, -1)]
                .into_iter()
                .any(|(dx, dy)| {
                    let side = |sign: isize| {
                        (1..=reach).any(|step| inked(x + sign * step * dx, y + sign * step * dy))
                    };
                    side(1) && side(-1)
                });
            if both {
                coverage[at] = 255;
            }
        }
    }
}

/// A connected piece of ink.
struct Piece {
    label: u32,
    pixels: usize,
    inside: usize,
    print: usize,
    bounds: [usize; 4],
}

impl Piece {
    fn width(&self) -> usize {
        self.bounds[2] - self.bounds[0]
    }

    fn height(&self) -> usize {
        self.bounds[3] - self.bounds[1]
    }
}

/// The connected pieces (eight neighbours) of pixels that are ink.
fn pieces(patch: &Patch, coverage: &[u8]) -> (Vec<u32>, Vec<Piece>) {
    let (width, height) = (patch.width, patch.height);
    let mut labels = vec![0u32; coverage.len()];
    let mut pieces: Vec<Piece> = Vec::new();
    let mut open = Vec::new();
    for start in 0..coverage.len() {
        if coverage[start] < Ink::EDGE || labels[start] != 0 {
            continue;
        }
        let label = pieces.len() as u32 + 1;
        let mut piece = Piece {
            label,
            pixels: 0,
            inside: 0,
            print: 0,
            bounds: [start % width, start / width, 0, 0],
        };
        labels[start] = label;
        open.push(start);
        while let Some(at) = open.pop() {
            let (x, y) = (at % width, at / width);
            piece.pixels += 1;
            piece.inside += usize::from(patch.inside[at]);
            piece.print += usize::from(patch.print[at]);
            let [left, top, right, bottom] = piece.bounds;
            piece.bounds = [left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1)];
            for ny in y.saturating_sub(1)..(y + 2).min(height) {
                for nx in x.saturating_sub(1)..(x + 2).min(width) {
                    let next = ny * width + nx;
                    if coverage[next] >= Ink::EDGE && labels[next] == 0 {
                        labels[next] = label;
                        open.push(next);
                    }
                }
            }
        }
        pieces.push(piece);
    }
    (labels, pieces)
}

/// Gives soft edges to the piece beside them.
fn soft(labels: &[u32], coverage: &[u8], [width, height]: [usize; 2]) -> Vec<u32> {
    let mut all = labels.to_vec();
    for at in 0..labels.len() {
        if labels[at] != 0 || coverage[at] < Ink::SOFT {
            continue;
        }
        let (x, y) = (at % width, at / width);
        let beside = (y.saturating_sub(1)..(y + 2).min(height)).flat_map(|ny| {
            (x.saturating_sub(1)..(x + 2).min(width)).map(move |nx| ny * width + nx)
        });
        all[at] = beside.map(|next| labels[next]).max().unwrap_or(0);
    }
    all
}

/// Heights of groups of pieces that no column joins, from the left.
fn beside_each_other(own: &[&Piece]) -> Vec<usize> {
    let mut spans: Vec<[usize; 4]> = own.iter().map(|piece| piece.bounds).collect();
    spans.sort_by_key(|bounds| bounds[0]);
    let mut groups: Vec<[usize; 4]> = Vec::new();
    for span in spans {
        match groups.last_mut() {
            Some(group) if span[0] < group[2] => {
                group[1] = group[1].min(span[1]);
                group[2] = group[2].max(span[2]);
                group[3] = group[3].max(span[3]);
            }
            _ => groups.push(span),
        }
    }
    groups
        .iter()
        .map(|[_, top, _, bottom]| bottom - top)
        .collect()
}
