//! Pages found by the rulings of a table.

use shuzi_reader::Picture;

use super::{
    Failure, Homography,
    blobs::{Blob, Blobs},
    profile::across,
};
use crate::{
    geometry::{Point, distance},
    template::Lattice,
};

/// How a table is found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineParams {
    /// Least side of the table, as a share of the picture's shorter side.
    pub least: f64,
    /// Dark pieces that are tried as its outer rulings, the largest first.
    pub most: usize,
    /// How far rulings are looked for, as a share of a cell, at first and at last.
    pub reach: [f64; 2],
    /// Least contrast of a ruling to the paper beside it, as a share of the paper.
    pub contrast: f64,
    /// Least share of rulings, a cell's side each, that must be seen.
    pub seen: f64,
    /// Largest root of the mean square of crossings' distances from a flat table, as a share of
    /// a cell: paper that bends is followed.
    pub bend: f64,
    /// From how far away crossings tell of a place, as a standard deviation in cells.
    pub spread: f64,
}

impl Default for LineParams {
    fn default() -> Self {
        Self {
            least: 0.15,
            most: 6,
            reach: [0.3, 0.2],
            contrast: 0.06,
            seen: 0.75,
            bend: 0.25,
            spread: 0.4,
        }
    }
}

/// The table, and where the crossings of its rulings lie.
pub(super) struct Table {
    pub(super) map: Homography,
    /// Crossings: in millimetres, and in pixels.
    pub(super) nodes: Vec<(Point, Point)>,
    /// Share of rulings that were seen.
    seen: f64,
}

/// Finds the table.
pub(super) fn find(
    picture: &Picture,
    found: &Blobs,
    lattice: &Lattice,
    params: LineParams,
) -> Result<Table, Failure> {
    let shorter = picture.width.min(picture.height) as f64;
    let extent = |blob: &Blob| {
        let [left, top, right, bottom] = blob.bounds;
        [(right - left) as f64, (bottom - top) as f64]
    };
    let large = |blob: &&Blob| {
        let [width, height] = extent(blob);
        // Rulings are sparse: what is dark all over is no table.
        width.min(height) > params.least * shorter && blob.area < 0.5 * width * height
    };
    let mut candidates: Vec<&Blob> = found.blobs.iter().filter(large).collect();
    candidates.sort_by(|a, b| {
        let area = |blob| extent(blob).into_iter().product::<f64>();
        area(b).total_cmp(&area(a))
    });
    candidates.truncate(params.most);
    let mut best: Option<Table> = None;
    for blob in candidates {
        let Some(corners) = quadrilateral(&outline(picture, found, blob)) else {
            continue;
        };
        for turn in turns(corners, lattice) {
            let pairs = lattice.corners().into_iter().zip(turn);
            let Some(map) = Homography::fit(pairs, 1.0) else {
                continue;
            };
            if lattice
                .corners()
                .iter()
                .any(|corner| map.area(*corner) <= 0.0)
            {
                continue;
            }
            let table = refined(picture, lattice, map, params);
            if let Some(table) = table
                && best
                    .as_ref()
                    .is_none_or(|best| table.seen > best.seen + 0.01)
            {
                best = Some(table);
            }
        }
    }
    match best {
        Some(table) if table.seen >= params.seen => Ok(table),
        best => Err(Failure::Lines {
            seen: best.map_or(0.0, |table| table.seen),
            needed: params.seen,
        }),
    }
}

/// Leftmost and rightmost pixels of each row of a piece.
fn outline(picture: &Picture, found: &Blobs, blob: &Blob) -> Vec<Point> {
    let [left, top, right, bottom] = blob.bounds;
    let mut points = Vec::new();
    for y in top..bottom {
        let row = &found.labels[y * picture.width + left..y * picture.width + right];
        let own = |label: &u32| *label == blob.label;
        let y = y as f64 + 0.5;
        if let (Some(first), Some(last)) = (row.iter().position(own), row.iter().rposition(own)) {
            points.push([(left + first) as f64 + 0.5, y]);
            points.push([(left + last) as f64 + 0.5, y]);
        }
    }
    points
}

/// Twice the area of a triangle, positive if it goes clockwise on a picture.
fn cross(a: Point, b: Point, c: Point) -> f64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

/// The convex hull, clockwise, brought to four corners by leaving out the one that adds least
/// area, again and again.
fn quadrilateral(points: &[Point]) -> Option<[Point; 4]> {
    let mut points = points.to_vec();
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let mut hull: Vec<Point> = Vec::new();
    for pass in 0..2 {
        let start = hull.len();
        for &point in &points {
            while hull.len() >= start + 2 {
                let [a, b] = [hull[hull.len() - 2], hull[hull.len() - 1]];
                if cross(a, b, point) > 0.0 {
                    break;
                }
                hull.pop();
            }
            hull.push(point);
        }
        hull.pop();
        if pass == 0 {
            points.reverse();
        }
    }
    while hull.len() > 4 {
        let n = hull.len();
        let adds = |i: usize| cross(hull[(i + n - 1) % n], hull[i], hull[(i + 1) % n]).abs();
        let least = (0..n).min_by(|&a, &b| adds(a).total_cmp(&adds(b)))?;
        hull.remove(least);
    }
    hull.try_into().ok()
}

/// The ways in which the corners may be the table's, the one that is upright first. A table with
/// as many rows as columns is taken as it lies.
fn turns(corners: [Point; 4], lattice: &Lattice) -> Vec<[Point; 4]> {
    let first = (0..4).min_by(|&a, &b| {
        let sum = |i: usize| corners[i][0] + corners[i][1];
        sum(a).total_cmp(&sum(b))
    });
    let first = first.unwrap_or(0);
    let turned = |by: usize| std::array::from_fn(|i| corners[(first + by + i) % 4]);
    if lattice.rows == lattice.columns {
        vec![turned(0)]
    } else {
        (0..4).map(turned).collect()
    }
}

/// Looks for every ruling near where a map says it is, and fits the map to them.
fn refined(
    picture: &Picture,
    lattice: &Lattice,
    map: Homography,
    params: LineParams,
) -> Option<Table> {
    let mut table = Table {
        map,
        nodes: Vec::new(),
        seen: 0.0,
    };
    let [first, last] = params.reach;
    for reach in [first, last, last] {
        let (nodes, seen) = nodes(picture, lattice, &table.map, reach, params);
        let scale = table.map.area(lattice.at).abs().sqrt();
        if nodes.len() < 8 {
            return None;
        }
        let map = Homography::fit(nodes.iter().copied(), 0.3 * scale)?;
        table = Table { map, nodes, seen };
    }
    Some(table)
}

/// Crossings by the rulings that meet there, in pixels, and the share of rulings seen.
fn nodes(
    picture: &Picture,
    lattice: &Lattice,
    map: &Homography,
    reach: f64,
    params: LineParams,
) -> (Vec<(Point, Point)>, f64) {
    let (rows, columns) = (lattice.rows, lattice.columns);
    let cell = [
        lattice.size[0] / columns as f64,
        lattice.size[1] / rows as f64,
    ];
    let at = |row: usize, column: usize| {
        let (dx, dy) = (column as f64 * cell[0], row as f64 * cell[1]);
        [lattice.at[0] + dx, lattice.at[1] + dy]
    };
    // By how much each ruling lies right of or under its place, for each cell along it.
    let upright = |row: usize, column: usize| {
        shift(
            picture,
            [at(row, column), at(row + 1, column)],
            reach * cell[0],
            map,
            params,
        )
    };
    let level = |row: usize, column: usize| {
        shift(
            picture,
            [at(row, column + 1), at(row, column)],
            reach * cell[1],
            map,
            params,
        )
    };
    let across: Vec<Option<f64>> = (0..rows * (columns + 1))
        .map(|i| upright(i / (columns + 1), i % (columns + 1)))
        .collect();
    let along: Vec<Option<f64>> = (0..(rows + 1) * columns)
        .map(|i| level(i / columns, i % columns))
        .collect();
    let all = across.iter().chain(&along);
    let seen = all.clone().flatten().count() as f64 / all.count() as f64;
    let mean = |values: [Option<f64>; 2]| match values {
        [Some(a), Some(b)] => Some(0.5 * (a + b)),
        [a, b] => a.or(b),
    };
    let mut nodes = Vec::new();
    for row in 0..=rows {
        for column in 0..=columns {
            let side = |row: Option<usize>| {
                let row = row.filter(|row| *row < rows)?;
                across[row * (columns + 1) + column]
            };
            let over = |column: Option<usize>| {
                let column = column.filter(|column| *column < columns)?;
                along[row * columns + column]
            };
            let dx = mean([side(row.checked_sub(1)), side(Some(row))]);
            let dy = mean([over(column.checked_sub(1)), over(Some(column))]);
            if let (Some(dx), Some(dy)) = (dx, dy) {
                let node = at(row, column);
                nodes.push((node, map.apply([node[0] + dx, node[1] + dy])));
            }
        }
    }
    (nodes, seen)
}

/// How far beside its place a ruling lies, in millimetres along its normal; `None` if none is
/// seen.
fn shift(
    picture: &Picture,
    line: [Point; 2],
    reach: f64,
    map: &Homography,
    params: LineParams,
) -> Option<f64> {
    let [a, b] = line.map(|point| map.apply(point));
    let inside = |[x, y]: Point| {
        x > -1.0 && y > -1.0 && x < picture.width as f64 + 1.0 && y < picture.height as f64 + 1.0
    };
    if !inside(a) || !inside(b) {
        return None;
    }
    // Steps of half a pixel.
    let scale = (distance(a, b) / distance(line[0], line[1])).max(1e-6);
    let steps = ((2.0 * reach * scale).ceil() as i64).clamp(4, 200);
    let offset = |step: i64| reach * step as f64 / steps as f64;
    let values = across(picture, line, (-steps..=steps).map(offset), |point| {
        map.apply(point)
    });
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let paper = sorted[sorted.len() * 3 / 4].max(1.0);
    // A little nearer counts a little more.
    let cost = |index: usize| {
        let far = (index as f64 - steps as f64).abs() / steps as f64;
        values[index] + 0.03 * paper * far
    };
    let darkest = (0..values.len()).min_by(|&a, &b| cost(a).total_cmp(&cost(b)))?;
    if paper - values[darkest] < params.contrast * paper {
        return None;
    }
    // The middle of what is dark, weighed by darkness.
    let level = 0.5 * (paper + values[darkest]);
    let (mut weight, mut sum) = (0.0, 0.0);
    for direction in [-1i64, 1] {
        let mut index = darkest as i64 + i64::from(direction > 0);
        while let Some(value) = usize::try_from(index).ok().and_then(|i| values.get(i)) {
            if *value >= level {
                break;
            }
            weight += level - value;
            sum += (level - value) * offset(index - steps);
            index += direction;
        }
    }
    let shift = if weight > 0.0 {
        sum / weight
    } else {
        offset(darkest as i64 - steps)
    };
    Some(shift)
}
