//! Where a page lies on a picture.

mod blobs;
mod corners;
mod homography;
mod lines;
pub(crate) mod profile;
mod walls;

use shuzi_reader::Picture;

pub use self::{
    blobs::DarkParams, corners::CornerParams, homography::Homography, lines::LineParams,
    walls::WallParams,
};
use crate::{
    geometry::{Point, Rect, distance},
    template::{ExpandedField, Marks, PageTemplate},
};

/// How pages are found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegistrationParams {
    /// What is dark.
    pub dark: DarkParams,
    /// How marks are matched.
    pub corners: CornerParams,
    /// How tables are found.
    pub lines: LineParams,
    /// How boxes' walls are found.
    pub walls: WallParams,
    /// Largest root of the mean square of marks' distances from their places, in millimetres: a
    /// third of a box's gap.
    pub most_residual: f64,
    /// Least pixels of a millimetre: digits of 5 mm then have 15.
    pub least_scale: f64,
    /// Share of marks, and how many, that are enough without walls.
    pub many: [f64; 2],
}

impl Default for RegistrationParams {
    fn default() -> Self {
        Self {
            dark: DarkParams::default(),
            corners: CornerParams::default(),
            lines: LineParams::default(),
            walls: WallParams::default(),
            most_residual: 1.0,
            least_scale: 2.5,
            many: [0.85, 12.0],
        }
    }
}

/// Why a page was not found on a picture.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Too few marks.
    #[error("{found} of {of} marks lie as on the form: expected {needed}")]
    Marks {
        /// Marks that lie as they should.
        found: usize,
        /// How many must.
        needed: usize,
        /// All marks of the page.
        of: usize,
    },
    /// No table, or another.
    #[error("{:.0} % of the table's rulings are where they should be: expected {:.0} %", 100.0 * seen, 100.0 * needed)]
    Lines {
        /// Share that was seen.
        seen: f64,
        /// Share that must be.
        needed: f64,
    },
    /// The page is bent, or another.
    #[error("marks lie {residual:.2} mm from their places: expected {most} at most")]
    Residual {
        /// In millimetres.
        residual: f64,
        /// In millimetres.
        most: f64,
    },
    /// The page is too small on the picture.
    #[error("a millimetre has {scale:.1} pixels: expected {least} at least")]
    Small {
        /// Pixels of a millimetre.
        scale: f64,
        /// How many there must be.
        least: f64,
    },
    /// Boxes are not where they should be.
    #[error("{:.0} % of the boxes are where they should be: expected {:.0} %", 100.0 * seen, 100.0 * needed)]
    Walls {
        /// Share that was seen.
        seen: f64,
        /// Share that must be.
        needed: f64,
    },
}

/// Where a page lies on a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// From millimetres to pixels.
    pub map: Homography,
    /// What bent paper adds: places in millimetres, and by how much print lies beside them.
    bends: Vec<(Point, Point)>,
    spread: f64,
    /// Root of the mean square of marks' distances from their places, in millimetres.
    pub residual: f64,
    /// Marks, or crossings of rulings, that were found, and how many there are.
    pub found: [usize; 2],
    /// How dark printed walls are, as a share of the paper's brightness; 0 if there are none.
    pub wall_darkness: f64,
    /// Share of boxes whose walls were seen.
    pub walls_seen: f64,
}

impl Registration {
    /// Finds a page on a picture. `fields` are those of the page.
    ///
    /// # Errors
    /// If it is not there, or too small, or another.
    pub fn find(
        picture: &Picture,
        page: &PageTemplate,
        fields: &[ExpandedField],
        params: &RegistrationParams,
    ) -> Result<Self, Failure> {
        let found = blobs::blobs(picture, params.dark);
        let (map, pairs, of, cell) = match &page.marks {
            Marks::Lines { lattice } => {
                let table = lines::find(picture, &found, lattice, params.lines)?;
                let of = (lattice.rows + 1) * (lattice.columns + 1);
                let width = lattice.size[0] / lattice.columns as f64;
                let height = lattice.size[1] / lattice.rows as f64;
                (table.map, table.nodes, of, Some(width.min(height)))
            }
            Marks::Corners { .. } => {
                let marks = page.marks.placed(page.size);
                let matched = corners::find(&found, &marks, params.corners)?;
                (matched.map, matched.pairs, marks.len(), None)
            }
        };
        let middle = page.size.rect().middle();
        let scale = map.area(middle).abs().sqrt();
        // Not a number compares with nothing.
        if scale.is_nan() || scale < params.least_scale {
            let least = params.least_scale;
            return Err(Failure::Small { scale, least });
        }
        let back = map.inverse();
        let off = |(from, to): &(Point, Point)| {
            back.map_or(f64::INFINITY, |back| {
                distance(back.apply(*to), *from).powi(2)
            })
        };
        let squares: f64 = pairs.iter().map(off).sum();
        let residual = (squares / pairs.len() as f64).sqrt();
        let most = cell.map_or(params.most_residual, |cell| params.lines.bend * cell);
        if residual.is_nan() || residual > most {
            return Err(Failure::Residual { residual, most });
        }
        let mut registration = Self {
            map,
            bends: Vec::new(),
            spread: params.walls.spread,
            residual,
            found: [pairs.len(), of],
            wall_darkness: 0.0,
            walls_seen: 1.0,
        };
        if let (Some(cell), Some(back)) = (cell, back) {
            let shift = |(from, to): &(Point, Point)| {
                let at = back.apply(*to);
                (*from, [at[0] - from[0], at[1] - from[1]])
            };
            let shifts: Vec<(Point, Point)> = pairs.iter().map(shift).collect();
            registration.bend(&shifts, params.lines.spread * cell, 0.1 * cell);
        }
        let bends = registration.bends.clone();
        let (seen, darkness) = walls::settle(picture, &mut registration, fields, params.walls);
        if let Some(cell) = cell {
            // Crossings of all rulings say more than boxes do.
            registration.bends = bends;
            registration.spread = params.lines.spread * cell;
        }
        registration.wall_darkness = darkness;
        registration.walls_seen = seen;
        // Many marks where they should be tell enough: walls may be too pale for a phone.
        let sure = registration.share() >= params.many[0] && pairs.len() as f64 >= params.many[1];
        if seen < params.walls.seen && !sure {
            let needed = params.walls.seen;
            return Err(Failure::Walls { seen, needed });
        }
        Ok(registration)
    }

    /// Share of marks, or of crossings of rulings, that were found.
    pub fn share(&self) -> f64 {
        self.found[0] as f64 / self.found[1].max(1) as f64
    }

    /// Where a place of the page lies, in pixels.
    pub fn place(&self, point: Point) -> Point {
        let [dx, dy] = self.shift(point);
        self.map.apply([point[0] + dx, point[1] + dy])
    }

    /// Pixels of a millimetre at a place.
    pub fn scale(&self, point: Point) -> f64 {
        self.map.area(point).abs().sqrt()
    }

    /// The map at a place with what bent paper adds there, for many points near it.
    pub fn near(&self, point: Point) -> impl Fn(Point) -> Point + use<> {
        let ([dx, dy], map) = (self.shift(point), self.map);
        move |[x, y]| map.apply([x + dx, y + dy])
    }

    /// A part of the page cut out upright, at so many pixels of a millimetre.
    pub fn cut(&self, picture: &Picture, rect: Rect, scale: f64) -> Picture {
        let side = |length: f64| ((length * scale).round() as usize).clamp(1, 20_000);
        let (width, height) = (side(rect.width), side(rect.height));
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let at = |index: usize| (index as f64 + 0.5) / scale;
                let place = self.place([rect.x + at(x), rect.y + at(y)]);
                pixels.push(profile::grey(picture, place).round() as u8);
            }
        }
        Picture {
            width,
            height,
            pixels,
            original_width: width,
            original_height: height,
        }
    }

    /// By how much print lies beside a place: what is known nearby, and nothing far away.
    fn shift(&self, point: Point) -> Point {
        /// How much the homography itself weighs.
        const PRIOR: f64 = 0.05;
        let (mut weight, mut sum) = (PRIOR, [0.0, 0.0]);
        for (at, shift) in &self.bends {
            let far = distance(*at, point) / self.spread;
            if far < 4.0 {
                let near = (-0.5 * far * far).exp();
                weight += near;
                sum = [sum[0] + near * shift[0], sum[1] + near * shift[1]];
            }
        }
        sum.map(|sum| sum / weight)
    }

    /// Adds what was seen beside its place. What differs from its neighbours by more than
    /// `agree` millimetres is left out.
    fn bend(&mut self, seen: &[(Point, Point)], spread: f64, agree: f64) {
        let agreed = seen.iter().filter(|(at, shift)| {
            let near: Vec<&Point> = seen
                .iter()
                .filter(|(other, _)| distance(*other, *at) < 2.5 * spread)
                .map(|(_, shift)| shift)
                .collect();
            let median = |axis: usize| {
                let mut values: Vec<f64> = near.iter().map(|shift| shift[axis]).collect();
                values.sort_by(f64::total_cmp);
                values[values.len() / 2]
            };
            distance(*shift, [median(0), median(1)]) < agree
        });
        let total = |(at, more): &(Point, Point)| {
            let before = self.shift(*at);
            (*at, [before[0] + more[0], before[1] + more[1]])
        };
        let bends: Vec<(Point, Point)> = agreed.map(total).collect();
        if !bends.is_empty() {
            self.bends = bends;
            self.spread = spread;
        }
    }
}
