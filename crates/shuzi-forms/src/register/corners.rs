//! Pages found by dark marks at known places.

use super::{
    Failure, Homography,
    blobs::{Blob, Blobs},
};
use crate::{
    geometry::{Point, distance},
    template::PlacedMark,
};

/// How marks are matched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CornerParams {
    /// Solidity of marks, see `blobs`: rectangles and discs, not triangles.
    pub solidity: [f64; 2],
    /// Largest ratio of a mark's sides on the picture to those of the template.
    pub aspect: f64,
    /// Least pixels of a mark.
    pub least_area: f64,
    /// Most pieces that are tried as marks, those nearest to rectangles first.
    pub most: usize,
    /// How far a third corner may lie from where two others alone would have it, as a share
    /// of their distance: perspective of 30° moves it so far.
    pub perspective: f64,
    /// How far an area may be from what it should be, as a factor.
    pub area: f64,
    /// How far a mark may lie from its place to be taken for it, as a share of its size.
    pub near: f64,
    /// Least share of the marks that must be found.
    pub share: f64,
    /// Fewest marks: four fit any map, the fifth tells whether it is right.
    pub fewest: usize,
}

impl Default for CornerParams {
    fn default() -> Self {
        Self {
            solidity: [0.90, 1.12],
            aspect: 2.2,
            least_area: 20.0,
            most: 150,
            perspective: 0.28,
            area: 1.9,
            near: 0.6,
            share: 0.7,
            fewest: 5,
        }
    }
}

/// Which piece is which mark: pairs of a place in millimetres and one in pixels.
pub(super) struct Matched {
    pub(super) map: Homography,
    pub(super) pairs: Vec<(Point, Point)>,
}

/// Finds the page.
pub(super) fn find(
    found: &Blobs,
    marks: &[PlacedMark],
    params: CornerParams,
) -> Result<Matched, Failure> {
    let mut candidates: Vec<Blob> = found
        .blobs
        .iter()
        .filter(|blob| {
            let fits = marks.iter().any(|mark| {
                let aspect = mark.size[0].max(mark.size[1]) / mark.size[0].min(mark.size[1]);
                blob.aspect < aspect * params.aspect
            });
            let [least, most] = params.solidity;
            fits && blob.area >= params.least_area && (least..most).contains(&blob.solidity)
        })
        .copied()
        .collect();
    // Of specks there are many: large pieces first.
    candidates.sort_by(|a, b| b.area.total_cmp(&a.area));
    candidates.truncate(params.most);
    let mut best: Option<Matched> = None;
    for quad in quads(marks) {
        let search = Search {
            candidates: &candidates,
            marks,
            quad,
            params,
        };
        search.run(&mut best);
        if best
            .as_ref()
            .is_some_and(|best| best.pairs.len() == marks.len())
        {
            break;
        }
    }
    let needed = needed(marks.len(), params);
    match best {
        Some(best) if best.pairs.len() >= needed => Ok(best),
        best => Err(Failure::Marks {
            found: best.map_or(0, |best| best.pairs.len()),
            needed,
            of: marks.len(),
        }),
    }
}

/// How many of so many marks must be found.
fn needed(marks: usize, params: CornerParams) -> usize {
    ((params.share * marks as f64).ceil() as usize).max(params.fewest)
}

/// Four marks that lie far apart, clockwise; and others, should one of these be missing.
fn quads(marks: &[PlacedMark]) -> Vec<[usize; 4]> {
    let mut quads = Vec::new();
    let mut gone: Vec<usize> = Vec::new();
    for _ in 0..3 {
        let far = |[dx, dy]: [f64; 2]| {
            let kept = (0..marks.len()).filter(|index| !gone.contains(index));
            let reach = |&index: &usize| marks[index].at[0] * dx + marks[index].at[1] * dy;
            kept.max_by(|a, b| reach(a).total_cmp(&reach(b)))
        };
        let corners = [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]].map(far);
        let [Some(a), Some(b), Some(c), Some(d)] = corners else {
            break;
        };
        let quad = [a, b, c, d];
        if (0..4).any(|i| quad[..i].contains(&quad[i])) {
            break;
        }
        quads.push(quad);
        gone.extend(quad);
    }
    quads
}

struct Search<'a> {
    candidates: &'a [Blob],
    marks: &'a [PlacedMark],
    quad: [usize; 4],
    params: CornerParams,
}

impl Search<'_> {
    /// Tries all pairs of pieces as the first and the third corner, and what lies where the
    /// others should.
    fn run(&self, best: &mut Option<Matched>) {
        let places = self.quad.map(|index| self.marks[index].at);
        let diagonal = distance(places[0], places[2]);
        for a in self.candidates {
            for c in self.candidates {
                let scale = distance(a.middle, c.middle) / diagonal;
                if scale <= 0.0 || !self.sized(a, 0, scale) || !self.sized(c, 2, scale) {
                    continue;
                }
                let similar = Similarity::of([places[0], places[2]], [a.middle, c.middle]);
                let near = |corner: usize| {
                    let expected = similar.apply(places[corner]);
                    let reach = self.params.perspective * diagonal * scale;
                    let candidates = self.candidates.iter();
                    candidates.filter(move |blob| {
                        distance(blob.middle, expected) < reach && self.sized(blob, corner, scale)
                    })
                };
                let fourth: Vec<&Blob> = near(3).collect();
                if fourth.is_empty() {
                    continue;
                }
                for b in near(1) {
                    for d in &fourth {
                        self.try_corners(places, [a, b, c, d], best);
                    }
                }
            }
        }
    }

    /// Whether a piece may be a corner at a scale, perspective allowed for.
    fn sized(&self, blob: &Blob, corner: usize, scale: f64) -> bool {
        let mark = &self.marks[self.quad[corner]];
        let expected = mark.size[0] * mark.size[1] * mark.fill() * scale * scale;
        let most = self.params.area * self.params.area;
        (1.0 / most..most).contains(&(blob.area / expected))
    }

    fn try_corners(&self, places: [Point; 4], blobs: [&Blob; 4], best: &mut Option<Matched>) {
        let corners = blobs.map(|blob| blob.middle);
        let Some(map) = Homography::fit(places.into_iter().zip(corners), 1.0) else {
            return;
        };
        // Most are told by their size: it must be what the map says.
        let fits = self.quad.iter().zip(blobs).all(|(index, blob)| {
            let mark = &self.marks[*index];
            let expected = mark.size[0] * mark.size[1] * mark.fill() * map.area(mark.at);
            (1.0 / self.params.area..self.params.area).contains(&(blob.area / expected))
        });
        if !fits {
            return;
        }
        // Seen from behind, or folded: no page.
        if places.iter().any(|place| map.area(*place) <= 0.0) {
            return;
        }
        let pairs = self.pairs(&map);
        let better = best.as_ref().is_none_or(|best| {
            pairs.len() > best.pairs.len()
                || pairs.len() == best.pairs.len()
                    && rms(&map, &pairs) < rms(&best.map, &best.pairs)
        });
        if !better || pairs.len() < 4 {
            return;
        }
        // A better map may reach more marks.
        let scale = map.area(places[0]).sqrt();
        let (mut map, mut pairs) = (map, pairs);
        for _ in 0..3 {
            let Some(refined) = Homography::fit(pairs.iter().copied(), 0.2 * scale) else {
                break;
            };
            let more = self.pairs(&refined);
            if more.len() < pairs.len() {
                break;
            }
            (map, pairs) = (refined, more);
        }
        *best = Some(Matched { map, pairs });
    }

    /// The pieces that lie where marks should, and are as large.
    fn pairs(&self, map: &Homography) -> Vec<(Point, Point)> {
        let pair = |mark: &PlacedMark| {
            let expected = map.apply(mark.at);
            let area = map.area(mark.at);
            let (size, fill) = (mark.size[0] * mark.size[1], mark.fill());
            if area.is_nan() || area <= 0.0 {
                return None;
            }
            let reach = self.params.near * (size * area).sqrt();
            let near = self.candidates.iter().filter(|blob| {
                let ratio = blob.area / (size * fill * area);
                (1.0 / self.params.area..self.params.area).contains(&ratio)
                    && distance(blob.middle, expected) < reach
            });
            let far = |blob: &&Blob| distance(blob.middle, expected);
            let nearest = near.min_by(|a, b| far(a).total_cmp(&far(b)))?;
            Some((mark.at, nearest.middle))
        };
        self.marks.iter().filter_map(pair).collect()
    }
}

/// Root of the mean square of distances, in pixels.
fn rms(map: &Homography, pairs: &[(Point, Point)]) -> f64 {
    let squares = pairs
        .iter()
        .map(|(from, to)| distance(map.apply(*from), *to).powi(2));
    (squares.sum::<f64>() / pairs.len() as f64).sqrt()
}

/// A turn and a scale: what two points tell.
struct Similarity {
    from: Point,
    to: Point,
    turn: Point,
}

impl Similarity {
    fn of(from: [Point; 2], to: [Point; 2]) -> Self {
        let (dx, dy) = (from[1][0] - from[0][0], from[1][1] - from[0][1]);
        let (u, v) = (to[1][0] - to[0][0], to[1][1] - to[0][1]);
        let square = dx * dx + dy * dy;
        Self {
            from: from[0],
            to: to[0],
            turn: [(u * dx + v * dy) / square, (v * dx - u * dy) / square],
        }
    }

    fn apply(&self, [x, y]: Point) -> Point {
        let (x, y) = (x - self.from[0], y - self.from[1]);
        let [c, s] = self.turn;
        [self.to[0] + c * x - s * y, self.to[1] + s * x + c * y]
    }
}
