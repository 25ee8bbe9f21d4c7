//! Plain loops compiled for the instruction set of the machine.

use pulp::{Simd, WithSimd};

use super::isa::arch;

struct Loops<F>(F);

impl<F: FnMut()> WithSimd for Loops<F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) {
        (self.0)();
    }
}

/// Runs `work`, compiled for the best instruction set that the machine has;
/// the closure must be marked `#[inline(always)]`.
///
/// Not `Arch::dispatch` of the closure itself: that calls it as a `FnOnce`,
/// through a shim which is not always inlined, and what is not inlined is
/// compiled for the oldest machine.
#[inline(always)]
pub(crate) fn vectorized(work: impl FnMut()) {
    arch().dispatch(Loops(work));
}
