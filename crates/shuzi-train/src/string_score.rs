//! How good readings are, against what the images really show.

use serde::Serialize;
use shuzi_reader::Reading;

/// A share with the range that it may be by chance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// How many.
    pub count: usize,
    /// Of how many.
    pub of: usize,
    /// `count / of`; 0 of none.
    pub share: f64,
    /// Wilson's interval at 95 % (1927); all of it if there are none.
    pub interval: [f64; 2],
}

impl Share {
    /// `count` of `of`.
    pub fn new(count: usize, of: usize) -> Self {
        if of == 0 {
            return Self {
                count,
                of,
                share: 0.0,
                interval: [0.0, 1.0],
            };
        }
        const Z: f64 = 1.959_964;
        let n = of as f64;
        let p = count as f64 / n;
        let scale = 1.0 + Z * Z / n;
        let centre = (p + Z * Z / (2.0 * n)) / scale;
        let half = Z / scale * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        Self {
            count,
            of,
            share: p,
            interval: [(centre - half).max(0.0), (centre + half).min(1.0)],
        }
    }
}

/// What many readings come to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StringScore {
    /// Images whose digits were all read right.
    pub exact: Share,
    /// Digits to be changed, added or taken away (Levenshtein), of the digits
    /// that the images show.
    pub digit_errors: Share,
    /// Images whose number was accepted.
    pub accepted: Share,
    /// Accepted numbers that were wrong.
    pub wrong_accepted: Share,
}

/// Counts readings.
#[derive(Clone, Copy, Debug, Default)]
pub struct StringTally {
    images: usize,
    exact: usize,
    digits: usize,
    edits: usize,
    accepted: usize,
    wrong_accepted: usize,
}

impl StringTally {
    /// Takes note of one image: its digits and what was read. Whether the
    /// reading was right; what is no digit in either does not count.
    pub fn add(&mut self, label: &str, reading: &Reading) -> bool {
        self.count(label, &reading.text, reading.accepted)
    }

    fn count(&mut self, label: &str, text: &str, accepted: bool) -> bool {
        let (label, read) = (only_digits(label), only_digits(text));
        let right = label == read;
        self.images += 1;
        self.exact += usize::from(right);
        self.digits += label.len();
        self.edits += strsim::levenshtein(&label, &read);
        self.accepted += usize::from(accepted);
        self.wrong_accepted += usize::from(accepted && !right);
        right
    }

    /// What it comes to.
    pub fn score(&self) -> StringScore {
        StringScore {
            exact: Share::new(self.exact, self.images),
            digit_errors: Share::new(self.edits.min(self.digits), self.digits),
            accepted: Share::new(self.accepted, self.images),
            wrong_accepted: Share::new(self.wrong_accepted, self.accepted),
        }
    }
}

fn only_digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_by_hand() {
        let mut tally = StringTally::default();
        assert!(tally.count("1.024,-", "10 24", true));
        assert!(!tally.count("555", "55", true));
        assert!(!tally.count("7", "", false));
        let score = tally.score();
        assert_eq!((score.exact.count, score.exact.of), (1, 3));
        assert_eq!((score.digit_errors.count, score.digit_errors.of), (2, 8));
        assert_eq!((score.accepted.count, score.wrong_accepted.of), (2, 2));
        assert_eq!(score.wrong_accepted.share, 0.5);
    }

    #[test]
    fn intervals_equal_published_ones() {
        // Wilson's interval of 81 out of 263 is 0.2553 to 0.3662 (Newcombe 1998).
        let share = Share::new(81, 263);
        assert!((share.interval[0] - 0.2553).abs() < 1e-4, "{share:?}");
        assert!((share.interval[1] - 0.3662).abs() < 1e-4, "{share:?}");
        assert_eq!(Share::new(0, 0).interval, [0.0, 1.0]);
    }
}
