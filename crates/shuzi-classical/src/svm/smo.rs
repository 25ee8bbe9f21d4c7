//! Sequential minimal optimisation of a support vector machine's dual, with
//! the working set chosen by second-order information (Fan, Chen and Lin
//! 2005, algorithm 2).

use ndarray::ArrayView2;

/// Largest violation of the optimality conditions that is left.
const TOLERANCE: f32 = 1e-3;

/// Least curvature along a direction; the kernel of equal images has none.
const LEAST_CURVATURE: f32 = 1e-12;

/// Most steps for each image: far more than any problem met takes, so that
/// one without an end in f32 ends all the same.
const STEPS_PER_IMAGE: usize = 1000;

/// Minimise `½ αᵀQα − Σα` with `0 ≤ α ≤ C`, `Σ yα = 0`, `Q = y yᵀ K`.
pub(super) struct Problem<'a> {
    /// K, `[n, n]`, row-major.
    pub(super) kernel: ArrayView2<'a, f32>,
    /// y: 1 or −1 for each image.
    pub(super) signs: &'a [f32],
    pub(super) c: f32,
}

pub(super) struct Solution {
    pub(super) alpha: Vec<f32>,
    /// What is subtracted from `Σ y α K` to decide.
    pub(super) offset: f32,
}

/// The next two coefficients to change.
struct WorkingSet {
    up: usize,
    low: usize,
}

pub(super) fn solve(problem: &Problem<'_>) -> Solution {
    let n = problem.signs.len();
    let mut alpha = vec![0.0f32; n];
    // Gradient of the objective.
    let mut gradient = vec![-1.0f32; n];
    for _ in 0..STEPS_PER_IMAGE * n {
        let Some(set) = choose(problem, &alpha, &gradient) else {
            break;
        };
        step(problem, &set, &mut alpha, &mut gradient);
    }
    Solution {
        offset: offset(problem, &alpha, &gradient),
        alpha,
    }
}

/// Whether `α` may move so that `yα` grows.
fn may_rise(sign: f32, alpha: f32, c: f32) -> bool {
    if sign > 0.0 { alpha < c } else { alpha > 0.0 }
}

/// The pair that violates optimality most, by the gain that it promises; none
/// if none does.
fn choose(problem: &Problem<'_>, alpha: &[f32], gradient: &[f32]) -> Option<WorkingSet> {
    let Problem { signs, c, .. } = *problem;
    let mut up = None;
    let mut most = f32::NEG_INFINITY;
    for (t, ((&sign, &alpha), &gradient)) in signs.iter().zip(alpha).zip(gradient).enumerate() {
        if may_rise(sign, alpha, c) && -sign * gradient >= most {
            most = -sign * gradient;
            up = Some(t);
        }
    }
    let up = up?;
    let row = problem.kernel.row(up);
    let own = row[up];
    let mut low = None;
    let mut least = f32::INFINITY;
    let mut best = f32::INFINITY;
    for (t, ((&sign, &alpha), &gradient)) in signs.iter().zip(alpha).zip(gradient).enumerate() {
        // It may fall where the opposite sign might rise.
        if !may_rise(-sign, alpha, c) {
            continue;
        }
        let value = -sign * gradient;
        least = least.min(value);
        let gap = most - value;
        if gap > 0.0 {
            // K is 1 on the diagonal of every normalised kernel; not assumed.
            let curvature = own + problem.kernel[[t, t]] - 2.0 * row[t];
            let gain = -gap * gap / curvature.max(LEAST_CURVATURE);
            if gain <= best {
                best = gain;
                low = Some(t);
            }
        }
    }
    if most - least < TOLERANCE {
        return None;
    }
    low.map(|low| WorkingSet { up, low })
}

/// Moves the two to their common minimum inside the box.
fn step(problem: &Problem<'_>, set: &WorkingSet, alpha: &mut [f32], gradient: &mut [f32]) {
    let (i, j) = (set.up, set.low);
    let (rows, signs) = (problem.kernel, problem.signs);
    let (row_i, row_j) = (rows.row(i), rows.row(j));
    let curvature = (row_i[i] + row_j[j] - 2.0 * row_i[j]).max(LEAST_CURVATURE);
    let gap = signs[j] * gradient[j] - signs[i] * gradient[i];
    // y α of the one rises by what the other's falls.
    let room = |sign: f32, alpha: f32| if sign > 0.0 { problem.c - alpha } else { alpha };
    let change = (gap / curvature)
        .min(room(signs[i], alpha[i]))
        .min(room(-signs[j], alpha[j]));
    let moved = |alpha: f32, by: f32| (alpha + by).clamp(0.0, problem.c);
    let before = [alpha[i], alpha[j]];
    alpha[i] = moved(alpha[i], signs[i] * change);
    alpha[j] = moved(alpha[j], -signs[j] * change);
    // What rounding left of the change, with the kernel's signs.
    let by_i = signs[i] * (alpha[i] - before[0]);
    let by_j = signs[j] * (alpha[j] - before[1]);
    for (((gradient, &sign), &k_i), &k_j) in gradient.iter_mut().zip(signs).zip(row_i).zip(row_j) {
        *gradient += sign * (by_i * k_i + by_j * k_j);
    }
}

/// The mean of `y · gradient` over coefficients inside the box, or the middle
/// of what the others allow.
fn offset(problem: &Problem<'_>, alpha: &[f32], gradient: &[f32]) -> f32 {
    let (mut sum, mut free) = (0.0f64, 0);
    let (mut lower, mut upper) = (f32::NEG_INFINITY, f32::INFINITY);
    for ((&sign, &alpha), &gradient) in problem.signs.iter().zip(alpha).zip(gradient) {
        let value = sign * gradient;
        let rises = may_rise(sign, alpha, problem.c);
        let falls = may_rise(-sign, alpha, problem.c);
        if rises && falls {
            sum += f64::from(value);
            free += 1;
        } else if rises {
            upper = upper.min(value);
        } else {
            lower = lower.max(value);
        }
    }
    if free > 0 {
        (sum / f64::from(free)) as f32
    } else {
        (lower + upper) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Whether a solution meets the conditions that only the best one meets
    /// (the dual is convex), computed anew in f64.
    #[test]
    fn solutions_are_optimal() {
        for (seed, c) in [(1, 0.5f32), (2, 5.0), (3, 1e3)] {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let n = 80;
            let points: Vec<[f64; 2]> = (0..n)
                .map(|_| [rng.random_range(-1.0..1.0), rng.random_range(-1.0..1.0)])
                .collect();
            // A circle, with one in ten on the wrong side.
            let signs: Vec<f32> = points
                .iter()
                .map(|[x, y]| {
                    let inside = x * x + y * y < 0.4;
                    if inside != (rng.random_range(0..10) == 0) {
                        1.0
                    } else {
                        -1.0
                    }
                })
                .collect();
            let kernel = Array2::from_shape_fn((n, n), |(i, j)| {
                let (a, b) = (points[i], points[j]);
                (-2.0 * ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2))).exp() as f32
            });
            let problem = Problem {
                kernel: kernel.view(),
                signs: &signs,
                c,
            };
            let Solution { alpha, offset } = solve(&problem);
            let balance: f64 = alpha
                .iter()
                .zip(&signs)
                .map(|(a, s)| f64::from(a * s))
                .sum();
            assert!(balance.abs() < 1e-3 * f64::from(c), "Σ yα = {balance}");
            for i in 0..n {
                let sum: f64 = (0..n)
                    .map(|j| f64::from(alpha[j] * signs[j]) * f64::from(kernel[[i, j]]))
                    .sum();
                let margin = f64::from(signs[i]) * (sum - f64::from(offset));
                let slack = 1e-2;
                if alpha[i] == 0.0 {
                    assert!(
                        margin > 1.0 - slack,
                        "C {c}, {i}: margin {margin} without support"
                    );
                } else if alpha[i] < c {
                    assert!(
                        (margin - 1.0).abs() < slack,
                        "C {c}, {i}: margin {margin} inside"
                    );
                } else {
                    assert!(
                        margin < 1.0 + slack,
                        "C {c}, {i}: margin {margin} at the bound"
                    );
                }
            }
        }
    }

    #[test]
    fn equal_images_with_opposite_labels_end() {
        let kernel = Array2::from_elem((2, 2), 1.0);
        let problem = Problem {
            kernel: kernel.view(),
            signs: &[1.0, -1.0],
            c: 1.0,
        };
        let Solution { alpha, offset } = solve(&problem);
        assert_eq!(alpha, [1.0, 1.0]);
        assert!(offset.is_finite());
    }
}
