//! Matrix products on one thread, ours and those of the crate `gemm`:
//! `cargo bench` in `benchmarks/gemm`.
//!
//! "Items" are floating-point operations, two for a multiply-add, so that
//! `Gitem/s` reads as GFLOP/s.

use divan::{Bencher, black_box, counter::ItemsCount};
use shuzi_nn::internals::PackedProduct;

fn main() {
    divan::main();
}

/// Rows, sum and columns, as in shuzi-nn's bench `engine`.
const PRODUCTS: [[usize; 3]; 6] = [
    [98, 32, 32],
    [64, 32, 128],
    [64, 128, 128],
    [16, 128, 256],
    [32, 256, 1024],
    [32, 4096, 4096],
];

fn flops([m, k, n]: [usize; 3]) -> ItemsCount {
    ItemsCount::new(2 * m * k * n)
}

/// Ours, the right side packed before.
#[divan::bench(args = PRODUCTS)]
fn shuzi(bencher: Bencher<'_, '_>, size: [usize; 3]) {
    let [m, k, n] = size;
    let mut product = PackedProduct::new(size, values(m * k), &values(k * n));
    bencher
        .counter(flops(size))
        .bench_local(|| black_box(product.run()[0]));
}

#[divan::bench(args = PRODUCTS)]
fn gemm(bencher: Bencher<'_, '_>, size: [usize; 3]) {
    let [m, k, n] = size;
    let (a, b, mut c) = (values(m * k), values(k * n), vec![0.0f32; m * n]);
    let stride = |columns: usize| columns as isize;
    bencher.counter(flops(size)).bench_local(|| {
        // SAFETY: the three slices hold as many values as sizes and strides
        // say.
        unsafe {
            gemm::gemm(
                m,
                n,
                k,
                c.as_mut_ptr(),
                1,
                stride(n),
                false,
                a.as_ptr(),
                1,
                stride(k),
                b.as_ptr(),
                1,
                stride(n),
                0.0,
                1.0,
                false,
                false,
                false,
                gemm::Parallelism::None,
            );
        }
        black_box(c[0])
    });
}

/// Values of 0 to 1 without much pattern.
fn values(len: usize) -> Vec<f32> {
    let values = (0..len as u32).map(|index| index.wrapping_mul(2_654_435_761) >> 24);
    values.map(|value| value as f32 / 255.0).collect()
}
