//! Whose ink a crop of a made page shows.

use shuzi_data::{NO_DIGIT, NO_PAIR};
use shuzi_reader::{Components, Ink, Region};
use shuzi_synth::handwriting::{OTHER, SyntheticPage};

/// Share of a digit's ink, and of the ink in a crop that is the digit's, from
/// which it shows that digit, and under which it shows none. What lies between
/// is left out.
const WHOLE: [f64; 2] = [0.8, 0.85];
const PART: [f64; 2] = [0.6, 0.65];

/// Of a third digit's ink, the most that a crop of two has and the least that one has
/// which shows no two.
const THIRD: [f64; 2] = [0.3, 0.45];

/// How many pixels each owner has, in a crop or on a page.
type Owned = [usize; 256];

/// A made page and how many pixels each owner has there.
pub(super) struct Owners<'a> {
    page: &'a SyntheticPage,
    on_page: Owned,
}

impl<'a> Owners<'a> {
    pub(super) fn of(page: &'a SyntheticPage) -> Self {
        let mut on_page = [0; 256];
        for &owner in &page.instances {
            on_page[usize::from(owner)] += 1;
        }
        Self { page, on_page }
    }

    /// The pixels that each has in a part of the ink that was found on the page.
    fn share(&self, (ink, components): (&Ink, &Components), region: &Region) -> InCrop<'_> {
        let page = self.page;
        let bounds = &region.bounds;
        let mut own = [0; 256];
        for y in bounds.y..bounds.bottom() {
            for x in bounds.x..bounds.right() {
                let label = components.labels[y * ink.width + x];
                if region.labels.contains(&label) {
                    let (x, y) = (x * page.width / ink.width, y * page.height / ink.height);
                    own[usize::from(page.instances[y * page.width + x])] += 1;
                }
            }
        }
        let scale = (ink.width * ink.height) as f64 / (page.width * page.height) as f64;
        InCrop {
            own,
            on_page: &self.on_page,
            scale,
        }
    }

    /// What a crop shows: a digit of the page, or [`NO_DIGIT`]; `None` if that is not
    /// clear.
    pub(super) fn digit(&self, ink: (&Ink, &Components), region: &Region) -> Option<u8> {
        match self.share(ink, region).digit() {
            Shown::These(index) => self.page.digits.get(index).copied(),
            Shown::Nothing => Some(NO_DIGIT),
            Shown::Unclear => None,
        }
    }

    /// As [`Owners::digit`], of two neighbours: 10 times the first and the second, or
    /// [`NO_PAIR`].
    pub(super) fn pair(&self, ink: (&Ink, &Components), region: &Region) -> Option<u8> {
        match self.share(ink, region).pair(self.page.digits.len()) {
            Shown::These(index) => match self.page.digits.get(index..index + 2)? {
                [a, b] => Some(10 * a + b),
                _ => None,
            },
            Shown::Nothing => Some(NO_PAIR),
            Shown::Unclear => None,
        }
    }
}

/// What a crop shows of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// The page's digit, or digits from one, of this index.
    These(usize),
    /// Nothing of the kind.
    Nothing,
    Unclear,
}

/// The pixels that owners have in a crop, which has `scale` pixels for each of the page.
struct InCrop<'a> {
    own: Owned,
    on_page: &'a Owned,
    scale: f64,
}

impl InCrop<'_> {
    /// The share of an owner's ink that is in the crop.
    fn there(&self, owner: usize) -> f64 {
        // Of one that was written over whole, none.
        self.own[owner] as f64 / (self.on_page[owner] as f64 * self.scale).max(1.0)
    }

    fn written(&self) -> usize {
        self.own[1..].iter().sum()
    }

    fn digit(&self) -> Shown {
        let other = usize::from(OTHER);
        let digits = 1..other;
        let own = &self.own;
        let most = digits.clone().max_by_key(|owner| own[*owner]);
        let Some(best) = most.filter(|best| own[*best] > own[other]) else {
            return Shown::Nothing;
        };
        // Two digits are none, however little ink the second has: often it is a 1.
        let mut others = digits.filter(|&owner| owner != best && own[owner] > 0);
        if others.any(|owner| self.there(owner) >= PART[0]) {
            return Shown::Nothing;
        }
        let shares = [self.there(best), own[best] as f64 / self.written() as f64];
        if shares[0] >= WHOLE[0] && shares[1] >= WHOLE[1] {
            Shown::These(best - 1)
        } else if shares[0] < PART[0] || shares[1] < PART[1] {
            Shown::Nothing
        } else {
            Shown::Unclear
        }
    }

    /// Of a page with so many digits.
    fn pair(&self, digits: usize) -> Shown {
        let most = |least: f64| (1..=digits).filter(move |owner| self.there(*owner) >= least);
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
        let others = (1..=digits).filter(|owner| *owner != a && *owner != b);
        let third = others.map(|owner| self.there(owner)).fold(0.0, f64::max);
        let share = (self.own[a] + self.own[b]) as f64 / self.written() as f64;
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
    fn owned(digits: &[usize], rest: usize) -> Owned {
        let mut owned = [0; 256];
        owned[1..=digits.len()].copy_from_slice(digits);
        owned[usize::from(OTHER)] = rest;
        owned
    }

    /// A crop of a page that has so many pixels of its first digits and of what is none.
    fn crop<'a>(page: &'a Owned, digits: &[usize], rest: usize, scale: f64) -> InCrop<'a> {
        InCrop {
            own: owned(digits, rest),
            on_page: page,
            scale,
        }
    }

    const DIGIT: Shown = Shown::These(0);
    use Shown::{Nothing, Unclear};

    #[test]
    fn what_a_crop_shows() {
        // A page of a 2 and a thin 1, and something beside them.
        let page = owned(&[100, 30], 200);
        let of = |two, one, rest, scale| crop(&page, &[two, one], rest, scale).digit();
        assert_eq!(of(100, 0, 0, 1.0), DIGIT);
        assert_eq!(of(85, 10, 5, 1.0), DIGIT, "a piece of the next");
        assert_eq!(of(0, 30, 0, 1.0), Shown::These(1));
        assert_eq!(of(100, 30, 0, 1.0), Nothing, "both");
        assert_eq!(of(100, 18, 0, 1.0), Nothing, "both");
        assert_eq!(of(50, 0, 0, 1.0), Nothing, "half of one");
        assert_eq!(of(70, 0, 0, 1.0), Unclear);
        assert_eq!(of(100, 0, 20, 1.0), Unclear);
        assert_eq!(of(100, 0, 100, 1.0), Nothing);
        assert_eq!(of(0, 0, 100, 1.0), Nothing);
        assert_eq!(of(0, 0, 0, 1.0), Nothing);
        // The crop has four pixels for one of the page.
        assert_eq!(of(200, 0, 0, 4.0), Nothing);
    }

    #[test]
    fn which_crops_show_two_digits() {
        let page = owned(&[100, 30, 100], 200);
        let of = |a, b, c, rest| crop(&page, &[a, b, c], rest, 1.0).pair(3);
        assert_eq!(of(100, 30, 0, 0), DIGIT);
        assert_eq!(of(90, 28, 20, 0), DIGIT, "a piece of the next");
        assert_eq!(of(90, 28, 32, 0), Unclear);
        assert_eq!(of(95, 29, 10, 5), DIGIT);
        assert_eq!(of(0, 30, 100, 0), Shown::These(1));
        assert_eq!(of(100, 0, 100, 0), Nothing, "no neighbours");
        assert_eq!(of(100, 0, 0, 0), Nothing, "one");
        assert_eq!(of(100, 30, 100, 0), Nothing, "three");
        assert_eq!(of(100, 10, 0, 0), Nothing, "one and a third");
        assert_eq!(of(100, 20, 0, 0), Unclear);
        assert_eq!(of(100, 30, 0, 30), Unclear);
        assert_eq!(of(100, 30, 0, 100), Nothing);
        assert_eq!(of(100, 30, 50, 0), Nothing, "half of a third");
        assert_eq!(of(0, 0, 0, 0), Nothing);
    }
}
