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

/// Cuts the first `len` values off `room`, so that what is left starts on a cache
/// line if `room` does.
pub(crate) fn cut<'a>(room: &mut &'a mut [f32], len: usize) -> &'a mut [f32] {
    let whole = len.next_multiple_of(LINE / size_of::<f32>());
    let (cut, rest) = std::mem::take(room).split_at_mut(whole);
    *room = rest;
    &mut cut[..len]
}

/// Values that hold all of `parts`, each by [`cut`].
pub(crate) fn room_for<const N: usize>(parts: [usize; N]) -> usize {
    parts
        .map(|len| len.next_multiple_of(LINE / size_of::<f32>()))
        .iter()
        .sum()
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
