//! Grey between pixels, and across printed lines.

use shuzi_reader::Picture;

use crate::geometry::Point;

/// Brightness at a point in pixels, between pixels' middles linear; the nearest pixel's
/// outside.
pub(crate) fn grey(picture: &Picture, [x, y]: Point) -> f64 {
    let (x, y) = (x - 0.5, y - 0.5);
    let (x0, y0) = (x.floor(), y.floor());
    let (dx, dy) = (x - x0, y - y0);
    let clamp = |value: f64, size: usize| value.clamp(0.0, size as f64 - 1.0) as usize;
    let at = |x: f64, y: f64| {
        let (x, y) = (clamp(x, picture.width), clamp(y, picture.height));
        f64::from(picture.pixels[y * picture.width + x])
    };
    let upper = at(x0, y0) * (1.0 - dx) + at(x0 + 1.0, y0) * dx;
    let lower = at(x0, y0 + 1.0) * (1.0 - dx) + at(x0 + 1.0, y0 + 1.0) * dx;
    upper * (1.0 - dy) + lower * dy
}

/// Brightness across a line from one point to another, both on the page, averaged along it:
/// at each of `offsets`, in millimetres to its left-hand normal. `place` leads to pixels.
pub(crate) fn across(
    picture: &Picture,
    [from, to]: [Point; 2],
    offsets: impl Iterator<Item = f64>,
    place: impl Fn(Point) -> Point,
) -> Vec<f64> {
    /// Points along the line: enough that a pen's stroke across it counts little.
    const ALONG: usize = 12;
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let length = dx.hypot(dy).max(1e-9);
    let normal = [dy / length, -dx / length];
    let mut values = [0.0; ALONG];
    let mean = |offset: f64| {
        for (index, value) in values.iter_mut().enumerate() {
            // The corners belong to other lines, too.
            let share = 0.15 + 0.7 * (index as f64 + 0.5) / ALONG as f64;
            let point = [
                from[0] + share * dx + offset * normal[0],
                from[1] + share * dy + offset * normal[1],
            ];
            *value = grey(picture, place(point));
        }
        // The middle half: neither ink nor glare.
        values.sort_by(f64::total_cmp);
        let inner = &values[ALONG / 4..ALONG - ALONG / 4];
        inner.iter().sum::<f64>() / inner.len() as f64
    };
    offsets.map(mean).collect()
}
