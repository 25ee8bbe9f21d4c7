//! Naive twins: the shortest right loops, for tests to compare with.

use rand::RngExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{Shape, Window};

/// `len` values in `[-1, 1)`, always the same for a seed.
pub(crate) fn random(seed: u64, len: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..len).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// Fails where the two differ by more than `tolerance`, relative to the
/// largest value.
#[track_caller]
pub(crate) fn assert_close(got: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(got.len(), expected.len(), "lengths");
    let largest = expected.iter().fold(1.0f32, |m, v| m.max(v.abs()));
    for (i, (g, e)) in got.iter().zip(expected).enumerate() {
        let near = (g - e).abs() <= tolerance * largest;
        assert!(near, "value {i}: got {g}, expected {e}");
    }
}

/// Row-major `[m, k] · [k, n]`.
pub(crate) fn matmul(a: &[f32], b: &[f32], m: usize, k: usize, n: usize) -> Vec<f32> {
    let mut c = vec![0.0; m * n];
    for row in 0..m {
        for column in 0..n {
            c[row * n + column] = (0..k).map(|i| a[row * k + i] * b[i * n + column]).sum();
        }
    }
    c
}

/// Calls `visit(input index, weight index, output index)` for every product
/// of a convolution of `n` images; weights are `[kh, kw, in / groups, out]`.
pub(crate) fn conv_terms(
    n: usize,
    input: Shape,
    window: &Window,
    out_channels: usize,
    groups: usize,
    mut visit: impl FnMut(usize, usize, usize),
) {
    let (gi, go) = (input.channels / groups, out_channels / groups);
    let [oh, ow] = window.output;
    for image in 0..n {
        for (y, x) in (0..oh).flat_map(|y| (0..ow).map(move |x| (y, x))) {
            for (ky, kx) in
                (0..window.kernel[0]).flat_map(|y| (0..window.kernel[1]).map(move |x| (y, x)))
            {
                let (Some(iy), Some(ix)) = (
                    window.source(0, y, ky, input.height),
                    window.source(1, x, kx, input.width),
                ) else {
                    continue;
                };
                for o in 0..out_channels {
                    for i in 0..gi {
                        let source = ((image * input.height + iy) * input.width + ix)
                            * input.channels
                            + o / go * gi
                            + i;
                        let weight = ((ky * window.kernel[1] + kx) * gi + i) * out_channels + o;
                        let target = ((image * oh + y) * ow + x) * out_channels + o;
                        visit(source, weight, target);
                    }
                }
            }
        }
    }
}
