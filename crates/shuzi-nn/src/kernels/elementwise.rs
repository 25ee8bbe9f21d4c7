//! Functions of single values: activations and sums.

use serde::{Deserialize, Serialize};

use super::{
    exponential::{erf, exp, sigmoid, tanh},
    vectorized::vectorized,
};

/// Function applied to each value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// `max(0, x)`.
    Relu,
    /// Hyperbolic tangent.
    Tanh,
    /// `1 / (1 + e⁻ˣ)`.
    Sigmoid,
    /// `x · Φ(x)`, Φ of the normal distribution (Hendrycks and Gimpel 2016).
    Gelu,
}

/// `y = f(x)`.
pub(crate) fn activate(function: Activation, x: &[f32], y: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            let values = y.iter_mut().zip(x);
            match function {
                Activation::Relu => values.for_each(|(y, &x)| *y = if x > 0.0 { x } else { 0.0 }),
                Activation::Tanh => values.for_each(|(y, &x)| *y = tanh(x)),
                Activation::Sigmoid => values.for_each(|(y, &x)| *y = sigmoid(x)),
                Activation::Gelu => values.for_each(|(y, &x)| *y = x * normal(x)),
            }
        },
    );
}

/// Φ: the share of the normal distribution below `x`.
#[inline(always)]
fn normal(x: f32) -> f32 {
    0.5 + 0.5 * erf(x * std::f32::consts::FRAC_1_SQRT_2)
}

/// The density of the normal distribution at `x`.
#[inline(always)]
fn normal_density(x: f32) -> f32 {
    const PEAK: f32 = 0.398_942_3; // 1 / √(2π)
    PEAK * exp(-0.5 * x * x)
}

/// `dx = dy · f′(x)`, where `y = f(x)`.
pub(crate) fn activate_backward(
    function: Activation,
    x: &[f32],
    y: &[f32],
    dy: &[f32],
    dx: &mut [f32],
) {
    vectorized(
        #[inline(always)]
        || {
            let values = dx.iter_mut().zip(y).zip(dy);
            match function {
                Activation::Relu => {
                    values.for_each(|((dx, &y), &dy)| *dx = if y > 0.0 { dy } else { 0.0 });
                }
                Activation::Tanh => values.for_each(|((dx, &y), &dy)| *dx = dy * (1.0 - y * y)),
                Activation::Sigmoid => values.for_each(|((dx, &y), &dy)| *dx = dy * y * (1.0 - y)),
                Activation::Gelu => values.zip(x).for_each(|(((dx, _), &dy), &x)| {
                    *dx = dy * (normal(x) + x * normal_density(x));
                }),
            }
        },
    );
}

/// `y += scale · x`.
pub(crate) fn add_scaled(scale: f32, x: &[f32], y: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            for (y, &x) in y.iter_mut().zip(x) {
                *y += scale * x;
            }
        },
    );
}

/// `y = scale · x`.
pub(crate) fn scaled(scale: f32, x: &[f32], y: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            for (y, &x) in y.iter_mut().zip(x) {
                *y = scale * x;
            }
        },
    );
}

/// Adds each column of `x` (`[rows, sum.len()]`) to `sum`.
pub(crate) fn add_columns(x: &[f32], sum: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            for x in x.chunks_exact(sum.len()) {
                for (sum, &x) in sum.iter_mut().zip(x) {
                    *sum += x;
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn activations_have_known_values() {
        let x = [-1.0, 0.0, 2.0];
        let cases = [
            (Activation::Relu, [0.0, 0.0, 2.0]),
            (Activation::Tanh, [-0.761_594_2, 0.0, 0.964_027_6]),
            (Activation::Sigmoid, [0.268_941_43, 0.5, 0.880_797]),
            // torch.nn.functional.gelu(torch.tensor([-1., 0., 2.]))
            (Activation::Gelu, [-0.158_655_26, 0.0, 1.954_499_7]),
        ];
        for (function, expected) in cases {
            let mut y = [f32::NAN; 3];
            activate(function, &x, &mut y);
            for (y, e) in y.iter().zip(expected) {
                assert!((y - e).abs() < 1e-6, "{function:?}: got {y}, expected {e}");
            }
        }
    }

    #[test]
    fn activation_gradients_equal_differences() {
        let x = [-1.3f32, -0.2, 0.4, 2.1];
        for function in [
            Activation::Relu,
            Activation::Tanh,
            Activation::Sigmoid,
            Activation::Gelu,
        ] {
            let f = |x: f32| {
                let mut y = [0.0];
                activate(function, &[x], &mut y);
                y[0]
            };
            let y = x.map(f);
            let mut dx = [f32::NAN; 4];
            activate_backward(function, &x, &y, &[2.0; 4], &mut dx);
            for (x, dx) in x.into_iter().zip(dx) {
                let difference = (f(x + 1e-3) - f(x - 1e-3)) / 1e-3;
                assert!(
                    (dx - difference).abs() < 1e-3,
                    "{function:?} at {x}: got {dx}, expected {difference}"
                );
            }
        }
    }

    #[test]
    fn sums_have_known_values() {
        let mut sum = [1.0, 2.0];
        add_columns(&[1.0, 10.0, 2.0, 20.0], &mut sum);
        assert_eq!(sum, [4.0, 32.0]);
        add_scaled(0.5, &[2.0, 4.0], &mut sum);
        assert_eq!(sum, [5.0, 34.0]);
        scaled(-2.0, &[1.0, 3.0], &mut sum);
        assert_eq!(sum, [-2.0, -6.0]);
    }
}
