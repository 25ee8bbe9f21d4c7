//! Small matrix products with the left side read in place and the right side
//! packed: the one inner loop under convolutions and linear layers.
//!
//! A product is cut in tiles that stay in registers over the whole sum. The
//! right side is packed in panels of 16 columns (`[k][16]`, zero-filled). An
//! AVX2 machine takes 6 rows by one panel, which is two vectors; an AVX-512
//! machine 10 or 12 rows by two panels, of one vector each.
//!
//! Why not a crate: on the products of this house (at most a few hundred
//! rows) this loop beats `gemm` 0.19, because nothing is packed twice, and it
//! allocates nothing. `benches/engine.rs` measures both.

use pulp::{Simd, WithSimd};

use super::isa::arch;

/// Columns of a packed panel.
pub(crate) const PANEL: usize = 16;

/// Values of a packed `[k, n]` matrix.
pub(crate) fn packed_len(k: usize, n: usize) -> usize {
    n.div_ceil(PANEL) * PANEL * k
}

/// Packs the row-major matrix `b` (`k` rows, `n` columns, rows `stride` apart)
/// in panels.
pub(crate) fn pack(b: &[f32], stride: usize, k: usize, n: usize, packed: &mut [f32]) {
    if k == 0 {
        return;
    }
    for (j, panel) in packed
        .chunks_exact_mut(k * PANEL)
        .take(n.div_ceil(PANEL))
        .enumerate()
    {
        pack_panel(b, stride, n, j, panel);
    }
}

/// Packs panel `j` alone; its length gives `k`.
pub(crate) fn pack_panel(b: &[f32], stride: usize, n: usize, j: usize, panel: &mut [f32]) {
    let start = j * PANEL;
    let columns = PANEL.min(n - start);
    let (rows, _) = panel.as_chunks_mut::<PANEL>();
    for (k, row) in rows.iter_mut().enumerate() {
        let source = &b[k * stride + start..][..columns];
        match source.first_chunk() {
            Some(whole) => *row = *whole,
            None => pack_narrow(source, row),
        }
    }
}

// Out of line: a copy of known length takes two moves, this one a call.
#[cold]
#[inline(never)]
fn pack_narrow(source: &[f32], row: &mut [f32; PANEL]) {
    row[..source.len()].copy_from_slice(source);
    row[source.len()..].fill(0.0);
}

/// Addresses of positions on a grid: position `p` lies at
/// `start + (p / width) · line + (p % width) · step`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    pub(crate) start: usize,
    pub(crate) width: usize,
    pub(crate) line: usize,
    pub(crate) step: usize,
}

impl Grid {
    /// Rows of a matrix, `step` apart.
    pub(crate) fn rows(step: usize) -> Self {
        Self {
            start: 0,
            width: usize::MAX,
            line: 0,
            step,
        }
    }

    #[inline(always)]
    fn at(&self, p: usize) -> usize {
        if p < self.width {
            // Always so for rows of a matrix; a division costs a tile dear.
            return self.start + p * self.step;
        }
        self.start + p / self.width * self.line + p % self.width * self.step
    }

    /// One more than the largest address of `count` positions.
    fn end(&self, count: usize) -> usize {
        if count == 0 {
            return 0;
        }
        let lines = (count - 1) / self.width;
        let longest = if lines > 0 { self.width - 1 } else { count - 1 };
        self.start + lines * self.line + longest * self.step + 1
    }
}

/// What becomes of a tile's sums.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Epilogue<'a> {
    /// Written.
    Store,
    /// Added to what stands there.
    Accumulate,
    /// Written after the column's bias was added, below zero cut off if
    /// `relu`.
    Bias { bias: &'a [f32], relu: bool },
}

/// The result: rows `stride` apart, `columns` wide.
#[derive(Debug)]
pub(crate) struct Output<'a> {
    pub(crate) data: &'a mut [f32],
    pub(crate) stride: usize,
    pub(crate) columns: usize,
    pub(crate) epilogue: Epilogue<'a>,
}

/// `C = A · B` where row `r` of A is the concatenation of `runs.len()` pieces
/// of `run` values, piece `j` at `grid.at(r) + runs[j]`: a matrix as it
/// stands, or a padded feature map read as im2col would lay it out.
#[derive(Debug)]
pub(crate) struct Product<'a> {
    pub(crate) a: &'a [f32],
    pub(crate) grid: Grid,
    pub(crate) runs: &'a [usize],
    pub(crate) run: usize,
    pub(crate) rows: usize,
    /// Panels of `runs.len() · run` rows, `panel` values from one to the next.
    pub(crate) b: &'a [f32],
    pub(crate) panel: usize,
}

impl Product<'_> {
    /// Computes the product into `out`.
    pub(crate) fn write(self, out: Output<'_>) {
        let k = self.runs.len() * self.run;
        let furthest = self
            .runs
            .iter()
            .max()
            .map_or(0, |&offset| offset + self.run);
        assert!(self.rows == 0 || self.grid.end(self.rows) + furthest <= self.a.len() + 1);
        let panels = out.columns.div_ceil(PANEL);
        assert!(panels == 0 || (panels - 1) * self.panel + k * PANEL <= self.b.len());
        out.check(self.rows);
        arch().dispatch(Job { product: self, out });
    }
}

/// `C = Aᵀ · B` where row `p` of A starts at `grid.at(p)`: the sum runs over
/// positions, as in the gradient of a kernel.
#[derive(Debug)]
pub(crate) struct TransposedProduct<'a> {
    pub(crate) a: &'a [f32],
    pub(crate) grid: Grid,
    pub(crate) positions: usize,
    /// Columns of A, rows of the result.
    pub(crate) rows: usize,
    /// Panels of `positions` rows, `panel` values from one to the next.
    pub(crate) b: &'a [f32],
    pub(crate) panel: usize,
}

impl TransposedProduct<'_> {
    /// Computes the product into `out`.
    pub(crate) fn write(self, out: Output<'_>) {
        let end = self.grid.end(self.positions) + self.rows;
        assert!(self.positions == 0 || self.rows == 0 || end <= self.a.len() + 1);
        let panels = out.columns.div_ceil(PANEL);
        let last = panels.saturating_sub(1) * self.panel;
        assert!(panels == 0 || last + self.positions * PANEL <= self.b.len());
        out.check(self.rows);
        arch().dispatch(TransposedJob { product: self, out });
    }
}

impl Output<'_> {
    fn check(&self, rows: usize) {
        assert!(rows == 0 || (rows - 1) * self.stride + self.columns <= self.data.len());
        if let Epilogue::Bias { bias, .. } = self.epilogue {
            assert!(bias.len() >= self.columns);
        }
    }

    /// Writes `R` rows of sums from row `row`, column `column`.
    ///
    /// # Safety
    /// `check` held for at least `row + R` rows, and `column` is a multiple of
    /// [`PANEL`] below `columns`. Several panels must be whole.
    #[inline(always)]
    unsafe fn put<S: Simd, const R: usize, const V: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        sums: [[S::f32s; V]; R],
    ) {
        let width = self.columns - column;
        if width < V * S::F32_LANES {
            let mut values = [[0.0; PANEL]; R];
            for (values, sums) in values.iter_mut().zip(&sums) {
                for (v, &sum) in sums.iter().enumerate() {
                    // SAFETY: V vectors fill PANEL values.
                    unsafe { store(simd, values, v * S::F32_LANES, sum) };
                }
            }
            self.put_narrow(row, column, width, &values);
            return;
        }
        for (r, sums) in sums.into_iter().enumerate() {
            for (v, sum) in sums.into_iter().enumerate() {
                let offset = column + v * S::F32_LANES;
                let at = (row + r) * self.stride + offset;
                // SAFETY: the caller promised the rows; `offset` plus a vector
                // stays within `columns`, which `check` compared with the bias.
                unsafe {
                    let value = match self.epilogue {
                        Epilogue::Store => sum,
                        Epilogue::Accumulate => simd.add_f32s(sum, load(simd, self.data, at)),
                        Epilogue::Bias { bias, relu } => {
                            let sum = simd.add_f32s(sum, load(simd, bias, offset));
                            if relu {
                                simd.max_f32s(sum, simd.splat_f32s(0.0))
                            } else {
                                sum
                            }
                        }
                    };
                    store(simd, self.data, at, value);
                }
            }
        }
    }

    /// The last panel, where fewer than 16 columns are real.
    fn put_narrow(&mut self, row: usize, column: usize, width: usize, values: &[[f32; PANEL]]) {
        for (r, values) in values.iter().enumerate() {
            let at = (row + r) * self.stride + column;
            let target = &mut self.data[at..at + width];
            for (i, (target, &sum)) in target.iter_mut().zip(values).enumerate() {
                *target = match self.epilogue {
                    Epilogue::Store => sum,
                    Epilogue::Accumulate => *target + sum,
                    Epilogue::Bias { bias, relu } => {
                        let sum = sum + bias[column + i];
                        if relu { sum.max(0.0) } else { sum }
                    }
                };
            }
        }
    }
}

struct Job<'a, 'o> {
    product: Product<'a>,
    out: Output<'o>,
}

impl WithSimd for Job<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        // SAFETY: `Product::write` compared the furthest address of every
        // operand with its length before it built this job.
        unsafe { cover(simd, &mut self) };
    }
}

/// A product that is computed tile by tile.
trait Tiled {
    /// Whether the left side's values for the rows of a tile are neighbours.
    /// If not, each row takes a register for its address, of which there are
    /// 16: with 12 rows they spill to memory.
    const ADJACENT: bool;

    /// Rows and columns of the result.
    fn extent(&self) -> [usize; 2];

    /// Computes `R` rows by `V` vectors.
    ///
    /// # Safety
    /// The operands are as long as the product needs; the tile lies in the
    /// result, but for the columns of a last panel that are not real.
    unsafe fn tile<S: Simd, const R: usize, const V: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
    );
}

/// Covers a result with tiles that have as many sums as the registers hold.
///
/// # Safety
/// The operands of `job` are as long as the product needs.
#[inline(always)]
unsafe fn cover<S: Simd, J: Tiled>(simd: S, job: &mut J) {
    let [_, columns] = job.extent();
    let mut column = 0;
    // SAFETY: as the caller promises; tiles don't pass the last panel.
    unsafe {
        match S::F32_LANES {
            16 => {
                while column + 2 * PANEL <= columns {
                    if J::ADJACENT {
                        strip::<S, J, 12, 2>(simd, job, column);
                    } else {
                        strip::<S, J, 10, 2>(simd, job, column);
                    }
                    column += 2 * PANEL;
                }
                while column < columns {
                    strip::<S, J, 10, 1>(simd, job, column);
                    column += PANEL;
                }
            }
            lanes => {
                while column < columns {
                    match lanes {
                        8 => strip::<S, J, 6, 2>(simd, job, column),
                        4 => strip::<S, J, 4, 4>(simd, job, column),
                        _ => strip::<S, J, 2, 16>(simd, job, column),
                    }
                    column += PANEL;
                }
            }
        }
    }
}

/// Covers `V` vectors of columns by tiles of at most `MAX` rows, all about as
/// high.
///
/// # Safety
/// As for [`cover`].
#[inline(always)]
unsafe fn strip<S: Simd, J: Tiled, const MAX: usize, const V: usize>(
    simd: S,
    job: &mut J,
    column: usize,
) {
    let [rows, _] = job.extent();
    let tiles = rows.div_ceil(MAX);
    let mut row = 0;
    for tile in 1..=tiles {
        let end = tile * rows / tiles;
        // SAFETY: as the caller promises; `end` is at most `rows`.
        unsafe {
            match end - row {
                12 if MAX >= 12 => job.tile::<S, 12, V>(simd, row, column),
                11 if MAX >= 11 => job.tile::<S, 11, V>(simd, row, column),
                10 if MAX >= 10 => job.tile::<S, 10, V>(simd, row, column),
                9 if MAX >= 9 => job.tile::<S, 9, V>(simd, row, column),
                8 if MAX >= 8 => job.tile::<S, 8, V>(simd, row, column),
                7 if MAX >= 7 => job.tile::<S, 7, V>(simd, row, column),
                6 if MAX >= 6 => job.tile::<S, 6, V>(simd, row, column),
                5 if MAX >= 5 => job.tile::<S, 5, V>(simd, row, column),
                4 if MAX >= 4 => job.tile::<S, 4, V>(simd, row, column),
                3 if MAX >= 3 => job.tile::<S, 3, V>(simd, row, column),
                2 => job.tile::<S, 2, V>(simd, row, column),
                _ => job.tile::<S, 1, V>(simd, row, column),
            }
        }
        row = end;
    }
}

impl Tiled for Job<'_, '_> {
    const ADJACENT: bool = false;

    #[inline(always)]
    fn extent(&self) -> [usize; 2] {
        [self.product.rows, self.out.columns]
    }

    #[inline(always)]
    unsafe fn tile<S: Simd, const R: usize, const V: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
    ) {
        let Product {
            a,
            grid,
            runs,
            run,
            b,
            panel,
            ..
        } = self.product;
        let mut starts = [0; R];
        for (r, start) in starts.iter_mut().enumerate() {
            *start = grid.at(row + r);
        }
        let mut at = column / PANEL * panel;
        let mut sums = [[simd.splat_f32s(0.0); V]; R];
        for &offset in runs {
            for k in offset..offset + run {
                // SAFETY: as the caller promises.
                unsafe {
                    let b = vectors::<S, V>(simd, b, at, panel);
                    for (sums, start) in sums.iter_mut().zip(starts) {
                        accumulate(simd, sums, *a.get_unchecked(start + k), b);
                    }
                }
                at += PANEL;
            }
        }
        // SAFETY: the caller's rows lie inside the output.
        unsafe { self.out.put(simd, row, column, sums) };
    }
}

struct TransposedJob<'a, 'o> {
    product: TransposedProduct<'a>,
    out: Output<'o>,
}

impl WithSimd for TransposedJob<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        // SAFETY: `TransposedProduct::write` compared the furthest address of
        // every operand with its length before it built this job.
        unsafe { cover(simd, &mut self) };
    }
}

impl Tiled for TransposedJob<'_, '_> {
    const ADJACENT: bool = true;

    #[inline(always)]
    fn extent(&self) -> [usize; 2] {
        [self.product.rows, self.out.columns]
    }

    #[inline(always)]
    unsafe fn tile<S: Simd, const R: usize, const V: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
    ) {
        let TransposedProduct {
            a,
            grid,
            positions,
            b,
            panel,
            ..
        } = self.product;
        let mut at = column / PANEL * panel;
        let mut sums = [[simd.splat_f32s(0.0); V]; R];
        let mut left = positions;
        let mut line = grid.start + row;
        while left > 0 {
            let width = left.min(grid.width);
            let mut start = line;
            for _ in 0..width {
                // SAFETY: as the caller promises.
                unsafe {
                    let b = vectors::<S, V>(simd, b, at, panel);
                    for (r, sums) in sums.iter_mut().enumerate() {
                        accumulate(simd, sums, *a.get_unchecked(start + r), b);
                    }
                }
                at += PANEL;
                start += grid.step;
            }
            left -= width;
            line += grid.line;
        }
        // SAFETY: the caller's rows lie inside the output.
        unsafe { self.out.put(simd, row, column, sums) };
    }
}

/// `sums += a · b`.
#[inline(always)]
fn accumulate<S: Simd, const V: usize>(simd: S, sums: &mut [S::f32s; V], a: f32, b: [S::f32s; V]) {
    let a = simd.splat_f32s(a);
    for (sum, b) in sums.iter_mut().zip(b) {
        *sum = simd.mul_add_e_f32s(a, b, *sum);
    }
}

/// A row of `V` vectors from `at` on, those beyond a panel in the next one.
///
/// # Safety
/// `data` holds them.
#[inline(always)]
unsafe fn vectors<S: Simd, const V: usize>(
    simd: S,
    data: &[f32],
    at: usize,
    panel: usize,
) -> [S::f32s; V] {
    let mut result = [simd.splat_f32s(0.0); V];
    for (v, vector) in result.iter_mut().enumerate() {
        let offset = v * S::F32_LANES;
        // SAFETY: as the caller promises.
        *vector = unsafe { load(simd, data, at + offset / PANEL * panel + offset % PANEL) };
    }
    result
}

/// # Safety
/// `data` holds a vector from `at`.
#[inline(always)]
pub(crate) unsafe fn load<S: Simd>(_simd: S, data: &[f32], at: usize) -> S::f32s {
    debug_assert!(at + S::F32_LANES <= data.len());
    // SAFETY: the caller promises the range; every bit pattern is a vector.
    unsafe { data.as_ptr().add(at).cast::<S::f32s>().read_unaligned() }
}

/// # Safety
/// `data` holds a vector from `at`.
#[inline(always)]
pub(crate) unsafe fn store<S: Simd>(_simd: S, data: &mut [f32], at: usize, value: S::f32s) {
    debug_assert!(at + S::F32_LANES <= data.len());
    // SAFETY: the caller promises the range.
    unsafe {
        data.as_mut_ptr()
            .add(at)
            .cast::<S::f32s>()
            .write_unaligned(value);
    };
}

#[cfg(test)]
mod tests;
