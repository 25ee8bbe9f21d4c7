use proptest::prelude::*;

use super::*;
use crate::kernels::reference::{assert_close, matmul, random};

fn product(m: usize, k: usize, n: usize, epilogue: Epilogue<'_>, c: &mut [f32]) {
    let (a, b) = (random(1, m * k), random(2, k * n));
    let mut packed = vec![f32::NAN; packed_len(k, n)];
    pack(&b, n, k, n, &mut packed);
    Product {
        a: &a,
        grid: Grid::rows(k),
        runs: &[0],
        run: k,
        rows: m,
        b: &packed,
        panel: k * PANEL,
    }
    .write(Output {
        data: c,
        stride: n,
        columns: n,
        epilogue,
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn product_equals_naive(m in 0usize..30, k in 1usize..40, n in 1usize..50) {
        let expected = matmul(&random(1, m * k), &random(2, k * n), m, k, n);
        let mut c = vec![f32::NAN; m * n];
        product(m, k, n, Epilogue::Store, &mut c);
        assert_close(&c, &expected, 1e-5);

        let mut c = vec![1.0; m * n];
        product(m, k, n, Epilogue::Accumulate, &mut c);
        let sums: Vec<f32> = expected.iter().map(|v| v + 1.0).collect();
        assert_close(&c, &sums, 1e-5);

        let bias = random(3, n);
        let mut c = vec![f32::NAN; m * n];
        product(m, k, n, Epilogue::Bias { bias: &bias, relu: true }, &mut c);
        let cut: Vec<f32> = expected.iter().enumerate().map(|(i, v)| (v + bias[i % n]).max(0.0)).collect();
        assert_close(&c, &cut, 1e-5);
    }

    #[test]
    fn transposed_product_equals_naive(
        lines in 1usize..5, width in 1usize..8, step in 1usize..20, gap in 0usize..9, rows in 1usize..30, n in 1usize..40,
    ) {
        let rows = rows.min(step);
        let line = width * step + gap;
        let positions = lines * width;
        let a = random(1, lines * line);
        let b = random(2, positions * n);
        let mut packed = vec![f32::NAN; packed_len(positions, n)];
        pack(&b, n, positions, n, &mut packed);
        let mut transposed = Vec::new();
        for r in 0..rows {
            for p in 0..positions {
                transposed.push(a[p / width * line + p % width * step + r]);
            }
        }
        let expected = matmul(&transposed, &b, rows, positions, n);
        let mut c = vec![f32::NAN; rows * n];
        TransposedProduct { a: &a, grid: Grid { start: 0, width, line, step }, positions, rows, b: &packed, panel: positions * PANEL }
            .write(Output { data: &mut c, stride: n, columns: n, epilogue: Epilogue::Store });
        assert_close(&c, &expected, 1e-5);
    }
}

/// A whole result with `n` columns.
fn stored(data: &mut [f32], n: usize) -> Output<'_> {
    Output {
        data,
        stride: n,
        columns: n,
        epilogue: Epilogue::Store,
    }
}

/// Both kinds of product with one instruction set, whatever the machine's
/// best is.
fn products_equal_naive_on<S: Simd>(simd: S) {
    for (m, k, n) in [
        (1, 1, 1),
        (5, 7, 3),
        (11, 16, 32),
        (23, 9, 50),
        (40, 33, 97),
    ] {
        let (a, b) = (random(1, m * k), random(2, k * n));
        let mut packed = vec![f32::NAN; packed_len(k, n)];
        pack(&b, n, k, n, &mut packed);
        let expected = matmul(&a, &b, m, k, n);
        let mut c = vec![f32::NAN; m * n];
        let product = Product {
            a: &a,
            grid: Grid::rows(k),
            runs: &[0],
            run: k,
            rows: m,
            b: &packed,
            panel: k * PANEL,
        };
        let out = stored(&mut c, n);
        simd.vectorize(Job { product, out });
        assert_close(&c, &expected, 1e-5);

        let mut turned = vec![0.0; k * m];
        for (i, value) in a.iter().enumerate() {
            turned[i % k * m + i / k] = *value;
        }
        let mut c = vec![f32::NAN; m * n];
        let product = TransposedProduct {
            a: &turned,
            grid: Grid::rows(m),
            positions: k,
            rows: m,
            b: &packed,
            panel: k * PANEL,
        };
        let out = stored(&mut c, n);
        simd.vectorize(TransposedJob { product, out });
        assert_close(&c, &expected, 1e-5);
    }
}

#[test]
fn every_instruction_set_gives_the_same() {
    products_equal_naive_on(pulp::Scalar::new());
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(simd) = pulp::x86::V3::try_new() {
            products_equal_naive_on(simd);
        }
        if let Some(simd) = pulp::x86::V4::try_new() {
            products_equal_naive_on(simd);
        }
    }
}

#[test]
#[should_panic(expected = "self.grid.end")]
fn short_left_side_is_refused() {
    Product {
        a: &[0.0; 7],
        grid: Grid::rows(4),
        runs: &[0],
        run: 4,
        rows: 2,
        b: &[0.0; 64],
        panel: 64,
    }
    .write(Output {
        data: &mut [0.0; 2],
        stride: 1,
        columns: 1,
        epilogue: Epilogue::Store,
    });
}
