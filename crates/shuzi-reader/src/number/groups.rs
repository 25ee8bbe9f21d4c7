//! Points in a number: it is mostly written in groups of three digits, so where a point
//! stands tells how many follow it.

use crate::{number::Arc, number::arcs::Arcs};

/// Probability that a small piece low between two digits is a point.
const POINT: f64 = 0.9;

/// How likely two digits after a point are, as a share of three, and any other number.
/// None at all are as likely as three: a number may end with a point.
const TWO: f64 = 0.3;
const OTHER: f64 = 0.03;

/// What is known on the way through a line: 0 that no point was passed yet, n + 1 that n
/// digits were read since the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Since(usize);

impl Since {
    const NO_POINT: Self = Self(0);
    const POINT: Self = Self(1);
    /// Four digits or more.
    const MANY: Self = Self(5);

    fn all() -> impl Iterator<Item = Self> {
        (0..=Self::MANY.0).map(Self)
    }

    /// After one more digit.
    fn longer(self) -> Self {
        match self {
            Self::NO_POINT | Self::MANY => self,
            Self(known) => Self(known + 1),
        }
    }

    /// Logarithm of how likely a group is that ends here.
    fn closed(self) -> f64 {
        match self.0.checked_sub(1) {
            None | Some(0 | 3) => 0.0,
            Some(2) => TWO.ln(),
            Some(_) => OTHER.ln(),
        }
    }
}

/// A place of the new lattice: before or after the points of a place of the line's.
fn place(line: usize, points: Points, since: Since) -> usize {
    (2 * line + points as usize) * (Since::MANY.0 + 1) + since.0
}

/// Whether the points at a place of the line are still to come.
#[derive(Clone, Copy, Debug)]
enum Points {
    Ahead = 0,
    Passed = 1,
}

/// The arcs of a line, each once for all that may be known of its points, which stand at
/// `points`; as they are if there are none.
pub(crate) fn grouped(line: Arcs, points: &[usize]) -> Arcs {
    if points.is_empty() {
        return line;
    }
    let last = line.places - 1;
    let end = place(last, Points::Passed, Since::MANY) + 1;
    let mut grouped = Arcs::new(end + 1);
    for at in 0..line.places {
        for since in Since::all() {
            let ahead = place(at, Points::Ahead, since);
            let mut pass = |to: Since, log: f64| {
                grouped.pass(ahead, place(at, Points::Passed, to), log);
            };
            if points.contains(&at) {
                pass(since, (1.0 - POINT).ln());
                pass(Since::POINT, POINT.ln() + since.closed());
            } else {
                pass(since, 0.0);
            }
        }
    }
    for (arc, origin) in line.arcs.iter().zip(line.origin) {
        for since in Since::all() {
            let from = place(arc.from, Points::Passed, since);
            let to = |since| place(arc.to, Points::Ahead, since);
            grouped.pass(from, to(since), arc.skip);
            let digit = Arc {
                from,
                to: to(since.longer()),
                log: arc.log,
                skip: f64::NEG_INFINITY,
            };
            grouped.push(digit, origin);
        }
    }
    for since in Since::all() {
        grouped.pass(place(last, Points::Passed, since), end, since.closed());
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::arcs::Origin;
    use crate::number::{Constraints, Lattice, decode};

    /// Digits of which the network is sure, one after the other, with a doubtful one
    /// before place `doubtful`: a 0 or no digit.
    fn line(digits: &[u8], doubtful: usize) -> Arcs {
        let mut line = Arcs::new(digits.len() + 1);
        for (from, digit) in digits.iter().enumerate() {
            let mut log = [-12.0; 10];
            log[usize::from(*digit)] = 0.0;
            let skip = if from + 1 == doubtful { 0.1 } else { -12.0 };
            let arc = Arc {
                from,
                to: from + 1,
                log,
                skip,
            };
            line.push(arc, Some(Origin::Alone(from)));
        }
        line
    }

    /// What is read, and how likely that is.
    fn read(line: Arcs, points: &[usize]) -> (Vec<usize>, f64) {
        let Arcs {
            places,
            arcs,
            origin,
        } = grouped(line, points);
        let lattice = Lattice::new(places, arcs).unwrap();
        let found = decode(&lattice, &Constraints::default()).unwrap().unwrap();
        let digits = found.digits.iter().map(|(arc, _)| match origin[*arc] {
            Some(Origin::Alone(index)) => index,
            other => panic!("{other:?}"),
        });
        (digits.collect(), found.probability)
    }

    #[test]
    fn without_points_nothing_changes() {
        let plain = line(&[1, 2, 3], 2);
        assert_eq!(grouped(plain.clone(), &[]).arcs, plain.arcs);
    }

    #[test]
    fn three_digits_after_a_point_are_likelier_than_two_or_four() {
        // 1.000, the last of which may be none.
        let (digits, sure) = read(line(&[1, 0, 0, 0], 4), &[1]);
        assert_eq!(digits, [0, 1, 2, 3]);
        assert!(sure > 0.6);
        let (digits, without) = read(line(&[1, 0, 0, 0], 4), &[]);
        assert_eq!(digits, [0, 1, 2]);
        assert!(without < 0.6);
        // 1.2340, the last of which may be none.
        let (digits, sure) = read(line(&[1, 2, 3, 4, 0], 5), &[1]);
        assert_eq!(digits, [0, 1, 2, 3]);
        assert!(sure > 0.8);
    }

    #[test]
    fn a_point_bends_no_sure_digit_and_may_be_a_speck() {
        for (digits, points) in [
            (vec![1, 2, 5], vec![1]),
            (vec![1, 2, 5], vec![2, 2]),
            (vec![1, 2, 0, 0, 4, 5, 6, 7], vec![0, 1, 8]),
            (vec![1, 0, 0, 0], vec![4]),
        ] {
            let (read, sure) = read(line(&digits, 0), &points);
            assert_eq!(read, (0..digits.len()).collect::<Vec<_>>(), "{points:?}");
            assert!(sure > 0.99, "{digits:?}, {points:?}: {sure}");
        }
    }
}
