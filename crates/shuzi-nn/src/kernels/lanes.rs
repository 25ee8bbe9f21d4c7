//! Neighbouring channels in one vector; the last of a row may be narrower.
//!
//! Vectors and not arrays of floats: the compiler keeps an array that is read in
//! two ways in memory, and storing a block to load it again costs more than all
//! that is done with it.

use pulp::Simd;

/// The channels of `row` from `start`, zeros past its end.
#[inline(always)]
pub(crate) fn read<S: Simd>(simd: S, row: &[f32], start: usize) -> S::f32s {
    let rest = &row[start..];
    match rest.get(..S::F32_LANES) {
        Some(whole) => S::as_simd_f32s(whole).0[0],
        None => simd.partial_load_f32s(rest),
    }
}

/// Writes `values` to `row` from `start`, as many as fit.
#[inline(always)]
pub(crate) fn write<S: Simd>(simd: S, row: &mut [f32], start: usize, values: S::f32s) {
    let rest = &mut row[start..];
    match rest.get_mut(..S::F32_LANES) {
        Some(whole) => S::as_mut_simd_f32s(whole).0[0] = values,
        None => simd.partial_store_f32s(rest, values),
    }
}
