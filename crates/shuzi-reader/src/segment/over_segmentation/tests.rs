use proptest::prelude::*;

use super::*;
use crate::{
    binarize::Polarity, binarize::tests::ink_of as ink, classify::posterior::PosteriorParams,
    segment::components::tests::find_components,
};

/// The lines of an ink, the components of each split by these policies in turn; a hypothesis
/// that is all of a component has a posterior.
fn split(ink: &Ink, policies: &[SplitPolicy]) -> (Components, Vec<TextLine>) {
    let mut components = find_components(ink);
    let mut lines = TextLine::of_components(ink, &components, &CropParams::default());
    let mut policies = policies.iter().copied();
    for line in &mut lines {
        for digit in &mut line.hypotheses {
            digit.posterior = Some(Posterior::of_digit(&[], &PosteriorParams::default()));
        }
        let own = line.digits().iter();
        let own = own.map(|_| policies.next().unwrap_or_default());
        let own: Vec<SplitPolicy> = own.collect();
        let params = SegmentParams::default();
        line.split(ink, &mut components, &own, &params, &CropParams::default());
    }
    (components, lines)
}

/// The only line.
fn split_line(ink: &Ink, policies: &[SplitPolicy]) -> TextLine {
    let [line] = split(ink, policies).1.try_into().unwrap();
    line
}

const TWO: [&str; 10] = [
    "...................",
    ".######.....######.",
    ".#....#.....#....#.",
    ".#....#.....#....#.",
    ".#....#######....#.",
    ".#....#.....#....#.",
    ".#....#.....#....#.",
    ".#....#.....#....#.",
    ".######.....######.",
    "...................",
];

#[test]
fn a_point_stands_low_between_two_digits() {
    let mut rows = [
        "...............",
        ".####.....####.",
        ".#..#.....#..#.",
        ".#..#.....#..#.",
        ".#..#.....#..#.",
        ".#..#.....#..#.",
        ".#..#.....#..#.",
        ".#..#.....#..#.",
        ".####.....####.",
        "...............",
    ];
    let points = |rows: &[&str]| {
        let ink = ink(rows, 4);
        let line = split_line(&ink, &[SplitPolicy::EverywhereIfWide; 2]);
        assert_eq!(line.nodes(), 3);
        line.points
    };
    assert_eq!(points(&rows), [0usize; 0]);
    rows[8] = ".####..#..####.";
    assert_eq!(points(&rows), [1]);
    // Not high, and not as long as a dash.
    rows.swap(1, 8);
    assert_eq!(points(&rows), [0usize; 0]);
    rows.swap(1, 8);
    rows[8] = ".####.###.####.";
    assert_eq!(points(&rows), [0usize; 0]);
}

#[test]
fn two_rings_on_a_stroke_are_cut_between() {
    let ink = ink(&TWO, 4);
    assert_eq!(find_components(&ink).regions.len(), 1);
    let line = split_line(&ink, &[]);
    let whole = |h: &&Hypothesis| h.span.from == 0 && h.span.to + 1 == line.nodes();
    assert!(line.nodes() > 2);
    assert!(line.hypotheses.iter().any(|h| {
        let rest =
            |other: &Hypothesis| other.span.from == h.span.to && other.span.to + 1 == line.nodes();
        // The first ring, and the second behind it.
        h.span.from == 0
            && (24..=48).contains(&h.region.bounds.right())
            && line.hypotheses.iter().any(rest)
    }));
    // As one digit it is far too wide.
    assert!(!line.hypotheses.iter().any(|h| whole(&h)));
}

#[test]
fn two_digits_are_cut_once_in_the_middle() {
    let ink = ink(&TWO, 4);
    let ends = |cuts: SplitPolicy| -> Vec<(usize, usize)> {
        let line = split_line(&ink, &[cuts]);
        let bounds = line.segments.iter().map(|segment| segment.bounds);
        bounds.map(|bounds| (bounds.x, bounds.right())).collect()
    };
    for cuts in [SplitPolicy::Once, SplitPolicy::OnceIfWide] {
        let [(left, meet), (from, right)] = ends(cuts).try_into().unwrap();
        assert_eq!((left, right), (4, 72));
        assert!(
            (28..=48).contains(&meet) && meet.abs_diff(from) <= 2,
            "{meet}, {from}"
        );
    }
    assert!(ends(SplitPolicy::Everywhere).len() > 2);
    assert_eq!(
        ends(SplitPolicy::Everywhere),
        ends(SplitPolicy::EverywhereIfWide)
    );
}

#[test]
fn what_is_cut_may_be_one_flat_digit() {
    let rows: Vec<String> = TWO
        .iter()
        .map(|row| format!("{}{}", &row[..8], &row[11..]))
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let ink = ink(&rows, 4);
    let region = find_components(&ink).regions[0].clone();
    let line = split_line(&ink, &[]);
    assert!(line.nodes() > 2);
    let wholes: Vec<_> = line
        .hypotheses
        .iter()
        .filter(|h| h.posterior.is_some())
        .collect();
    let [one] = wholes.try_into().unwrap();
    assert_eq!((one.span.from, one.span.to), (0, line.nodes() - 1));
    assert_eq!(one.region.bounds, region.bounds);
    // Wider than a digit that is made of segments.
    assert!(one.geometry.width > OverSegmentationParams::default().widest);
}

#[test]
fn one_digit_stays_whole() {
    let left: Vec<&str> = TWO.iter().map(|row| &row[..8]).collect();
    let ink = ink(&left, 4);
    let before = find_components(&ink);
    let (components, lines) = split(&ink, &[SplitPolicy::EverywhereIfWide]);
    assert_eq!(components, before);
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].nodes(), lines[0].hypotheses.len()), (2, 1));
    assert_eq!(lines[0].hypotheses[0].region, before.regions[0]);
}

proptest! {
    #[test]
    fn any_ink_gives_paths_through_every_line(
        width in 20usize..60,
        height in 8usize..20,
        bytes in prop::collection::vec(any::<u8>(), 1200),
    ) {
        let coverage = bytes.iter().map(|byte| if *byte > 140 { 255 } else { 0 });
        let ink = Ink {
            width,
            height,
            coverage: coverage.take(width * height).collect(),
            polarity: Polarity::DarkOnLight,
        };
        let (components, lines) = split(&ink, &[]);
        for line in lines {
            let mut reached = vec![false; line.nodes()];
            reached[0] = true;
            let mut hypotheses: Vec<_> = line.hypotheses.iter().collect();
            hypotheses.sort_by_key(|h| h.span.from);
            for h in hypotheses {
                prop_assert!(h.span.from < h.span.to && h.span.to < line.nodes());
                prop_assert!(h.region.labels.iter().all(|p| components.labels.contains(p)));
                reached[h.span.to] |= reached[h.span.from];
            }
            prop_assert!(reached[line.nodes() - 1]);
        }
    }
}
