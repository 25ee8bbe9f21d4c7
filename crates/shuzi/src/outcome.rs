//! How a command ended.

/// What a command came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All of it was done.
    Done,
    /// Some of it was not; stderr has said what.
    Partly,
    /// All of it was done, and someone should look at some of it.
    #[cfg_attr(not(feature = "forms"), allow(dead_code))] // forms alone are reviewed
    Review,
}
