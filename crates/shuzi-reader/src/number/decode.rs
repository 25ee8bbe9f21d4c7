//! The most likely number among those that the rules allow, and how likely it
//! is among them.

use std::collections::BTreeMap;

use super::{Check, KnownNumbers, Lattice, Pattern, check::Direction};

/// Share of real numbers that don't obey the rules that they should: a reading
/// that only just can be made to is not believed.
const DISOBEYING: f64 = 1e-3;

/// How many times likelier ink is to be no number at all than in the lines of
/// handwriting that the weights were fitted to, as a logarithm: a stroke, a ring, a
/// letter. It tells on a lone digit, for which all that speaks is its own geometry, and
/// hardly on several in a row. The more, the fewer strokes are accepted and the fewer
/// photos of one digit: chosen so that half a percent of made strokes are.
const STRAY: f64 = 6.0;

/// What is known of a number before it is read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constraints {
    /// How many digits it has.
    pub length: Option<usize>,
    /// What it looks like.
    pub pattern: Option<Pattern>,
    /// The rule of its check digit.
    pub check: Option<Check>,
    /// How many cells were printed for it, a digit or none in each: the reader
    /// makes the lattice of them.
    pub cells: Option<usize>,
    /// All numbers that it may be.
    pub known: Option<KnownNumbers>,
}

/// Why rules can't be obeyed by any number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NumberError {
    /// Two rules ask for different lengths.
    #[error("the rules contradict each other: {first} digits and {second} digits")]
    Lengths {
        /// One of them.
        first: usize,
        /// The other, or the shortest of several.
        second: usize,
    },
    /// It would have more digits than cells.
    #[error("the rules contradict each other: {digits} digits in {cells} cells")]
    Cells {
        /// Digits that another rule asks for.
        digits: usize,
        /// Cells.
        cells: usize,
    },
}

/// A number that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Index of each digit's arc and its value, from left to right.
    pub digits: Vec<(usize, u8)>,
    /// Probability of this number, by all ways that give it, given that the
    /// digits are those of some way through the lattice and that all but one in
    /// a thousand obey the rules.
    pub probability: f64,
    /// Logarithm of how much likelier it is than the next in a list of known
    /// numbers; infinite if there is no other.
    pub margin: Option<f64>,
}

impl Found {
    /// The digits' values.
    fn values(&self) -> Vec<u8> {
        self.digits.iter().map(|(_, value)| *value).collect()
    }
}

impl Constraints {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Checks that some number may obey all of them.
    ///
    /// # Errors
    /// If two of them ask for different lengths, or for more digits than cells.
    pub fn validate(&self) -> Result<(), NumberError> {
        match (self.exact_length()?, self.cells) {
            (Some(digits), Some(cells)) if digits > cells => {
                Err(NumberError::Cells { digits, cells })
            }
            _ => Ok(()),
        }
    }

    /// The number of digits, if there is only one that is allowed.
    fn exact_length(&self) -> Result<Option<usize>, NumberError> {
        let mut exact = self.length;
        if let Some(pattern) = &self.pattern {
            let second = pattern.digits();
            match exact {
                Some(first) if first != second => {
                    return Err(NumberError::Lengths { first, second });
                }
                _ => exact = Some(second),
            }
        }
        if let Some(check) = self.check {
            match (exact, check.lengths()) {
                (Some(first), lengths @ [second, ..]) if !lengths.contains(&first) => {
                    let second = *second;
                    return Err(NumberError::Lengths { first, second });
                }
                (None, [only]) => exact = Some(*only),
                _ => {}
            }
        }
        Ok(exact)
    }
}

/// Finds the most likely number that the rules allow; `None` if there is no
/// way through the lattice that any of them obeys.
///
/// # Errors
/// If the rules contradict each other.
pub fn decode(lattice: &Lattice, rules: &Constraints) -> Result<Option<Found>, NumberError> {
    let exact = rules.exact_length()?;
    let free = Search::new(lattice, &Constraints::default(), None, None);
    if let Some(known) = &rules.known {
        return Ok(known.best(lattice, rules, free.total(), 0));
    }
    if rules.is_empty() {
        return Ok(likelier(lattice, &free));
    }
    let search = Search::new(lattice, rules, exact, None);
    let all = free.total();
    Ok(search.found(|number, total| believed(number, total, all).min(1.0)))
}

/// Of the numbers on the two likeliest ways the one that all ways together make
/// likelier: a digit may be cut in many ways.
fn likelier(lattice: &Lattice, free: &Search<'_>) -> Option<Found> {
    let all = with_strays(lattice, free);
    let probability = |number: f64, _| (number - all).exp().min(1.0);
    let first = free.found(probability)?;
    if first.probability >= 0.5 {
        return Some(first);
    }
    let digits = first.values();
    let others = Search::new(lattice, &Constraints::default(), None, Some(&digits));
    let second = others.found(probability);
    second
        .filter(|second| second.probability > first.probability)
        .or(Some(first))
}

/// Logarithm of the sum over all that the ink may be when nothing is known of it.
fn with_strays(lattice: &Lattice, free: &Search<'_>) -> f64 {
    log_add(free.total(), lattice.total_of(&[]) + STRAY)
}

/// The most likely number that the rules allow beside `first`, which is the most
/// likely one: another row of digits, not another way to the same. `None` if
/// there is no other.
///
/// # Errors
/// If the rules contradict each other.
pub fn runner_up(
    lattice: &Lattice,
    rules: &Constraints,
    first: &Found,
) -> Result<Option<Found>, NumberError> {
    let exact = rules.exact_length()?;
    let free = Search::new(lattice, &Constraints::default(), None, None);
    if let Some(known) = &rules.known {
        return Ok(known.best(lattice, rules, free.total(), 1));
    }
    let search = Search::new(lattice, rules, exact, Some(&first.values()));
    if rules.is_empty() {
        let all = with_strays(lattice, &free);
        return Ok(search.found(|number, _| (number - all).exp().min(1.0)));
    }
    let all = free.total();
    Ok(search.found(|number, total| believed(number, total, all).min(1.0)))
}

/// Probability of a number whose logarithm is `best` among those that obey
/// the rules (`total`) and all others (`all`).
pub(super) fn believed(best: f64, total: f64, all: f64) -> f64 {
    // Relative to what obeys, so that nothing underflows.
    let others = ((all - total).exp() - 1.0).max(0.0);
    (best - total).exp() / (1.0 + DISOBEYING * others)
}

/// What is known of a number's part: digits so far, the check's state, and how
/// many digits are those of the number to be avoided.
type State = (usize, u32, Same);

/// How far a number's part is the beginning of another number; `None` when it
/// is no more.
type Same = Option<usize>;

/// The ways that lead to a state at a place.
#[derive(Clone, Copy, Debug)]
struct Cell {
    /// Logarithm of the likeliest way's probability.
    best: f64,
    /// Logarithm of the sum of all.
    total: f64,
    /// The likeliest way's last arc, its digit if it is one, and the state
    /// before.
    back: Option<(usize, Option<u8>, State)>,
}

/// All ways through a lattice, state by state.
struct Search<'a> {
    lattice: &'a Lattice,
    direction: Direction,
    /// For each place, counted from where the search starts.
    cells: Vec<BTreeMap<State, Cell>>,
    /// States at the last place in which a number may end.
    ends: Vec<State>,
    /// Those in which the number to be avoided ends.
    avoided: Vec<State>,
}

impl<'a> Search<'a> {
    fn new(
        lattice: &'a Lattice,
        rules: &Constraints,
        exact: Option<usize>,
        avoid: Option<&[u8]>,
    ) -> Self {
        let direction = rules.check.map_or(Direction::FromLeft, Check::direction);
        // In the order in which digits are taken.
        let avoid: Option<Vec<u8>> = avoid.map(|digits| match direction {
            Direction::FromLeft => digits.to_vec(),
            Direction::FromRight => digits.iter().rev().copied().collect(),
        });
        let longer = |same: Same, digit: u8| {
            let next = avoid.as_ref()?.get(same?)?;
            (*next == digit).then_some(same? + 1)
        };
        let last = lattice.places() - 1;
        // Places from where the search starts.
        let mut arcs: Vec<(usize, usize, usize)> = lattice
            .arcs()
            .iter()
            .enumerate()
            .map(|(index, arc)| match direction {
                Direction::FromLeft => (arc.from, arc.to, index),
                Direction::FromRight => (last - arc.to, last - arc.from, index),
            })
            .collect();
        arcs.sort_unstable();
        let mut cells = vec![BTreeMap::new(); lattice.places()];
        cells[0].insert(
            (
                0,
                rules.check.map_or(0, Check::start),
                avoid.as_ref().map(|_| 0),
            ),
            Cell {
                best: 0.0,
                total: 0.0,
                back: None,
            },
        );
        // Without rules the digits so far make no difference.
        let counts = exact.is_some() || rules.check.is_some();
        for (from, to, index) in arcs {
            let (before, after) = cells.split_at_mut(from + 1);
            let target = &mut after[to - from - 1];
            for (&state, cell) in &before[from] {
                let (count, check_state, same) = state;
                let skip = lattice.arcs()[index].skip;
                if skip > f64::NEG_INFINITY {
                    let way = Cell {
                        best: cell.best + skip,
                        total: cell.total + skip,
                        back: Some((index, None, state)),
                    };
                    merge(target, state, way);
                }
                if exact.is_some_and(|exact| count >= exact) {
                    continue;
                }
                for (digit, log) in (0..).zip(lattice.arcs()[index].log) {
                    // A way on which there is no digit.
                    if log == f64::NEG_INFINITY {
                        continue;
                    }
                    let place = match (direction, exact) {
                        (Direction::FromRight, Some(exact)) => exact - 1 - count,
                        _ => count,
                    };
                    let allowed = |pattern: &Pattern| pattern.allows(place, digit);
                    if !rules.pattern.as_ref().is_none_or(allowed) {
                        continue;
                    }
                    let next = match rules.check {
                        Some(check) => check.step(check_state, count, digit),
                        None => Some(0),
                    };
                    let Some(next) = next else { continue };
                    let way = Cell {
                        best: cell.best + log,
                        total: cell.total + log,
                        back: Some((index, Some(digit), state)),
                    };
                    let count = if counts { count + 1 } else { 0 };
                    let next = (count, next, longer(same, digit));
                    merge(target, next, way);
                }
            }
        }
        let ends = cells[last].keys().copied().filter(|&(count, state, _)| {
            let long_enough = exact.is_none_or(|exact| count == exact);
            long_enough && rules.check.is_none_or(|check| check.accepts(state, count))
        });
        let whole = avoid.as_ref().map(Vec::len);
        let is_avoided = |state: &State| whole.is_some() && state.2 == whole;
        let (avoided, ends) = ends.partition(is_avoided);
        Self {
            lattice,
            direction,
            cells,
            ends,
            avoided,
        }
    }

    fn last(&self) -> &BTreeMap<State, Cell> {
        &self.cells[self.lattice.places() - 1]
    }

    /// Logarithm of the sum over all numbers.
    fn total(&self) -> f64 {
        let ends = self.ends.iter().chain(&self.avoided);
        let totals = ends.map(|end| self.last()[end].total);
        totals.fold(f64::NEG_INFINITY, log_add)
    }

    /// The likeliest number, if it has a digit.
    fn found(&self, probability: impl Fn(f64, f64) -> f64) -> Option<Found> {
        let end = self
            .ends
            .iter()
            .max_by(|a, b| self.last()[a].best.total_cmp(&self.last()[b].best))?;
        let best = self.last()[end].best;
        if !best.is_finite() {
            return None;
        }
        let mut digits = Vec::new();
        let (mut place, mut state) = (self.lattice.places() - 1, *end);
        while let Some((arc, digit, before)) = self.cells[place][&state].back {
            digits.extend(digit.map(|digit| (arc, digit)));
            let last = self.lattice.places() - 1;
            let ends = &self.lattice.arcs()[arc];
            place = match self.direction {
                Direction::FromLeft => ends.from,
                Direction::FromRight => last - ends.to,
            };
            state = before;
        }
        if digits.is_empty() {
            return None;
        }
        if self.direction == Direction::FromLeft {
            digits.reverse();
        }
        let values: Vec<u8> = digits.iter().map(|(_, value)| *value).collect();
        Some(Found {
            probability: probability(self.lattice.total_of(&values), self.total()),
            digits,
            margin: None,
        })
    }
}

fn merge(cells: &mut BTreeMap<State, Cell>, state: State, way: Cell) {
    cells
        .entry(state)
        .and_modify(|cell| {
            cell.total = log_add(cell.total, way.total);
            if way.best > cell.best {
                cell.best = way.best;
                cell.back = way.back;
            }
        })
        .or_insert(way);
}

/// `ln(eᵃ + eᵇ)`.
pub(crate) fn log_add(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY {
        return high;
    }
    high + (low - high).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::number::Arc;

    /// Probabilities that favour `digit` by `p`, and `second` next.
    fn mostly(digit: u8, p: f32, second: u8) -> [f32; 10] {
        let mut row = [0.02 * (1.0 - p) / 8.0; 10];
        row[usize::from(digit)] = p;
        row[usize::from(second)] = 0.98 * (1.0 - p);
        row
    }

    fn text(found: &Found) -> String {
        let digit = |(_, digit): &(usize, u8)| char::from(b'0' + digit);
        found.digits.iter().map(digit).collect()
    }

    /// 49927398716 obeys Luhn; its third digit looks more like a 4.
    fn misread() -> Lattice {
        let digits = b"49427398716".map(|byte| byte - b'0');
        let rows = digits
            .into_iter()
            .enumerate()
            .map(|(place, digit)| match place {
                2 => mostly(4, 0.6, 9),
                _ => mostly(digit, 0.99, (digit + 3) % 10),
            });
        Lattice::chain(rows)
    }

    #[test]
    fn a_check_digit_corrects_what_was_misread() {
        let raw = decode(&misread(), &Constraints::default())
            .unwrap()
            .unwrap();
        assert_eq!(text(&raw), "49427398716");
        let rules = Constraints {
            check: Some(Check::Luhn),
            ..Constraints::default()
        };
        let found = decode(&misread(), &rules).unwrap().unwrap();
        assert_eq!(text(&found), "49927398716");
        assert!(found.probability > 0.9, "{found:?}");
        assert!(found.digits.iter().map(|(arc, _)| *arc).eq(0..11));
    }

    #[test]
    fn a_sure_number_that_is_not_valid_is_not_believed() {
        let sure = Lattice::chain([7, 8, 9, 4, 3].map(|digit| mostly(digit, 0.999_99, 0)));
        let rules = Constraints {
            check: Some(Check::Luhn),
            ..Constraints::default()
        };
        let found = decode(&sure, &rules).unwrap().unwrap();
        assert!(found.probability < 0.05, "{found:?}");
    }

    #[test]
    fn a_lone_digit_may_be_a_stroke_unless_its_length_is_known() {
        let lattice = |places: usize| {
            let arcs = (0..places).map(|from| Arc {
                from,
                to: from + 1,
                log: mostly(1, 0.99, 7).map(|p| f64::from(p).ln()),
                skip: 0.004f64.ln(),
            });
            Lattice::new(places + 1, arcs.collect()).unwrap()
        };
        let probability = |places: usize, length| {
            let rules = Constraints {
                length,
                ..Constraints::default()
            };
            let found = decode(&lattice(places), &rules).unwrap().unwrap();
            assert_eq!(text(&found), "1".repeat(places));
            found.probability
        };
        let lone = probability(1, None);
        let expected = 0.99 / (1.0 + 0.004 + 0.004 * STRAY.exp());
        assert!(
            (lone - expected).abs() < 0.01,
            "{lone}, expected {expected}"
        );
        assert!(probability(1, Some(1)) > 0.98);
        // Two strokes as like as 1s in a row are hardly an accident.
        assert!(probability(2, None) > 0.96);
        // The next likeliest number is weighed likewise.
        let rules = Constraints::default();
        let first = decode(&lattice(1), &rules).unwrap().unwrap();
        let second = runner_up(&lattice(1), &rules, &first).unwrap().unwrap();
        let stray = 0.004 * STRAY.exp();
        let left = 1.0 - first.probability - second.probability;
        assert!(left > 0.5 * stray / (1.0 + stray), "{left}");
    }

    #[test]
    fn a_pattern_keeps_to_its_digits_from_either_end() {
        let rows = [mostly(7, 0.6, 1), mostly(0, 0.6, 6), mostly(3, 0.9, 8)];
        let pattern = Some(r"[01][6]\d".parse().unwrap());
        let rules = Constraints {
            pattern,
            ..Constraints::default()
        };
        let found = decode(&Lattice::chain(rows), &rules).unwrap().unwrap();
        assert_eq!(text(&found), "163");
        let rules = Constraints {
            check: Some(Check::Verhoeff), // from the right
            ..rules
        };
        let found = decode(&Lattice::chain(rows), &rules).unwrap().unwrap();
        let digits: Vec<u8> = found.digits.iter().map(|(_, digit)| *digit).collect();
        assert!(Check::Verhoeff.holds(&digits) && digits[0] <= 1 && digits[1] == 6);
    }

    #[test]
    fn lengths_that_contradict_each_other_are_refused() {
        let rules = Constraints {
            length: Some(12),
            check: Some(Check::Isbn13),
            ..Constraints::default()
        };
        assert_eq!(
            rules.validate(),
            Err(NumberError::Lengths {
                first: 12,
                second: 13
            })
        );
        let rules = Constraints {
            length: Some(4),
            pattern: Some(r"\d{5}".parse().unwrap()),
            ..Constraints::default()
        };
        assert!(decode(&misread(), &rules).is_err());
        let rules = Constraints {
            length: Some(4),
            cells: Some(3),
            ..Constraints::default()
        };
        let error = NumberError::Cells {
            digits: 4,
            cells: 3,
        };
        assert_eq!(rules.validate(), Err(error));
    }

    #[test]
    fn no_way_is_no_number() {
        let none = Lattice::new(3, Vec::new()).unwrap();
        assert_eq!(decode(&none, &Constraints::default()).unwrap(), None);
        let empty = Lattice::chain([]);
        assert_eq!(decode(&empty, &Constraints::default()).unwrap(), None);
        let rules = Constraints {
            length: Some(12),
            ..Constraints::default()
        };
        assert_eq!(decode(&misread(), &rules).unwrap(), None);
    }

    #[test]
    fn a_number_that_is_cut_in_many_ways_is_likelier_than_one_way_to_another() {
        let arc = |from, to, digit: usize, p: f64| {
            let mut log = [f64::NEG_INFINITY; 10];
            log[digit] = p.ln();
            let skip = f64::NEG_INFINITY;
            Arc {
                from,
                to,
                log,
                skip,
            }
        };
        // The likeliest way is 8; three ways give 10.
        let mut arcs = vec![arc(0, 4, 8, 0.4)];
        for cut in 1..4 {
            arcs.extend([arc(0, cut, 1, 0.5), arc(cut, 4, 0, 0.5)]);
        }
        let lattice = Lattice::new(5, arcs).unwrap();
        let found = decode(&lattice, &Constraints::default()).unwrap().unwrap();
        assert_eq!(found.values(), [1, 0]);
        assert!((found.probability - 0.75 / 1.15).abs() < 1e-9);
    }

    /// Every number that a lattice can be, with its probability.
    fn all_ways(lattice: &Lattice) -> Vec<(Vec<u8>, f64)> {
        let mut open = vec![(0, Vec::new(), 0.0)];
        let mut done = Vec::new();
        while let Some((place, digits, log)) = open.pop() {
            if place + 1 == lattice.places() {
                done.push((digits, log));
                continue;
            }
            for arc in lattice.arcs().iter().filter(|arc| arc.from == place) {
                if arc.skip.is_finite() {
                    open.push((arc.to, digits.clone(), log + arc.skip));
                }
                for (digit, arc_log) in (0..).zip(arc.log) {
                    let mut digits = digits.clone();
                    digits.push(digit);
                    open.push((arc.to, digits, log + arc_log));
                }
            }
        }
        done
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        /// The exact search against all numbers one by one, on lattices with a
        /// choice between cuts.
        #[test]
        fn decoding_equals_enumeration(
            logs in prop::collection::vec(prop::array::uniform10(-6.0..0.0), 6),
            check in prop::sample::select(Check::names().collect::<Vec<_>>()),
            length in prop::option::of(2usize..5),
        ) {
            let skip = [f64::NEG_INFINITY, -1.5];
            let arc = |from, to, index: usize| Arc {
                from,
                to,
                log: logs[index],
                skip: skip[index % 2],
            };
            let arcs = vec![
                arc(0, 1, 0), arc(1, 2, 1), arc(2, 3, 2), arc(3, 4, 3), arc(0, 2, 4), arc(2, 4, 5),
            ];
            let lattice = Lattice::new(5, arcs).unwrap();
            let check: Check = check.parse().unwrap();
            prop_assume!(check.lengths().is_empty());
            let rules = Constraints { length, check: Some(check), ..Constraints::default() };
            let ways = all_ways(&lattice);
            let obeying: Vec<_> = ways
                .iter()
                .filter(|(digits, _)| {
                    check.holds(digits) && length.is_none_or(|length| digits.len() == length)
                })
                .collect();
            let sum = |ways: &mut dyn Iterator<Item = &f64>| ways.map(|log| log.exp()).sum::<f64>();
            let found = decode(&lattice, &rules).unwrap();
            let best = obeying.iter().max_by(|a, b| a.1.total_cmp(&b.1));
            match (found, best) {
                (None, None) => {}
                (Some(found), Some((digits, _))) => {
                    let same = ways.iter().filter(|way| way.0 == *digits);
                    let number = sum(&mut same.map(|(_, log)| log));
                    let valid = sum(&mut obeying.iter().map(|(_, log)| log));
                    let all = sum(&mut ways.iter().map(|(_, log)| log));
                    let expected = number / (valid + DISOBEYING * (all - valid));
                    prop_assert!((found.probability / expected - 1.0).abs() < 1e-6);
                    let first: Vec<u8> = found.digits.iter().map(|(_, digit)| *digit).collect();
                    let others = obeying.iter().filter(|(digits, _)| *digits != first);
                    let other = others.max_by(|a, b| a.1.total_cmp(&b.1));
                    // A number has a digit.
                    let other = other.filter(|(digits, _)| !digits.is_empty());
                    let second = runner_up(&lattice, &rules, &found).unwrap();
                    prop_assert_eq!(second.is_some(), other.is_some());
                    if let (Some(second), Some((digits, _))) = (second, other) {
                        let same = ways.iter().filter(|way| way.0 == *digits);
                        let number = sum(&mut same.map(|(_, log)| log));
                        let expected = number / (valid + DISOBEYING * (all - valid));
                        prop_assert!((second.probability / expected - 1.0).abs() < 1e-6);
                    }
                }
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }
}
