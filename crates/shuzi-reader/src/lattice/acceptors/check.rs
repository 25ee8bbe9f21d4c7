//! Check digits as automata: what has been read so far, in so few states that
//! all numbers can be followed at once.

use std::str::FromStr;

/// A rule that the digits of a number obey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Luhn's (ISO/IEC 7812): credit cards, IMEI.
    Luhn,
    /// EAN and GTIN of 8, 12, 13 or 14 digits.
    Ean,
    /// Serial number and check digit of the Universal Postal Union's S10: the
    /// nine digits of a registered letter or parcel.
    UpuS10,
    /// ISBN of ten digits; those that end in X can't be read.
    Isbn10,
    /// ISBN of thirteen digits.
    Isbn13,
    /// Routing number of the American Bankers Association.
    Aba,
    /// ISO 7064, Mod 11,2; those that end in X can't be read.
    Iso7064Mod11_2,
    /// ISO 7064, Mod 11,10.
    Iso7064Mod11_10,
    /// ISO 7064, Mod 97,10.
    Iso7064Mod97_10,
    /// Verhoeff's (1969).
    Verhoeff,
    /// Damm's (2004).
    Damm,
    /// GB 11643-1999, the resident identity card of China: date of birth and
    /// ISO 7064, Mod 11,2; those that end in X can't be read.
    Gb11643,
}

/// From which end digits are counted; they are always taken from the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    FromLeft,
    FromRight,
}

/// Every check by its name on the command line.
const FEATURE_NAMES: [(&str, Check); 12] = [
    ("luhn", Check::Luhn),
    ("ean", Check::Ean),
    ("upu-s10", Check::UpuS10),
    ("isbn10", Check::Isbn10),
    ("isbn13", Check::Isbn13),
    ("aba", Check::Aba),
    ("iso7064-11-2", Check::Iso7064Mod11_2),
    ("iso7064-11-10", Check::Iso7064Mod11_10),
    ("iso7064-97", Check::Iso7064Mod97_10),
    ("verhoeff", Check::Verhoeff),
    ("damm", Check::Damm),
    ("gb11643", Check::Gb11643),
];

/// Weights of S10's serial number.
const S10: [u32; 8] = [8, 6, 4, 2, 3, 5, 9, 7];

/// Weights of a routing number, over and over.
const ABA: [u32; 3] = [3, 7, 1];

/// Verhoeff's permutation; the others are its powers.
const VERHOEFF: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/// Damm's quasigroup.
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// Product in the dihedral group of order 10: rotations 0 to 4, reflections 5
/// to 9.
fn dihedral(a: u32, b: u32) -> u32 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b) % 5,
        (false, true) => 5 + (a - b) % 5,
        (false, false) => (5 + a - b) % 5,
    }
}

/// Verhoeff's permutation, `times` times.
fn permuted(digit: u8, times: usize) -> u32 {
    let once = |digit, _| VERHOEFF[usize::from(digit)];
    u32::from((0..times % 8).fold(digit, once))
}

impl Check {
    /// Names of all checks.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FEATURE_NAMES.iter().map(|(name, _)| *name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        let own = FEATURE_NAMES.iter().find(|(_, check)| *check == self);
        own.map_or("", |(name, _)| name)
    }

    /// How many digits such numbers have; empty if any number of them, two at
    /// least.
    pub fn lengths(self) -> &'static [usize] {
        match self {
            Self::Ean => &[8, 12, 13, 14],
            Self::UpuS10 | Self::Aba => &[9],
            Self::Isbn10 => &[10],
            Self::Isbn13 => &[13],
            Self::Gb11643 => &[18],
            Self::Luhn
            | Self::Iso7064Mod11_2
            | Self::Iso7064Mod11_10
            | Self::Iso7064Mod97_10
            | Self::Verhoeff
            | Self::Damm => &[],
        }
    }

    /// Whether the number of these digits, each 0 to 9, obeys the rule.
    pub fn holds(self, digits: &[u8]) -> bool {
        let mut state = self.start();
        for (place, digit) in digits.iter().enumerate() {
            let index = match self.direction() {
                Direction::FromLeft => place,
                Direction::FromRight => digits.len() - 1 - place,
            };
            match self.step(state, index, *digit) {
                Some(next) => state = next,
                None => return false,
            }
        }
        self.accepts(state, digits.len())
    }

    pub(super) fn direction(self) -> Direction {
        match self {
            // The weight of a digit depends on how many follow.
            Self::Luhn | Self::Ean | Self::Isbn13 | Self::Verhoeff => Direction::FromRight,
            _ => Direction::FromLeft,
        }
    }

    pub(super) fn start(self) -> u32 {
        match self {
            Self::Iso7064Mod11_10 => 10,
            _ => 0,
        }
    }

    /// The state after `digit`, the `index`-th from the end where counting starts; `None` if
    /// no number goes on so.
    pub(super) fn step(self, state: u32, index: usize, digit: u8) -> Option<u32> {
        let d = u32::from(digit);
        let three_every_other = |state: u32| (state + if index % 2 == 1 { 3 * d } else { d }) % 10;
        Some(match self {
            Self::Luhn => {
                let doubled = if index % 2 == 1 {
                    2 * d - if d > 4 { 9 } else { 0 }
                } else {
                    d
                };
                (state + doubled) % 10
            }
            Self::Ean => three_every_other(state),
            Self::Isbn13 => {
                // From the right: the last of its thirteen is the prefix's 9.
                let prefix = match index {
                    10 => Some(&[8, 9][..]),
                    11 => Some(&[7][..]),
                    12 => Some(&[9][..]),
                    _ => None,
                };
                if prefix.is_some_and(|allowed| !allowed.contains(&digit)) {
                    return None;
                }
                three_every_other(state)
            }
            Self::UpuS10 => match S10.get(index) {
                Some(weight) => (state + weight * d) % 11,
                None => {
                    let expected = match 11 - state {
                        10 => 0,
                        11 => 5,
                        check => check,
                    };
                    return (index == S10.len() && d == expected).then_some(0);
                }
            },
            Self::Isbn10 => {
                let weight = 10u32.checked_sub(index as u32)?;
                (state + weight * d) % 11
            }
            Self::Aba => (state + ABA[index % 3] * d) % 10,
            Self::Iso7064Mod11_2 => (2 * state + d) % 11,
            // The state is the sum before the next digit; the last digit takes
            // no further step, so that the sum with it is kept as 100 + sum.
            Self::Iso7064Mod11_10 => {
                let before = if state >= 100 {
                    next_11_10(state - 100)
                } else {
                    state
                };
                100 + (before + d) % 10
            }
            Self::Iso7064Mod97_10 => (10 * state + d) % 97,
            // A product in which the digits further left stand further right.
            Self::Verhoeff => dihedral(permuted(digit, index), state),
            Self::Damm => u32::from(DAMM[state as usize][usize::from(digit)]),
            Self::Gb11643 => return gb11643(state, index, d),
        })
    }

    /// Where digits are weighed from the right: after how many the weights come again.
    pub(super) fn period(self) -> u8 {
        match self {
            Self::Verhoeff => 8,
            _ => 2,
        }
    }

    /// Whether a number of `length` digits may end in `state`.
    pub(super) fn accepts(self, state: u32, length: usize) -> bool {
        let lengths = self.lengths();
        let fits = match lengths {
            [] => length >= 2,
            lengths => lengths.contains(&length),
        };
        if !fits {
            return false;
        }
        match self {
            Self::Iso7064Mod11_2 | Self::Iso7064Mod97_10 => state == 1,
            Self::Iso7064Mod11_10 => state == 101,
            Self::Gb11643 => state % 11 == 1,
            _ => state == 0,
        }
    }
}

/// What the next digit is added to in ISO 7064, Mod 11,10, after the sum
/// `sum` modulo 10.
fn next_11_10(sum: u32) -> u32 {
    (2 * if sum == 0 { 10 } else { sum }) % 11
}

/// Region (6 digits), date of birth (8), order (3), check: `state` is the sum
/// modulo 11 and, within the date, 11 times the digit before.
fn gb11643(state: u32, index: usize, digit: u32) -> Option<u32> {
    let (sum, before) = (state % 11, state / 11);
    let allowed = match index {
        // Regions start with 1 to 8; centuries are 18, 19 and 20.
        0 => (1..=8).contains(&digit),
        6 => digit == 1 || digit == 2,
        7 => matches!((before, digit), (1, 8 | 9) | (2, 0)),
        10 => digit <= 1,
        11 => (1..=12).contains(&(10 * before + digit)),
        12 => digit <= 3,
        13 => (1..=31).contains(&(10 * before + digit)),
        _ => true,
    };
    let sum = (2 * sum + digit) % 11;
    let kept = match index {
        6 | 10 | 12 => 11 * digit,
        _ => 0,
    };
    allowed.then_some(sum + kept)
}

impl FromStr for Check {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = FEATURE_NAMES.iter().find(|(other, _)| *other == name);
        found.map(|(_, check)| *check).ok_or_else(|| {
            let names: Vec<_> = Self::names().collect();
            format!("expected one of {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Vec<u8> {
        text.bytes().map(|byte| byte - b'0').collect()
    }

    /// Examples that python-stdnum and the standards publish.
    const VALID: [(Check, &[&str]); 12] = [
        (
            Check::Luhn,
            &["78949", "4111111111111111", "490154203237518"],
        ),
        (
            Check::Ean,
            &[
                "73513537",
                "9780471117094",
                "98412345678908",
                "036000291452",
            ],
        ),
        (Check::UpuS10, &["473124829", "123456785"]),
        (Check::Isbn10, &["9024538270", "0306406152"]),
        (Check::Isbn13, &["9789024538270", "9780306406157"]),
        (Check::Aba, &["111000025", "021000021"]),
        (Check::Iso7064Mod11_2, &["07940"]),
        (Check::Iso7064Mod11_10, &["794623", "002006673085"]),
        (Check::Iso7064Mod97_10, &["9999123456789012141490"]),
        (Check::Verhoeff, &["12340", "2363"]),
        (Check::Damm, &["5724", "00123014764700968325"]),
        (Check::Gb11643, &["360426199101010071"]),
    ];

    #[test]
    fn published_numbers_hold_and_none_does_with_one_digit_changed() {
        for (check, numbers) in VALID {
            for number in numbers {
                let valid = digits(number);
                assert!(check.holds(&valid), "{} {number}", check.name());
                // S10 gives two sums the same check digit.
                let most = usize::from(check == Check::UpuS10);
                for place in 0..valid.len() {
                    let held = (0..10).filter(|&digit| {
                        digit != valid[place] && {
                            let mut wrong = valid.clone();
                            wrong[place] = digit;
                            check.holds(&wrong)
                        }
                    });
                    assert!(held.count() <= most, "{} {number}, {place}", check.name());
                }
            }
        }
    }

    #[test]
    fn other_lengths_do_not_hold() {
        for (check, numbers) in VALID {
            assert!(!check.holds(&[]), "{}", check.name());
            if !check.lengths().is_empty() {
                let longer = [&[0; 7], &digits(numbers[0])[..]].concat();
                assert!(!check.holds(&longer), "{}", check.name());
            }
        }
    }

    #[test]
    fn a_date_that_no_calendar_has_is_no_birthday() {
        // The right check digit, but month 13 and day 32.
        for number in ["36042619911301007", "36042619910132007"] {
            let held = (0..10).any(|check| {
                let mut number = digits(number);
                number.push(check);
                Check::Gb11643.holds(&number)
            });
            assert!(!held, "{number}");
        }
    }

    #[test]
    fn names_lead_back() {
        for name in Check::names() {
            assert_eq!(name.parse::<Check>().unwrap().name(), name);
        }
        let error = "crc32".parse::<Check>().unwrap_err();
        assert!(error.contains("luhn, ean"), "{error}");
    }
}
