use proptest::prelude::*;

use super::*;

use crate::{binarize::Polarity, binarize::tests::ink_of as ink};

/// The components of an ink as they are found by default.
pub(crate) fn find_components(ink: &Ink) -> Components {
    super::find_components(ink, &ComponentParams::default())
}

fn boxes(rows: &[&str]) -> Vec<[usize; 4]> {
    let scale = 4;
    let bounds = find_components(&ink(rows, scale)).regions.into_iter();
    let bounds = bounds.map(|region| region.bounds);
    bounds
        .map(|b| [b.x, b.y, b.width, b.height].map(|pixels| pixels / scale))
        .collect()
}

#[test]
fn digits_come_from_left_to_right_whatever_their_height() {
    let found = boxes(&[
        "...........####",
        "..#........#..#",
        ".##..####..####",
        "..#..#..#.....#",
        "..#..####.....#",
    ]);
    assert_eq!(found, [[1, 1, 2, 4], [5, 2, 4, 3], [11, 0, 4, 5]]);
}

#[test]
fn lines_come_from_top_to_bottom() {
    let rows = [
        ".####..#..",
        ".#..#..#..",
        ".####..#..",
        "..........",
        "..#..####.",
        "..#..#..#.",
        "..#..####.",
    ];
    let lines: Vec<usize> = find_components(&ink(&rows, 4))
        .regions
        .iter()
        .map(|region| region.line)
        .collect();
    assert_eq!(lines, [0, 0, 1, 1]);
}

#[test]
fn the_bar_of_a_broken_five_is_joined_to_it() {
    let found = boxes(&[
        "..####....#.",
        "..........#.",
        ".#........#.",
        ".###......#.",
        "....#.....#.",
        ".###......#.",
    ]);
    assert_eq!(found, [[1, 0, 5, 6], [10, 0, 1, 6]]);
}

#[test]
fn a_dash_a_point_and_an_equals_sign_are_no_digits() {
    let found = boxes(&[
        "#.#..............#.#",
        "#.#........####..#.#",
        "###..####........###",
        "..#........####....#",
        "..#....#...........#",
    ]);
    assert_eq!(found, [[0, 0, 3, 5], [17, 0, 3, 5]]);
    assert!(boxes(&["..........", "..######..", ".........."]).is_empty());
}

#[test]
fn a_frame_and_a_rule_are_no_digits() {
    let framed = boxes(&[
        "############",
        "#..........#",
        "#..##...#..#",
        "#...#...#..#",
        "#..##...#..#",
        "#..........#",
        "############",
    ]);
    assert_eq!(framed, [[3, 2, 2, 3], [8, 2, 1, 3]]);
    let ruled = boxes(&[
        "................",
        "......##........",
        ".......#........",
        "......##........",
        "................",
        "################",
    ]);
    assert_eq!(ruled, [[6, 1, 2, 3]]);
}

#[test]
fn a_digit_whose_foot_runs_under_its_neighbour_is_no_frame() {
    let found = boxes(&[
        "......####",
        "####..#..#",
        "...#..####",
        ".###.....#",
        "...#......",
        "##########",
    ]);
    assert_eq!(found, [[0, 1, 10, 5], [6, 0, 4, 4]]);
}

#[test]
fn a_zero_with_a_speck_in_it_is_no_frame() {
    let found = boxes(&[
        ".######...#.",
        ".#....#...#.",
        ".#....#...#.",
        ".#.##.#...#.",
        ".#.##.#...#.",
        ".#....#...#.",
        ".######...#.",
    ]);
    assert_eq!(found[0], [1, 0, 6, 7]);
}

#[test]
fn print_under_the_writing_is_no_digit() {
    let mut ink = ink(&["##.#.", "#..#.", "##.#.", "#..#.", "##.#."], 4);
    for (at, coverage) in ink.coverage.iter_mut().enumerate() {
        if at % ink.width >= 12 {
            *coverage = *coverage / 20 * 11;
        }
    }
    let components = find_components(&ink);
    // But it is as high as a digit: one may be missing.
    assert_eq!((components.regions.len(), components.left_out), (1, 1));
}

#[test]
fn a_thin_one_is_no_rule() {
    let mut rows = vec!["#......####", "#......#..#"];
    rows.extend(["#......#..#"; 14]);
    rows.push("#......####");
    let found = find_components(&ink(&rows, 2)).regions;
    assert_eq!(found.len(), 2);
}

#[test]
fn a_blob_and_specks_are_no_digits() {
    assert!(boxes(&[".....", ".###.", ".###.", ".###.", "....."]).is_empty());
    let dust = ink(&["#....#...", "....#...#", "#........"], 1);
    assert!(find_components(&dust).regions.is_empty());
}

#[test]
fn soft_edges_belong_to_the_nearest_stroke() {
    let components = find_components(&ink(&["+#++..+#+", "+#+...+#+", "+#+...+#+"], 3));
    assert_eq!(components.regions.len(), 2);
    let row: Vec<u32> = components
        .labels
        .iter()
        .step_by(3)
        .take(9)
        .copied()
        .collect();
    assert_eq!(row, [1, 1, 1, 1, 0, 0, 2, 2, 2]);
}

proptest! {
    #[test]
    fn candidates_lie_inside_and_their_parts_exist(
        width in 1usize..40,
        height in 1usize..40,
        bytes in prop::collection::vec(any::<u8>(), 1600),
    ) {
        let ink = Ink {
            width,
            height,
            coverage: bytes[..width * height].to_vec(),
            polarity: Polarity::LightOnDark,
        };
        let components = find_components(&ink);
        for region in &components.regions {
            prop_assert!(region.bounds.right() <= width);
            prop_assert!(region.bounds.bottom() <= height);
            for part in &region.labels {
                prop_assert!(components.labels.contains(part));
            }
        }
    }
}
