//! Products of many rows with many rows, on all threads.

use ndarray::{Array2, ArrayView2, Axis, linalg::general_mat_mul};
use rayon::prelude::*;

/// Rows of the left side in one task.
const ROWS: usize = 128;

/// `a · bᵀ`: `[m, k]` and `[n, k]` give `[m, n]`.
pub(crate) fn products(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut result = Array2::zeros((a.nrows(), b.nrows()));
    let right = b.t();
    result
        .axis_chunks_iter_mut(Axis(0), ROWS)
        .into_par_iter()
        .zip(a.axis_chunks_iter(Axis(0), ROWS).into_par_iter())
        .for_each(|(mut result, a)| general_mat_mul(1.0, &a, &right, 0.0, &mut result));
    result
}

/// Squared length of each row.
pub(crate) fn squares(rows: ArrayView2<'_, f32>) -> Vec<f32> {
    rows.outer_iter().map(|row| row.dot(&row)).collect()
}
