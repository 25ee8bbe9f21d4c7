//! What is wrong with an architecture.

use std::fmt;

use crate::Shape;

/// Largest number of values that a map or a parameter may have; keeps the
/// arithmetic of an architecture read from a file from overflowing.
const MAX_VALUES: u64 = 1 << 32;

/// What is wrong with an architecture.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchitectureError {
    /// A number is outside what the layer can do.
    #[error("layer {layer}: {what} must be {expected}, got {got}")]
    Value {
        /// Full name of the layer.
        layer: String,
        /// Which number.
        what: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        got: String,
    },
    /// A kernel is larger than the (padded) map under it.
    #[error("layer {layer}: a kernel of {kernel} does not fit a map of {map} along one axis")]
    KernelTooLarge {
        /// Full name of the layer.
        layer: String,
        /// Kernel extent along the axis.
        kernel: usize,
        /// Map extent along the axis, padding included.
        map: usize,
    },
    /// Maps that are joined have different shapes.
    #[error("layer {layer}: shapes must agree, got {left} and {right}")]
    Mismatch {
        /// Full name of the layer.
        layer: String,
        /// First shape.
        left: Shape,
        /// The shape that differs from it.
        right: Shape,
    },
    /// A layer's full name occurs twice.
    #[error("layer name {0} occurs twice")]
    Duplicate(String),
    /// The network has no layers.
    #[error("the network has no layers")]
    Empty,
}

pub(crate) fn value(
    layer: &str,
    what: &'static str,
    expected: &'static str,
    got: impl fmt::Display,
) -> ArchitectureError {
    ArchitectureError::Value {
        layer: layer.to_owned(),
        what,
        expected,
        got: got.to_string(),
    }
}

pub(crate) fn positive(layer: &str, what: &'static str, n: usize) -> Result<(), ArchitectureError> {
    if n == 0 {
        return Err(value(layer, what, "at least 1", n));
    }
    Ok(())
}

pub(crate) fn check_size(
    layer: &str,
    what: &'static str,
    extents: &[usize],
) -> Result<(), ArchitectureError> {
    let product = extents
        .iter()
        .try_fold(1u64, |product, &extent| product.checked_mul(extent as u64));
    // No slice has more bytes than half the address space.
    let most = MAX_VALUES.min((isize::MAX as u64) / size_of::<f32>() as u64);
    match product {
        Some(values) if (1..=most).contains(&values) => Ok(()),
        _ => Err(value(
            layer,
            what,
            "from 1 to 2³² values",
            format!("{extents:?}"),
        )),
    }
}

pub(crate) fn same_shape(layer: &str, left: Shape, right: Shape) -> Result<(), ArchitectureError> {
    if left == right {
        return Ok(());
    }
    Err(ArchitectureError::Mismatch {
        layer: layer.to_owned(),
        left,
        right,
    })
}
