//! The loops where the time goes. Each has a naive twin in its tests.
//!
//! The only module with `unsafe` code: the matrix kernels read and write
//! vectors at addresses whose bounds are checked once a call, not once a
//! value. Instruction sets (AVX-512, AVX2, NEON, wasm simd128, scalar) are
//! chosen at run time by `pulp`.

pub(crate) mod conv;
pub(crate) mod deformable;
pub(crate) mod depthwise;
pub(crate) mod direct;
pub(crate) mod elementwise;
pub(crate) mod exponential;
pub(crate) mod isa;
mod lanes;
pub(crate) mod linear;
pub(crate) mod lrn;
#[allow(unsafe_code)] // bounds are checked once a call: see the module's text
pub(crate) mod matmul;
pub(crate) mod norm;
pub(crate) mod norm_pool;
pub(crate) mod pool;
#[allow(unsafe_code)] // a hint without effect
mod prefetch;
pub(crate) mod vectorized;
pub(crate) mod winograd;

#[cfg(test)]
pub(crate) mod reference;
