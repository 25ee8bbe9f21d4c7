//! Kernels for the benches, which stand outside of the crate.

use crate::kernels::matmul::{Epilogue, Grid, Output, PANEL, Product, pack, packed_len};

/// A product `[m, k] · [k, n]`, its right side packed.
#[derive(Debug)]
pub struct PackedProduct {
    size: [usize; 3],
    a: Vec<f32>,
    b: Vec<f32>,
    c: Vec<f32>,
}

impl PackedProduct {
    /// Packs `b`.
    pub fn new(size: [usize; 3], a: Vec<f32>, b: &[f32]) -> Self {
        let [m, k, n] = size;
        let mut packed = vec![0.0; packed_len(k, n)];
        pack(b, n, k, n, &mut packed);
        Self {
            size,
            a,
            b: packed,
            c: vec![0.0; m * n],
        }
    }

    /// Computes it.
    pub fn run(&mut self) -> &[f32] {
        let [m, k, n] = self.size;
        Product {
            a: &self.a,
            grid: Grid::rows(k),
            runs: &[0],
            run: k,
            rows: m,
            b: &self.b,
            panel: k * PANEL,
        }
        .write(Output {
            data: &mut self.c,
            stride: n,
            columns: n,
            epilogue: Epilogue::Store,
        });
        &self.c
    }
}
