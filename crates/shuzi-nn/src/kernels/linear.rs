//! Fully connected layers: a tall weight matrix that is read once, so that it
//! is packed panel by panel on the way instead of as a whole.

use super::matmul::{Epilogue, Grid, Output, PANEL, Product, TransposedProduct, pack_panel};

/// Rows of a panel that are packed at a time.
const BLOCK: usize = 64;

/// Values of scratch that [`forward_panel`] and [`data_gradient_panel`] need.
pub(crate) fn scratch_len(inputs: usize, outputs: usize) -> usize {
    PANEL * inputs.max(outputs)
}

/// Output columns `panel · 16` and following of `x · w`: `x` is
/// `[n, inputs]`, `w` `[inputs, outputs]`, `y` the panel `[n, 16]`.
pub(crate) fn forward_panel(
    x: &[f32],
    w: &[f32],
    inputs: usize,
    outputs: usize,
    panel: usize,
    scratch: &mut [f32],
    y: &mut [f32],
) {
    let packed = &mut scratch[..PANEL * inputs];
    pack_panel(w, outputs, outputs, panel, packed);
    panel_product(x, inputs, packed, y);
}

/// Columns `panel · 16` and following of `dy · wᵀ`, as a panel `[n, 16]`.
pub(crate) fn data_gradient_panel(
    dy: &[f32],
    w: &[f32],
    inputs: usize,
    outputs: usize,
    panel: usize,
    scratch: &mut [f32],
    dx: &mut [f32],
) {
    let packed = &mut scratch[..PANEL * outputs];
    let rows = w[panel * PANEL * outputs..]
        .chunks_exact(outputs)
        .take(PANEL.min(inputs - panel * PANEL));
    if rows.len() < PANEL {
        packed.fill(0.0);
    }
    // A few rows of the panel at a time, which the nearest cache holds while every
    // column is written.
    for (block, packed) in packed.chunks_mut(BLOCK * PANEL).enumerate() {
        for (column, row) in rows.clone().enumerate() {
            let targets = packed.iter_mut().skip(column).step_by(PANEL);
            for (target, &value) in targets.zip(&row[block * BLOCK..]) {
                *target = value;
            }
        }
    }
    panel_product(dy, outputs, packed, dx);
}

fn panel_product(a: &[f32], k: usize, packed: &[f32], c: &mut [f32]) {
    let rows = c.len() / PANEL;
    Product {
        a,
        grid: Grid::rows(k),
        runs: &[0],
        run: k,
        rows,
        b: packed,
        panel: k * PANEL,
    }
    .write(Output {
        data: c,
        stride: PANEL,
        columns: PANEL,
        epilogue: Epilogue::Store,
    });
}

/// Rows `row` and following of `xᵀ · dy`: `x` is `[n, inputs]`, `packed_dy`
/// `[n, outputs]` in panels, `gradient` `[rows, outputs]`.
pub(crate) fn weight_gradient_rows(
    x: &[f32],
    packed_dy: &[f32],
    n: usize,
    inputs: usize,
    outputs: usize,
    row: usize,
    gradient: &mut [f32],
) {
    TransposedProduct {
        a: x,
        grid: Grid {
            start: row,
            ..Grid::rows(inputs)
        },
        positions: n,
        rows: gradient.len() / outputs,
        b: packed_dy,
        panel: n * PANEL,
    }
    .write(Output {
        data: gradient,
        stride: outputs,
        columns: outputs,
        epilogue: Epilogue::Store,
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::{
        matmul::{pack, packed_len},
        reference::{assert_close, matmul, random},
    };

    fn transpose(m: &[f32], columns: usize) -> Vec<f32> {
        (0..columns)
            .flat_map(|c| m.iter().skip(c).step_by(columns).copied())
            .collect()
    }

    fn from_panels(panels: &[f32], n: usize, columns: usize) -> Vec<f32> {
        (0..n * columns)
            .map(|i| panels[(i % columns / PANEL * n + i / columns) * PANEL + i % columns % PANEL])
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn linear_equals_naive(n in 1usize..20, inputs in 1usize..50, outputs in 1usize..150) {
            let (x, w, dy) = (random(1, n * inputs), random(2, inputs * outputs), random(3, n * outputs));
            let mut scratch = vec![f32::NAN; scratch_len(inputs, outputs)];

            let mut y = vec![f32::NAN; packed_len(n, outputs)];
            for (panel, y) in y.chunks_exact_mut(n * PANEL).enumerate() {
                forward_panel(&x, &w, inputs, outputs, panel, &mut scratch, y);
            }
            assert_close(&from_panels(&y, n, outputs), &matmul(&x, &w, n, inputs, outputs), 1e-5);

            let mut dx = vec![f32::NAN; packed_len(n, inputs)];
            for (panel, dx) in dx.chunks_exact_mut(n * PANEL).enumerate() {
                data_gradient_panel(&dy, &w, inputs, outputs, panel, &mut scratch, dx);
            }
            let expected = matmul(&dy, &transpose(&w, outputs), n, outputs, inputs);
            assert_close(&from_panels(&dx, n, inputs), &expected, 1e-5);

            let mut packed = vec![f32::NAN; packed_len(n, outputs)];
            pack(&dy, outputs, n, outputs, &mut packed);
            let mut dw = vec![f32::NAN; inputs * outputs];
            for (task, rows) in dw.chunks_mut(7 * outputs).enumerate() {
                weight_gradient_rows(&x, &packed, n, inputs, outputs, task * 7, rows);
            }
            assert_close(&dw, &matmul(&transpose(&x, inputs), &dy, inputs, n, outputs), 1e-5);
        }
    }
}
