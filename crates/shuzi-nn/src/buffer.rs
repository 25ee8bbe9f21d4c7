//! Memory whose start lies on a cache line, so that no vector load straddles
//! two lines.

use std::ops::{Deref, DerefMut};

use aligned_vec::{AVec, ConstAlign, avec};

/// Bytes of a cache line.
const LINE: usize = 64;

/// f32 values that start on a cache line.
#[derive(Clone, Debug)]
pub(crate) struct Buffer(AVec<f32, ConstAlign<LINE>>);

impl Buffer {
    /// `len` zeros.
    pub(crate) fn zeros(len: usize) -> Self {
        Self(avec!([LINE]| 0.0; len))
    }
}

impl Default for Buffer {
    fn default() -> Self {
        Self(AVec::new(LINE))
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}
