//! Exponential functions that compile to vectors, which those of the standard
//! library don't. Coefficients are those of Cephes (Moshier): errors are
//! within two units in the last place. NaN stays NaN.

/// `eˣ`, 0 or infinity where f32 ends within a few per cent.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    const LOWEST: f32 = -87.0;
    const HIGHEST: f32 = 88.0;
    /// Adding it leaves a value's integer part in the lowest bits.
    const ROUND: f32 = 12_582_912.0; // 1.5 · 2²³
    let x = if x < LOWEST { LOWEST } else { x };
    let x = if x > HIGHEST { HIGHEST } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // x − n · ln 2, in two steps lest the difference lose bits.
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    for c in [
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        0.5,
    ] {
        p = p * r + c;
    }
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000));
    (p * r * r + r + 1.0) * power
}

/// The hyperbolic tangent.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let square = x * x;
    let mut p = -5.704_988_7e-3;
    for c in [2.063_909e-2, -5.373_971_6e-2, 1.333_144_2e-1, -3.333_328e-1] {
        p = p * square + c;
    }
    let near_zero = p * square * x + x;
    let elsewhere = 1.0 - 2.0 / (exp(2.0 * x) + 1.0);
    if square < 0.390_625 {
        near_zero
    } else {
        elsewhere
    }
}

/// `1 / (1 + e⁻ˣ)`.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The error function, within 3e-7 (Abramowitz and Stegun 1964, 7.1.26).
#[inline(always)]
pub(crate) fn erf(x: f32) -> f32 {
    let size = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * size);
    let mut p = 1.061_405_4;
    for c in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        p = p * t + c;
    }
    let tail = p * t * exp(-size * size);
    if x < 0.0 { tail - 1.0 } else { 1.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erf_has_known_values() {
        // Python: math.erf(x)
        for (x, expected) in [
            (0.0, 0.0),
            (0.1, 0.112_462_92),
            (0.5, 0.520_499_9),
            (1.0, 0.842_700_8),
            (2.0, 0.995_322_3),
            (5.0, 1.0),
        ] {
            for (x, expected) in [(x, expected), (-x, -expected)] {
                let got = erf(x);
                assert!((got - expected).abs() < 5e-7, "erf {x}: {got}, {expected}");
            }
        }
    }

    #[test]
    fn they_equal_the_standard_library() {
        for i in -40_000..=40_000 {
            let x = i as f32 * 1e-3;
            let wide = f64::from(x);
            for (name, got, expected) in [
                ("exp", exp(x), wide.exp()),
                ("tanh", tanh(x), wide.tanh()),
                ("sigmoid", sigmoid(x), 1.0 / (1.0 + (-wide).exp())),
            ] {
                let error = (f64::from(got) - expected).abs() / expected.abs().max(1e-30);
                assert!(error < 3e-7, "{name}({x}): got {got}, expected {expected}");
            }
        }
    }

    #[test]
    fn ends_and_nan() {
        for function in [exp, tanh, sigmoid] {
            assert!(function(f32::NAN).is_nan());
        }
        for (far, expected) in [(f32::INFINITY, 1.0), (1e30, 1.0), (-1e30, -1.0)] {
            assert_eq!(tanh(far), expected);
        }
        assert!(sigmoid(f32::NEG_INFINITY) < 1e-37);
        assert_eq!(sigmoid(f32::INFINITY), 1.0);
        assert!(exp(f32::INFINITY) > 1e38);
    }
}
