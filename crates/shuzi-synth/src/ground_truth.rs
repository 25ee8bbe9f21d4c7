//! What a part of a synthetic page shows, by whose ink it has.

use shuzi_data::{NO_BIGRAM, NO_DIGIT};

use crate::handwriting::{OTHER, SyntheticPage};

/// Share of a digit's ink, and of the ink in a part that is the digit's, from
/// which it shows that digit, and under which it shows none. What lies between
/// is left out.
const WHOLE: [f64; 2] = [0.8, 0.85];
const PART: [f64; 2] = [0.6, 0.65];

/// Of a third digit's ink, the most that a part of two has and the least that one has
/// which shows no two.
const THIRD: [f64; 2] = [0.3, 0.45];

/// How many pixels each instance has, in a part or on a page.
type Counts = [usize; 256];

/// A synthetic page and how many pixels each instance has there.
#[derive(Clone, Debug)]
pub struct GroundTruth<'a> {
    page: &'a SyntheticPage,
    on_page: Counts,
}

impl<'a> GroundTruth<'a> {
    /// That of `page`.
    pub fn of(page: &'a SyntheticPage) -> Self {
        let mut on_page = [0; 256];
        for &instance in &page.instances {
            on_page[usize::from(instance)] += 1;
        }
        Self { page, on_page }
    }

    /// What `pixels` (`[x, y]`) have of each digit, on a picture of the page that is
    /// enlarged to `[height, width]`. Pixels past its edges are left out.
    pub fn coverage(
        &self,
        [height, width]: [usize; 2],
        pixels: impl IntoIterator<Item = [usize; 2]>,
    ) -> Coverage<'_> {
        let page = self.page;
        let mut counts = [0; 256];
        for [x, y] in pixels {
            if x < width && y < height {
                let (x, y) = (x * page.width / width, y * page.height / height);
                counts[usize::from(page.instances[y * page.width + x])] += 1;
            }
        }
        Coverage {
            counts,
            on_page: &self.on_page,
            digits: &page.digits,
            scale: (width * height) as f64 / (page.width * page.height) as f64,
        }
    }
}

/// What a part of a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// The page's digit, or digits from one, of this index.
    These(usize),
    /// Nothing of the kind.
    Nothing,
    Unclear,
}

/// The pixels that each digit has in a part of a page.
#[derive(Clone, Debug)]
pub struct Coverage<'a> {
    counts: Counts,
    on_page: &'a Counts,
    digits: &'a [u8],
    /// Pixels of the part for each of the page.
    scale: f64,
}

impl Coverage<'_> {
    /// The digit that is shown, or [`NO_DIGIT`]; `None` if that is not clear.
    pub fn digit(&self) -> Option<u8> {
        match self.one() {
            Shown::These(index) => self.digits.get(index).copied(),
            Shown::Nothing => Some(NO_DIGIT),
            Shown::Unclear => None,
        }
    }

    /// The two neighbours that are shown, as 10 times the first and the second, or
    /// [`NO_BIGRAM`]; `None` if that is not clear.
    pub fn bigram(&self) -> Option<u8> {
        match self.two() {
            Shown::These(index) => match self.digits.get(index..index + 2)? {
                [a, b] => Some(10 * a + b),
                _ => None,
            },
            Shown::Nothing => Some(NO_BIGRAM),
            Shown::Unclear => None,
        }
    }

    /// The share of an instance's ink that is in the part.
    fn share(&self, instance: usize) -> f64 {
        // Of one that was written over whole, none.
        self.counts[instance] as f64 / (self.on_page[instance] as f64 * self.scale).max(1.0)
    }

    fn written(&self) -> usize {
        self.counts[1..].iter().sum()
    }

    fn one(&self) -> Shown {
        let other = usize::from(OTHER);
        let digits = 1..other;
        let counts = &self.counts;
        let most = digits.clone().max_by_key(|instance| counts[*instance]);
        let Some(best) = most.filter(|best| counts[*best] > counts[other]) else {
            return Shown::Nothing;
        };
        // Two digits are none, however little ink the second has: often it is a 1.
        let mut others = digits.filter(|&instance| instance != best && counts[instance] > 0);
        if others.any(|instance| self.share(instance) >= PART[0]) {
            return Shown::Nothing;
        }
        let shares = [
            self.share(best),
            counts[best] as f64 / self.written() as f64,
        ];
        if shares[0] >= WHOLE[0] && shares[1] >= WHOLE[1] {
            Shown::These(best - 1)
        } else if shares[0] < PART[0] || shares[1] < PART[1] {
            Shown::Nothing
        } else {
            Shown::Unclear
        }
    }

    fn two(&self) -> Shown {
        let digits = self.digits.len();
        let most = |least: f64| (1..=digits).filter(move |instance| self.share(*instance) >= least);
        let (whole, part): (Vec<_>, Vec<_>) = (most(WHOLE[0]).collect(), most(PART[0]).collect());
        let (&[a, b], true) = (part.as_slice(), whole == part) else {
            return if part.len() == 2 {
                Shown::Unclear
            } else {
                Shown::Nothing
            };
        };
        if b != a + 1 {
            return Shown::Nothing;
        }
        let others = (1..=digits).filter(|instance| *instance != a && *instance != b);
        let third = others
            .map(|instance| self.share(instance))
            .fold(0.0, f64::max);
        let share = (self.counts[a] + self.counts[b]) as f64 / self.written() as f64;
        if share >= WHOLE[1] && third <= THIRD[0] {
            Shown::These(a - 1)
        } else if share < PART[1] || third >= THIRD[1] {
            Shown::Nothing
        } else {
            Shown::Unclear
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pixels of the first digits of a page and of what is no digit.
    fn counts(digits: &[usize], rest: usize) -> Counts {
        let mut counts = [0; 256];
        counts[1..=digits.len()].copy_from_slice(digits);
        counts[usize::from(OTHER)] = rest;
        counts
    }

    /// A part of a page of a 2, a 1 and a 7 that has so many pixels of its first digits
    /// and of what is none.
    fn part<'a>(page: &'a Counts, digits: &[usize], rest: usize, scale: f64) -> Coverage<'a> {
        Coverage {
            counts: counts(digits, rest),
            on_page: page,
            digits: &DIGITS[..digits.len()],
            scale,
        }
    }

    static DIGITS: [u8; 3] = [2, 1, 7];
    const NONE: Option<u8> = Some(NO_DIGIT);
    const NO_TWO: Option<u8> = Some(NO_BIGRAM);
    const UNCLEAR: Option<u8> = None;

    #[test]
    fn what_a_part_shows() {
        // A page of a 2 and a thin 1, and something beside them.
        let page = counts(&[100, 30], 200);
        let of = |two, one, rest, scale| part(&page, &[two, one], rest, scale).digit();
        assert_eq!(of(100, 0, 0, 1.0), Some(2));
        assert_eq!(of(85, 10, 5, 1.0), Some(2), "a piece of the next");
        assert_eq!(of(0, 30, 0, 1.0), Some(1));
        assert_eq!(of(100, 30, 0, 1.0), NONE, "both");
        assert_eq!(of(100, 18, 0, 1.0), NONE, "both");
        assert_eq!(of(50, 0, 0, 1.0), NONE, "half of one");
        assert_eq!(of(70, 0, 0, 1.0), UNCLEAR);
        assert_eq!(of(100, 0, 20, 1.0), UNCLEAR);
        assert_eq!(of(100, 0, 100, 1.0), NONE);
        assert_eq!(of(0, 0, 100, 1.0), NONE);
        assert_eq!(of(0, 0, 0, 1.0), NONE);
        // The part has four pixels for one of the page.
        assert_eq!(of(200, 0, 0, 4.0), NONE);
    }

    #[test]
    fn which_parts_show_two_digits() {
        let page = counts(&[100, 30, 100], 200);
        let of = |a, b, c, rest| part(&page, &[a, b, c], rest, 1.0).bigram();
        assert_eq!(of(100, 30, 0, 0), Some(21));
        assert_eq!(of(90, 28, 20, 0), Some(21), "a piece of the next");
        assert_eq!(of(90, 28, 32, 0), UNCLEAR);
        assert_eq!(of(95, 29, 10, 5), Some(21));
        assert_eq!(of(0, 30, 100, 0), Some(17));
        assert_eq!(of(100, 0, 100, 0), NO_TWO, "no neighbours");
        assert_eq!(of(100, 0, 0, 0), NO_TWO, "one");
        assert_eq!(of(100, 30, 100, 0), NO_TWO, "three");
        assert_eq!(of(100, 10, 0, 0), NO_TWO, "one and a third");
        assert_eq!(of(100, 20, 0, 0), UNCLEAR);
        assert_eq!(of(100, 30, 0, 30), UNCLEAR);
        assert_eq!(of(100, 30, 0, 100), NO_TWO);
        assert_eq!(of(100, 30, 50, 0), NO_TWO, "half of a third");
        assert_eq!(of(0, 0, 0, 0), NO_TWO);
    }

    #[test]
    fn pixels_are_counted_on_an_enlarged_picture() {
        // A 2 on the left, a 1 on the right; on the picture two pixels for one.
        let page = SyntheticPage {
            width: 4,
            height: 2,
            pixels: vec![0; 8],
            instances: vec![1, 1, 0, 2, 1, 1, 0, 2],
            digits: vec![2, 1],
        };
        let truth = GroundTruth::of(&page);
        let columns = |range: std::ops::Range<usize>| {
            let pixels = (0..4).flat_map(move |y| range.clone().map(move |x| [x, y]));
            truth.coverage([4, 8], pixels)
        };
        assert_eq!(columns(0..4).digit(), Some(2));
        assert_eq!(columns(6..8).digit(), Some(1));
        assert_eq!(columns(4..6).digit(), NONE);
        assert_eq!(columns(0..8).bigram(), Some(21));
        assert_eq!(
            columns(0..80).bigram(),
            Some(21),
            "past the edge is nothing"
        );
    }
}
