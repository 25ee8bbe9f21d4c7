//! The search against trying every path, with every pair of acceptors, each of which is
//! stated once more as a sentence about whole numbers.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::lattice::{
    Edge, Label, Mark,
    acceptors::{
        Cells, Check, CheckDigits, GroupParams, Groups, Length, Lexicon, NumberModel,
        NumberModelParams, Pattern, PatternDigits, Range,
    },
    symbols::of_text,
};

/// The product of all acceptors, each there or not.
type Product<'a> = (
    (Option<Length>, Option<PatternDigits<'a>>),
    (
        (Option<CheckDigits>, Option<&'a Lexicon>),
        (
            (Option<Range>, Option<Cells>),
            (
                (Option<Groups>, Option<NumberModel>),
                (Option<Except>, Option<Exactly<'a>>),
            ),
        ),
    ),
);

const KINDS: usize = 12;

/// What the acceptors refer to.
struct Known {
    plain: Pattern,
    signed: Pattern,
    lexicon: Lexicon,
    number: Vec<Symbol>,
}

fn known() -> Known {
    Known {
        plain: "[04]{1,2}-?[01]+|1".parse().unwrap(),
        signed: "-?[014]+(\\.1)?".parse().unwrap(),
        lexicon: Lexicon::parse("1\n10\n104\n4\n40\n").unwrap(),
        number: of_text("1-4"),
    }
}

/// The product of those whose index is among `kinds`.
fn product<'a>(known: &'a Known, kinds: [usize; 2]) -> Product<'a> {
    let has = |kind| kinds.contains(&kind);
    let pattern = match (has(1), has(2)) {
        (true, _) => Some(known.plain.digits()),
        (_, true) => Some(known.signed.signs()),
        _ => None,
    };
    let check = match (has(3), has(4)) {
        (true, _) => Some(CheckDigits(Check::Verhoeff)),
        (_, true) => Some(CheckDigits(Check::Luhn)),
        _ => None,
    };
    let length = Length {
        least: 2,
        most: Some(3),
    };
    (
        (has(0).then_some(length), pattern),
        (
            (check, has(5).then_some(&known.lexicon)),
            (
                (
                    has(6).then(|| Range::new(4, 41)).flatten(),
                    has(7).then_some(Cells),
                ),
                (
                    (
                        has(8).then(Groups::default),
                        has(9).then(NumberModel::default),
                    ),
                    (
                        has(10).then(|| Except::new(vec![known.number.clone(), of_text("1")])),
                        has(11).then_some(Exactly(&known.number)),
                    ),
                ),
            ),
        ),
    )
}

/// What an acceptor says of the labels of a path, by the definition.
fn weight_of(known: &Known, kind: usize, labels: &[Label]) -> f64 {
    let said: Vec<Symbol> = labels.iter().flat_map(Label::symbols).copied().collect();
    let text: String = said.iter().map(|symbol| symbol.char()).collect();
    let digits: Vec<u8> = said.iter().filter_map(|symbol| symbol.digit()).collect();
    let number: String = digits.iter().map(u8::to_string).collect();
    let allowed = |yes: bool| if yes { 0.0 } else { f64::NEG_INFINITY };
    let all_of = |text: &str, set: &str| text.chars().all(|c| set.contains(c));
    match kind {
        0 => allowed((2..=3).contains(&digits.len())),
        // A digit 1, or one or two of 0 and 4 before some of 0 and 1.
        1 => allowed(
            text == number
                && (text == "1"
                    || (1..=2).any(|first| {
                        text.len() > first
                            && all_of(&text[..first], "04")
                            && all_of(&text[first..], "01")
                    })),
        ),
        2 => {
            let rest = text.strip_prefix('-').unwrap_or(&text);
            let rest = rest.strip_suffix(".1").unwrap_or(rest);
            allowed(!rest.is_empty() && all_of(rest, "014"))
        }
        3 => allowed(Check::Verhoeff.holds(&digits)),
        4 => allowed(Check::Luhn.holds(&digits)),
        5 => allowed(["1", "10", "104", "4", "40"].contains(&number.as_str())),
        6 => {
            let value = number.parse::<u64>();
            allowed(text == number && value.is_ok_and(|value| (4..=41).contains(&value)))
        }
        7 => {
            let mut cell = None;
            let mut used: Vec<usize> = Vec::new();
            for label in labels {
                match label {
                    Label::Mark(Mark::Cell(index)) => cell = Some(*index),
                    Label::Mark(Mark::BesideCells) => cell = None,
                    _ => {
                        let digits = label.symbols().iter().filter_map(|s| s.digit());
                        for _ in digits {
                            let Some(cell) = cell else {
                                return f64::NEG_INFINITY;
                            };
                            used.push(cell);
                        }
                    }
                }
            }
            allowed(used.windows(2).all(|pair| pair[0] < pair[1]))
        }
        8 => {
            let marked: String = labels
                .iter()
                .map(|label| match label {
                    Label::Mark(Mark::Point) => ".".to_owned(),
                    label => label.symbols().iter().map(|s| s.char()).collect(),
                })
                .collect();
            let GroupParams { two, other } = GroupParams::default();
            let groups = marked.split('.').skip(1);
            let digits = groups.map(|group| group.chars().filter(char::is_ascii_digit).count());
            let share = digits.map(|digits| match digits {
                0 | 3 => 1.0,
                2 => two,
                _ => other,
            });
            share.product::<f64>().ln()
        }
        9 => {
            let [first, rest @ ..] = digits.as_slice() else {
                return 0.0;
            };
            if rest.is_empty() {
                return 0.0;
            }
            let NumberModelParams {
                measures,
                round,
                more,
            } = NumberModelParams::default();
            let law = match first {
                0 => 0.0,
                first => (1.0 + 1.0 / f64::from(*first)).log10(),
            };
            let zeros = rest.iter().rev().take_while(|digit| **digit == 0).count() as i32;
            let rounds = (1..=zeros).map(|n| (1.0 - more) * more.powi(n - 1) * 10f64.powi(n));
            let first = 1.0 - measures + measures * 10.0 * law;
            (first * (1.0 - round + round * rounds.sum::<f64>())).ln()
        }
        10 => allowed(said != known.number && text != "1"),
        _ => allowed(said == known.number),
    }
}

/// Every path from the first node to the last.
fn all_paths(lattice: &Lattice<()>) -> Vec<Vec<usize>> {
    let mut open = vec![(0, Vec::new())];
    let mut done = Vec::new();
    while let Some((node, path)) = open.pop() {
        if node + 1 == lattice.nodes() {
            done.push(path);
            continue;
        }
        for (index, edge) in lattice.edges().iter().enumerate() {
            if edge.from == node {
                open.push((edge.to, [path.as_slice(), &[index]].concat()));
            }
        }
    }
    done
}

fn close(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() < 1e-9
}

fn label() -> impl Strategy<Value = Label> {
    let symbol = || prop::sample::select(of_text("001144-."));
    prop_oneof![
        6 => symbol().prop_map(Label::One),
        2 => [symbol(), symbol()].prop_map(Label::Two),
        2 => Just(Label::Epsilon),
        1 => Just(Label::Mark(Mark::Point)),
        2 => (0..3usize).prop_map(|cell| Label::Mark(Mark::Cell(cell))),
        1 => Just(Label::Mark(Mark::BesideCells)),
    ]
}

const NODES: usize = 6;

fn lattice() -> impl Strategy<Value = Lattice<()>> {
    let edge = (0..NODES - 1, 1..3usize, label(), -3.0..1.0f64);
    prop::collection::vec(edge, 6..16).prop_map(|edges| {
        let edges = edges.into_iter().map(|(from, length, label, weight)| Edge {
            from,
            to: (from + length).min(NODES - 1),
            label,
            weight,
            source: (),
        });
        Lattice::new(NODES, edges.collect()).unwrap()
    })
}

/// All that the search says of a lattice and a product, against every path one by one.
fn holds(known: &Known, lattice: &Lattice<()>, kinds: [usize; 2]) -> Result<(), TestCaseError> {
    let product = product(known, kinds);
    let mut kinds = kinds.to_vec();
    kinds.dedup();
    let mut paths: Vec<(Vec<usize>, f64)> = all_paths(lattice)
        .into_iter()
        .map(|path| {
            let edges: Vec<_> = path.iter().map(|edge| &lattice.edges()[*edge]).collect();
            let labels: Vec<Label> = edges.iter().map(|edge| edge.label).collect();
            let of_edges: f64 = edges.iter().map(|edge| edge.weight).sum();
            let of_kinds = kinds.iter().map(|kind| weight_of(known, *kind, &labels));
            (path, of_edges + of_kinds.sum::<f64>())
        })
        .filter(|(_, log)| *log > f64::NEG_INFINITY)
        .collect();
    paths.sort_by(|a, b| b.1.total_cmp(&a.1));
    let said = |edges: &[usize]| -> Vec<Symbol> {
        let edges = edges.iter().map(|edge| &lattice.edges()[*edge]);
        edges
            .flat_map(|edge| edge.label.symbols())
            .copied()
            .collect()
    };
    let mut search = Search::new(&product);

    let total = paths
        .iter()
        .fold(f64::NEG_INFINITY, |sum, path| log_add(sum, path.1));
    prop_assert!(close(search.total(lattice), total), "{:?}: total", kinds);

    let mut sums: BTreeMap<Vec<Symbol>, f64> = BTreeMap::new();
    let mut numbers: Vec<Vec<Symbol>> = Vec::new();
    for (path, log) in &paths {
        let number = said(path);
        let sum = sums.entry(number.clone()).or_insert(f64::NEG_INFINITY);
        *sum = log_add(*sum, *log);
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    let best = search.best_paths(lattice, 4);
    prop_assert_eq!(best.len(), numbers.len().min(4));
    for (path, number) in best.iter().zip(&numbers) {
        let first = paths.iter().find(|(edges, _)| said(edges) == *number);
        prop_assert!(
            first.is_some_and(|(_, log)| close(*log, path.log)),
            "{:?}: path",
            kinds
        );
        let of_path = paths.iter().find(|(edges, _)| *edges == path.edges);
        prop_assert!(of_path.is_some_and(|(_, log)| close(*log, path.log)));
        let sum = search.total_of(lattice, &path.symbols(lattice));
        prop_assert!(
            close(sum, sums[&path.symbols(lattice)]),
            "{:?}: number",
            kinds
        );
    }
    let mut shares = vec![0.0; lattice.edges().len()];
    let found = search.posterior(lattice, |edge, share| shares[edge] += share);
    prop_assert_eq!(found.is_some(), !paths.is_empty());
    for (edge, share) in shares.into_iter().enumerate() {
        let having = paths.iter().filter(|(edges, _)| edges.contains(&edge));
        let expected: f64 = having.map(|(_, log)| (log - total).exp()).sum();
        prop_assert!(
            (share - expected).abs() < 1e-9,
            "{:?}: edge {}",
            kinds,
            edge
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_pair_of_acceptors_says_what_trying_every_path_does(lattice in lattice()) {
        let known = known();
        for first in 0..KINDS {
            for second in first..KINDS {
                // Two patterns or two checks are one acceptor here.
                if !matches!([first, second], [1, 2] | [3, 4]) {
                    holds(&known, &lattice, [first, second])?;
                }
            }
        }
    }

    #[test]
    fn one_search_serves_many_lattices(lattices in prop::collection::vec(lattice(), 3)) {
        let known = known();
        let product = product(&known, [3, 8]);
        let mut search = Search::new(&product);
        for lattice in &lattices {
            let fresh = Search::new(&product).posterior(lattice, |_, _| ());
            prop_assert_eq!(search.posterior(lattice, |_, _| ()), fresh);
            let fresh = Search::new(&product).best_path(lattice);
            prop_assert_eq!(search.best_path(lattice), fresh);
        }
    }
}

#[test]
fn a_lattice_of_one_node_says_nothing() {
    let lattice = Lattice::<()>::new(1, Vec::new()).unwrap();
    let mut search = Search::new(&());
    assert_eq!(search.total(&lattice), 0.0);
    assert!(search.best_path(&lattice).unwrap().edges.is_empty());
    assert_eq!(search.posterior(&lattice, |_, _| ()), Some(0.0));
    let two = Length::exactly(2);
    let mut search = Search::new(&two);
    assert_eq!(search.best_path(&lattice), None);
    assert_eq!(search.posterior(&lattice, |_, _| ()), None);
}

#[test]
fn a_product_starts_from_every_supposition_of_either() {
    let both = (CheckDigits(Check::Verhoeff), Range::new(0, 99).unwrap());
    assert_eq!(both.starts().len(), 8 * 3);
    let accepted: Vec<usize> = (10..100)
        .filter(|number| both.weight(&of_text(&number.to_string())) == 0.0)
        .collect();
    let expected: Vec<usize> = (10..100)
        .filter(|number| Check::Verhoeff.holds(&[(number / 10) as u8, (number % 10) as u8]))
        .collect();
    assert_eq!(accepted, expected);
}
