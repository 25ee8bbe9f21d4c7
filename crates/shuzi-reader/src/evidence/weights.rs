use super::FEATURES;

/// One weight for each name in [`super::NAMES`].
#[rustfmt::skip]
pub(super) const WEIGHTS: [f64; FEATURES] = [
    0.950, // digit: ln p of the network
    -0.869, // digit: ln p of no digit
    0.170, // digit
    2.073, // digit 0: lower than 0.85
    -4.728, // digit 1: lower than 0.85
    -0.258, // other digit: lower than 0.85
    0.677, // digit: lower than 0.5
    -1.232, // digit: higher than 1.15
    -1.385, // other digit than 1: wider than 0.85
    -0.633, // digit: wider than 1.15
    -1.784, // digit 1: wider than 0.55
    1.005, // other digit than 1: narrower than 0.35
    -2.649, // digit: off the line
    -0.143, // digit: sides that are cut
    0.220, // digit: strokes on the cuts
    -5.542, // digit: cut, and lower than 0.85
    0.713, // digit: parts that do not touch
    0.102, // digit: gaps between them
    -0.529, // none: ln p of the network
    -0.019, // none: ln p of the likeliest digit
    -0.510, // none
    -1.352, // none: height up to 1.2
    -0.177, // none: higher than 0.6
    -0.514, // none: sides that are cut
    -0.201, // none: strokes on the cuts
    -3.186, // none: width up to 1.5
    1.180, // none: off the line
    -0.472, // none: parts that do not touch
];
