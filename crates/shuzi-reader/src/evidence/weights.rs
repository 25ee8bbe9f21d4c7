use super::FEATURES;

/// One weight for each name in [`super::NAMES`], as `shuzi data evidence` fits them but
/// for one: it finds 0.346 for sides that are cut. In made lines more digits touch than on
/// paper, so that one was chosen by real amounts.
#[rustfmt::skip]
pub(super) const WEIGHTS: [f64; FEATURES] = [
    0.982, // digit: ln p of the network
    -0.914, // digit: ln p of no digit
    0.593, // digit
    1.834, // digit 0: lower than 0.85
    -4.734, // digit 1: lower than 0.85
    -0.064, // other digit: lower than 0.85
    0.124, // digit: lower than 0.5
    -1.465, // digit: higher than 1.15
    -0.300, // other digit than 1: wider than 0.85
    0.233, // digit: wider than 1.15
    -1.056, // digit 1: wider than 0.55
    0.408, // other digit than 1: narrower than 0.35
    -3.618, // digit: off the line
    -0.500, // digit: sides that are cut
    0.027, // digit: strokes on the cuts
    -5.677, // digit: cut, and lower than 0.85
    1.502, // digit: parts that do not touch
    0.167, // digit: gaps between them
    -0.531, // none: ln p of the network
    0.045, // none: ln p of the likeliest digit
    -0.514, // none
    -1.378, // none: height up to 1.2
    -0.058, // none: higher than 0.6
    -0.217, // none: sides that are cut
    -0.173, // none: strokes on the cuts
    -2.766, // none: width up to 1.5
    0.868, // none: off the line
    -0.927, // none: parts that do not touch
];
