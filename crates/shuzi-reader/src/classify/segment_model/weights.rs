use super::FEATURE_COUNT;

/// One weight for each name in [`super::FEATURE_NAMES`], as `shuzi dev fit-segment-model` fits them but
/// for one: it finds -0.030 for sides that are cut. In made lines more digits touch than on
/// paper, so that one was chosen by real amounts.
#[rustfmt::skip]
pub const WEIGHTS: [f64; FEATURE_COUNT] = [
    1.089, // digit: ln p of the network
    -0.960, // digit: ln p of no digit
    0.483, // digit
    2.501, // digit 0: lower than 0.85
    -6.223, // digit 1: lower than 0.85
    -0.688, // other digit: lower than 0.85
    0.014, // digit: lower than 0.5
    -3.797, // digit: higher than 1.15
    -0.077, // other digit than 1: wider than 0.85
    0.880, // digit: wider than 1.15
    -0.768, // digit 1: wider than 0.55
    2.679, // other digit than 1: narrower than 0.35
    -2.239, // digit: off the line
    -0.750, // digit: sides that are cut
    -0.116, // digit: strokes on the cuts
    -4.047, // digit: cut, and lower than 0.85
    0.725, // digit: parts that do not touch
    0.002, // digit: gaps between them
    -0.297, // none: ln p of the network
    -0.105, // none: ln p of the likeliest digit
    -0.771, // none
    -1.816, // none: height up to 1.2
    -0.499, // none: higher than 0.6
    -0.447, // none: sides that are cut
    -0.601, // none: strokes on the cuts
    -2.468, // none: width up to 1.5
    1.496, // none: off the line
    0.534, // none: parts that do not touch
];
