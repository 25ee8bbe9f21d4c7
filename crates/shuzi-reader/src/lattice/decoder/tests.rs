use proptest::prelude::*;

use super::*;
use crate::lattice::{
    Edge, Label,
    acceptors::{Check, Length, Lexicon},
    symbols::{of_digits, of_text},
};

/// Probabilities that favour `digit` by `p`, and `second` next.
fn mostly(digit: u8, p: f64, second: u8) -> [f64; 10] {
    let mut row = [0.02 * (1.0 - p) / 8.0; 10];
    row[usize::from(digit)] = p;
    row[usize::from(second)] = 0.98 * (1.0 - p);
    row
}

/// Digits one after the other, each with the probabilities of its values and of none.
fn chain(rows: impl IntoIterator<Item = ([f64; 10], f64)>) -> Lattice<()> {
    let mut edges = Vec::new();
    let mut nodes = 1;
    for (row, none) in rows {
        let labels = Symbol::ALL.into_iter().map(Label::One).zip(row);
        let labels = labels.chain([(Label::Epsilon, none)]);
        edges.extend(labels.map(|(label, p)| Edge {
            from: nodes - 1,
            to: nodes,
            label,
            weight: p.ln(),
            source: (),
        }));
        nodes += 1;
    }
    Lattice::new(nodes, edges).unwrap()
}

fn sure(rows: impl IntoIterator<Item = [f64; 10]>) -> Lattice<()> {
    chain(rows.into_iter().map(|row| (row, 0.0)))
}

fn best(lattice: &Lattice<()>, constraints: &Constraints) -> Option<Found> {
    Decoder::new(constraints, DecoderParams::default()).best(lattice)
}

fn runner_up(lattice: &Lattice<()>, constraints: &Constraints, first: &Found) -> Option<Found> {
    Decoder::new(constraints, DecoderParams::default()).runner_up(lattice, first)
}

fn text(found: &Found) -> String {
    Symbol::text(&found.number)
}

/// 49927398716 obeys Luhn; its third digit looks more like a 4.
fn misread() -> Lattice<()> {
    let digits = b"49427398716".map(|byte| byte - b'0');
    let rows = digits.into_iter().enumerate();
    sure(rows.map(|(place, digit)| match place {
        2 => mostly(4, 0.6, 9),
        _ => mostly(digit, 0.99, (digit + 3) % 10),
    }))
}

fn luhn() -> Constraints {
    Constraints {
        check: Some(Check::Luhn),
        ..Constraints::default()
    }
}

#[test]
fn a_check_digit_corrects_what_was_misread() {
    let raw = best(&misread(), &Constraints::default()).unwrap();
    assert_eq!(text(&raw), "49427398716");
    let found = best(&misread(), &luhn()).unwrap();
    assert_eq!(text(&found), "49927398716");
    assert!(found.probability > 0.9, "{found:?}");
    assert_eq!(found.path.edges.len(), 11);
}

#[test]
fn a_sure_number_that_is_not_valid_is_not_believed() {
    let sure = sure([7, 8, 9, 4, 3].map(|digit| mostly(digit, 0.999_99, 0)));
    let found = best(&sure, &luhn()).unwrap();
    assert!(found.probability < 0.05, "{found:?}");
}

#[test]
fn a_lone_digit_may_be_a_stroke_unless_its_length_is_known() {
    let lattice = |digits: usize| chain((0..digits).map(|_| (mostly(1, 0.99, 7), 0.004)));
    let probability = |digits: usize, length: Option<usize>| {
        let constraints = Constraints {
            length: length.map(Length::exactly),
            ..Constraints::default()
        };
        let found = best(&lattice(digits), &constraints).unwrap();
        assert_eq!(text(&found), "1".repeat(digits));
        found.probability
    };
    let lone = probability(1, None);
    let stray = 0.004 * DecoderParams::default().stray.exp();
    let expected = 0.99 / (1.0 + 0.004 + stray);
    assert!(
        (lone - expected).abs() < 0.01,
        "{lone}, expected {expected}"
    );
    assert!(probability(1, Some(1)) > 0.98);
    // Two strokes as like as 1s in a row are hardly an accident.
    assert!(probability(2, None) > 0.96);
    // The next likeliest number is weighed likewise.
    let free = Constraints::default();
    let first = best(&lattice(1), &free).unwrap();
    let second = runner_up(&lattice(1), &free, &first).unwrap();
    let left = 1.0 - first.probability - second.probability;
    assert!(left > 0.5 * stray / (1.0 + stray), "{left}");
}

#[test]
fn constraints_hold_together() {
    let rows = [mostly(7, 0.6, 1), mostly(0, 0.6, 6), mostly(3, 0.9, 8)];
    let constraints = Constraints {
        pattern: Some(r"[01][6]\d".parse().unwrap()),
        ..Constraints::default()
    };
    let found = best(&sure(rows), &constraints).unwrap();
    assert_eq!(text(&found), "163");
    let constraints = Constraints {
        check: Some(Check::Verhoeff), // weighed from the right
        ..constraints
    };
    let found = best(&sure(rows), &constraints).unwrap();
    let digits: Vec<u8> = found.number.iter().filter_map(|s| s.digit()).collect();
    assert!(Check::Verhoeff.holds(&digits) && digits[0] <= 1 && digits[1] == 6);
}

#[test]
fn a_pattern_does_not_switch_off_what_numbers_are_like() {
    // A 1 as likely as a 9, a 0 as likely as a 6.
    let even = |a: usize, b: usize| {
        let mut row = [0.0; 10];
        (row[a], row[b]) = (0.5, 0.5);
        row
    };
    let constraints = Constraints {
        pattern: Some(r"\d{2}-\d".parse().unwrap()),
        ..Constraints::default()
    };
    let found = best(&sure([even(1, 9), even(5, 5), even(0, 6)]), &constraints).unwrap();
    assert_eq!(text(&found), "150");
    // Of a code nothing is expected.
    let constraints = Constraints {
        lexicon: Some(Lexicon::parse("156\n950").unwrap()),
        ..constraints
    };
    let found = best(&sure([even(1, 9), even(5, 5), even(0, 6)]), &constraints).unwrap();
    assert!(found.margin.unwrap().abs() < 1e-12);
}

#[test]
fn no_path_is_no_number() {
    let free = Constraints::default();
    assert_eq!(best(&Lattice::new(3, Vec::new()).unwrap(), &free), None);
    assert_eq!(best(&sure([]), &free), None);
    let length = Constraints {
        length: Some(Length::exactly(12)),
        ..free
    };
    assert_eq!(best(&misread(), &length), None);
}

#[test]
fn a_number_that_is_segmented_in_many_ways_is_likelier_than_one_path_to_another() {
    let edge = |from, to, text, p: f64| Edge {
        from,
        to,
        label: Label::One(of_text(text)[0]),
        weight: p.ln(),
        source: (),
    };
    // The likeliest path is 8; three paths give 21.
    let mut edges = vec![edge(0, 4, "8", 0.4)];
    for cut in 1..4 {
        edges.extend([edge(0, cut, "2", 0.5), edge(cut, 4, "1", 0.5)]);
    }
    let lattice = Lattice::new(5, edges).unwrap();
    for constraints in [
        Constraints::default(),
        Constraints {
            lexicon: Some(Lexicon::parse("8\n21\n").unwrap()),
            ..Constraints::default()
        },
    ] {
        let found = best(&lattice, &constraints).unwrap();
        assert_eq!(text(&found), "21");
        let second = runner_up(&lattice, &constraints, &found).unwrap();
        assert_eq!(text(&second), "8");
    }
}

#[test]
fn the_likeliest_of_a_list_is_found_with_its_margin() {
    let mut rows = [[0.001; 10]; 3];
    (rows[0][1], rows[0][7], rows[1][2], rows[2][3]) = (0.9, 0.09, 0.99, 0.99);
    let constraints = Constraints {
        lexicon: Some(Lexicon::parse("7-2-3\n\n 523\n99\n7 2 3\n").unwrap()),
        ..Constraints::default()
    };
    let found = best(&sure(rows), &constraints).unwrap();
    assert_eq!(text(&found), "723");
    let margin = found.margin.unwrap();
    assert!((margin - 90f64.ln()).abs() < 1e-9, "{margin}");
    let second = runner_up(&sure(rows), &constraints, &found).unwrap();
    assert_eq!(text(&second), "523");
    let one = Constraints {
        lexicon: Some(Lexicon::parse("723").unwrap()),
        ..constraints.clone()
    };
    assert_eq!(best(&sure(rows), &one).unwrap().margin, Some(f64::INFINITY));
    // Nothing of the list obeys the check as well.
    let both = Constraints {
        check: Some(Check::Isbn13),
        ..constraints
    };
    assert_eq!(best(&sure(rows), &both), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Confidence by its definition, on all numbers of three digits.
    #[test]
    fn confidence_is_the_share_of_what_obeys_and_may_disobey(
        rows in prop::array::uniform3(prop::array::uniform10(0.01..1.0f64)),
        check in prop::sample::select(vec![Check::Luhn, Check::Damm, Check::Iso7064Mod97_10]),
    ) {
        let lattice = sure(rows);
        let constraints = Constraints { check: Some(check), ..Constraints::default() };
        let numbers = (0..1000usize).map(|n| [n / 100, n / 10 % 10, n % 10]);
        let weighed = numbers.map(|digits| {
            let p: f64 = digits.iter().zip(&rows).map(|(digit, row)| row[*digit]).product();
            (digits.map(|digit| digit as u8), p)
        });
        let all: Vec<([u8; 3], f64)> = weighed.collect();
        let (obeying, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(digits, _)| check.holds(digits));
        let sum = |numbers: &[([u8; 3], f64)]| numbers.iter().map(|(_, p)| p).sum::<f64>();
        let (digits, p) = obeying.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        let found = best(&lattice, &constraints).unwrap();
        prop_assert_eq!(&found.number, &of_digits(digits));
        let expected = p / (sum(&obeying) + 1e-3 * sum(&others));
        prop_assert!((found.probability / expected - 1.0).abs() < 1e-9);
    }
}
