//! Strokes that are no digit: crosses, dashes, slashes, blots.

/// What strokes are a cross or a dash.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShapeParams {
    /// How far ink may lie beside a straight stroke, in millimetres, and as a share of the
    /// ink's longer side.
    pub beside: [f64; 2],
    /// Least angle between a cross's strokes, in degrees.
    pub crossing: f64,
    /// Angle from upright from which a straight stroke may be a slash and no 1, and from which
    /// it is none, in degrees: people lean a 1 by 30 at most.
    pub slash: [f64; 2],
    /// Least length of a dash or a slash, in millimetres.
    pub length: f64,
}

impl Default for ShapeParams {
    fn default() -> Self {
        Self {
            beside: [0.45, 0.07],
            crossing: 35.0,
            slash: [30.0, 48.0],
            length: 2.5,
        }
    }
}

/// What a box's strokes look like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Strokes {
    /// How much of them are two straight strokes that cross, 0 to 1.
    pub cross: f64,
    /// How much of them is one straight stroke that lies or leans too far for a digit, 0 to 1.
    pub dash: f64,
    /// Share of their rectangle that is ink: a blot has most of it.
    pub fill: f64,
}

/// What ink looks like, given its pixels in millimetres.
pub(super) fn strokes(points: &[[f64; 2]], scale: f64, params: ShapeParams) -> Strokes {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for point in points {
        for axis in 0..2 {
            low[axis] = low[axis].min(point[axis]);
            high[axis] = high[axis].max(point[axis]);
        }
    }
    let size = [high[0] - low[0], high[1] - low[1]].map(|side| side + 1.0 / scale);
    if points.len() < 4 || !size[0].is_finite() {
        return Strokes::default();
    }
    let area = points.len() as f64 / (scale * scale);
    Strokes {
        cross: cross(points, low, size, params),
        dash: dash(points, params),
        fill: area / (size[0] * size[1]),
    }
}

/// How far a point is from a segment.
fn far([x, y]: [f64; 2], [a, b]: [[f64; 2]; 2]) -> f64 {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let (px, py) = (x - a[0], y - a[1]);
    let along = ((px * dx + py * dy) / (dx * dx + dy * dy).max(1e-9)).clamp(0.0, 1.0);
    (px - along * dx).hypot(py - along * dy)
}

fn cross(points: &[[f64; 2]], low: [f64; 2], size: [f64; 2], params: ShapeParams) -> f64 {
    // Ends: the ink that reaches farthest into each corner.
    let end = |right: bool, down: bool| {
        let into = |point: &&[f64; 2]| {
            let share = |axis: usize, far: bool| {
                let share = (point[axis] - low[axis]) / size[axis];
                if far { share } else { 1.0 - share }
            };
            share(0, right) + share(1, down)
        };
        points.iter().max_by(|a, b| into(a).total_cmp(&into(b)))
    };
    let ends = [
        end(false, false),
        end(true, true),
        end(true, false),
        end(false, true),
    ];
    let [Some(&a), Some(&b), Some(&c), Some(&d)] = ends else {
        return 0.0;
    };
    let lines = [[a, b], [c, d]];
    let [first, second] = lines.map(|[a, b]| [b[0] - a[0], b[1] - a[1]]);
    let lengths = [first, second].map(|[x, y]| x.hypot(y));
    let turn = first[0] * second[1] - first[1] * second[0];
    let sine = turn.abs() / (lengths[0] * lengths[1]).max(1e-9);
    if sine < params.crossing.to_radians().sin() || lengths[0].min(lengths[1]) < params.length {
        return 0.0;
    }
    // Where they cross: within the middle part of both.
    let gap = [c[0] - a[0], c[1] - a[1]];
    let along = [
        (gap[0] * second[1] - gap[1] * second[0]) / turn,
        (gap[0] * first[1] - gap[1] * first[0]) / turn,
    ];
    if along.iter().any(|share| !(0.2..0.8).contains(share)) {
        return 0.0;
    }
    let beside = (params.beside[1] * size[0].max(size[1])).max(params.beside[0]);
    let on = points
        .iter()
        .filter(|point| lines.iter().any(|line| far(**point, *line) < beside));
    let on = on.count() as f64 / points.len() as f64;
    let covered = lines.map(|[a, b]| {
        const STEPS: usize = 24;
        let inked = (0..STEPS).filter(|step| {
            let share = (*step as f64 + 0.5) / STEPS as f64;
            let at = [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])];
            points
                .iter()
                .any(|point| (point[0] - at[0]).hypot(point[1] - at[1]) < beside)
        });
        inked.count() as f64 / STEPS as f64
    });
    on.min(covered[0]).min(covered[1])
}

fn dash(points: &[[f64; 2]], params: ShapeParams) -> f64 {
    let n = points.len() as f64;
    let sum = points
        .iter()
        .fold([0.0; 2], |sum, p| [sum[0] + p[0], sum[1] + p[1]]);
    let middle = sum.map(|sum| sum / n);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for point in points {
        let (x, y) = (point[0] - middle[0], point[1] - middle[1]);
        xx += x * x / n;
        yy += y * y / n;
        xy += x * y / n;
    }
    let angle = 0.5 * (2.0 * xy).atan2(xx - yy);
    let direction = [angle.cos(), angle.sin()];
    let along =
        |p: &[f64; 2]| (p[0] - middle[0]) * direction[0] + (p[1] - middle[1]) * direction[1];
    let (low, high) = points
        .iter()
        .map(along)
        .fold((0.0f64, 0.0f64), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    let length = high - low;
    if length < params.length {
        return 0.0;
    }
    let end = |at: f64| [middle[0] + at * direction[0], middle[1] + at * direction[1]];
    let line = [end(low), end(high)];
    let beside = (params.beside[1] * length).max(params.beside[0]);
    let on = points
        .iter()
        .filter(|point| far(**point, line) < beside)
        .count() as f64
        / n;
    let upright = 90.0 - angle.abs().to_degrees();
    let [from, to] = params.slash;
    on * ((upright - from) / (to - from)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pixels, eight to a millimetre, within half a stroke of some lines.
    fn drawn(lines: &[[[f64; 2]; 2]]) -> Strokes {
        let mut points = Vec::new();
        for y in 0..80 {
            for x in 0..80 {
                let point = [f64::from(x) / 8.0, f64::from(y) / 8.0];
                if lines.iter().any(|line| far(point, *line) < 0.25) {
                    points.push(point);
                }
            }
        }
        strokes(&points, 8.0, ShapeParams::default())
    }

    #[test]
    fn a_cross_is_two_strokes_that_cross() {
        let cross = drawn(&[[[1.0, 1.0], [8.0, 9.0]], [[8.0, 1.5], [1.5, 8.0]]]);
        assert!(cross.cross > 0.95, "{cross:?}");
        let four = drawn(&[
            [[6.0, 1.0], [6.0, 9.0]],
            [[6.0, 1.0], [2.0, 6.0]],
            [[2.0, 6.0], [8.0, 6.0]],
        ]);
        assert!(four.cross < 0.75, "{four:?}");
        let seven = drawn(&[
            [[2.0, 1.0], [7.0, 1.0]],
            [[7.0, 1.0], [4.0, 9.0]],
            [[3.0, 5.0], [7.0, 5.0]],
        ]);
        assert!(seven.cross < 0.75, "{seven:?}");
    }

    #[test]
    fn a_dash_lies_and_a_one_stands() {
        assert!(drawn(&[[[1.0, 5.0], [8.0, 4.5]]]).dash > 0.95);
        assert!(drawn(&[[[1.0, 9.0], [8.0, 1.0]]]).dash > 0.4);
        assert_eq!(drawn(&[[[4.0, 1.0], [4.5, 9.0]]]).dash, 0.0);
        assert_eq!(drawn(&[[[4.0, 1.0], [2.0, 9.0]]]).dash, 0.0, "a leaning 1");
        assert_eq!(drawn(&[[[4.0, 4.0], [5.0, 4.0]]]).dash, 0.0, "a point");
    }
}
