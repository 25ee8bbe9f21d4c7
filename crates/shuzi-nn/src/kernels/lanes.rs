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

#[cfg(test)]
mod tests {
    use pulp::WithSimd;

    use super::*;
    use crate::kernels::reference::random;

    struct Double<'a> {
        from: &'a [f32],
        to: &'a mut [f32],
    }

    impl WithSimd for Double<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            for start in (0..self.from.len()).step_by(S::F32_LANES) {
                let values = read(simd, self.from, start);
                write(simd, self.to, start, simd.add_f32s(values, values));
            }
        }
    }

    fn rows_of_any_length_are_whole_on(simd: impl Simd) {
        for len in 0..70 {
            let from = random(1, len);
            let mut to = vec![f32::NAN; len];
            simd.vectorize(Double {
                from: &from,
                to: &mut to,
            });
            let expected: Vec<f32> = from.iter().map(|value| 2.0 * value).collect();
            assert_eq!(to, expected);
        }
    }

    #[test]
    fn rows_of_any_length_are_whole_with_every_instruction_set() {
        rows_of_any_length_are_whole_on(pulp::Scalar::new());
        #[cfg(target_arch = "x86_64")]
        {
            if let Some(simd) = pulp::x86::V3::try_new() {
                rows_of_any_length_are_whole_on(simd);
            }
            if let Some(simd) = pulp::x86::V4::try_new() {
                rows_of_any_length_are_whole_on(simd);
            }
        }
    }
}
