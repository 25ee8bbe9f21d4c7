use super::*;
use crate::classify::posterior::PosteriorParams;

impl Geometry {
    fn weigh_by_default(&self, scores: &Posterior) -> ([f64; DIGITS], f64) {
        self.weigh(scores, &SegmentModelParams::default())
    }
}

/// A network that is nearly sure of `class`, 10 for no digit.
fn sure_of(class: usize) -> Posterior {
    let mut row = [0.005; DIGITS + 1];
    row[class] = 0.95;
    Posterior::of_digit(&row, &PosteriorParams::default())
}

/// A digit as high as its line that stands alone.
fn plain() -> Geometry {
    Geometry {
        height: 1.0,
        width: 0.6,
        ..Geometry::default()
    }
}

#[test]
fn a_plain_digit_is_what_the_network_says() {
    for value in 0..DIGITS {
        let (digits, none) = plain().weigh_by_default(&sure_of(value));
        let best = (0..DIGITS).max_by(|&a, &b| digits[a].total_cmp(&digits[b]));
        assert_eq!(best, Some(value));
        assert!(digits[value] > none + 2.0, "{value}: {digits:?}, {none}");
    }
    let (digits, none) = plain().weigh_by_default(&sure_of(DIGITS));
    assert!(digits.iter().all(|digit| *digit < none));
}

#[test]
fn what_is_low_or_cut_is_less_of_a_digit() {
    let lead = |geometry: Geometry| {
        let (digits, none) = geometry.weigh_by_default(&sure_of(7));
        digits[7] - none
    };
    let low = Geometry {
        height: 0.3,
        off: 0.35,
        ..plain()
    };
    assert!(lead(low) < lead(plain()));
    // The upper half of a digit, cut off, may look like another.
    let half = |cuts: f64| Geometry {
        height: 0.5,
        cuts,
        ..plain()
    };
    let weight = |geometry: Geometry| geometry.weigh_by_default(&sure_of(7)).0[7];
    assert!(weight(half(1.0)) < weight(half(0.0)));
}

#[test]
fn every_weight_and_score_is_a_number() {
    assert!(WEIGHTS.iter().all(|weight| weight.is_finite()));
    let nothing = Posterior::of_digit(&[], &PosteriorParams::default());
    let (digits, none) = Geometry::default().weigh_by_default(&nothing);
    assert!(none.is_finite() && digits.iter().all(|log| log.is_finite()));
}

#[test]
fn the_weights_are_those_that_were_fitted() {
    assert_eq!(SegmentModelParams::default().weights(), WEIGHTS);
}

#[test]
fn without_geometry_size_place_and_cuts_say_nothing() {
    let params = SegmentModelParams {
        geometry: None,
        ..SegmentModelParams::default()
    };
    let odd = Geometry {
        height: 0.3,
        width: 2.0,
        cuts: 2.0,
        ..Geometry::default()
    };
    assert_eq!(
        odd.weigh(&sure_of(3), &params),
        plain().weigh(&sure_of(3), &params)
    );
}
