use super::*;
use crate::{binarize::Polarity, segment::components::tests::find_components};

fn remove_boxes(ink: &mut Ink) -> Vec<[usize; 2]> {
    super::remove_boxes(ink, &PrintParams::default(), &BoxParams::default())
}

/// Lines from point to point, each so many pixels to either side.
fn drawn(width: usize, height: usize, lines: &[([f64; 4], f64)]) -> Ink {
    let at = |x: usize, y: usize| {
        let near = |([x0, y0, x1, y1], half): &([f64; 4], f64)| {
            let (px, py) = (x as f64 + 0.5 - x0, y as f64 + 0.5 - y0);
            let (dx, dy) = (x1 - x0, y1 - y0);
            let along = ((px * dx + py * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
            (px - along * dx).hypot(py - along * dy) <= *half
        };
        if lines.iter().any(near) { 255 } else { 0 }
    };
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    Ink {
        width,
        height,
        coverage: pixels.map(|(x, y)| at(x, y)).collect(),
        polarity: Polarity::DarkOnLight,
    }
}

/// A 4 that is 60 pixels high, its left at `x`.
fn four(x: f64, y: f64) -> Vec<([f64; 4], f64)> {
    vec![
        ([x + 8.0, y, x, y + 36.0], 2.5),
        ([x, y + 36.0, x + 40.0, y + 36.0], 2.5),
        ([x + 30.0, y + 10.0, x + 26.0, y + 60.0], 2.5),
    ]
}

/// Pixels that differ, as a share of the ink that is left.
fn differing(a: &Ink, b: &Ink) -> f64 {
    let differing = a.coverage.iter().zip(&b.coverage).filter(|(a, b)| a != b);
    let ink = b.coverage.iter().filter(|c| **c > 0).count();
    differing.count() as f64 / ink.max(1) as f64
}

#[test]
fn removing_the_grid_does_not_split_a_four() {
    let mut grid: Vec<([f64; 4], f64)> = Vec::new();
    for k in 0..9 {
        let at = 12.0 + 22.0 * f64::from(k);
        grid.push(([4.0, at, 196.0, at + 1.5], 1.0));
        grid.push(([at, 4.0, at - 1.5, 196.0], 1.0));
    }
    for (x, y) in [(62.0, 60.0), (70.0, 71.0), (77.0, 66.0)] {
        let written = drawn(200, 200, &four(x, y));
        let mut both = drawn(200, 200, &[grid.clone(), four(x, y)].concat());
        remove_boxes(&mut both);
        let regions = find_components(&both).regions;
        assert_eq!(regions.len(), 1, "at {x}, {y}");
        let alone = &find_components(&written).regions[0].bounds;
        let found = &regions[0].bounds;
        assert!(
            found.height.abs_diff(alone.height) <= 4,
            "{found:?} {alone:?}"
        );
        assert!(
            found.width.abs_diff(alone.width) <= 4,
            "{found:?} {alone:?}"
        );
        assert!(differing(&both, &written) < 0.2, "at {x}, {y}");
    }
}

fn side(x0: f64, y0: f64, x1: f64, y1: f64) -> ([f64; 4], f64) {
    ([x0, y0, x1, y1], 1.0)
}

#[test]
fn boxes_around_digits_that_touch_them_go() {
    // Two boxes apart; the second digit stands on its box's lower side.
    let square = |x: f64| {
        [
            side(x, 20.0, x + 70.0, 20.0),
            side(x, 100.0, x + 70.0, 100.0),
            side(x, 20.0, x, 100.0),
            side(x + 70.0, 20.0, x + 70.0, 100.0),
        ]
    };
    let frames = [square(20.0), square(110.0)].concat();
    let digits = [four(32.0, 28.0), four(125.0, 42.0)].concat();
    let mut both = drawn(200, 120, &[frames.clone(), digits.clone()].concat());
    assert_eq!(remove_boxes(&mut both).len(), 2);
    assert_eq!(find_components(&both).regions.len(), 2);
    assert!(differing(&both, &drawn(200, 120, &digits)) < 0.15);
    let mut empty = drawn(200, 120, &frames);
    remove_boxes(&mut empty);
    assert!(empty.coverage.iter().all(|coverage| *coverage == 0));
}

#[test]
fn a_comb_goes_and_tells_its_cells() {
    let mut comb = vec![side(20.0, 100.0, 260.0, 100.0)];
    comb.extend(
        (0..5)
            .map(|k| f64::from(k) * 60.0 + 20.0)
            .map(|x| side(x, 70.0, x, 100.0)),
    );
    let digits = [four(30.0, 38.0), four(205.0, 33.0)].concat();
    let mut both = drawn(280, 120, &[comb, digits.clone()].concat());
    let cells = remove_boxes(&mut both);
    assert_eq!(cells.len(), 4);
    for (cell, left) in cells.iter().zip([20, 80, 140, 200]) {
        assert!(cell[0].abs_diff(left) <= 2 && cell[1].abs_diff(left + 60) <= 2);
    }
    assert!(differing(&both, &drawn(280, 120, &digits)) < 0.1);
}

#[test]
fn thin_straight_digits_are_no_frames() {
    // 1 1 1 and a 7, as thin as the rule that two of them stand on.
    let digits = [
        side(30.0, 20.0, 28.0, 100.0),
        side(70.0, 22.0, 69.0, 99.0),
        side(120.0, 20.0, 118.0, 96.0),
        side(150.0, 20.0, 190.0, 20.0),
        side(190.0, 20.0, 185.0, 100.0),
        side(10.0, 100.0, 240.0, 100.0),
    ];
    let before = drawn(250, 120, &digits);
    let mut after = before.clone();
    assert!(remove_boxes(&mut after).is_empty());
    assert!(after == before);
}
