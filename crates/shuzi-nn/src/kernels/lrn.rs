//! Local response normalisation of one image.

use serde::{Deserialize, Serialize};

use super::vectorized::vectorized;

/// Local response normalisation (Krizhevsky et al. 2012, §3.3), in PyTorch's
/// form: `x / (k + α/size · Σ x²)^β` over `size` neighbouring channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lrn {
    /// Channels in the sum.
    #[serde(default = "Lrn::default_size")]
    pub size: usize,
    /// α.
    #[serde(default = "Lrn::default_alpha")]
    pub alpha: f32,
    /// β.
    #[serde(default = "Lrn::default_beta")]
    pub beta: f32,
    /// k.
    #[serde(default = "Lrn::default_k")]
    pub k: f32,
}

impl Lrn {
    fn default_size() -> usize {
        5
    }

    fn default_alpha() -> f32 {
        1e-4
    }

    fn default_beta() -> f32 {
        0.75
    }

    fn default_k() -> f32 {
        1.0
    }
}

impl Default for Lrn {
    fn default() -> Self {
        Self {
            size: Self::default_size(),
            alpha: Self::default_alpha(),
            beta: Self::default_beta(),
            k: Self::default_k(),
        }
    }
}

/// `base^-beta`; the usual ¾ without a call to `powf`.
#[inline(always)]
fn decay(base: f32, beta: f32) -> f32 {
    if beta == 0.75 {
        let root = base.sqrt();
        1.0 / (root * root.sqrt())
    } else {
        base.powf(-beta)
    }
}

/// `k + α/size · Σ x²` for every value of one position.
#[inline(always)]
fn bases(lrn: &Lrn, x: &[f32], base: &mut [f32]) {
    base.fill(lrn.k);
    let scale = lrn.alpha / lrn.size as f32;
    // The neighbour at distance d behind and ahead, all channels at once.
    for distance in 0..lrn.size {
        let (skip_base, skip_x) = offsets(lrn, distance);
        for (base, &x) in base.iter_mut().skip(skip_base).zip(x.iter().skip(skip_x)) {
            *base += scale * x * x;
        }
    }
}

/// For the `distance`-th neighbour in the window: how many channels to skip
/// of the centre and of the neighbour.
#[inline(always)]
fn offsets(lrn: &Lrn, distance: usize) -> (usize, usize) {
    let behind = lrn.size / 2;
    (
        behind.saturating_sub(distance),
        distance.saturating_sub(behind),
    )
}

/// `x` to `y`, both `[positions, channels]`; `scratch` holds one position.
pub(crate) fn forward(lrn: &Lrn, channels: usize, x: &[f32], y: &mut [f32], scratch: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            let base = &mut scratch[..channels];
            for (x, y) in x.chunks_exact(channels).zip(y.chunks_exact_mut(channels)) {
                bases(lrn, x, base);
                for ((y, &x), &base) in y.iter_mut().zip(x).zip(&*base) {
                    *y = x * decay(base, lrn.beta);
                }
            }
        },
    );
}

/// The gradient of the input; `scratch` holds two positions.
pub(crate) fn backward(
    lrn: &Lrn,
    channels: usize,
    x: &[f32],
    dy: &[f32],
    dx: &mut [f32],
    scratch: &mut [f32],
) {
    vectorized(
        #[inline(always)]
        || {
            let (base, term) = scratch[..2 * channels].split_at_mut(channels);
            let scale = 2.0 * lrn.alpha / lrn.size as f32 * lrn.beta;
            let rows = x.chunks_exact(channels).zip(dy.chunks_exact(channels));
            for ((x, dy), dx) in rows.zip(dx.chunks_exact_mut(channels)) {
                bases(lrn, x, base);
                let values = x.iter().zip(dy).zip(&*base);
                for ((dx, term), ((&x, &dy), &base)) in dx.iter_mut().zip(&mut *term).zip(values) {
                    *dx = dy * decay(base, lrn.beta);
                    *term = scale * x * *dx / base;
                }
                for distance in 0..lrn.size {
                    // Turned round: the channels in whose window x stands.
                    let (skip_term, skip_x) = offsets(lrn, distance);
                    let terms = term.iter().skip(skip_term);
                    for ((dx, &x), &term) in dx.iter_mut().zip(x).skip(skip_x).zip(terms) {
                        *dx -= term * x;
                    }
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use proptest::prelude::*;

    use super::*;
    use crate::kernels::reference::{assert_close, random};

    /// Channels whose squares count for channel `c`.
    fn window(lrn: &Lrn, c: usize, channels: usize) -> Range<usize> {
        c.saturating_sub(lrn.size / 2)..(c + (lrn.size - 1) / 2 + 1).min(channels)
    }

    fn naive(lrn: &Lrn, c: usize, x: &[f64]) -> Vec<f64> {
        (0..x.len())
            .map(|i| {
                let row = i / c * c;
                let sum: f64 = window(lrn, i % c, c).map(|j| x[row + j].powi(2)).sum();
                let base = f64::from(lrn.k) + f64::from(lrn.alpha) / lrn.size as f64 * sum;
                x[i] / base.powf(f64::from(lrn.beta))
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn equals_naive_and_its_differences(
            positions in 1usize..4, c in 1usize..20, size in 1usize..7, usual: bool,
        ) {
            let beta = if usual { 0.75 } else { 0.6 };
            let lrn = Lrn { size, alpha: 0.5, beta, k: 1.5 };
            let x = random(1, positions * c);
            let wide: Vec<f64> = x.iter().map(|&v| f64::from(v)).collect();
            let mut scratch = vec![f32::NAN; 2 * c];
            let mut y = vec![f32::NAN; x.len()];
            forward(&lrn, c, &x, &mut y, &mut scratch);
            let expected: Vec<f32> = naive(&lrn, c, &wide).iter().map(|&v| v as f32).collect();
            assert_close(&y, &expected, 1e-5);

            let dy = random(2, x.len());
            let loss = |x: &[f64]| -> f64 {
                naive(&lrn, c, x).iter().zip(&dy).map(|(y, &dy)| y * f64::from(dy)).sum()
            };
            let expected: Vec<f32> = (0..x.len())
                .map(|i| {
                    let (mut up, mut down) = (wide.clone(), wide.clone());
                    up[i] += 1e-5;
                    down[i] -= 1e-5;
                    ((loss(&up) - loss(&down)) / 2e-5) as f32
                })
                .collect();
            let mut dx = vec![f32::NAN; x.len()];
            backward(&lrn, c, &x, &dy, &mut dx, &mut scratch);
            assert_close(&dx, &expected, 1e-4);
        }
    }
}
